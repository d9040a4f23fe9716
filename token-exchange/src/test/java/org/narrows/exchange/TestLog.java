// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.narrows.embedded.SharedBackends;
import org.narrows.events.policy.Algorithm;
import org.narrows.events.state.Checkpoint;
import org.narrows.events.state.Folding.Folded;
import org.narrows.events.state.LogFold;
import org.narrows.events.state.MemoryLog;
import org.narrows.events.state.Row;
import org.narrows.events.state.RowChange;
import org.narrows.events.state.Rows.Version;
import org.narrows.events.state.Verdict;
import org.narrows.events.value.LogId;
import org.narrows.events.value.Position;
import org.narrows.events.wire.EventSigner;
import org.narrows.events.wire.Json;
import org.narrows.events.wire.KeySets;
import org.narrows.events.wire.RecordReader;
import org.narrows.events.wire.RowCodec;

/**
 * A real log, folded by the real fold into the read contract's tables in a database of its own:
 * what the projector does, one record at a time and with the test deciding when. Publish, then
 * look.
 */
public final class TestLog implements AutoCloseable {
    private static final String TABLES =
            """
            create schema narrows_read;
            create schema narrows_guard;
            create table narrows_read.checkpoint (
                generation int, fold_version int, log_id text, issuer text, root_kid text, root_key text, seq bigint,
                feed_from bigint, caught_up_at timestamptz, held_up text);
            create table narrows_read.row_version (
                kind text, owner text, name text, since bigint, body text, from_seq bigint, to_seq bigint);
            create table narrows_read.change (seq bigint, kind text, owner text, name text);
            create table narrows_guard.used_jti (
                issuer text, jti_hash bytea, expires_at timestamptz, primary key (issuer, jti_hash));
            """;

    final String issuer;
    final String database = SharedBackends.newDatabase();
    private final String rootKey = KeySets.generate(Algorithm.ES256);
    private final EventSigner root = EventSigner.of(rootKey);
    private final String exchangeKey = KeySets.generate(Algorithm.ES256);
    private final MemoryLog memory = new MemoryLog(new LogFold(root.kid(), RowCodec::encode));
    private final Connection connection;
    private Instant clock = Instant.now().minus(Duration.ofMinutes(1));
    private LogId logId;
    private int generation = 1;
    private boolean caughtUp = true;

    TestLog(String issuer) {
        this.issuer = issuer;
        try {
            connection = SharedBackends.postgres().connect(database);
            execute(TABLES);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Opens the log: there is nothing to read before that. */
    TestLog open() {
        byte[] value =
                event(
                        "log.opened",
                        Json.object()
                                .put("nonce", UUID.randomUUID().toString())
                                .put("issuer", issuer)
                                .set("rootKey", Json.parse(root.publicJwk())));
        logId = new LogId(org.narrows.events.value.Hash.sha256(value).toString());
        fold(value, root.signGenesis(value, "narrows|root"));
        publish(
                "key.added",
                Json.object()
                        .put("holder", "exchange node")
                        .<ObjectNode>set("key", Json.parse(EventSigner.of(exchangeKey).publicJwk()))
                        .set("types", Json.parse("[\"token.revoked.v1\"]"))
                        .toString());
        return this;
    }

    /** The private key that the exchange node signs revocations with. */
    String exchangeKey() {
        return exchangeKey;
    }

    String exchangeKid() {
        return EventSigner.of(exchangeKey).kid().value();
    }

    /** Publishes one event and folds it; fails when it is not applied. */
    Position publish(String type, String data) {
        byte[] value = event(type, Json.parse(data));
        return fold(value, root.sign(value, logId, "narrows|root"));
    }

    /**
     * The log as a restore leaves it that cannot say what followed: a gap of a million positions.
     */
    Position restored() {
        Checkpoint checkpoint = memory.state().checkpoint().orElseThrow();
        return publish(
                "log.restored",
                "{\"head\":\""
                        + checkpoint.head()
                        + "\",\"nextSeq\":"
                        + (checkpoint.seq() + 1_000_001)
                        + "}");
    }

    /** Publishes changes of the policy, each `{"<change>": {…}}`. */
    Position policy(String... changes) {
        return publish("policy.changed", "{\"changes\":[" + String.join(",", changes) + "]}");
    }

    private byte[] event(String type, JsonNode data) {
        ObjectNode event =
                Json.object()
                        .put("specversion", "1.0")
                        .put("id", UUID.randomUUID().toString())
                        .put("source", "urn:test")
                        .put("type", "org.narrows." + type + ".v1")
                        .put("time", clock.toString());
        event.set("data", data);
        return Json.canonicalBytes(event);
    }

    /** Publishes one event that is signed as it should be and cannot be read. */
    Position publishMalformed(String type, String data) {
        Verdict verdict = propose(type, data);
        if (verdict.outcome() != Verdict.Outcome.REJECTED) {
            throw new IllegalStateException("not rejected: " + verdict);
        }
        return position();
    }

    /** Publishes one event, for the fold to say what it comes to. */
    Verdict propose(String type, String data) {
        byte[] value = event(type, Json.parse(data));
        return record(
                value,
                List.of(
                        root.sign(value, logId, "narrows|root")
                                .getBytes(StandardCharsets.US_ASCII)));
    }

    private Position fold(byte[] value, String signature) {
        Verdict verdict = record(value, List.of(signature.getBytes(StandardCharsets.US_ASCII)));
        if (verdict.outcome() != Verdict.Outcome.APPLIED) {
            throw new IllegalStateException("not applied: " + verdict);
        }
        return position();
    }

    /** Folds one record as it came, whatever the verdict. */
    Verdict record(byte[] value, List<byte[]> signatures) {
        clock = clock.plusMillis(1);
        Folded folded = (Folded) memory.fold(RecordReader.read(clock, value, signatures));
        try {
            connection.setAutoCommit(false);
            store(folded);
            connection.commit();
            connection.setAutoCommit(true);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return folded.verdict();
    }

    private void store(Folded folded) throws SQLException {
        long seq = folded.verdict().seq();
        for (RowChange change : folded.changes()) {
            switch (change) {
                case RowChange.Opened(Row row) -> opened(row, seq);
                case RowChange.Replaced(Row before, Row after) -> {
                    closed(before, seq);
                    opened(after, seq);
                }
                case RowChange.Closed(Row row) -> closed(row, seq);
                case RowChange.Erased(String owner) -> {
                    update(
                            "insert into narrows_read.change select distinct ?::bigint, kind, owner, name "
                                    + "from narrows_read.row_version where owner = ?",
                            seq,
                            owner);
                    update("delete from narrows_read.row_version where owner = ?", owner);
                }
            }
        }
        checkpoint();
    }

    private void opened(Row row, long seq) throws SQLException {
        Row.Key key = row.key();
        update(
                "insert into narrows_read.row_version values (?, ?, ?, ?, ?, ?, null)",
                key.kind().name(),
                key.owner(),
                key.name(),
                row.since(),
                RowCodec.encode(row),
                seq);
        changed(key, seq);
    }

    private void closed(Row row, long seq) throws SQLException {
        Row.Key key = row.key();
        update(
                "update narrows_read.row_version set to_seq = ? where kind = ? and owner = ? and name = ? "
                        + "and to_seq is null",
                seq,
                key.kind().name(),
                key.owner(),
                key.name());
        changed(key, seq);
    }

    private void changed(Row.Key key, long seq) throws SQLException {
        update(
                "insert into narrows_read.change values (?, ?, ?, ?)",
                seq,
                key.kind().name(),
                key.owner(),
                key.name());
    }

    private void checkpoint() throws SQLException {
        Checkpoint checkpoint = memory.state().checkpoint().orElseThrow();
        update("delete from narrows_read.checkpoint");
        update(
                "insert into narrows_read.checkpoint values (?, ?, ?, ?, ?, ?, ?, 1, "
                        + (caughtUp ? "clock_timestamp()" : "null")
                        + ", null)",
                generation,
                LogFold.VERSION,
                logId.value(),
                issuer,
                root.kid().value(),
                root.publicJwk(),
                checkpoint.seq());
        execute("notify narrows_checkpoint, '" + generation + ":" + checkpoint.seq() + "'");
    }

    /** The projection becomes another generation: the same log, built again. */
    void nextGeneration() {
        generation++;
        sql("update narrows_read.checkpoint set generation = " + generation);
    }

    /** Says that the projection is complete as of now, as the projector does all the time. */
    void catchUp() {
        sql("update narrows_read.checkpoint set caught_up_at = clock_timestamp()");
    }

    /** From now on nothing says any more that the projection is complete. */
    void growOld() {
        caughtUp = false;
        sql(
                "update narrows_read.checkpoint set caught_up_at = clock_timestamp() - interval '1 hour'");
    }

    Position position() {
        return memory.state().checkpoint().orElseThrow().position();
    }

    MemoryLog memory() {
        return memory;
    }

    String rootThumbprint() {
        return root.kid().value();
    }

    List<Version> versionsOf(String owner) {
        return memory.rows().versionsOf(owner);
    }

    String jdbcUrl() {
        return SharedBackends.postgres().jdbcUrl(database);
    }

    /** Does something to the tables behind everybody's back. */
    void sql(String statement) {
        try {
            execute(statement);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private void update(String sql, Object... arguments) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < arguments.length; i++) {
                statement.setObject(i + 1, arguments[i]);
            }
            statement.executeUpdate();
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}

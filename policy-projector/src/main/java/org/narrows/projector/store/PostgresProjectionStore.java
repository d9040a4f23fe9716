// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.store;

import io.micronaut.transaction.TransactionOperations;
import jakarta.inject.Singleton;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.narrows.events.state.Checkpoint;
import org.narrows.events.state.Digests;
import org.narrows.events.state.LogState;
import org.narrows.events.state.Policy;
import org.narrows.events.state.Row;
import org.narrows.events.state.Row.PolicyRow;
import org.narrows.events.state.RowKind;
import org.narrows.events.state.Rows;
import org.narrows.events.state.Rows.FirstRecord;
import org.narrows.events.state.Rows.Version;
import org.narrows.events.state.Verdict;
import org.narrows.events.value.EventId;
import org.narrows.events.value.Hash;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.KeyId;
import org.narrows.events.value.LogId;
import org.narrows.events.wire.RowCodec;
import org.narrows.projector.store.BatchRows.Change;
import org.narrows.projector.store.BatchRows.Closing;
import org.narrows.projector.store.BatchRows.NewVersion;
import org.narrows.projector.store.FoldedBatch.Judged;

/**
 * The projection in PostgreSQL: arrays in, one statement for each table, one transaction for each
 * batch.
 */
@Singleton
public class PostgresProjectionStore implements ProjectionStore {
    private static final String LEASE = "interval '3 seconds'";

    private static final String VERSION_COLUMNS =
            "kind, owner, name, since, body, from_seq, to_seq";

    private final TransactionOperations<Connection> transactions;

    public PostgresProjectionStore(TransactionOperations<Connection> transactions) {
        this.transactions = transactions;
    }

    @Override
    public int liveGeneration(int foldVersion) {
        return inTransaction(
                connection -> {
                    execute(
                            connection,
                            """
                            insert into narrows.generation (generation, fold_version, state)
                            select 1, ?, 'live' where not exists (select from narrows.generation)
                            on conflict do nothing
                            """,
                            foldVersion);
                    execute(
                            connection,
                            """
                            insert into narrows.checkpoint (generation, epoch, next_offset, seq, feed_from)
                            select generation, 0, 0, 0, 1 from narrows.generation
                            on conflict do nothing
                            """);
                    try (PreparedStatement query =
                                    connection.prepareStatement(
                                            "select generation, fold_version from narrows.generation where state = 'live'");
                            ResultSet row = query.executeQuery()) {
                        if (!row.next()) {
                            throw new UnfitException("there is no live generation");
                        }
                        if (row.getInt(2) != foldVersion) {
                            throw new UnfitException(
                                    "the live generation was built by fold version %d, this projector folds version %d"
                                            .formatted(row.getInt(2), foldVersion));
                        }
                        return row.getInt(1);
                    }
                });
    }

    @Override
    public Standing takeOver(int generation) {
        return inTransaction(
                connection -> {
                    execute(
                            connection,
                            "update narrows.checkpoint set epoch = epoch + 1, lease_until = clock_timestamp() + "
                                    + LEASE
                                    + " where generation = ?",
                            generation);
                    return standing(connection, generation);
                });
    }

    @Override
    public Optional<Standing> resume(int generation, long epoch) {
        return inTransaction(
                connection -> {
                    int renewed =
                            execute(
                                    connection,
                                    "update narrows.checkpoint set lease_until = clock_timestamp() + "
                                            + LEASE
                                            + " where generation = ? and epoch = ?",
                                    generation,
                                    epoch);
                    return renewed == 1
                            ? Optional.of(standing(connection, generation))
                            : Optional.empty();
                });
    }

    @Override
    public boolean leaseLapsed(int generation) {
        return inTransaction(
                connection -> {
                    try (PreparedStatement query =
                            connection.prepareStatement(
                                    """
                                    select coalesce(lease_until < clock_timestamp(), true)
                                    from narrows.checkpoint where generation = ?
                                    """)) {
                        query.setInt(1, generation);
                        try (ResultSet row = query.executeQuery()) {
                            return row.next() && row.getBoolean(1);
                        }
                    }
                });
    }

    @Override
    public void releaseLease(Standing standing) {
        inTransaction(
                connection ->
                        execute(
                                connection,
                                "update narrows.checkpoint set lease_until = null where generation = ? and epoch = ?",
                                standing.generation(),
                                standing.epoch()));
    }

    @Override
    public Instant clock() {
        return inTransaction(
                connection -> {
                    try (PreparedStatement query =
                                    connection.prepareStatement("select clock_timestamp()");
                            ResultSet row = query.executeQuery()) {
                        row.next();
                        return row.getObject(1, OffsetDateTime.class).toInstant();
                    }
                });
    }

    // Reading what a batch names.

    @Override
    public Rows now(int generation) {
        return new BatchRows(new OneByOne(generation));
    }

    @Override
    public BatchRows fetch(Standing standing, Wanted wanted, Instant clockOfBatch) {
        int generation = standing.generation();
        return inTransaction(
                connection -> {
                    BatchRows rows = new BatchRows(new OneByOne(generation));
                    for (Version latest : latestOfOwners(connection, generation, wanted.owners())) {
                        rows.know(latest);
                    }
                    wanted.owners().forEach(rows::knowWhole);
                    for (Version latest : latest(connection, generation, wanted.keys())) {
                        rows.know(latest);
                    }
                    wanted.keys().forEach(rows::knowAbsent);
                    for (Version leaving : leaving(connection, generation, clockOfBatch)) {
                        rows.know(leaving);
                    }
                    firsts(connection, generation, wanted.ids(), rows);
                    return rows;
                });
    }

    private static List<Version> latestOfOwners(
            Connection connection, int generation, Collection<String> owners) throws SQLException {
        if (owners.isEmpty()) {
            return List.of();
        }
        try (PreparedStatement query =
                connection.prepareStatement(
                        """
                        select v.* from unnest(?::text[]) as wanted(owner),
                        lateral (
                            select distinct on (kind, name) kind, owner, name, since, body, from_seq, to_seq
                            from narrows.row_version
                            where generation = ? and owner = wanted.owner
                            order by kind, name, from_seq desc) v
                        """)) {
            query.setArray(1, texts(connection, owners, text -> text));
            query.setInt(2, generation);
            return versions(query);
        }
    }

    private static List<Version> latest(
            Connection connection, int generation, Collection<Row.Key> keys) throws SQLException {
        if (keys.isEmpty()) {
            return List.of();
        }
        try (PreparedStatement query =
                connection.prepareStatement(
                        """
                        select v.* from unnest(?::text[], ?::text[], ?::text[]) as wanted(kind, owner, name),
                        lateral (
                            select kind, owner, name, since, body, from_seq, to_seq
                            from narrows.row_version
                            where generation = ? and owner = wanted.owner and kind = wanted.kind and name = wanted.name
                            order by from_seq desc limit 1) v
                        """)) {
            query.setArray(1, texts(connection, keys, key -> key.kind().name()));
            query.setArray(2, texts(connection, keys, Row.Key::owner));
            query.setArray(3, texts(connection, keys, Row.Key::name));
            query.setInt(4, generation);
            return versions(query);
        }
    }

    private static List<Version> leaving(Connection connection, int generation, Instant clock)
            throws SQLException {
        try (PreparedStatement query =
                connection.prepareStatement(
                        "select "
                                + VERSION_COLUMNS
                                + """
                                   from narrows.row_version
                                  where generation = ? and leaves_at <= ? and leaves_at is not null and to_seq is null
                                  """)) {
            query.setInt(1, generation);
            query.setLong(2, clock.toEpochMilli());
            return versions(query);
        }
    }

    private static void firsts(
            Connection connection, int generation, Collection<EventId> ids, BatchRows rows)
            throws SQLException {
        if (ids.isEmpty()) {
            return;
        }
        ids.forEach(id -> rows.know(id, Optional.empty()));
        try (PreparedStatement query =
                connection.prepareStatement(
                        """
                        select event_id, value_hash, seq, outcome, reason from narrows.log_record
                        where generation = ? and event_id = any (?) and first_of_id
                        """)) {
            query.setInt(1, generation);
            query.setArray(2, texts(connection, ids, id -> Sql.text(id.value())));
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    rows.know(new EventId(row.getString(1)), Optional.of(firstRecord(row)));
                }
            }
        }
    }

    private static FirstRecord firstRecord(ResultSet row) throws SQLException {
        return new FirstRecord(
                Hash.of(row.getBytes("value_hash")),
                new Verdict.First(
                        row.getLong("seq"),
                        Verdict.Outcome.valueOf(row.getString("outcome").toUpperCase(Locale.ROOT)),
                        Optional.ofNullable(row.getString("reason"))));
    }

    private static List<Version> versions(PreparedStatement query) throws SQLException {
        List<Version> versions = new ArrayList<>();
        try (ResultSet row = query.executeQuery()) {
            while (row.next()) {
                Row.Key key =
                        new Row.Key(
                                RowKind.valueOf(row.getString("kind")),
                                row.getString("owner"),
                                row.getString("name"));
                versions.add(
                        new Version(
                                RowCodec.decode(key, row.getLong("since"), row.getString("body")),
                                row.getLong("from_seq"),
                                row.getLong("to_seq")));
            }
        }
        return versions;
    }

    /** What a batch did not foresee. */
    private final class OneByOne implements BatchRows.Stored {
        private final int generation;

        OneByOne(int generation) {
            this.generation = generation;
        }

        @Override
        public Optional<Version> latest(Row.Key key) {
            return inTransaction(
                    connection ->
                            PostgresProjectionStore.latest(connection, generation, List.of(key))
                                    .stream()
                                    .findFirst());
        }

        @Override
        public List<Version> versionsOf(String owner) {
            return inTransaction(
                    connection -> {
                        try (PreparedStatement query =
                                connection.prepareStatement(
                                        "select "
                                                + VERSION_COLUMNS
                                                + " from narrows.row_version where generation = ? and owner = ?"
                                                + " order by kind, name, from_seq")) {
                            query.setInt(1, generation);
                            query.setString(2, owner);
                            return versions(query);
                        }
                    });
        }

        @Override
        public Optional<FirstRecord> first(EventId id) {
            return inTransaction(
                    connection -> {
                        try (PreparedStatement query =
                                connection.prepareStatement(
                                        """
                                        select value_hash, seq, outcome, reason from narrows.log_record
                                        where generation = ? and event_id = ? and first_of_id
                                        """)) {
                            query.setInt(1, generation);
                            query.setString(2, Sql.text(id.value()));
                            try (ResultSet row = query.executeQuery()) {
                                return row.next()
                                        ? Optional.of(firstRecord(row))
                                        : Optional.empty();
                            }
                        }
                    });
        }
    }

    // Writing a batch.

    @Override
    public Standing commit(
            Standing before, FoldedBatch batch, String topicId, Optional<Instant> caughtUpAt) {
        int generation = before.generation();
        return inTransaction(
                connection -> {
                    if (!compareAndSet(connection, before, batch, topicId, caughtUpAt)) {
                        throw new FencedException(
                                "another projector has gone on from offset " + before.nextOffset());
                    }
                    erase(connection, generation, batch.rows());
                    close(connection, generation, batch.rows().closings());
                    open(connection, generation, batch.rows().newVersions());
                    record(connection, generation, batch.records());
                    feed(connection, generation, batch.rows().changes());
                    announce(connection, generation, batch.state().seq());
                    return new Standing(
                            generation,
                            before.epoch(),
                            batch.nextOffset(),
                            batch.leaderEpoch(),
                            Optional.of(topicId),
                            batch.state());
                });
    }

    /** The fence: moves the checkpoint from exactly where this projector believes it to be. */
    boolean compareAndSet(
            Connection connection,
            Standing before,
            FoldedBatch batch,
            String topicId,
            Optional<Instant> caughtUpAt)
            throws SQLException {
        return advance(
                        connection,
                        before,
                        batch,
                        topicId,
                        caughtUpAt,
                        "and epoch = ? and next_offset = ?")
                == 1;
    }

    /**
     * Moves the checkpoint where {@code fence}, which takes the epoch and the offset of before,
     * lets it.
     */
    static int advance(
            Connection connection,
            Standing before,
            FoldedBatch batch,
            String topicId,
            Optional<Instant> caughtUpAt,
            String fence)
            throws SQLException {
        Optional<Checkpoint> at = batch.state().checkpoint();
        return execute(
                connection,
                """
                update narrows.checkpoint set
                    next_offset = ?, leader_epoch = ?, topic_id = ?, log_id = ?, issuer = ?, root_kid = ?, root_key = ?,
                    seq = ?, clock = ?, head = ?, digest_live = ?, digest_closed = ?, digest_verdicts = ?,
                    policy_changed_at = ?, caught_up_at = coalesce(?, caught_up_at), held_up = null,
                    lease_until = clock_timestamp() +\s"""
                        + LEASE
                        + " where generation = ? "
                        + fence,
                batch.nextOffset(),
                batch.leaderEpoch().isPresent() ? batch.leaderEpoch().getAsInt() : null,
                topicId,
                at.map(c -> c.logId().value()).orElse(null),
                at.map(c -> c.issuer().value()).orElse(null),
                at.map(c -> c.rootKid().value()).orElse(null),
                at.map(Checkpoint::rootKey).orElse(null),
                batch.state().seq(),
                at.map(c -> c.clock().toEpochMilli()).orElse(null),
                at.map(c -> c.head().bytes()).orElse(null),
                at.map(c -> c.digests().live().bytes()).orElse(null),
                at.map(c -> c.digests().closed().bytes()).orElse(null),
                at.map(c -> c.digests().verdicts().bytes()).orElse(null),
                at.map(Checkpoint::policyChangedAt).orElse(null),
                caughtUpAt.map(PostgresProjectionStore::timestamp).orElse(null),
                before.generation(),
                before.epoch(),
                before.nextOffset());
    }

    private static void erase(Connection connection, int generation, BatchRows rows)
            throws SQLException {
        if (rows.erasedOwners().isEmpty()) {
            return;
        }
        execute(
                connection,
                "delete from narrows.row_version where generation = ? and owner = any (?)",
                generation,
                texts(connection, rows.erasedOwners(), text -> text));
    }

    private static void close(Connection connection, int generation, List<Closing> closings)
            throws SQLException {
        if (closings.isEmpty()) {
            return;
        }
        int closed =
                execute(
                        connection,
                        """
                        update narrows.row_version v set to_seq = closing.to_seq
                        from unnest(?::text[], ?::text[], ?::text[], ?::bigint[]) as closing(kind, owner, name, to_seq)
                        where v.generation = ? and v.owner = closing.owner and v.kind = closing.kind
                          and v.name = closing.name and v.to_seq is null
                        """,
                        texts(connection, closings, closing -> closing.key().kind().name()),
                        texts(connection, closings, closing -> closing.key().owner()),
                        texts(connection, closings, closing -> closing.key().name()),
                        longs(connection, closings, Closing::to),
                        generation);
        if (closed != closings.size()) {
            throw new IllegalStateException(
                    "%d rows were to be closed, %d were live".formatted(closings.size(), closed));
        }
    }

    private static void open(Connection connection, int generation, List<NewVersion> versions)
            throws SQLException {
        if (versions.isEmpty()) {
            return;
        }
        execute(
                connection,
                """
                insert into narrows.row_version
                    (generation, kind, owner, name, since, body, from_seq, to_seq, leaves_at)
                select ?, v.* from unnest(?::text[], ?::text[], ?::text[], ?::bigint[], ?::text[], ?::bigint[],
                    ?::bigint[], ?::bigint[]) v
                """,
                generation,
                texts(connection, versions, version -> version.row().key().kind().name()),
                texts(connection, versions, version -> version.row().key().owner()),
                texts(connection, versions, version -> version.row().key().name()),
                longs(connection, versions, version -> version.row().since()),
                texts(connection, versions, version -> RowCodec.encode(version.row())),
                longs(connection, versions, NewVersion::from),
                longs(connection, versions, version -> version.to() == 0 ? null : version.to()),
                longs(
                        connection,
                        versions,
                        // A part of a millisecond more still counts: it leaves at the clock after
                        // it, never before.
                        version ->
                                version.row()
                                        .leavesAt()
                                        .map(at -> at.plusNanos(999_999).toEpochMilli())
                                        .orElse(null)));
    }

    private static void record(Connection connection, int generation, List<Judged> records)
            throws SQLException {
        execute(
                connection,
                """
                insert into narrows.log_record
                    (generation, seq, log_offset, append_time, clock, outcome, reason, event_id, first_of_id, type,
                     actor, kid, why, took, first_seq, first_outcome, first_reason, value_hash, value, sig)
                select ?, r.* from unnest(?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::text[], ?::text[],
                    ?::text[], ?::boolean[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bigint[],
                    ?::text[], ?::text[], ?::bytea[], ?::bytea[], ?::bytea[]) r
                """,
                generation,
                longs(connection, records, judged -> judged.verdict().seq()),
                longs(connection, records, Judged::offset),
                longs(connection, records, judged -> judged.verdict().time().toEpochMilli()),
                longs(connection, records, judged -> judged.clock().toEpochMilli()),
                texts(connection, records, judged -> judged.verdict().outcome().text()),
                texts(connection, records, judged -> Sql.text(judged.verdict().reason())),
                texts(
                        connection,
                        records,
                        judged -> claim(judged, claim -> claim.id().map(EventId::value))),
                connection.createArrayOf(
                        "boolean", records.stream().map(Judged::firstOfId).toArray()),
                texts(
                        connection,
                        records,
                        judged -> claim(judged, claim -> Optional.of(claim.type()))),
                texts(
                        connection,
                        records,
                        judged -> claim(judged, claim -> Optional.of(claim.actor()))),
                texts(
                        connection,
                        records,
                        judged -> claim(judged, claim -> Optional.of(claim.kid()))),
                texts(connection, records, judged -> claim(judged, Verdict.Claim::why)),
                texts(connection, records, judged -> TookJson.write(judged.verdict().took())),
                longs(
                        connection,
                        records,
                        judged -> judged.verdict().first().map(Verdict.First::seq).orElse(null)),
                texts(
                        connection,
                        records,
                        judged ->
                                judged.verdict()
                                        .first()
                                        .map(first -> first.outcome().text())
                                        .orElse(null)),
                texts(
                        connection,
                        records,
                        judged ->
                                Sql.text(judged.verdict().first().flatMap(Verdict.First::reason))),
                bytes(connection, records, judged -> judged.read().valueHash().bytes()),
                bytes(connection, records, Judged::value),
                bytes(connection, records, Judged::signature));
    }

    private static @Nullable String claim(
            Judged judged, Function<Verdict.Claim, Optional<String>> part) {
        return Sql.text(judged.verdict().claim().flatMap(part));
    }

    private static void feed(Connection connection, int generation, List<Change> changes)
            throws SQLException {
        if (changes.isEmpty()) {
            return;
        }
        execute(
                connection,
                """
                insert into narrows.change (generation, seq, n, kind, owner, name)
                select ?, c.* from unnest(?::bigint[], ?::integer[], ?::text[], ?::text[], ?::text[]) c
                """,
                generation,
                longs(connection, changes, Change::seq),
                connection.createArrayOf("integer", changes.stream().map(Change::n).toArray()),
                texts(connection, changes, change -> change.key().kind().name()),
                texts(connection, changes, change -> change.key().owner()),
                texts(connection, changes, change -> change.key().name()));
    }

    private static void announce(Connection connection, int generation, long seq)
            throws SQLException {
        try (PreparedStatement notify =
                connection.prepareStatement("select pg_notify('narrows_checkpoint', ?)")) {
            notify.setString(1, generation + ":" + seq);
            notify.execute();
        }
    }

    @Override
    public void caughtUp(Standing standing, Instant clock) {
        note(standing, "caught_up_at = ?", timestamp(clock));
    }

    @Override
    public void heldUp(Standing standing, String reason) {
        note(standing, "held_up = ?", Sql.text(reason));
    }

    private void note(Standing standing, String what, @Nullable Object value) {
        inTransaction(
                connection -> {
                    // Losing this write in a crash only makes the projection look older than it is.
                    execute(connection, "set local synchronous_commit = off");
                    int noted =
                            execute(
                                    connection,
                                    "update narrows.checkpoint set "
                                            + what
                                            + ", lease_until = clock_timestamp() + "
                                            + LEASE
                                            + " where generation = ? and epoch = ? and next_offset = ?",
                                    value,
                                    standing.generation(),
                                    standing.epoch(),
                                    standing.nextOffset());
                    if (noted != 1) {
                        throw new FencedException("another projector has taken over");
                    }
                    return noted;
                });
    }

    @Override
    public Standing moved(Standing standing, String topicId, long nextOffset) {
        return inTransaction(
                connection -> {
                    int moved =
                            execute(
                                    connection,
                                    """
                                    update narrows.checkpoint set topic_id = ?, next_offset = ?, leader_epoch = null
                                    where generation = ? and epoch = ? and next_offset = ?
                                    """,
                                    topicId,
                                    nextOffset,
                                    standing.generation(),
                                    standing.epoch(),
                                    standing.nextOffset());
                    if (moved != 1) {
                        throw new FencedException("another projector has taken over");
                    }
                    return standing(connection, standing.generation());
                });
    }

    // Reading where a projection stands.

    private static Standing standing(Connection connection, int generation) throws SQLException {
        List<PolicyRow> policy = new ArrayList<>();
        try (PreparedStatement query =
                connection.prepareStatement(
                        "select "
                                + VERSION_COLUMNS
                                + """
                                   from narrows.row_version
                                  where generation = ? and to_seq is null and kind in
                                  ('ISSUER', 'ALIAS', 'AUDIENCE', 'SCOPE', 'CLAIM', 'CLIENT', 'RULE', 'KEY',
                                   'QUARANTINE', 'GAP')
                                  """)) {
            query.setInt(1, generation);
            for (Version version : versions(query)) {
                policy.add((PolicyRow) version.row());
            }
        }
        try (PreparedStatement query =
                connection.prepareStatement(
                        "select * from narrows.checkpoint where generation = ?")) {
            query.setInt(1, generation);
            try (ResultSet row = query.executeQuery()) {
                if (!row.next()) {
                    throw new UnfitException(
                            "generation %d has no checkpoint".formatted(generation));
                }
                int leaderEpoch = row.getInt("leader_epoch");
                return new Standing(
                        generation,
                        row.getLong("epoch"),
                        row.getLong("next_offset"),
                        row.wasNull() ? OptionalInt.empty() : OptionalInt.of(leaderEpoch),
                        Optional.ofNullable(row.getString("topic_id")),
                        new LogState(checkpoint(row), Policy.of(policy)));
            }
        }
    }

    private static Optional<Checkpoint> checkpoint(ResultSet row) throws SQLException {
        if (row.getString("log_id") == null) {
            return Optional.empty();
        }
        return Optional.of(
                new Checkpoint(
                        new LogId(row.getString("log_id")),
                        row.getString("root_key"),
                        new KeyId(row.getString("root_kid")),
                        new IssuerUrl(row.getString("issuer")),
                        row.getLong("seq"),
                        Instant.ofEpochMilli(row.getLong("clock")),
                        Hash.of(row.getBytes("head")),
                        new Digests(
                                Hash.of(row.getBytes("digest_live")),
                                Hash.of(row.getBytes("digest_closed")),
                                Hash.of(row.getBytes("digest_verdicts"))),
                        row.getLong("policy_changed_at")));
    }

    // The plain parts.

    /** Work on a connection. */
    @FunctionalInterface
    interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    private <T> T inTransaction(Work<T> work) {
        return transactions.executeWrite(status -> work.on(status.getConnection()));
    }

    private static int execute(Connection connection, String sql, @Nullable Object... parameters)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                Object parameter = parameters[i];
                if (parameter == null) {
                    statement.setNull(i + 1, Types.NULL);
                } else {
                    statement.setObject(i + 1, parameter);
                }
            }
            return statement.executeUpdate();
        }
    }

    private static OffsetDateTime timestamp(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }

    private static <T> Array texts(
            Connection connection, Collection<T> from, Function<T, @Nullable String> text)
            throws SQLException {
        return connection.createArrayOf("text", from.stream().map(text).toArray());
    }

    private static <T> Array longs(
            Connection connection, Collection<T> from, Function<T, @Nullable Long> number)
            throws SQLException {
        return connection.createArrayOf("bigint", from.stream().map(number).toArray());
    }

    private static <T> Array bytes(
            Connection connection, Collection<T> from, Function<T, byte @Nullable []> bytes)
            throws SQLException {
        return connection.createArrayOf("bytea", from.stream().map(bytes).toArray(byte[][]::new));
    }
}

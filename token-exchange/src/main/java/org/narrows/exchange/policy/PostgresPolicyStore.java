// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.policy;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.narrows.events.state.Row;
import org.narrows.events.state.Row.PolicyRow;
import org.narrows.events.state.Row.TokenRevocationRow;
import org.narrows.events.state.Row.UserRow;
import org.narrows.events.state.RowKind;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.LogId;
import org.narrows.events.value.Position;
import org.narrows.events.value.User;
import org.narrows.events.wire.RowCodec;
import org.narrows.exchange.outage.OutageException;
import org.narrows.exchange.outage.OutageException.What;
import org.postgresql.PGConnection;

/**
 * The projector's views in PostgreSQL.
 *
 * <p>The follower has one connection of its own, which also listens; misses of exchanges take
 * theirs from the pool.
 */
public final class PostgresPolicyStore implements PolicyStore {
    private static final String CHECKPOINT =
            """
            select generation, fold_version, log_id, issuer, root_kid, seq, feed_from, held_up,
                   (extract(epoch from clock_timestamp() - caught_up_at) * 1000000)::bigint as age_micros
            from narrows_read.checkpoint
            """;

    private static final String CHANGES =
            """
            select kind, owner, name, min(seq) as seq
            from narrows_read.change
            where seq > ? and seq <= ?
            group by kind, owner, name
            """;

    private static final String ROWS_BY_KEY =
            """
            select v.kind, v.owner, v.name, v.since, v.body
            from unnest(?::text[], ?::text[], ?::text[]) as k (kind, owner, name)
            join narrows_read.row_version v on v.kind = k.kind and v.owner = k.owner and v.name = k.name
            where v.from_seq <= ? and (v.to_seq is null or v.to_seq > ?)
            """;

    private static final String ROWS_BY_KIND =
            """
            select kind, owner, name, since, body
            from narrows_read.row_version
            where kind = any (?) and from_seq <= ? and (to_seq is null or to_seq > ?)
            """;

    /**
     * The generation comes along, also when there is no row, so that rows of two generations never
     * mix.
     */
    private static final String USER_VERSIONS =
            """
            select c.generation, v.kind, v.name, v.since, v.body, v.from_seq, v.to_seq
            from narrows_read.checkpoint c
            left join narrows_read.row_version v
                on v.owner = ? and v.kind = any (?) and (v.to_seq is null or v.to_seq > ?)
            """;

    private final DataSource pool;
    private final DataSource unpooled;
    private @Nullable Connection own;

    /**
     * A store.
     *
     * @param pool for the misses of exchanges
     * @param unpooled for the follower's one connection, which lives long and is thrown away when
     *     anything is wrong
     */
    public PostgresPolicyStore(DataSource pool, DataSource unpooled) {
        this.pool = pool;
        this.unpooled = unpooled;
    }

    @Override
    public Optional<Beat> beat() {
        try {
            return beat(own());
        } catch (SQLException e) {
            throw outage(e);
        }
    }

    private static Optional<Beat> beat(Connection connection) throws SQLException {
        long askedAt = System.nanoTime();
        try (PreparedStatement select = connection.prepareStatement(CHECKPOINT);
                ResultSet row = select.executeQuery()) {
            if (!row.next()) {
                return Optional.empty();
            }
            long ageMicros = Math.max(0, row.getLong("age_micros"));
            Optional<Duration> age =
                    row.wasNull()
                            ? Optional.empty()
                            : Optional.of(Duration.ofNanos(ageMicros * 1000));
            return Optional.of(
                    new Beat(
                            row.getInt("generation"),
                            row.getInt("fold_version"),
                            new Position(new LogId(row.getString("log_id")), row.getLong("seq")),
                            new IssuerUrl(row.getString("issuer")),
                            row.getString("root_kid"),
                            row.getLong("feed_from"),
                            age,
                            Optional.ofNullable(row.getString("held_up")),
                            askedAt));
        }
    }

    @Override
    public Optional<Update> update(Optional<Beat> since) {
        try {
            Connection connection = own();
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            connection.setReadOnly(true);
            connection.setAutoCommit(false);
            Optional<Update> update = updateIn(connection, since);
            connection.commit();
            connection.setAutoCommit(true);
            return update;
        } catch (SQLException e) {
            throw outage(e);
        }
    }

    private static Optional<Update> updateIn(Connection connection, Optional<Beat> since)
            throws SQLException {
        Optional<Beat> found = beat(connection);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Beat beat = found.get();
        if (since.isPresent() && beat.follows(since.get())) {
            return Optional.of(step(connection, since.get().seq(), beat));
        }
        List<PolicyRow> policy = new ArrayList<>();
        List<TokenRevocationRow> revocations = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(ROWS_BY_KIND)) {
            select.setFetchSize(1000);
            select.setArray(
                    1,
                    kinds(connection, kind -> kind.isPolicy() || kind == RowKind.TOKEN_REVOCATION));
            select.setLong(2, beat.seq());
            select.setLong(3, beat.seq());
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    Row row = row(rows, rows.getString("owner"));
                    if (row instanceof PolicyRow policyRow) {
                        policy.add(policyRow);
                    } else if (row instanceof TokenRevocationRow revocation) {
                        revocations.add(revocation);
                    }
                }
            }
        }
        return Optional.of(new Whole(beat, policy, revocations));
    }

    private static Step step(Connection connection, long from, Beat beat) throws SQLException {
        Map<Row.Key, Optional<PolicyRow>> policy = new HashMap<>();
        Map<Row.Key, Optional<TokenRevocationRow>> revocations = new HashMap<>();
        Map<String, Long> owners = new HashMap<>();
        try (PreparedStatement select = connection.prepareStatement(CHANGES)) {
            select.setFetchSize(1000);
            select.setLong(1, from);
            select.setLong(2, beat.seq());
            try (ResultSet changes = select.executeQuery()) {
                while (changes.next()) {
                    RowKind kind = RowKind.valueOf(changes.getString("kind"));
                    Row.Key key =
                            new Row.Key(
                                    kind, changes.getString("owner"), changes.getString("name"));
                    if (kind.isPolicy()) {
                        policy.put(key, Optional.empty());
                    } else if (kind == RowKind.TOKEN_REVOCATION) {
                        revocations.put(key, Optional.empty());
                    } else if (kind.isOfUser()) {
                        owners.merge(key.owner(), changes.getLong("seq"), Math::min);
                    }
                }
            }
        }
        List<Row.Key> wanted =
                Stream.concat(policy.keySet().stream(), revocations.keySet().stream()).toList();
        if (!wanted.isEmpty()) {
            try (PreparedStatement select = connection.prepareStatement(ROWS_BY_KEY)) {
                select.setArray(
                        1, texts(connection, wanted.stream().map(key -> key.kind().name())));
                select.setArray(2, texts(connection, wanted.stream().map(Row.Key::owner)));
                select.setArray(3, texts(connection, wanted.stream().map(Row.Key::name)));
                select.setLong(4, beat.seq());
                select.setLong(5, beat.seq());
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        Row row = row(rows, rows.getString("owner"));
                        if (row instanceof PolicyRow policyRow) {
                            policy.put(row.key(), Optional.of(policyRow));
                        } else if (row instanceof TokenRevocationRow revocation) {
                            revocations.put(row.key(), Optional.of(revocation));
                        }
                    }
                }
            }
        }
        return new Step(beat, policy, revocations, owners);
    }

    @Override
    public UserVersions versionsOf(User user, long seq) {
        try (Connection connection = pool.getConnection();
                PreparedStatement select = connection.prepareStatement(USER_VERSIONS)) {
            select.setString(1, user.key());
            select.setArray(2, kinds(connection, RowKind::isOfUser));
            select.setLong(3, seq);
            try (ResultSet rows = select.executeQuery()) {
                int generation = -1;
                List<UserVersion> versions = new ArrayList<>();
                while (rows.next()) {
                    generation = rows.getInt("generation");
                    if (rows.getString("kind") == null) {
                        continue;
                    }
                    if (row(rows, user.key()) instanceof UserRow row) {
                        long from = rows.getLong("from_seq");
                        long to = rows.getLong("to_seq");
                        versions.add(
                                new UserVersion(
                                        row,
                                        from,
                                        rows.wasNull() ? Optional.empty() : Optional.of(to)));
                    }
                }
                return new UserVersions(generation, versions);
            }
        } catch (SQLException e) {
            throw outage(e);
        }
    }

    private static Row row(ResultSet rows, String owner) throws SQLException {
        RowKind kind = RowKind.valueOf(rows.getString("kind"));
        Row.Key key = new Row.Key(kind, owner, rows.getString("name"));
        return RowCodec.decode(key, rows.getLong("since"), rows.getString("body"));
    }

    private static Array kinds(Connection connection, Predicate<RowKind> wanted)
            throws SQLException {
        return texts(connection, Stream.of(RowKind.values()).filter(wanted).map(RowKind::name));
    }

    private static Array texts(Connection connection, Stream<String> values) throws SQLException {
        return connection.createArrayOf("text", values.toArray());
    }

    @Override
    public void awaitHint(Duration atMost) {
        try {
            PGConnection listening = own().unwrap(PGConnection.class);
            listening.getNotifications(Math.toIntExact(atMost.toMillis()));
        } catch (SQLException e) {
            throw outage(e);
        }
    }

    /** The follower's connection; only its thread uses it. */
    private Connection own() throws SQLException {
        Connection connection = own;
        if (connection == null) {
            connection = unpooled.getConnection();
            try (Statement listen = connection.createStatement()) {
                listen.execute("listen narrows_checkpoint");
            }
            own = connection;
        }
        return connection;
    }

    @Override
    public void reset() {
        Connection connection = own;
        own = null;
        if (connection != null) {
            try {
                connection.close();
            } catch (SQLException e) {
                // It was broken already.
            }
        }
    }

    @Override
    public void close() {
        reset();
    }

    private static OutageException outage(SQLException e) {
        return new OutageException(What.STORE, "the policy store does not answer", e);
    }
}

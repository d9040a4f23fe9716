// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.landing;

import io.micronaut.transaction.TransactionOperations;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.User;
import org.narrows.projector.store.Sql;

/** Decisions in PostgreSQL, one partition for each day. */
@Singleton
class PostgresDecisionStore implements DecisionStore {
    private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("uuuu_MM_dd");

    private final TransactionOperations<Connection> transactions;

    PostgresDecisionStore(TransactionOperations<Connection> transactions) {
        this.transactions = transactions;
    }

    @Override
    public Map<Integer, Long> nextOffsets(String topic, String topicId) {
        return transactions.executeWrite(
                status -> {
                    try (PreparedStatement query =
                            status.getConnection()
                                    .prepareStatement(
                                            "select partition, next_offset from narrows.landing where topic = ? and topic_id = ?")) {
                        query.setString(1, topic);
                        query.setString(2, topicId);
                        Map<Integer, Long> offsets = new HashMap<>();
                        try (ResultSet row = query.executeQuery()) {
                            while (row.next()) {
                                offsets.put(row.getInt(1), row.getLong(2));
                            }
                        }
                        return offsets;
                    }
                });
    }

    @Override
    public boolean land(
            String topic,
            String topicId,
            int partition,
            long from,
            long next,
            List<Landed> decisions) {
        Set<LocalDate> days = new HashSet<>();
        decisions.forEach(landed -> days.add(day(landed.decision())));
        days.forEach(this::makePartition);
        return transactions.executeWrite(
                status -> {
                    Connection connection = status.getConnection();
                    if (!moved(connection, topic, topicId, partition, from, next)) {
                        status.setRollbackOnly();
                        return false;
                    }
                    insert(connection, decisions);
                    owe(connection, decisions);
                    return true;
                });
    }

    private static boolean moved(
            Connection connection,
            String topic,
            String topicId,
            int partition,
            long from,
            long next)
            throws SQLException {
        try (PreparedStatement first =
                        connection.prepareStatement(
                                """
                                insert into narrows.landing (topic, topic_id, partition, next_offset)
                                values (?, ?, ?, ?) on conflict do nothing
                                """);
                PreparedStatement move =
                        connection.prepareStatement(
                                """
                                update narrows.landing set next_offset = ?
                                where topic = ? and topic_id = ? and partition = ? and next_offset = ?
                                """)) {
            first.setString(1, topic);
            first.setString(2, topicId);
            first.setInt(3, partition);
            first.setLong(4, from);
            first.executeUpdate();
            move.setLong(1, next);
            move.setString(2, topic);
            move.setString(3, topicId);
            move.setInt(4, partition);
            move.setLong(5, from);
            return move.executeUpdate() == 1;
        }
    }

    private static void insert(Connection connection, List<Landed> decisions) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement(
                        """
                        insert into narrows.decision
                            (id, day, at, log_id, seq, outcome, client, issuer, subject, targets, reasons, token_id,
                             token_expires_at, lineage, body)
                        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing
                        """)) {
            for (Landed landed : decisions) {
                DecisionRecord decision = landed.decision();
                Optional<User> user =
                        decision.exchange().map(exchange -> exchange.subject().party());
                insert.setString(1, decision.id());
                insert.setObject(2, day(decision));
                insert.setObject(3, decision.now().atOffset(ZoneOffset.UTC));
                insert.setString(4, decision.position().logId().value());
                insert.setLong(5, decision.position().seq());
                insert.setString(6, decision.permitted() ? "permit" : "deny");
                insert.setString(7, decision.client().value());
                text(insert, 8, user.map(each -> each.issuer().value()));
                text(insert, 9, user.map(User::subject));
                texts(insert, 10, decision.named().stream());
                texts(
                        insert,
                        11,
                        decision.reasons().stream().map(DecisionRecord.RecordedReason::code));
                text(insert, 12, decision.tokenId());
                instant(insert, 13, decision.tokenExpiresAt());
                texts(insert, 14, decision.lineage().stream());
                insert.setString(15, landed.body());
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    private static void owe(Connection connection, List<Landed> decisions) throws SQLException {
        try (PreparedStatement owed =
                connection.prepareStatement(
                        """
                        insert into narrows.admission_owed (event_id, decided_at, client, issuer, subject, audience)
                        values (?, ?, ?, ?, ?, ?) on conflict do nothing
                        """)) {
            for (Landed landed : decisions) {
                DecisionRecord decision = landed.decision();
                if (!decision.permitted() || decision.exchange().isEmpty()) {
                    continue;
                }
                User user = decision.exchange().get().subject().party();
                for (AudienceId audience : decision.admits()) {
                    owed.setString(1, decision.id() + ":" + audience.value());
                    owed.setObject(2, decision.now().atOffset(ZoneOffset.UTC));
                    owed.setString(3, decision.client().value());
                    owed.setString(4, user.issuer().value());
                    owed.setString(5, user.subject());
                    owed.setString(6, audience.value());
                    owed.addBatch();
                }
            }
            owed.executeBatch();
        }
    }

    /** Apart from the landing: making a partition needs a lock that must not be held long. */
    private void makePartition(LocalDate day) {
        run(
                "create table if not exists narrows.decision_%s partition of narrows.decision for values from ('%s') to ('%s')"
                        .formatted(day.format(DAY), day, day.plusDays(1)));
    }

    @Override
    public void forget(LocalDate before) {
        List<String> over = new ArrayList<>();
        transactions.executeWrite(
                status -> {
                    try (PreparedStatement query =
                                    status.getConnection()
                                            .prepareStatement(
                                                    """
                                                    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
                                                    where i.inhparent = 'narrows.decision'::regclass
                                                    """);
                            ResultSet row = query.executeQuery()) {
                        while (row.next()) {
                            over.add(row.getString(1));
                        }
                        return over;
                    }
                });
        String first = "decision_" + before.format(DAY);
        over.stream()
                .filter(name -> name.compareTo(first) < 0)
                .forEach(name -> run("drop table if exists narrows." + name));
    }

    private void run(String statement) {
        transactions.executeWrite(
                status -> {
                    try (Statement each = status.getConnection().createStatement()) {
                        return each.execute(statement);
                    }
                });
    }

    private static LocalDate day(DecisionRecord decision) {
        return decision.now().atOffset(ZoneOffset.UTC).toLocalDate();
    }

    private static void text(PreparedStatement statement, int index, Optional<String> text)
            throws SQLException {
        statement.setString(index, (@Nullable String) text.orElse(null));
    }

    private static void instant(PreparedStatement statement, int index, Optional<Instant> instant)
            throws SQLException {
        if (instant.isPresent()) {
            statement.setObject(index, instant.get().atOffset(ZoneOffset.UTC));
        } else {
            statement.setNull(index, Types.TIMESTAMP_WITH_TIMEZONE);
        }
    }

    /**
     * These columns are for finding; what was sent to the last byte is in the body, as JSON.
     * PostgreSQL holds no NUL, and what a stranger names as a target may hold one.
     */
    private static void texts(PreparedStatement statement, int index, Stream<String> texts)
            throws SQLException {
        Object[] storable = texts.map(Sql::text).toArray();
        statement.setArray(index, statement.getConnection().createArrayOf("text", storable));
    }
}

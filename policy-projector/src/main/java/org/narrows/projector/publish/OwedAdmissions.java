// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.publish;

import io.micronaut.context.annotation.Value;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.Scheduled;
import io.micronaut.transaction.TransactionOperations;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.narrows.events.event.ChangeSet;
import org.narrows.events.event.UserEvent.UserAdmitted;
import org.narrows.events.event.UserEvent.Via;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.EventId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.User;
import org.narrows.events.wire.EventCodec;
import org.narrows.projector.publish.Publisher.Published;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes the memberships that permits owe to the log, each until it has a verdict. The bytes of
 * one are the same every time, so that trying again is safe.
 */
@Singleton
class OwedAdmissions {
    private static final Logger LOG = LoggerFactory.getLogger(OwedAdmissions.class);
    private static final int AT_ONCE = 100;

    private final TransactionOperations<Connection> transactions;
    private final Publisher publisher;
    private final Signing signing;
    private final boolean enabled;
    private String last = "";

    OwedAdmissions(
            TransactionOperations<Connection> transactions,
            Publisher publisher,
            Signing signing,
            @Value("${narrows.landing.enabled:true}") boolean enabled) {
        this.transactions = transactions;
        this.publisher = publisher;
        this.signing = signing;
        this.enabled = enabled;
    }

    @Scheduled(fixedDelay = "500ms", initialDelay = "1s", scheduler = TaskExecutors.SCHEDULED)
    void publish() {
        if (!enabled || signing.signer().isEmpty()) {
            return;
        }
        try {
            for (Owed owed : open()) {
                Published published =
                        publisher.publish(List.of(owed.value()), owed.client()).getFirst();
                settle(owed, published.record().seq());
            }
            last = "";
        } catch (RuntimeException e) {
            String why = String.valueOf(e.getMessage());
            if (!why.equals(last)) {
                LOG.warn("owed memberships are not published yet: {}", why);
            }
            last = why;
        }
    }

    private record Owed(
            String eventId,
            OffsetDateTime decidedAt,
            String client,
            User user,
            AudienceId audience) {
        byte[] value() {
            return EventCodec.encode(
                    new ChangeSet(
                            new EventId(eventId),
                            "urn:narrows:decision",
                            decidedAt.toInstant().toString(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.of("the first permit of an exchange while sign-up was open"),
                            Optional.empty(),
                            new UserAdmitted(user, audience, Via.SIGN_UP)));
        }
    }

    private List<Owed> open() {
        return transactions.executeWrite(
                status -> {
                    try (PreparedStatement query =
                            status.getConnection()
                                    .prepareStatement(
                                            """
                                            select event_id, decided_at, client, issuer, subject, audience
                                            from narrows.admission_owed where settled_seq is null
                                            order by decided_at limit ?
                                            """)) {
                        query.setInt(1, AT_ONCE);
                        List<Owed> open = new ArrayList<>();
                        try (ResultSet row = query.executeQuery()) {
                            while (row.next()) {
                                open.add(
                                        new Owed(
                                                row.getString(1),
                                                row.getObject(2, OffsetDateTime.class),
                                                row.getString(3),
                                                new User(
                                                        new IssuerUrl(row.getString(4)),
                                                        row.getString(5)),
                                                new AudienceId(row.getString(6))));
                            }
                        }
                        return open;
                    }
                });
    }

    private void settle(Owed owed, long seq) {
        transactions.executeWrite(
                status -> {
                    try (PreparedStatement update =
                            status.getConnection()
                                    .prepareStatement(
                                            "update narrows.admission_owed set settled_seq = ? where event_id = ?")) {
                        update.setLong(1, seq);
                        update.setString(2, owed.eventId());
                        return update.executeUpdate();
                    }
                });
    }
}

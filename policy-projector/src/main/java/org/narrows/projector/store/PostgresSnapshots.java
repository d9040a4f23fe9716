// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.store;

import io.micronaut.transaction.TransactionDefinition;
import io.micronaut.transaction.TransactionDefinition.Isolation;
import io.micronaut.transaction.TransactionOperations;
import io.micronaut.transaction.support.DefaultTransactionDefinition;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.narrows.events.decision.CompiledPolicy;
import org.narrows.events.decision.PolicySnapshot;
import org.narrows.events.state.Policy;
import org.narrows.events.state.Row.PolicyRow;
import org.narrows.events.state.Row.TokenRevocationRow;
import org.narrows.events.state.Row.UserRow;
import org.narrows.events.state.UserFacts;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.Position;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;

/**
 * One read-only transaction for each snapshot: everything in it sees what PostgreSQL held when its
 * first query began, so batches and promotions that are committed meanwhile do not mix in.
 */
@Singleton
public class PostgresSnapshots implements LiveSnapshots {
    private final TransactionOperations<Connection> transactions;
    private final LiveCheckpoint checkpoint;
    private final LiveRows rows;

    PostgresSnapshots(
            TransactionOperations<Connection> transactions,
            LiveCheckpoint checkpoint,
            LiveRows rows) {
        this.transactions = transactions;
        this.checkpoint = checkpoint;
        this.rows = rows;
    }

    @Override
    public <T, X extends Exception> T read(Reading<T, X> reading) throws X {
        return transactions.execute(
                oneState(),
                _ -> {
                    StoredCheckpoint head = head();
                    return reading.of(new Snapshot(head, head.seq()));
                });
    }

    private static TransactionDefinition oneState() {
        DefaultTransactionDefinition definition = new DefaultTransactionDefinition();
        definition.setIsolationLevel(Isolation.REPEATABLE_READ);
        definition.setReadOnly(true);
        return definition;
    }

    private StoredCheckpoint head() {
        return checkpoint.read().orElseThrow(() -> new IllegalStateException("before genesis"));
    }

    private final class Snapshot implements LiveSnapshot {
        private final StoredCheckpoint head;
        private final long seq;
        private @Nullable CompiledPolicy policy;

        Snapshot(StoredCheckpoint head, long seq) {
            this.head = head;
            this.seq = seq;
        }

        @Override
        public StoredCheckpoint head() {
            return head;
        }

        @Override
        public LiveSnapshot asOf(long earlier) {
            return earlier == seq ? this : new Snapshot(head, earlier);
        }

        @Override
        public CompiledPolicy policy() {
            CompiledPolicy compiled = policy;
            if (compiled == null) {
                List<PolicyRow> stored =
                        rows.policy(seq).stream().map(row -> (PolicyRow) row.row()).toList();
                compiled = CompiledPolicy.of(Policy.of(stored), new IssuerUrl(head.issuer()));
                policy = compiled;
            }
            return compiled;
        }

        @Override
        public PolicySnapshot of(Set<User> users, Set<TokenRef> tokens) {
            Map<User, List<UserRow>> ofUsers = new HashMap<>();
            users.forEach(user -> ofUsers.put(user, new ArrayList<>()));
            for (StoredRow stored : rows.ofUsers(users.stream().map(User::key).toList(), seq)) {
                UserRow row = (UserRow) stored.row();
                ofUsers.computeIfAbsent(row.user(), _ -> new ArrayList<>()).add(row);
            }
            Map<User, UserFacts> facts = new HashMap<>();
            ofUsers.forEach((user, rows) -> facts.put(user, UserFacts.of(user, rows)));
            Set<TokenRef> revoked = new HashSet<>();
            for (StoredRow stored :
                    rows.revokedTokens(tokens.stream().map(TokenRef::key).toList(), seq)) {
                revoked.add(((TokenRevocationRow) stored.row()).token());
            }
            return new PolicySnapshot(new Position(head.log(), seq), policy(), facts, revoked);
        }
    }
}

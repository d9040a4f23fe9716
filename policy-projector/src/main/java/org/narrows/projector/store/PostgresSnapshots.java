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
import org.narrows.events.decision.CompiledPolicy;
import org.narrows.events.decision.PolicySnapshot;
import org.narrows.events.state.Policy;
import org.narrows.events.state.Row.PolicyRow;
import org.narrows.events.state.Row.TokenRevocationRow;
import org.narrows.events.state.Row.UserRow;
import org.narrows.events.state.UserFacts;
import org.narrows.events.value.IssuerUrl;
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
        return transactions.execute(oneState(), _ -> reading.of(snapshot()));
    }

    private static TransactionDefinition oneState() {
        DefaultTransactionDefinition definition = new DefaultTransactionDefinition();
        definition.setIsolationLevel(Isolation.REPEATABLE_READ);
        definition.setReadOnly(true);
        return definition;
    }

    private LiveSnapshot snapshot() {
        StoredCheckpoint head =
                checkpoint.read().orElseThrow(() -> new IllegalStateException("before genesis"));
        List<PolicyRow> policy =
                rows.policy(head.seq()).stream().map(stored -> (PolicyRow) stored.row()).toList();
        return new Snapshot(
                head, CompiledPolicy.of(Policy.of(policy), new IssuerUrl(head.issuer())));
    }

    private final class Snapshot implements LiveSnapshot {
        private final StoredCheckpoint head;
        private final CompiledPolicy policy;

        Snapshot(StoredCheckpoint head, CompiledPolicy policy) {
            this.head = head;
            this.policy = policy;
        }

        @Override
        public StoredCheckpoint head() {
            return head;
        }

        @Override
        public CompiledPolicy policy() {
            return policy;
        }

        @Override
        public PolicySnapshot of(Set<User> users, Set<TokenRef> tokens) {
            Map<User, List<UserRow>> ofUsers = new HashMap<>();
            users.forEach(user -> ofUsers.put(user, new ArrayList<>()));
            for (StoredRow stored :
                    rows.ofUsers(users.stream().map(User::key).toList(), head.seq())) {
                UserRow row = (UserRow) stored.row();
                ofUsers.computeIfAbsent(row.user(), _ -> new ArrayList<>()).add(row);
            }
            Map<User, UserFacts> facts = new HashMap<>();
            ofUsers.forEach((user, rows) -> facts.put(user, UserFacts.of(user, rows)));
            Set<TokenRef> revoked = new HashSet<>();
            for (StoredRow stored :
                    rows.revokedTokens(tokens.stream().map(TokenRef::key).toList(), head.seq())) {
                revoked.add(((TokenRevocationRow) stored.row()).token());
            }
            return new PolicySnapshot(head.position(), policy, facts, revoked);
        }
    }
}

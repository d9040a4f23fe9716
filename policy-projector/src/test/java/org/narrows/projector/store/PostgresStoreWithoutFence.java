// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.store;

import io.micronaut.context.annotation.Replaces;
import io.micronaut.context.annotation.Requires;
import io.micronaut.transaction.TransactionOperations;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;

/** The store with its fence taken out: whoever commits, commits. Only tests can switch it on. */
@Singleton
@Replaces(PostgresProjectionStore.class)
@Requires(property = "narrows.test.unfenced", value = "true")
class PostgresStoreWithoutFence extends PostgresProjectionStore {
    PostgresStoreWithoutFence(TransactionOperations<Connection> transactions) {
        super(transactions);
    }

    @Override
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
                        "and (epoch, next_offset) is distinct from (?, - 1 - ?)")
                == 1;
    }

    @Override
    public void caughtUp(Standing standing, Instant clock) {
        // would tell a projector that it is fenced off
    }
}

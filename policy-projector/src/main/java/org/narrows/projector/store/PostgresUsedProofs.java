// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.store;

import io.micronaut.transaction.TransactionOperations;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Instant;
import java.time.ZoneOffset;
import org.narrows.events.value.Hash;

/** The replay guard that token-exchange uses too, and sweeps. */
@Singleton
public class PostgresUsedProofs implements UsedProofs {
    private static final String USE =
            """
            insert into narrows_guard.used_jti (issuer, jti_hash, expires_at) values (?, ?, ?)
            on conflict do nothing
            """;

    private final TransactionOperations<Connection> transactions;

    PostgresUsedProofs(TransactionOperations<Connection> transactions) {
        this.transactions = transactions;
    }

    @Override
    public boolean use(String namespace, String jti, Instant until) {
        return transactions.executeWrite(
                status -> {
                    try (PreparedStatement insert = status.getConnection().prepareStatement(USE)) {
                        insert.setString(1, namespace);
                        insert.setBytes(
                                2, Hash.sha256(jti.getBytes(StandardCharsets.UTF_8)).bytes());
                        insert.setObject(3, until.atOffset(ZoneOffset.UTC));
                        return insert.executeUpdate() == 1;
                    }
                });
    }
}

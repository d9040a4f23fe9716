// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.client;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import javax.sql.DataSource;
import org.narrows.events.value.Hash;
import org.narrows.exchange.outage.OutageException;
import org.narrows.exchange.outage.OutageException.What;

/** The ids of proofs in PostgreSQL, the only table this service writes. */
public final class PostgresProofGuard implements ProofGuard {
    private static final String USE =
            """
            insert into narrows_guard.used_jti (issuer, jti_hash, expires_at)
            values (?, ?, ?)
            on conflict do nothing
            """;

    /** A minute late, so that clocks of nodes and database need not agree to the second. */
    private static final String SWEEP =
            """
            delete from narrows_guard.used_jti where expires_at < clock_timestamp() - interval '1 minute'
            """;

    private final DataSource pool;

    public PostgresProofGuard(DataSource pool) {
        this.pool = pool;
    }

    @Override
    public boolean use(String issuer, String jti, Instant expiresAt) {
        try (Connection connection = pool.getConnection();
                PreparedStatement insert = connection.prepareStatement(USE)) {
            insert.setString(1, issuer);
            insert.setBytes(2, Hash.sha256(jti.getBytes(StandardCharsets.UTF_8)).bytes());
            insert.setObject(3, OffsetDateTime.ofInstant(expiresAt, ZoneOffset.UTC));
            return insert.executeUpdate() == 1;
        } catch (SQLException e) {
            throw new OutageException(What.STORE, "the store of used proofs does not answer", e);
        }
    }

    /** Forgets ids whose proofs are refused as expired by now. */
    public void sweep() {
        try (Connection connection = pool.getConnection();
                PreparedStatement delete = connection.prepareStatement(SWEEP)) {
            delete.executeUpdate();
        } catch (SQLException e) {
            throw new OutageException(What.STORE, "the store of used proofs does not answer", e);
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import org.narrows.embedded.EmbeddedPostgres;
import org.narrows.projector.cli.CommandFailure;

/**
 * The roles of PostgreSQL: the projector owns the tables, the exchange reads views and writes its
 * replay guard.
 */
final class Database {
    static final String NAME = "narrows";
    static final String OWNER = "narrows";
    static final String EXCHANGE = "narrows_exchange_node";

    private static final int SECRET_BYTES = 24;

    private final EmbeddedPostgres postgres;
    private final String ownerPassword;
    private final String exchangePassword;

    private Database(EmbeddedPostgres postgres, DataDirectory data) {
        this.postgres = postgres;
        this.ownerPassword = data.readOrMake("jdbc-password", Database::newPassword);
        this.exchangePassword = data.readOrMake("exchange-jdbc-password", Database::newPassword);
    }

    /** Makes the owner and the database, when they are not there. */
    static Database prepare(EmbeddedPostgres postgres, DataDirectory data) {
        Database database = new Database(postgres, data);
        try (Connection connection = postgres.connect("postgres");
                Statement statement = connection.createStatement()) {
            login(statement, OWNER, database.ownerPassword);
            if (!exists(statement, "select 1 from pg_database where datname = '" + NAME + "'")) {
                statement.execute("create database " + NAME + " owner " + OWNER);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("cannot prepare the database", e);
        }
        return database;
    }

    /**
     * Gives the exchange what `deploy/postgres/roles.sql` says; the projector has made its tables
     * before.
     */
    void admitExchange() {
        Path roles = StandaloneOptions.repository().resolve("deploy/postgres/roles.sql");
        try (Connection connection = postgres.connect(NAME);
                Statement statement = connection.createStatement()) {
            statement.execute(Files.readString(roles));
            login(statement, EXCHANGE, exchangePassword);
            statement.execute("grant narrows_exchange to " + EXCHANGE);
        } catch (IOException e) {
            throw CommandFailure.invalid("cannot read `" + roles + "`");
        } catch (SQLException e) {
            throw new IllegalStateException("cannot make the exchange's role", e);
        }
    }

    String url() {
        return postgres.jdbcUrl(NAME);
    }

    String ownerPassword() {
        return ownerPassword;
    }

    String exchangePassword() {
        return exchangePassword;
    }

    private static void login(Statement statement, String role, String password)
            throws SQLException {
        boolean there = exists(statement, "select 1 from pg_roles where rolname = '" + role + "'");
        statement.execute(
                (there ? "alter" : "create")
                        + " role "
                        + role
                        + " login password '"
                        + password
                        + "'");
    }

    private static boolean exists(Statement statement, String query) throws SQLException {
        try (ResultSet rows = statement.executeQuery(query)) {
            return rows.next();
        }
    }

    private static String newPassword() {
        byte[] random = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(random);
        return HexFormat.of().formatHex(random);
    }
}

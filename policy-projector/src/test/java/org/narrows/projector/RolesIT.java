// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The projector needs no superuser, and token-exchange sees nothing but the views and its replay
 * guard.
 */
class RolesIT {
    @Test
    void a_plain_owner_makes_the_tables_and_the_exchange_only_reads_views() throws Exception {
        try (TestLog log = new TestLog().open();
                Connection superuser = log.connect();
                Statement statement = superuser.createStatement()) {
            statement.execute(
                    "create role plain_owner login password 'p' nosuperuser nocreaterole nocreatedb");
            statement.execute("alter database " + log.database + " owner to plain_owner");
            try (TestLog.Server server =
                    log.start(
                            Map.of(
                                    "narrows.jdbc.username",
                                    "plain_owner",
                                    "narrows.jdbc.password",
                                    "p"))) {
                await().until(() -> server.get("/status").statusCode() == 200);
            }
            String script = Files.readString(Path.of("..", "deploy", "postgres", "roles.sql"));
            statement.execute(script);
            statement.execute(script);
            statement.execute("create role a_node login password 'x' in role narrows_exchange");
            try (Connection node =
                            DriverManager.getConnection(
                                    log.postgres.jdbcUrl(log.database), "a_node", "x");
                    Statement asNode = node.createStatement()) {
                try (var row = asNode.executeQuery("select seq from narrows_read.checkpoint")) {
                    assertThat(row.next()).isTrue();
                }
                asNode.execute("select * from narrows_read.row_version");
                asNode.execute("select * from narrows_read.change");
                asNode.execute("insert into narrows_guard.used_jti values ('c', '\\x00', now())");
                asNode.execute("delete from narrows_guard.used_jti");
                asNode.execute("listen narrows_checkpoint");
                for (String forbidden :
                        new String[] {
                            "select * from narrows.checkpoint",
                            "update narrows_read.checkpoint set seq = 0",
                            "delete from narrows_read.row_version",
                            "create table narrows_guard.mine (a int)"
                        }) {
                    assertThatThrownBy(() -> asNode.execute(forbidden))
                            .isInstanceOf(SQLException.class);
                }
            }
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedPostgresTest {
    @TempDir Path directory;

    @Test
    void a_second_start_continues_the_same_database() throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory.resolve("postgres"))) {
            fill(postgres);
        }
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory.resolve("postgres"))) {
            assertThat(ask(postgres, "select text from t")).isEqualTo("kept");
            assertThat(ask(postgres, "show server_version")).startsWith("18.");
            assertThat(ask(postgres, "show fsync")).isEqualTo("on");
        }
    }

    @Test
    void a_killed_server_is_continued() throws Exception {
        EmbeddedPostgres killed = EmbeddedPostgres.start(directory.resolve("postgres"));
        fill(killed);
        ProcessHandle.of(pid()).orElseThrow().destroyForcibly();
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory.resolve("postgres"))) {
            assertThat(ask(postgres, "select text from t")).isEqualTo("kept");
        }
    }

    @Test
    void a_server_that_outlived_its_starter_is_ended_and_continued() throws Exception {
        EmbeddedPostgres orphan = EmbeddedPostgres.start(directory.resolve("postgres"));
        fill(orphan);
        long first = pid();
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory.resolve("postgres"))) {
            assertThat(pid()).isNotEqualTo(first);
            assertThat(ask(postgres, "select text from t")).isEqualTo("kept");
        }
    }

    @Test
    void a_pid_that_belongs_to_another_program_meanwhile_does_not_keep_the_server_from_starting()
            throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory.resolve("postgres"))) {
            fill(postgres);
        }
        Files.writeString(
                pidFile(), ProcessHandle.current().pid() + "\n/somewhere\n0\n5432\n\nlocalhost\n");
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory.resolve("postgres"))) {
            assertThat(ask(postgres, "select text from t")).isEqualTo("kept");
        }
    }

    private Path pidFile() {
        return directory.resolve("postgres/data/postmaster.pid");
    }

    private long pid() throws Exception {
        return Long.parseLong(Files.readAllLines(pidFile()).getFirst());
    }

    private static void fill(EmbeddedPostgres postgres) throws Exception {
        postgres.createDatabase("narrows");
        try (Connection connection = postgres.connect("narrows");
                Statement statement = connection.createStatement()) {
            statement.execute("create table t (text text)");
            statement.execute("insert into t values ('kept')");
        }
    }

    private static String ask(EmbeddedPostgres postgres, String sql) throws Exception {
        try (Connection connection = postgres.connect("narrows");
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }
}

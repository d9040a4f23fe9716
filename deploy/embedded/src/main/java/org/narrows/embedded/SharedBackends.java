// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One broker and one database server for all tests of a JVM, started when first asked for and ended
 * with it. Tests keep apart by topics and databases of their own.
 */
public final class SharedBackends {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private SharedBackends() {}

    /** The broker; do not close it. */
    public static EmbeddedKafka kafka() {
        return Kafka.BROKER;
    }

    /** The database server; do not close it. */
    public static EmbeddedPostgres postgres() {
        return Postgres.SERVER;
    }

    /** Makes an empty database and gives its name. */
    public static String newDatabase() {
        String name = "test_" + COUNT.incrementAndGet();
        try {
            postgres().createDatabase(name);
        } catch (SQLException e) {
            throw new IllegalStateException("cannot make database " + name, e);
        }
        return name;
    }

    /** A name for a topic that no other test of this JVM has. */
    public static String newTopicName() {
        return "test-" + COUNT.incrementAndGet();
    }

    private static Path temporary(String name) {
        try {
            return Files.createTempDirectory("narrows-" + name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void atExit(AutoCloseable backend, Path directory) {
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(
                                () -> {
                                    try {
                                        backend.close();
                                        PostgresBinaries.delete(directory);
                                    } catch (Exception e) {
                                        System.err.println("cannot remove " + directory + ": " + e);
                                    }
                                }));
    }

    private static final class Kafka {
        static final EmbeddedKafka BROKER = start();

        private static EmbeddedKafka start() {
            Path directory = temporary("kafka");
            EmbeddedKafka broker = EmbeddedKafka.start(directory);
            atExit(broker, directory);
            return broker;
        }
    }

    private static final class Postgres {
        static final EmbeddedPostgres SERVER = start();

        private static EmbeddedPostgres start() {
            Path directory = temporary("postgres");
            EmbeddedPostgres server = EmbeddedPostgres.start(directory);
            atExit(server, directory);
            return server;
        }
    }
}

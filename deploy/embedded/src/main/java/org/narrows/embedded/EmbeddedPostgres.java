// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.embedded;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * PostgreSQL as a child process, on a directory that it continues, also after a crash of either.
 *
 * <p>It listens on a free port of the loopback interface only, wants a password (made once, kept in
 * the directory) and flushes every commit. It is watched by a shell that reads from this process:
 * when this process ends, however it ends, the shell reads the end of its input and stops the
 * database. Works as root too, see {@link OtherThanRoot}.
 */
public final class EmbeddedPostgres implements AutoCloseable {
    /** The superuser. */
    public static final String SUPERUSER = "postgres";

    private static final Duration STOP_WITHIN = Duration.ofSeconds(20);

    /**
     * Interrupts from the terminal go to this shell too: it waits for the word of the process that
     * started it.
     */
    private static final String WATCH =
            """
            trap '' INT TERM HUP
            "$1" -D "$2" -w -t 60 -l "$3" -o "-p $4" start >/dev/null 2>&1 || exit 1
            echo ready
            read -r word
            "$1" -D "$2" -w -t 15 -m fast stop >/dev/null 2>&1 || "$1" -D "$2" -m immediate stop >/dev/null 2>&1
            """;

    private static final String SETTINGS =
            """

            # Narrows
            listen_addresses = '127.0.0.1'
            unix_socket_directories = ''
            max_connections = 200
            log_min_messages = warning
            log_checkpoints = off
            """;

    private final Process watcher;
    private final int port;
    private final String password;

    private EmbeddedPostgres(Process watcher, int port, String password) {
        this.watcher = watcher;
        this.port = port;
        this.password = password;
    }

    /**
     * Starts a server; returns when it takes connections.
     *
     * @param directory made when it is not there; only one server at a time may use it
     */
    public static EmbeddedPostgres start(Path directory) {
        try {
            Path home = directory.toAbsolutePath();
            Files.createDirectories(home);
            Path data = home.resolve("data");
            OtherThanRoot user = OtherThanRoot.forDataDirectory(data);
            Path binaries = PostgresBinaries.unpacked(home, user);
            String password = password(home.resolve("password"));
            if (!Files.exists(data.resolve("PG_VERSION"))) {
                initialise(binaries, home, data, user);
            } else {
                endPredecessor(binaries, data, user);
            }
            return start(binaries, home, data, user, password);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot start PostgreSQL in `" + directory + "`: " + e.getMessage(), e);
        }
    }

    /** The port on 127.0.0.1. */
    public int port() {
        return port;
    }

    /** The superuser's password. */
    public String password() {
        return password;
    }

    /** The JDBC URL of a database of this server, without user and password. */
    public String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    /** Connects as superuser. */
    public Connection connect(String database) throws SQLException {
        return DriverManager.getConnection(jdbcUrl(database), SUPERUSER, password);
    }

    /** Makes a database unless it is there; its name must need no quotes. */
    public void createDatabase(String database) throws SQLException {
        try (Connection connection = connect("postgres");
                Statement statement = connection.createStatement()) {
            boolean there;
            try (ResultSet found =
                    statement.executeQuery(
                            "select 1 from pg_database where datname = '" + database + "'")) {
                there = found.next();
            }
            if (!there) {
                statement.execute("create database " + database);
            }
        }
    }

    /** Stops the server; open connections are ended. */
    @Override
    public void close() {
        try {
            watcher.getOutputStream().close();
            if (!watcher.waitFor(STOP_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException(
                        "PostgreSQL did not stop within " + STOP_WITHIN.toSeconds() + " s");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void initialise(Path binaries, Path home, Path data, OtherThanRoot user)
            throws IOException {
        // Renamed when it is whole, so that an interrupted one is not mistaken for a database.
        Path unfinished = home.resolve("data.unfinished");
        PostgresBinaries.delete(unfinished);
        Files.createDirectory(
                unfinished,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        user.own(unfinished);
        Path passwordFile = unfinished.resolveSibling("password");
        user.own(passwordFile);
        List<String> command =
                List.of(
                        binaries.resolve("bin/initdb").toString(),
                        "--pgdata=" + unfinished,
                        "--username=" + SUPERUSER,
                        "--pwfile=" + passwordFile,
                        "--auth=scram-sha-256",
                        "--encoding=UTF8",
                        "--locale=C",
                        "--locale-provider=builtin",
                        "--builtin-locale=C.UTF-8",
                        "--no-instructions");
        Ended initdb = run(user.command(command));
        if (initdb.status() != 0) {
            throw new IOException("initdb failed: " + initdb.output().strip());
        }
        Files.writeString(
                unfinished.resolve("postgresql.conf"), SETTINGS, StandardOpenOption.APPEND);
        Files.move(unfinished, data, StandardCopyOption.ATOMIC_MOVE);
    }

    /**
     * A server whose starter was killed together with its watcher still runs; it is ours, for we
     * hold the directory.
     */
    private static void endPredecessor(Path binaries, Path data, OtherThanRoot user)
            throws IOException {
        Path pidFile = data.resolve("postmaster.pid");
        if (!Files.exists(pidFile)) {
            return;
        }
        List<String> lines = Files.readAllLines(pidFile);
        long pid = lines.isEmpty() ? 0 : Long.parseLong(lines.getFirst().strip());
        boolean alive = pid > 0 && ProcessHandle.of(pid).isPresent();
        boolean postgres =
                alive
                        && ProcessHandle.of(pid)
                                .flatMap(process -> process.info().command())
                                .map(command -> command.endsWith("/postgres"))
                                .orElse(true);
        if (alive && !postgres) {
            // The number was given to another program meanwhile, for which PostgreSQL would take
            // its predecessor.
            Files.deleteIfExists(pidFile);
        } else if (alive) {
            run(
                    user.command(
                            List.of(
                                    binaries.resolve("bin/pg_ctl").toString(),
                                    "-D",
                                    data.toString(),
                                    "-w",
                                    "-m",
                                    "fast",
                                    "stop")));
        }
    }

    private static EmbeddedPostgres start(
            Path binaries, Path home, Path data, OtherThanRoot user, String password)
            throws IOException {
        Path log = home.resolve("postgres.log");
        if (!Files.exists(log)) {
            Files.createFile(
                    log,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
        }
        user.own(log);
        int port = FreePorts.take(1).getFirst();
        List<String> command =
                List.of(
                        "sh",
                        "-c",
                        WATCH,
                        "narrows-postgres",
                        binaries.resolve("bin/pg_ctl").toString(),
                        data.toString(),
                        log.toString(),
                        Integer.toString(port));
        Process watcher =
                new ProcessBuilder(user.command(command))
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .directory(data.toFile())
                        .start();
        BufferedReader said = watcher.inputReader(StandardCharsets.UTF_8);
        if (!"ready".equals(said.readLine())) {
            List<String> tail = Files.readAllLines(log);
            throw new IOException(
                    "it says: "
                            + String.join(
                                    "\n",
                                    tail.subList(Math.max(0, tail.size() - 10), tail.size())));
        }
        return new EmbeddedPostgres(watcher, port, password);
    }

    private static String password(Path file) throws IOException {
        if (!Files.exists(file)) {
            byte[] random = new byte[16];
            new SecureRandom().nextBytes(random);
            Path unfinished = file.resolveSibling("password.unfinished");
            Files.deleteIfExists(unfinished);
            Files.createFile(
                    unfinished,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            Files.writeString(unfinished, HexFormat.of().formatHex(random));
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        }
        return Files.readString(file).strip();
    }

    record Ended(int status, String output) {}

    static Ended run(List<String> command) throws IOException {
        Process process =
                new ProcessBuilder(new ArrayList<>(command))
                        .redirectErrorStream(true)
                        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                        .directory(Path.of("/").toFile())
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            return new Ended(process.waitFor(), output);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for " + command.getFirst());
        }
    }
}

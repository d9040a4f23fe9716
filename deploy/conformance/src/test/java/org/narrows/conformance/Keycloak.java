// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.narrows.standalone.RunningStandalone;

/** Keycloak in a process of its own, from its own distribution, in memory and on loopback only. */
final class Keycloak implements AutoCloseable {
    private static final Duration READY_WITHIN = Duration.ofMinutes(5);
    private static final String ADMIN = "admin";

    private final Process process;
    private final Path output;
    private final int port;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Thread atExit = new Thread(this::end);

    private Keycloak(Process process, Path output, int port) {
        this.process = process;
        this.output = output;
        this.port = port;
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /**
     * Starts it; it becomes ready later. It issues as {@code https://sso.example.com}, as it would
     * behind a proxy.
     */
    static Keycloak launch(Path directory) {
        return launch(directory, RunningStandalone.freePort(), "https://sso.example.com");
    }

    /** Starts one that issues as what it is: browsers of this machine can sign in there. */
    static Keycloak launchForBrowsers(Path directory) {
        int port = RunningStandalone.freePort();
        return launch(directory, port, "http://127.0.0.1:" + port);
    }

    private static Keycloak launch(Path directory, int port, String issuesAs) {
        Path home = Path.of(System.getProperty("keycloak.home"));
        Path output = directory.resolve("keycloak.out");
        ProcessBuilder builder =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "-Xmx512m",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "--sun-misc-unsafe-memory-access=allow",
                                "--enable-native-access=ALL-UNNAMED",
                                "--add-opens=java.base/java.util=ALL-UNNAMED",
                                "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
                                "--add-opens=java.base/java.security=ALL-UNNAMED",
                                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                                "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
                                "-Dkc.home.dir=" + home,
                                // It comes built for production; building it again takes longer
                                // than its start.
                                "-Dkc.config.built=true",
                                "-cp",
                                home.resolve("lib/quarkus-run.jar").toString(),
                                "io.quarkus.bootstrap.runner.QuarkusEntryPoint",
                                "start",
                                "--hostname=" + issuesAs,
                                "--http-enabled=true",
                                "--http-host=127.0.0.1",
                                "--http-port=" + port,
                                "--cache=local",
                                "--db-url=jdbc:h2:mem:keycloak;NON_KEYWORDS=VALUE;DB_CLOSE_DELAY=-1")
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile());
        builder.environment()
                .putAll(
                        Map.of(
                                "KC_BOOTSTRAP_ADMIN_USERNAME",
                                ADMIN,
                                "KC_BOOTSTRAP_ADMIN_PASSWORD",
                                ADMIN));
        try {
            return new Keycloak(builder.start(), output, port);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Waits until it answers; one that ends or takes minutes is closed, and what it said thrown.
     */
    Keycloak untilReady() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + READY_WITHIN.toNanos();
        while (!answers()) {
            if (System.nanoTime() > deadline || !process.isAlive()) {
                String said = Files.readString(output);
                close();
                throw new IllegalStateException("Keycloak did not become ready:\n" + said);
            }
            Thread.sleep(Duration.ofMillis(200));
        }
        return this;
    }

    private boolean answers() {
        try {
            return Narrows.send(http, HttpRequest.newBuilder(url("/realms/master"))).status()
                    == 200;
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    URI url(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    /** A grant at the token endpoint of a realm, by these parameters. */
    JsonNode grant(String realm, Form form) {
        Reply reply =
                Narrows.send(
                        http,
                        HttpRequest.newBuilder(
                                        url("/realms/" + realm + "/protocol/openid-connect/token"))
                                .header("Content-Type", "application/x-www-form-urlencoded")
                                .POST(HttpRequest.BodyPublishers.ofString(form.encoded())));
        return expect(200, reply).json();
    }

    /** Makes something by the admin API. */
    void create(String path, Object body) {
        expect(
                201,
                admin(
                        path,
                        request ->
                                request.header("Content-Type", "application/json")
                                        .POST(
                                                HttpRequest.BodyPublishers.ofString(
                                                        Narrows.json(body)))));
    }

    JsonNode read(String path) {
        return expect(200, admin(path, HttpRequest.Builder::GET)).json();
    }

    void delete(String path) {
        expect(204, admin(path, HttpRequest.Builder::DELETE));
    }

    private Reply admin(String path, UnaryOperator<HttpRequest.Builder> method) {
        String token =
                grant(
                                "master",
                                Form.of(
                                        "grant_type",
                                        "password",
                                        "client_id",
                                        "admin-cli",
                                        "username",
                                        ADMIN,
                                        "password",
                                        ADMIN))
                        .path("access_token")
                        .asText();
        return Narrows.send(
                http,
                method.apply(
                        HttpRequest.newBuilder(url("/admin/realms" + path))
                                .header("Authorization", "Bearer " + token)));
    }

    private static Reply expect(int status, Reply reply) {
        if (reply.status() != status) {
            throw new IllegalStateException("Keycloak: " + reply.status() + " " + reply.body());
        }
        return reply;
    }

    private void end() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        end();
        http.close();
        Runtime.getRuntime().removeShutdownHook(atExit);
    }
}

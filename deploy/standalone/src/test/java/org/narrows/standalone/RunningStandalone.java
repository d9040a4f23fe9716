// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.standalone;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A standalone in a process of its own, as `deploy/run` starts it. {@code deploy/conformance} takes
 * it from this module's test jar.
 */
public final class RunningStandalone implements AutoCloseable {
    private static final Duration READY_WITHIN = Duration.ofMinutes(3);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final Process process;
    private final Path output;
    private final int port;
    private final int adminPort;

    private RunningStandalone(Process process, Path output, int port, int adminPort) {
        this.process = process;
        this.output = output;
        this.port = port;
        this.adminPort = adminPort;
    }

    /** Starts one from this JVM's own class path; it need not become ready. */
    static RunningStandalone launch(
            Path data,
            int port,
            int adminPort,
            Map<String, String> environment,
            String... options) {
        String classPath =
                System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path"));
        return launch(
                List.of("-cp", classPath, "org.narrows.standalone.Standalone"),
                data,
                port,
                adminPort,
                environment,
                options);
    }

    /**
     * Starts one; it need not become ready.
     *
     * @param program what {@code java} runs: {@code -jar} and the jar, or {@code -cp}, a class path
     *     and the main class
     */
    public static RunningStandalone launch(
            List<String> program,
            Path data,
            int port,
            int adminPort,
            Map<String, String> environment,
            String... options) {
        try {
            Path output = Files.createTempFile("standalone", ".out");
            List<String> command = new ArrayList<>(heedingInterrupts());
            command.addAll(
                    List.of(
                            Path.of(System.getProperty("java.home"), "bin/java").toString(),
                            "-XX:+UseCompactObjectHeaders",
                            "--sun-misc-unsafe-memory-access=allow",
                            "--enable-native-access=ALL-UNNAMED",
                            "-Dlogback.configurationFile=narrows-standalone-logback.xml",
                            "-Dnarrows.repository=" + repository()));
            command.addAll(program);
            command.addAll(
                    List.of("--data=" + data, "--port=" + port, "--admin-port=" + adminPort));
            command.addAll(List.of(options));
            ProcessBuilder builder =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile());
            builder.environment().putAll(environment);
            return new RunningStandalone(builder.start(), output, port, adminPort);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A shell that runs the tests in the background ignores Ctrl-C, and so would all its children.
     */
    private static List<String> heedingInterrupts() throws IOException {
        List<String> command = List.of("env", "--default-signal=INT");
        List<String> tried = new ArrayList<>(command);
        tried.add("true");
        try {
            return new ProcessBuilder(tried).start().waitFor() == 0 ? command : List.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        }
    }

    /** Starts one and waits until it is ready. */
    static RunningStandalone start(Path data, int port, int adminPort, String... options)
            throws Exception {
        return launch(data, port, adminPort, Map.of(), options).untilReady();
    }

    /**
     * Waits until it is ready; one that ends or takes minutes is closed, and what it said thrown.
     */
    public RunningStandalone untilReady() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + READY_WITHIN.toNanos();
        while (readiness() != 200) {
            if (System.nanoTime() > deadline || !process.isAlive()) {
                String said = said();
                close();
                throw new IllegalStateException("the standalone did not become ready:\n" + said);
            }
            Thread.sleep(Duration.ofMillis(200));
        }
        return this;
    }

    /** The root of the repository. */
    public static Path repository() {
        return Path.of("../..").toAbsolutePath().normalize();
    }

    public static int freePort() {
        // Below those that the system gives to outgoing connections: one of the process that is
        // being
        // started could take the port before it is bound.
        for (int tries = 0; tries < 100; tries++) {
            int port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
            try (ServerSocket socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return port;
            } catch (IOException e) {
                // Taken: another one.
            }
        }
        throw new IllegalStateException("no free port");
    }

    public URI url(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    public URI adminUrl(String path) {
        return URI.create("http://127.0.0.1:" + adminPort + path);
    }

    public String said() {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private int readiness() throws InterruptedException {
        try {
            HttpRequest request =
                    HttpRequest.newBuilder(url("/health/readiness"))
                            .timeout(Duration.ofSeconds(5))
                            .build();
            return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        } catch (IOException e) {
            return 0;
        }
    }

    /** What Ctrl-C sends. */
    void interrupt() throws Exception {
        Process kill = new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start();
        kill.waitFor();
    }

    /** Whether it ended within this time; its exit status is then {@link #exitStatus()}. */
    boolean endsWithin(Duration time) throws InterruptedException {
        return process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    int exitStatus() {
        return process.exitValue();
    }

    /** {@code kill -9}. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        Files.deleteIfExists(output);
    }
}

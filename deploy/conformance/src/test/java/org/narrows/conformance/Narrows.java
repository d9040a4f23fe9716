// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.narrows.standalone.RunningStandalone;

/**
 * The one standalone that all tests of this module speak to, started from its jar when the first of
 * them asks for it. Test classes do not disturb each other: what each publishes has names of its
 * own (see {@link Scene}).
 *
 * <p>Everything goes over the network, as strangers would: policy by {@code POST /events}, requests
 * by HTTP.
 */
public final class Narrows implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration ANSWERED_WITHIN = Duration.ofSeconds(20);

    private static Narrows running;

    private final RunningStandalone standalone;
    private final int tlsPort;
    private final TestCertificate clientAuthority;
    private final Path directory;
    private final HttpClient http =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .build();
    private final TestClient probe = TestClient.withSecret("harness-probe");
    private boolean closed;

    private Narrows(
            RunningStandalone standalone,
            int tlsPort,
            TestCertificate clientAuthority,
            Path directory) {
        this.standalone = standalone;
        this.tlsPort = tlsPort;
        this.clientAuthority = clientAuthority;
        this.directory = directory;
    }

    /** The one of this run; it ends with the run, however that ends. */
    public static synchronized Narrows running() {
        if (running == null) {
            Narrows started = start(Map.of());
            Runtime.getRuntime().addShutdownHook(new Thread(started::close));
            running = started;
        }
        return running;
    }

    /** One more, for tests that need another configuration; whoever starts it closes it. */
    public static Narrows start(Map<String, String> environment, String... options) {
        try {
            Path directory = Files.createTempDirectory("narrows-conformance");
            int tlsPort = RunningStandalone.freePort();
            String[] all =
                    Stream.concat(
                                    Stream.of("--no-demo", "--tls-port=" + tlsPort),
                                    Stream.of(options))
                            .toArray(String[]::new);
            TestCertificate authority = TestCertificate.authority("Clients of tests");
            Path roots = Files.writeString(directory.resolve("client-ca.pem"), authority.pem());
            Map<String, String> settings = new HashMap<>(environment);
            settings.putIfAbsent("NARROWS_TLS_CLIENT_CA", roots.toString());
            RunningStandalone standalone =
                    RunningStandalone.launch(
                            List.of("-jar", jar().toString()),
                            directory.resolve("data"),
                            RunningStandalone.freePort(),
                            RunningStandalone.freePort(),
                            settings,
                            all);
            Narrows narrows = new Narrows(standalone.untilReady(), tlsPort, authority, directory);
            try {
                narrows.publish(
                        new Policy()
                                .audience("harness-probe-home")
                                .client(narrows.probe, "harness-probe-home", List.of(), List.of()));
                return narrows;
            } catch (RuntimeException e) {
                narrows.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** The jar that is also what {@code deploy/run} starts, with its own libraries beside it. */
    private static Path jar() throws IOException {
        Path target = RunningStandalone.repository().resolve("deploy/standalone/target");
        try (DirectoryStream<Path> jars =
                Files.newDirectoryStream(target, "narrows-standalone-*[!s].jar")) {
            for (Path jar : jars) {
                return jar;
            }
        }
        throw new IllegalStateException("no jar in deploy/standalone/target: build it first");
    }

    /** What it issues as. */
    public String issuer() {
        return url("").toString();
    }

    public URI url(String path) {
        return standalone.url(path);
    }

    public URI tlsUrl(String path) {
        return URI.create("https://127.0.0.1:" + tlsPort + path);
    }

    /** Vouches for the certificates of {@code tls_client_auth} clients. */
    public TestCertificate clientAuthority() {
        return clientAuthority;
    }

    public URI adminUrl(String path) {
        return standalone.adminUrl(path);
    }

    /** A file of the standalone's data directory. */
    public Path data(String name) {
        return directory.resolve("data").resolve(name);
    }

    /** What the process has printed. */
    public String said() {
        return standalone.said();
    }

    /**
     * Posts a form.
     *
     * @param headers names and values in turn
     */
    public Reply post(String path, Form form, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(url(path))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(form.encoded()));
        return send(with(request, headers));
    }

    /**
     * Posts a form over TLS, with a certificate or without.
     *
     * @param headers names and values in turn
     */
    public Reply postTls(
            Optional<TestCertificate> certificate, String path, Form form, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(tlsUrl(path))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(form.encoded()));
        try (HttpClient client =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .sslContext(sslContext(certificate))
                        .build()) {
            return send(client, with(request, headers));
        }
    }

    /** Trusts the standalone's own certificate, and nothing else. */
    private SSLContext sslContext(Optional<TestCertificate> certificate) {
        try (InputStream pem = Files.newInputStream(data("tls-certificate.pem"))) {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry(
                    "narrows", CertificateFactory.getInstance("X.509").generateCertificate(pem));
            TrustManagerFactory trust =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    certificate.map(TestCertificate::keyManagers).orElse(null),
                    trust.getTrustManagers(),
                    null);
            return context;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public Reply get(String path, String... headers) {
        return send(with(HttpRequest.newBuilder(url(path)).GET(), headers));
    }

    public Reply send(HttpRequest.Builder request) {
        return send(http, request);
    }

    /** Sends over a client of the test's own: another trust store, certificate or local address. */
    public static Reply send(HttpClient client, HttpRequest.Builder request) {
        try {
            HttpResponse<String> response =
                    client.send(
                            request.timeout(ANSWERED_WITHIN).build(),
                            HttpResponse.BodyHandlers.ofString());
            return new Reply(response.statusCode(), response.headers().map(), response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /**
     * Writes these bytes to port 8080's socket and gives what comes back until the other side
     * closes, so a request that is meant to be answered says {@code Connection: close}.
     */
    public String raw(byte[] bytes) {
        URI url = url("/");
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), url.getPort())) {
            socket.setSoTimeout((int) ANSWERED_WITHIN.toMillis());
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Publishes, expects it to be applied, and gives the consistency token. */
    public String publish(Policy policy) {
        return publish("policy.changed", policy.data());
    }

    /**
     * Publishes, expects it to be applied, and gives the consistency token. What was published is
     * in force when this returns, also for requests that do not carry the token.
     */
    public String publish(String type, Map<String, ?> data) {
        return inForce(propose(type, data));
    }

    /** Expects that it was applied, waits until it is in force, and gives the consistency token. */
    public String inForce(Reply reply) {
        if (reply.status() != 200 || !reply.text("verdict").equals("applied")) {
            throw new IllegalStateException("not applied: " + reply);
        }
        String consistency = reply.text("consistency");
        awaitInForce(consistency);
        return consistency;
    }

    /**
     * Waits until the exchange node answers by this position; it answers 503 while it is behind,
     * and 401 until it knows the probe.
     */
    public void awaitInForce(String consistency) {
        long deadline = System.nanoTime() + ANSWERED_WITHIN.toNanos();
        Reply reply;
        do {
            reply =
                    post(
                            "/token-exchange",
                            Form.of("grant_type", "probe"),
                            "Authorization",
                            probe.basic(),
                            "Narrows-Consistency",
                            consistency);
        } while ((reply.status() == 503 || reply.status() == 401) && System.nanoTime() < deadline);
        if (!reply.error().equals("unsupported_grant_type")) {
            throw new IllegalStateException("not in force in time: " + reply);
        }
    }

    /** Publishes, whatever comes of it. */
    public Reply propose(String type, Map<String, ?> data) {
        return propose(adminToken(), type, data, Map.of());
    }

    /**
     * Publishes, whatever comes of it.
     *
     * @param more members of the event, besides the usual ones or instead
     */
    public Reply propose(String adminToken, String type, Map<String, ?> data, Map<String, ?> more) {
        return proposeEvent(adminToken, event(type, data, more));
    }

    /** Publishes this event, whatever comes of it. */
    public Reply proposeEvent(String adminToken, Map<String, ?> event) {
        return post(adminToken, "application/cloudevents+json", event);
    }

    /** Publishes several events at once, whatever comes of it. */
    public Reply proposeAll(String adminToken, List<Map<String, ?>> events) {
        return post(adminToken, "application/cloudevents-batch+json", events);
    }

    /**
     * An event, not published yet.
     *
     * @param more members besides the usual ones or instead
     */
    public static Map<String, ?> event(String type, Map<String, ?> data, Map<String, ?> more) {
        Map<String, Object> event =
                new HashMap<>(
                        Map.of(
                                "specversion",
                                "1.0",
                                "id",
                                UUID.randomUUID().toString(),
                                "source",
                                "/conformance",
                                "type",
                                "org.narrows." + type + ".v1",
                                "time",
                                "2026-01-01T00:00:00Z",
                                "data",
                                data));
        event.putAll(more);
        return event;
    }

    private Reply post(String adminToken, String contentType, Object events) {
        return send(
                HttpRequest.newBuilder(adminUrl("/events"))
                        .header("Content-Type", contentType)
                        .header("Authorization", "Bearer " + adminToken)
                        .POST(HttpRequest.BodyPublishers.ofString(json(events))));
    }

    /** Reads from the control plane with all admin scopes. */
    public Reply admin(String path) {
        return send(
                HttpRequest.newBuilder(adminUrl(path))
                        .header("Authorization", "Bearer " + adminToken()));
    }

    public String adminToken() {
        try {
            return Files.readString(data("admin-token")).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (IOException e) {
            throw new IllegalArgumentException("no JSON: " + json, e);
        }
    }

    private static HttpRequest.Builder with(HttpRequest.Builder request, String... headers) {
        return headers.length == 0 ? request : request.headers(headers);
    }

    private static IllegalStateException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IllegalStateException(e);
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        http.close();
        try {
            standalone.close();
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the one of this run with JUnit's run, before the JVM's end would. */
    public static final class Lifetime implements BeforeAllCallback {
        @Override
        public void beforeAll(ExtensionContext context) {
            context.getRoot()
                    .getStore(ExtensionContext.Namespace.create(Narrows.class))
                    .getOrComputeIfAbsent(Narrows.class, type -> running());
        }
    }
}

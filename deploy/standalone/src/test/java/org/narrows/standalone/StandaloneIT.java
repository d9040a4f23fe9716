// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The main job from the outside, with nothing of ours but the process: HTTP in, HTTP out, tokens by
 * Nimbus.
 */
class StandaloneIT {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ISSUER = "https://login.example.com";
    private static final String SECRET = "a secret of the shop: %&+";

    @TempDir Path directory;

    private final int port = RunningStandalone.freePort();
    private final int adminPort = RunningStandalone.freePort();

    @Test
    void a_consent_opens_and_its_end_closes_for_good_through_restarts_and_kills() throws Exception {
        Path data = directory.resolve("data");
        RSAKey key = new RSAKeyGenerator(2048).keyID("k1").generate();
        String withdrawn;
        String eventId;
        JsonNode before;
        try (RunningStandalone narrows =
                RunningStandalone.start(data, port, adminPort, "--no-demo")) {
            for (String file :
                    List.of(
                            "admin-token",
                            "root-key.jwk",
                            "signing-keys.jwks",
                            "env",
                            "demo-subject-token")) {
                assertThat(
                                PosixFilePermissions.toString(
                                        Files.getPosixFilePermissions(data.resolve(file))))
                        .as(file)
                        .isEqualTo("rw-------");
            }
            publish(narrows, data, event("policy.changed", policy(key)));
            publish(
                    narrows,
                    data,
                    event(
                            "consent.granted",
                            consent(", \"scopes\": [\"stock.read\"], \"client\": \"shop\"")));

            HttpResponse<String> permit = exchange(narrows, token(key), "");
            assertThat(permit.statusCode()).as(permit.body()).isEqualTo(200);
            assertThat(permit.headers().firstValue("Narrows-Decision")).isPresent();
            JWTClaimsSet claims =
                    verified(narrows, JSON.readTree(permit.body()).path("access_token").asText());
            assertThat(claims.getIssuer()).isEqualTo("http://127.0.0.1:" + port);
            assertThat(claims.getAudience()).containsExactly("stock-api");
            assertThat(claims.getStringClaim("scope")).isEqualTo("stock.read");
            assertThat(claims.getStringClaim("client_id")).isEqualTo("shop");
            assertThat(claims.getSubject()).isEqualTo("login|bob");
            assertThat(claims.getExpirationTime())
                    .isBefore(Date.from(Instant.now().plus(Duration.ofMinutes(6))));

            String event = event("consent.withdrawn", consent(""));
            eventId = JSON.readTree(event).path("id").asText();
            withdrawn = publish(narrows, data, event);
            String token = token(key);
            for (int i = 0; i < 1_000; i++) {
                assertRefused(exchange(narrows, token, withdrawn));
            }
            before = status(narrows, data);

            narrows.interrupt();
            // It cuts itself off in time; how long that takes here depends on what else runs.
            assertThat(narrows.endsWithin(Duration.ofMinutes(1))).as("ends").isTrue();
            assertThat(narrows.exitStatus()).isIn(0, 130);
        }

        try (RunningStandalone narrows = RunningStandalone.start(data, port, adminPort)) {
            JsonNode after = status(narrows, data);
            assertThat(after.path("position")).isEqualTo(before.path("position"));
            assertThat(after.path("head")).isEqualTo(before.path("head"));
            assertThat(after.path("digests")).isEqualTo(before.path("digests"));
            assertRefused(exchange(narrows, token(key), withdrawn));
            // Published again, it is known: the first one's verdict.
            assertThat(get(narrows, data, "/events/" + eventId).path("verdict").asText())
                    .isEqualTo("applied");

            String granted =
                    publish(
                            narrows,
                            data,
                            event(
                                    "consent.granted",
                                    consent(
                                            ", \"scopes\": [\"stock.read\"], \"client\": \"shop\"")));
            assertThat(exchange(narrows, token(key), granted).statusCode()).isEqualTo(200);
            withdrawn = publish(narrows, data, event("consent.withdrawn", consent("")));
            narrows.kill();
        }

        try (RunningStandalone narrows = RunningStandalone.start(data, port, adminPort)) {
            assertRefused(exchange(narrows, token(key), withdrawn));
        }
    }

    @Test
    void a_taken_port_is_named_with_its_option_and_nothing_is_written() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                RunningStandalone narrows =
                        RunningStandalone.launch(
                                directory.resolve("data"), port, taken.getLocalPort(), Map.of())) {
            assertThat(narrows.endsWithin(Duration.ofSeconds(60))).isTrue();
            assertThat(narrows.exitStatus()).isEqualTo(2);
            assertThat(narrows.said())
                    .contains("port " + taken.getLocalPort() + " is taken")
                    .contains("--admin-port");
            assertThat(directory.resolve("data")).doesNotExist();
        }
    }

    @Test
    void a_taken_tls_port_is_named_with_its_option_and_nothing_is_written() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                RunningStandalone narrows =
                        RunningStandalone.launch(
                                directory.resolve("data"),
                                port,
                                adminPort,
                                Map.of(),
                                "--tls-port=" + taken.getLocalPort())) {
            assertThat(narrows.endsWithin(Duration.ofSeconds(60))).isTrue();
            assertThat(narrows.exitStatus()).isEqualTo(2);
            assertThat(narrows.said())
                    .contains("port " + taken.getLocalPort() + " is taken")
                    .contains("--tls-port");
            assertThat(directory.resolve("data")).doesNotExist();
        }
    }

    @Test
    void the_tls_port_shows_the_certificate_of_the_data_directory() throws Exception {
        Path data = directory.resolve("data");
        int tlsPort = RunningStandalone.freePort();
        try (RunningStandalone narrows =
                RunningStandalone.start(
                        data, port, adminPort, "--no-demo", "--tls-port=" + tlsPort)) {
            Path file = data.resolve("tls-certificate.pem");
            for (String name : List.of("tls-certificate.pem", "tls-key.pem")) {
                assertThat(
                                PosixFilePermissions.toString(
                                        Files.getPosixFilePermissions(data.resolve(name))))
                        .isEqualTo("rw-------");
            }
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            try (InputStream pem = Files.newInputStream(file)) {
                trusted.setCertificateEntry(
                        "narrows",
                        CertificateFactory.getInstance("X.509").generateCertificate(pem));
            }
            TrustManagerFactory trust =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            HttpClient http = HttpClient.newBuilder().sslContext(context).build();
            for (String host : List.of("127.0.0.1", "localhost")) {
                JsonNode metadata =
                        JSON.readTree(
                                http.send(
                                                HttpRequest.newBuilder(
                                                                URI.create(
                                                                        "https://"
                                                                                + host
                                                                                + ":"
                                                                                + tlsPort
                                                                                + "/.well-known/oauth-authorization-server"))
                                                        .build(),
                                                HttpResponse.BodyHandlers.ofString())
                                        .body());
                assertThat(metadata.path("mtls_endpoint_aliases").path("token_endpoint").asText())
                        .isEqualTo("https://127.0.0.1:" + tlsPort + "/token-exchange");
            }
            assertThat(narrows.said()).contains("https://127.0.0.1:" + tlsPort);
        }
    }

    @Test
    void a_policy_that_is_wrong_is_refused_before_anything_is_written() throws Exception {
        Path policy =
                Files.writeString(
                        directory.resolve("policy.yaml"), "rules:\n  - id: x\n    efect: deny\n");
        try (RunningStandalone narrows =
                RunningStandalone.launch(
                        directory.resolve("data"),
                        port,
                        adminPort,
                        Map.of(),
                        "--policy=" + policy)) {
            assertThat(narrows.endsWithin(Duration.ofSeconds(60))).isTrue();
            assertThat(narrows.exitStatus()).isEqualTo(2);
            assertThat(narrows.said()).contains("policy.yaml:3: `rules[0].efect`");
            assertThat(directory.resolve("data")).doesNotExist();
        }
    }

    @Test
    void
            one_data_directory_is_for_one_process_and_one_issuer_and_a_policy_of_later_only_when_asked()
                    throws Exception {
        Path data = directory.resolve("data");
        Path policy =
                Files.writeString(
                        directory.resolve("policy.yaml"), "audiences:\n  - id: first-api\n");
        try (RunningStandalone narrows =
                RunningStandalone.start(data, port, adminPort, "--policy=" + policy)) {
            assertThat(narrows.said()).doesNotContain("permit:");
            assertThat(data.resolve("demo-subject-token")).doesNotExist();
            try (RunningStandalone second =
                    RunningStandalone.launch(
                            data,
                            RunningStandalone.freePort(),
                            RunningStandalone.freePort(),
                            Map.of())) {
                assertThat(second.endsWithin(Duration.ofSeconds(60))).isTrue();
                assertThat(second.exitStatus()).isEqualTo(2);
                assertThat(second.said()).contains("another standalone runs on");
            }
        }
        try (RunningStandalone other =
                RunningStandalone.launch(
                        data,
                        port,
                        adminPort,
                        Map.of("NARROWS_ISSUER", "https://tokens.example.com"))) {
            assertThat(other.endsWithin(Duration.ofSeconds(60))).isTrue();
            assertThat(other.exitStatus()).isEqualTo(2);
            assertThat(other.said())
                    .contains("fixed since its first start")
                    .contains("NARROWS_ISSUER");
        }
        Files.writeString(policy, "audiences:\n  - id: second-api\n");
        try (RunningStandalone narrows =
                RunningStandalone.start(data, port, adminPort, "--policy=" + policy)) {
            assertThat(narrows.said())
                    .contains("+ audiences second-api")
                    .contains("--apply-policy");
            assertThat(statusOf(narrows, data, "/audiences/second-api")).isEqualTo(404);
        }
        try (RunningStandalone narrows =
                RunningStandalone.start(
                        data, port, adminPort, "--policy=" + policy, "--apply-policy")) {
            assertThat(statusOf(narrows, data, "/audiences/second-api")).isEqualTo(200);
            assertThat(statusOf(narrows, data, "/audiences/first-api")).isEqualTo(200);
        }
    }

    private void assertRefused(HttpResponse<String> response) throws Exception {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        JsonNode body = JSON.readTree(response.body());
        assertThat(body.path("error").asText()).isEqualTo("invalid_scope");
        assertThat(body.path("consent_required"))
                .isEqualTo(
                        JSON.readTree(
                                "{\"audience\": \"stock-api\", \"scopes\": [\"stock.read\"]}"));
        assertThat(body.path("consent_uri").asText())
                .isEqualTo(
                        "http://127.0.0.1:"
                                + adminPort
                                + "/consent/"
                                + response.headers().firstValue("Narrows-Decision").orElseThrow());
    }

    private static JWTClaimsSet verified(RunningStandalone narrows, String token) throws Exception {
        HttpResponse<String> keys =
                HTTP.send(
                        HttpRequest.newBuilder(narrows.url("/jwks")).build(),
                        HttpResponse.BodyHandlers.ofString());
        DefaultJWTProcessor<?> processor = new DefaultJWTProcessor<>();
        processor.setJWSTypeVerifier(
                new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("at+jwt")));
        processor.setJWSKeySelector(
                new JWSVerificationKeySelector<>(
                        JWSAlgorithm.ES256, new ImmutableJWKSet<>(JWKSet.parse(keys.body()))));
        return processor.process(token, null);
    }

    private static HttpResponse<String> exchange(
            RunningStandalone narrows, String token, String consistency) throws Exception {
        Map<String, String> form = new LinkedHashMap<>();
        form.put("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange");
        form.put("subject_token", token);
        form.put("subject_token_type", "urn:ietf:params:oauth:token-type:jwt");
        form.put("audience", "stock-api");
        form.put("scope", "stock.read");
        String basic = "shop:" + URLEncoder.encode(SECRET, StandardCharsets.UTF_8);
        HttpRequest.Builder request =
                HttpRequest.newBuilder(narrows.url("/token-exchange"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .header(
                                "Authorization",
                                "Basic "
                                        + Base64.getEncoder()
                                                .encodeToString(
                                                        basic.getBytes(StandardCharsets.UTF_8)))
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        form.entrySet().stream()
                                                .map(
                                                        field ->
                                                                field.getKey()
                                                                        + "="
                                                                        + URLEncoder.encode(
                                                                                field.getValue(),
                                                                                StandardCharsets
                                                                                        .UTF_8))
                                                .collect(Collectors.joining("&"))));
        if (!consistency.isEmpty()) {
            request.header("Narrows-Consistency", consistency);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static String token(RSAKey key) throws Exception {
        Instant now = Instant.now();
        SignedJWT token =
                new SignedJWT(
                        new JWSHeader.Builder(JWSAlgorithm.RS256)
                                .type(JOSEObjectType.JWT)
                                .keyID(key.getKeyID())
                                .build(),
                        new JWTClaimsSet.Builder()
                                .issuer(ISSUER)
                                .subject("bob")
                                .audience("shop-api")
                                .claim("scope", "shop stock")
                                .issueTime(Date.from(now))
                                .expirationTime(Date.from(now.plus(Duration.ofMinutes(30))))
                                .jwtID(UUID.randomUUID().toString())
                                .build());
        token.sign(new RSASSASigner(key));
        return token.serialize();
    }

    /** Publishes, expects it to be applied, and gives the consistency token. */
    private static String publish(RunningStandalone narrows, Path data, String event)
            throws Exception {
        HttpResponse<String> response =
                HTTP.send(
                        authorized(narrows.adminUrl("/events"), data)
                                .header("Content-Type", "application/cloudevents+json")
                                .POST(HttpRequest.BodyPublishers.ofString(event))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        JsonNode verdict = JSON.readTree(response.body());
        assertThat(verdict.path("verdict").asText()).as(response.body()).isEqualTo("applied");
        return verdict.path("consistency").asText();
    }

    private static JsonNode status(RunningStandalone narrows, Path data) throws Exception {
        return get(narrows, data, "/status");
    }

    private static JsonNode get(RunningStandalone narrows, Path data, String path)
            throws Exception {
        HttpResponse<String> response =
                HTTP.send(
                        authorized(narrows.adminUrl(path), data).build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JSON.readTree(response.body());
    }

    private static int statusOf(RunningStandalone narrows, Path data, String path)
            throws Exception {
        return HTTP.send(
                        authorized(narrows.adminUrl(path), data).build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private static HttpRequest.Builder authorized(URI uri, Path data) throws Exception {
        return HttpRequest.newBuilder(uri)
                .header(
                        "Authorization",
                        "Bearer " + Files.readString(data.resolve("admin-token")).strip());
    }

    private static String event(String type, String data) {
        return """
                {"specversion": "1.0", "id": "%s", "source": "/it", "type": "org.narrows.%s.v1",
                 "time": "2026-01-01T00:00:00Z", "data": %s}
                """
                .formatted(UUID.randomUUID(), type, data);
    }

    private static String consent(String more) {
        return "{\"user\": {\"issuer\": \"%s\", \"subject\": \"bob\"}, \"audience\": \"stock-api\"%s}"
                .formatted(ISSUER, more);
    }

    private static String policy(RSAKey key) throws Exception {
        byte[] hash =
                MessageDigest.getInstance("SHA-256")
                        .digest(SECRET.getBytes(StandardCharsets.UTF_8));
        return """
                {"changes": [
                  {"issuerTrusted": {"issuer": "%s", "alias": "login", "jwks": %s, "algorithms": ["RS256"]}},
                  {"audienceDefined": {"id": "shop-api"}},
                  {"audienceDefined": {"id": "stock-api"}},
                  {"scopeDefined": {"scope": "stock.read", "audience": "stock-api", "kind": "consentable",
                    "name": "Read the stock", "description": "See what is in store"}},
                  {"clientRegistered": {"id": "shop", "audience": "shop-api",
                    "authentication": {"method": "client_secret", "secretHash": "sha256:%s"}}},
                  {"clientScopeAllowed": {"client": "shop", "scope": "stock.read"}},
                  {"clientAudienceAllowed": {"client": "shop", "audience": "stock-api"}},
                  {"ruleDefined": {"id": "shop-to-stock", "effect": "allow", "from": "shop-api", "to": "stock-api",
                    "scopes": {"stock": ["stock.read"]}}}]}
                """
                .formatted(
                        ISSUER,
                        new JWKSet(key.toPublicJWK()).toString(true),
                        Base64.getUrlEncoder().withoutPadding().encodeToString(hash));
    }
}

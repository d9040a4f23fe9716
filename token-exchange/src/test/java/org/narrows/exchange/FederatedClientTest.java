// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.exchange.SampleWorld.LOGIN;
import static org.narrows.exchange.SampleWorld.SECRET;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A workload's own token from a trusted issuer as client assertion: `federated_jwt`. */
class FederatedClientTest {
    private static final String POD = "system:serviceaccount:shop:orders";
    private static final TestIssuer CLUSTER = new TestIssuer("https://cluster.example.com");
    private static final TestIssuer OTHER = new TestIssuer("https://other.example.com");
    private static final TestIssuer RSA_ONLY = new TestIssuer("https://rsa.example.com");

    private static ExchangeServer server;

    @BeforeAll
    static void start() {
        server = new ExchangeServer(log(), Map.of());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static TestLog log() {
        TestLog log = SampleWorld.log();
        log.policy(
                SampleWorld.issuer(CLUSTER, "cluster", "\"subjectTokenTypes\":[]"),
                SampleWorld.issuer(OTHER, "other", "\"subjectTokenTypes\":[]"),
                SampleWorld.issuer(RSA_ONLY, "rsa", "\"algorithms\":[\"RS256\"]"),
                pod("pod-service", CLUSTER.url, POD, "\"PT10M\""),
                pod("rsa-service", RSA_ONLY.url, POD, "\"PT1H\""),
                SampleWorld.allowed("pod-service", "billing-api", "invoice.read"));
        return log;
    }

    private static String pod(String id, String issuer, String subject, String maxAge) {
        return SampleWorld.client(
                id,
                "orders-api",
                "{\"method\":\"federated_jwt\",\"issuer\":\""
                        + issuer
                        + "\",\"subject\":\""
                        + subject
                        + "\",\"maxAge\":"
                        + maxAge
                        + "}",
                "");
    }

    private static Map<String, @Nullable Object> claims(TestIssuer issuer) {
        Map<String, @Nullable Object> claims = issuer.claims(POD, ExchangeServer.ISSUER, "");
        claims.put("scope", null);
        claims.put("jti", null);
        return claims;
    }

    /** As a cluster signs it: without `typ`. */
    private static String signed(Map<String, @Nullable Object> claims) {
        return CLUSTER.sign(Map.of("kid", CLUSTER.kid()), claims);
    }

    private static ExchangeServer.Request request(ExchangeServer node, String assertion) {
        return node.request()
                .exchange(LOGIN.token("alice", "orders-api", "orders.read"))
                .with("client_assertion", assertion)
                .with(
                        "client_assertion_type",
                        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
                .with("audience", "billing-api");
    }

    private static void assertStranger(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(401);
        assertThat(ExchangeServer.json(response).path("error").asText())
                .isEqualTo("invalid_client");
        assertThat(response.body()).contains("client authentication failed");
    }

    @Test
    void a_workload_authenticates_with_its_own_token_again_and_again() {
        String assertion = signed(claims(CLUSTER));

        for (int i = 0; i < 2; i++) {
            HttpResponse<String> response = request(server, assertion).send();
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
            String token = ExchangeServer.json(response).path("access_token").asText();
            assertThat(ExchangeServer.claims(token).path("client_id").asText())
                    .isEqualTo("pod-service");
            String id = response.headers().firstValue("Narrows-Decision").orElseThrow();
            assertThat(server.decision(id).orElseThrow().found())
                    .containsEntry("client_authentication", "federated_jwt");
        }
        assertThat(request(server, assertion).with("client_id", "pod-service").send().statusCode())
                .isEqualTo(200);
    }

    @Test
    void our_issuer_may_be_one_audience_of_several() {
        Map<String, @Nullable Object> claims = claims(CLUSTER);
        claims.put("aud", List.of("https://kubernetes.default.svc", ExchangeServer.ISSUER));

        assertThat(request(server, signed(claims)).send().statusCode()).isEqualTo(200);
    }

    @Test
    void another_client_id_is_refused() {
        assertStranger(
                request(server, signed(claims(CLUSTER)))
                        .with("client_id", "orders-service")
                        .send());
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                wrong("no exp", c -> c.put("exp", null)),
                wrong("expired", c -> c.put("exp", in(-1))),
                wrong("no iat", c -> c.put("iat", null)),
                wrong("older than may be", c -> c.put("iat", in(-605))),
                wrong("of the future", c -> c.put("iat", in(90))),
                wrong("not valid yet", c -> c.put("nbf", in(90))),
                wrong("no aud", c -> c.put("aud", null)),
                wrong("for somebody else", c -> c.put("aud", "https://other.example.com")),
                wrong("for our endpoint", c -> c.put("aud", DpopKey.ENDPOINT)),
                wrong("another workload", c -> c.put("sub", POD + "-2")),
                wrong("another issuer's", c -> c.put("iss", OTHER.url)),
                wrong("an issuer that nobody trusts", c -> c.put("iss", "https://evil.example")),
                wrong("its issuer with a slash", c -> c.put("iss", CLUSTER.url + "/")),
                wrong("the client's id as both", c -> both(c, "pod-service")),
                wrong("another client's id as both", c -> both(c, "keyed-service")),
                wrong("a logout token", c -> c.put("events", Map.of())),
                wrong("an ID token", c -> c.put("at_hash", "x")),
                wrong("a refresh token", c -> c.put("typ", "Refresh")),
                wrong("a bound token", c -> c.put("cnf", Map.of("jkt", "x"))),
                wrong("a token of whoever acts for it", c -> c.put("act", Map.of("sub", "x"))));
    }

    /** Read when the token is made: the table may be older. */
    private static long in(int seconds) {
        return Instant.now().getEpochSecond() + seconds;
    }

    private static Arguments wrong(String name, Consumer<Map<String, @Nullable Object>> change) {
        return Arguments.of(name, change);
    }

    private static void both(Map<String, @Nullable Object> claims, String id) {
        claims.put("iss", id);
        claims.put("sub", id);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrong")
    void a_token_with_wrong_claims_is_refused(
            String name, Consumer<Map<String, @Nullable Object>> change) {
        Map<String, @Nullable Object> claims = claims(CLUSTER);
        change.accept(claims);

        assertStranger(request(server, signed(claims)).send());
    }

    @Test
    void another_key_another_type_and_another_algorithm_are_refused() {
        TestIssuer thief = new TestIssuer(CLUSTER.url);
        assertStranger(
                request(server, thief.sign(Map.of("kid", CLUSTER.kid()), claims(CLUSTER))).send());
        assertStranger(
                request(
                                server,
                                CLUSTER.sign(
                                        Map.of("kid", CLUSTER.kid(), "typ", "logout+jwt"),
                                        claims(CLUSTER)))
                        .send());
        assertStranger(
                request(server, RSA_ONLY.sign(Map.of("kid", RSA_ONLY.kid()), claims(RSA_ONLY)))
                        .send());
    }

    @Test
    void a_workload_of_two_issuers_is_two() {
        assertStranger(
                request(server, OTHER.sign(Map.of("kid", OTHER.kid()), claims(OTHER))).send());
    }

    @Test
    void an_issuer_that_is_trusted_no_more_authenticates_nobody() {
        TestLog log = log();
        try (ExchangeServer node = new ExchangeServer(log, Map.of())) {
            String assertion = signed(claims(CLUSTER));
            assertThat(request(node, assertion).send().statusCode()).isEqualTo(200);

            String after =
                    log.policy("{\"issuerDistrusted\":{\"issuer\":\"" + CLUSTER.url + "\"}}")
                            .toToken();

            assertStranger(request(node, assertion).header("Narrows-Consistency", after).send());
        }
    }

    @Test
    void an_issuer_whose_keys_do_not_come_is_503_and_holds_up_nobody_else() throws Exception {
        TestIssuer hanging = new TestIssuer("https://hanging.example.com");
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            TestLog log = log();
            log.policy(
                    "{\"issuerTrusted\":{\"issuer\":\""
                            + hanging.url
                            + "\",\"alias\":\"hanging\",\"jwksUri\":\"http://127.0.0.1:"
                            + silent.getLocalPort()
                            + "/keys\"}}",
                    pod("hanging-service", hanging.url, POD, "\"PT1H\""));
            try (ExchangeServer node =
                    new ExchangeServer(log, Map.of("narrows.allow-loopback-jwks", "true"))) {
                String assertion = hanging.sign(Map.of("kid", hanging.kid()), claims(hanging));
                CompletableFuture<HttpResponse<String>> slow =
                        CompletableFuture.supplyAsync(() -> request(node, assertion).send());
                Thread.sleep(Duration.ofMillis(100));

                HttpResponse<String> other =
                        request(node, signed(claims(CLUSTER)))
                                .with("client_id", "pod-service")
                                .send();
                HttpResponse<String> secret =
                        node.request()
                                .exchange(LOGIN.token("alice", "orders-api", "orders.read"))
                                .basic("orders-service", SECRET)
                                .send();
                assertThat(other.statusCode()).as(other.body()).isEqualTo(200);
                assertThat(secret.statusCode()).as(secret.body()).isEqualTo(200);
                assertThat(slow.isDone()).isFalse();
                assertThat(slow.get().statusCode()).isEqualTo(503);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void the_metadata_names_the_method() {
        assertThat(
                        ExchangeServer.json(server.get("/.well-known/oauth-authorization-server"))
                                .path("token_endpoint_auth_methods_supported"))
                .anyMatch(method -> method.asText().equals("federated_jwt"));
    }
}

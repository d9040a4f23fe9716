// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.exchange.SampleWorld.KEYED;
import static org.narrows.exchange.SampleWorld.LOGIN;

import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
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

/** private_key_jwt: RFC 7523 §3, and each assertion once, on whatever node. */
class ClientAssertionTest {
    private static ExchangeServer server;
    private static ExchangeServer otherNode;

    @BeforeAll
    static void start() {
        server = SampleWorld.server();
        otherNode = new ExchangeServer(server.log, Map.of());
    }

    @AfterAll
    static void stop() {
        otherNode.close();
        server.close();
    }

    private static Map<String, @Nullable Object> assertion() {
        Map<String, @Nullable Object> claims =
                KEYED.claims("keyed-service", ExchangeServer.ISSUER, "");
        claims.put("exp", Instant.now().getEpochSecond() + 60);
        claims.put("scope", null);
        claims.put("jti", UUID.randomUUID().toString());
        return claims;
    }

    private static HttpResponse<String> exchange(ExchangeServer node, String assertion) {
        return node.request()
                .exchange(LOGIN.token("alice", "orders-api", "orders.read"))
                .with("client_assertion", assertion)
                .with(
                        "client_assertion_type",
                        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
                .with("audience", "billing-api")
                .send();
    }

    private static ExchangeServer.Request about(String token, String assertion) {
        return server.request()
                .with("token", token)
                .with("client_assertion", assertion)
                .with(
                        "client_assertion_type",
                        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    }

    private static String signed(Map<String, @Nullable Object> claims) {
        return KEYED.sign(Map.of("kid", KEYED.kid(), "typ", "JWT"), claims);
    }

    @Test
    void an_assertion_authenticates_once() {
        String assertion = signed(assertion());

        assertThat(exchange(server, assertion).statusCode()).isEqualTo(200);
        HttpResponse<String> again = exchange(server, assertion);
        assertThat(again.statusCode()).isEqualTo(401);
        assertThat(again.body()).contains("invalid_client");
    }

    @Test
    void an_assertion_used_at_one_endpoint_is_used_at_all() {
        for (String path : List.of("/introspect", "/revoke")) {
            String assertion = signed(assertion());

            assertThat(about("x", assertion).sendTo(path).statusCode()).isEqualTo(200);
            assertThat(about("x", assertion).sendTo("/introspect").statusCode()).isEqualTo(401);
            assertThat(about("x", assertion).sendTo("/revoke").statusCode()).isEqualTo(401);
            assertThat(exchange(server, assertion).statusCode()).isEqualTo(401);
        }
    }

    @Test
    void a_request_that_is_judged_again_at_a_newer_policy_uses_its_assertion_once()
            throws InterruptedException {
        String issued =
                ExchangeServer.json(exchange(server, signed(assertion())))
                        .path("access_token")
                        .asText();
        int status = 503;
        // The event may come later than the 250 ms that the request waits for it.
        for (int attempt = 0; attempt < 5 && status == 503; attempt++) {
            String ahead = OwnTokens.decidedAt(server, issued, server.log.position().seq() + 1);
            CompletableFuture<HttpResponse<String>> answer =
                    about(ahead, signed(assertion())).sendAsyncTo("/introspect");
            Thread.sleep(60); // so that it waits by then, and does not find the event there
            SampleWorld.consent(server.log, "somebody-" + attempt, "invoice.read");
            status = answer.join().statusCode();
        }
        assertThat(status).isEqualTo(200);
    }

    @Test
    void an_assertion_used_on_one_node_is_used_on_all() {
        String assertion = signed(assertion());

        assertThat(exchange(server, assertion).statusCode()).isEqualTo(200);
        assertThat(exchange(otherNode, assertion).statusCode()).isEqualTo(401);
    }

    @Test
    void an_assertion_used_before_a_restart_is_used_after_it() {
        String assertion = signed(assertion());
        try (ExchangeServer before = new ExchangeServer(SampleWorld.log(), Map.of())) {
            assertThat(exchange(before, assertion).statusCode()).isEqualTo(200);
            before.context.close();
            try (ExchangeServer after = new ExchangeServer(before.log, Map.of())) {
                assertThat(exchange(after, assertion).statusCode()).isEqualTo(401);
                assertThat(exchange(after, signed(assertion())).statusCode()).isEqualTo(200);
            }
        }
    }

    @Test
    void an_assertion_refused_for_its_claims_is_not_used_up() {
        Map<String, @Nullable Object> claims = assertion();
        Object jti = claims.get("jti");
        claims.put("aud", "https://somebody.example.com");
        assertThat(exchange(server, signed(claims)).statusCode()).isEqualTo(401);

        claims = assertion();
        claims.put("jti", jti);
        assertThat(exchange(server, signed(claims)).statusCode()).isEqualTo(200);
    }

    @Test
    void an_audience_of_one_in_an_array_is_as_good() {
        Map<String, @Nullable Object> claims = assertion();
        claims.put("aud", List.of(ExchangeServer.ISSUER));

        assertThat(exchange(server, signed(claims)).statusCode()).isEqualTo(200);
    }

    static Stream<Arguments> wrongClaims() {
        long now = Instant.now().getEpochSecond();
        return Stream.of(
                wrong("no jti", claims -> claims.put("jti", null)),
                wrong("expired", claims -> claims.put("exp", now - 1)),
                wrong("valid too long", claims -> claims.put("exp", now + 900)),
                wrong("no exp", claims -> claims.put("exp", null)),
                wrong(
                        "two audiences",
                        claims -> claims.put("aud", List.of(ExchangeServer.ISSUER, "x"))),
                wrong(
                        "the endpoint",
                        claims -> claims.put("aud", ExchangeServer.ISSUER + "/token-exchange")),
                wrong("another sub", claims -> claims.put("sub", "orders-service")),
                wrong(
                        "another client altogether",
                        claims -> {
                            claims.put("sub", "orders-service");
                            claims.put("iss", "orders-service");
                        }));
    }

    private static Arguments wrong(String name, Consumer<Map<String, @Nullable Object>> change) {
        return Arguments.of(name, change);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrongClaims")
    void an_assertion_with_wrong_claims_is_refused(
            String name, Consumer<Map<String, @Nullable Object>> change) {
        Map<String, @Nullable Object> claims = assertion();
        change.accept(claims);

        assertThat(exchange(server, signed(claims)).statusCode()).as(name).isEqualTo(401);
    }

    @Test
    void a_type_that_says_something_else_is_refused() {
        assertThat(
                        exchange(
                                        server,
                                        KEYED.sign(
                                                Map.of("typ", "at+jwt", "kid", KEYED.kid()),
                                                assertion()))
                                .statusCode())
                .isEqualTo(401);
    }

    @Test
    void another_key_is_refused() {
        TestIssuer thief = new TestIssuer("keyed-service");

        assertThat(
                        exchange(server, thief.sign(Map.of("kid", KEYED.kid()), assertion()))
                                .statusCode())
                .isEqualTo(401);
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.exchange.SampleWorld.LOGIN;
import static org.narrows.exchange.SampleWorld.SECRET;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.nimbusds.jwt.JWTClaimsSet;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Jwks;
import io.jsonwebtoken.security.PrivateJwk;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.events.decision.DecisionRecord.RecordedReason;
import org.narrows.events.policy.Algorithm;
import org.narrows.events.value.Confirmation;
import org.narrows.events.wire.Json;
import org.narrows.events.wire.KeySets;

/** RFC 9449 at the token endpoint: proofs, replay, nonces, and what tokens are bound to. */
class DpopTest {
    private static ExchangeServer server;
    private static ExchangeServer otherNode;

    private final DpopKey key = new DpopKey();

    @BeforeAll
    static void start() {
        TestLog log = SampleWorld.log();
        log.policy(
                "{\"audienceDefined\":{\"id\":\"vault-api\",\"tokenAudience\":\"https://vault.example.com\","
                        + "\"requireBinding\":\"dpop\"}}",
                "{\"audienceDefined\":{\"id\":\"safe-api\",\"tokenAudience\":\"https://safe.example.com\","
                        + "\"requireBinding\":\"any\"}}",
                "{\"scopeDefined\":{\"scope\":\"vault.open\",\"audience\":\"vault-api\",\"kind\":\"grantable\"}}",
                "{\"scopeDefined\":{\"scope\":\"safe.open\",\"audience\":\"safe-api\",\"kind\":\"grantable\"}}",
                SampleWorld.allowed("orders-service", "vault-api", "vault.open"),
                SampleWorld.allowed("billing-service", "safe-api", "safe.open"),
                "{\"ruleDefined\":{\"id\":\"orders-to-vault\",\"effect\":\"allow\",\"from\":\"orders-api\","
                        + "\"to\":\"vault-api\",\"scopes\":{\"orders.read\":[\"vault.open\"]}}}",
                "{\"ruleDefined\":{\"id\":\"billing-to-safe\",\"effect\":\"allow\",\"from\":\"billing-api\","
                        + "\"to\":\"safe-api\",\"maxChainDepth\":2,\"boundSubject\":\"rebind\","
                        + "\"scopes\":{\"invoice.read\":[\"safe.open\"]}}}");
        server = new ExchangeServer(log, Map.of());
        otherNode =
                new ExchangeServer(
                        log, Map.of("narrows.signing-keys", server.signingKeys.toString()));
    }

    @AfterAll
    static void stop() {
        otherNode.close();
        server.close();
    }

    private static ExchangeServer.Request orders(ExchangeServer node) {
        return node.request()
                .exchange(LOGIN.token("alice", "orders-api", "orders.read"))
                .with("audience", "billing-api")
                .basic("orders-service", SECRET);
    }

    private static ExchangeServer.Request billing(String subjectToken, String target) {
        return server.request()
                .exchange(subjectToken)
                .with("audience", target)
                .basic("billing-service", SECRET);
    }

    private static String token(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return ExchangeServer.json(response).path("access_token").asText();
    }

    private static void assertRefused(
            HttpResponse<String> response, String error, String reason, ExchangeServer node) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(ExchangeServer.json(response).path("error").asText()).isEqualTo(error);
        assertThat(record(response, node).reasons())
                .extracting(RecordedReason::code)
                .containsOnly(reason);
    }

    private static DecisionRecord record(HttpResponse<String> response, ExchangeServer node) {
        String id = response.headers().firstValue("Narrows-Decision").orElseThrow();
        return node.decision(id).orElseThrow();
    }

    private String boundToken() {
        return token(orders(server).header("DPoP", key.proof()).send());
    }

    @Test
    void a_proof_binds_the_token_that_is_made_of_a_bearer_token() {
        HttpResponse<String> response = orders(server).header("DPoP", key.proof()).send();

        JsonNode claims = ExchangeServer.claims(token(response));
        assertThat(ExchangeServer.json(response).path("token_type").asText()).isEqualTo("DPoP");
        assertThat(claims.path("cnf")).isEqualTo(Json.object().put("jkt", key.thumbprint()));
        DecisionRecord record = record(response, server);
        assertThat(record.found()).containsEntry("dpop_signature", "ES256");
        assertThat(record.exchange().orElseThrow().proven())
                .containsExactly(new Confirmation.DpopKey(key.thumbprint()));
    }

    @Test
    void without_a_proof_the_token_is_a_bearer_token() {
        HttpResponse<String> response = orders(server).send();

        assertThat(ExchangeServer.claims(token(response)).has("cnf")).isFalse();
        assertThat(ExchangeServer.json(response).path("token_type").asText()).isEqualTo("Bearer");
    }

    @Test
    void one_proof_serves_a_bound_subject_token_and_binds_the_new_one() {
        HttpResponse<String> response =
                billing(boundToken(), "ledger-api").header("DPoP", key.proof()).send();

        assertThat(ExchangeServer.claims(token(response)).path("cnf").path("jkt").asText())
                .isEqualTo(key.thumbprint());
        assertThat(ExchangeServer.json(response).path("token_type").asText()).isEqualTo("DPoP");
    }

    @Test
    void a_bound_subject_token_without_its_key_is_refused() {
        String bound = boundToken();

        assertRefused(
                billing(bound, "ledger-api").send(), "invalid_request", "binding_missing", server);
        assertRefused(
                billing(bound, "ledger-api").header("DPoP", new DpopKey().proof()).send(),
                "invalid_request",
                "binding_missing",
                server);
    }

    @Test
    void a_rule_may_let_the_requesters_own_key_take_the_place_of_the_subjects() {
        String bound = boundToken();
        DpopKey own = new DpopKey();

        String rebound = token(billing(bound, "safe-api").header("DPoP", own.proof()).send());
        assertThat(ExchangeServer.claims(rebound).path("cnf").path("jkt").asText())
                .isEqualTo(own.thumbprint());
        assertRefused(
                billing(bound, "safe-api").send(), "invalid_request", "binding_missing", server);
    }

    @Test
    void an_audience_may_ask_for_bound_tokens() {
        ExchangeServer.Request request = orders(server).without("audience");
        request.with("audience", "vault-api");

        assertRefused(request.send(), "invalid_request", "binding_missing", server);
        assertThat(
                        ExchangeServer.claims(token(request.header("DPoP", key.proof()).send()))
                                .path("cnf")
                                .path("jkt")
                                .asText())
                .isEqualTo(key.thumbprint());
    }

    @Test
    void the_metadata_says_what_proofs_are_for() {
        JsonNode metadata =
                ExchangeServer.json(server.get("/.well-known/oauth-authorization-server"));
        assertThat(metadata.path("dpop_signing_alg_values_supported"))
                .extracting(JsonNode::asText)
                .containsExactly("RS256", "PS256", "ES256", "EdDSA");
        JsonNode vault =
                ExchangeServer.json(server.get("/.well-known/oauth-protected-resource/vault-api"));
        assertThat(vault.path("dpop_bound_access_tokens_required").asBoolean()).isTrue();
        assertThat(vault.path("dpop_signing_alg_values_supported")).hasSize(4);
        JsonNode safe =
                ExchangeServer.json(server.get("/.well-known/oauth-protected-resource/safe-api"));
        assertThat(safe.has("dpop_bound_access_tokens_required")).isFalse();
        assertThat(safe.path("tls_client_certificate_bound_access_tokens").asBoolean()).isTrue();
        JsonNode billing =
                ExchangeServer.json(
                        server.get("/.well-known/oauth-protected-resource/billing-api"));
        assertThat(billing.has("dpop_signing_alg_values_supported")).isFalse();
    }

    static Stream<Arguments> badClaims() {
        return Stream.of(
                bad("for a GET", claims -> claims.claim("htm", "GET")),
                bad("for another issuer", claims -> claims.claim("htu", "https://a.example/t")),
                bad(
                        "for the host that the request names",
                        claims -> claims.claim("htu", server.uri.resolve("/token-exchange"))),
                bad("for the issuer itself", claims -> claims.claim("htu", ExchangeServer.ISSUER)),
                bad(
                        "too old",
                        claims -> claims.issueTime(Date.from(Instant.now().minusSeconds(90)))),
                bad(
                        "of the future",
                        claims -> claims.issueTime(Date.from(Instant.now().plusSeconds(90)))),
                bad("without id", claims -> claims.jwtID(null)),
                bad("with an id without end", claims -> claims.jwtID("j".repeat(257))));
    }

    private static Arguments bad(String name, Consumer<JWTClaimsSet.Builder> change) {
        return Arguments.of(name, change);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badClaims")
    void a_bad_proof_is_refused(String name, Consumer<JWTClaimsSet.Builder> change) {
        assertRefused(
                orders(server).header("DPoP", key.proof(change)).send(),
                "invalid_dpop_proof",
                "invalid_proof",
                server);
    }

    @Test
    void two_proofs_are_refused_and_so_is_half_a_one() {
        assertRefused(
                orders(server)
                        .alsoHeader("DPoP", key.proof())
                        .alsoHeader("DPoP", key.proof())
                        .send(),
                "invalid_dpop_proof",
                "invalid_proof",
                server);
        assertRefused(
                orders(server).alsoHeader("DPoP", key.proof().replaceAll("\\.[^.]*$", "")).send(),
                "invalid_dpop_proof",
                "invalid_proof",
                server);
        assertRefused(
                orders(server).alsoHeader("DPoP", "").send(),
                "invalid_dpop_proof",
                "invalid_proof",
                server);
    }

    @Test
    void a_proof_is_good_once_on_whatever_node() {
        String proof = key.proof();

        token(orders(server).header("DPoP", proof).send());
        assertRefused(
                orders(server).header("DPoP", proof).send(),
                "invalid_dpop_proof",
                "invalid_proof",
                server);
        assertRefused(
                orders(otherNode).header("DPoP", proof).send(),
                "invalid_dpop_proof",
                "invalid_proof",
                otherNode);
    }

    @Test
    void a_proof_used_before_a_restart_is_used_after_it() {
        String proof = key.proof();
        try (ExchangeServer before = new ExchangeServer(SampleWorld.log(), Map.of())) {
            token(orders(before).header("DPoP", proof).send());
            before.context.close();
            try (ExchangeServer after = new ExchangeServer(before.log, Map.of())) {
                assertRefused(
                        orders(after).header("DPoP", proof).send(),
                        "invalid_dpop_proof",
                        "invalid_proof",
                        after);
                token(orders(after).header("DPoP", key.proof()).send());
            }
        }
    }

    @Test
    void two_keys_may_give_the_same_id() {
        String id = UUID.randomUUID().toString();

        token(orders(server).header("DPoP", key.proof(claims -> claims.jwtID(id))).send());
        token(
                orders(server)
                        .header("DPoP", new DpopKey().proof(claims -> claims.jwtID(id)))
                        .send());
    }

    @Test
    void a_stranger_uses_nobodys_proof_up() {
        String proof = key.proof();

        HttpResponse<String> refused =
                orders(server).basic("orders-service", "guessed").header("DPoP", proof).send();
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.body()).contains("invalid_client");
        token(orders(server).header("DPoP", proof).send());
    }

    /** A token of a policy that this node has not reached yet is judged twice. */
    @Test
    void an_exchange_that_is_judged_anew_uses_its_proof_up_once() throws Exception {
        String bound = boundToken();
        HttpResponse<String> response;
        int attempts = 0;
        do {
            long next = server.log.position().seq() + 1;
            ExchangeServer.Request request =
                    billing(ahead(bound, next), "ledger-api").header("DPoP", key.proof());
            CompletableFuture<HttpResponse<String>> waiting =
                    CompletableFuture.supplyAsync(request::send);
            Thread.sleep(Duration.ofMillis(100));
            SampleWorld.consent(server.log, "bob-" + next, "invoice.read");
            response = waiting.get();
        } while (response.statusCode() == 503 && ++attempts < 10);

        token(response);
    }

    /** The same token again, as if it had been issued at this position. */
    private static String ahead(String token, long seq) throws IOException {
        JsonNode jwk = Json.parse(Files.readString(server.signingKeys)).path("keys").path(0);
        ObjectNode claims = (ObjectNode) ExchangeServer.claims(token);
        claims.put("policy_seq", seq).put("jti", UUID.randomUUID().toString());
        PrivateKey key =
                ((PrivateJwk<?, ?, ?>) Jwks.parser().build().parse(jwk.toString())).toKey();
        return Jwts.builder()
                .header()
                .type("at+jwt")
                .keyId(jwk.path("kid").asText())
                .and()
                .content(claims.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8))
                .signWith(key)
                .compact();
    }

    private static ExchangeServer asking(TestLog log, Path signingKeys) {
        return new ExchangeServer(
                log,
                Map.of(
                        "narrows.signing-keys",
                        signingKeys.toString(),
                        "narrows.dpop-nonce",
                        "required"));
    }

    private static String nonce(HttpResponse<String> response) {
        return response.headers().firstValue("DPoP-Nonce").orElseThrow();
    }

    @Test
    void where_nonces_are_required_a_proof_holds_one_that_some_node_gave() {
        TestLog log = SampleWorld.log();
        try (ExchangeServer node = asking(log, server.signingKeys);
                ExchangeServer other = asking(log, server.signingKeys);
                ExchangeServer stranger = asking(log, otherKeys())) {
            HttpResponse<String> first = orders(node).header("DPoP", key.proof()).send();
            assertRefused(first, "use_dpop_nonce", "invalid_proof", node);
            String nonce = nonce(first);

            String holding = key.proof(claims -> claims.claim("nonce", nonce));
            HttpResponse<String> second = orders(node).header("DPoP", holding).send();
            assertThat(nonce(second)).isNotEmpty();
            assertThat(ExchangeServer.claims(token(second)).path("cnf").path("jkt").asText())
                    .isEqualTo(key.thumbprint());

            // Given by one node and good on every other of the same keys, without a word between.
            token(
                    orders(other)
                            .header("DPoP", key.proof(claims -> claims.claim("nonce", nonce)))
                            .send());
            assertRefused(
                    orders(stranger)
                            .header("DPoP", key.proof(claims -> claims.claim("nonce", nonce)))
                            .send(),
                    "use_dpop_nonce",
                    "invalid_proof",
                    stranger);
            // A nonce may be used again, the proof that holds it may not.
            assertRefused(
                    orders(other).header("DPoP", holding).send(),
                    "invalid_dpop_proof",
                    "invalid_proof",
                    other);
            assertRefused(
                    orders(node)
                            .header("DPoP", key.proof(claims -> claims.claim("nonce", "A" + nonce)))
                            .send(),
                    "use_dpop_nonce",
                    "invalid_proof",
                    node);
            assertThat(orders(node).send().headers().firstValue("DPoP-Nonce")).isEmpty();
        }
        assertThat(
                        orders(server)
                                .header("DPoP", key.proof())
                                .send()
                                .headers()
                                .firstValue("DPoP-Nonce"))
                .isEqualTo(Optional.empty());
    }

    private static Path otherKeys() {
        try {
            Path file = Files.createTempFile("signing", ".jwks");
            Files.writeString(file, "{\"keys\":[" + KeySets.generate(Algorithm.EdDSA) + "]}");
            return file;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void an_unreadable_wish_for_nonces_is_no_start() {
        org.assertj.core.api.Assertions.assertThatThrownBy(
                        () ->
                                new ExchangeServer(
                                        SampleWorld.log(),
                                        Map.of("narrows.dpop-nonce", "sometimes")))
                .hasStackTraceContaining("sometimes");
    }
}

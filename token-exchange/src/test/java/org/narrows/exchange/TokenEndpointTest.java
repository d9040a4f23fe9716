// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.exchange.ExchangeServer.json;
import static org.narrows.exchange.SampleWorld.LOGIN;
import static org.narrows.exchange.SampleWorld.SECRET;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.events.policy.Algorithm;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.Position;
import org.narrows.exchange.ExchangeServer.Request;

/**
 * Each row of the error table as a request and its exact response, and the answers that are no
 * errors.
 */
class TokenEndpointTest {
    private static ExchangeServer server;

    @BeforeAll
    static void start() {
        server = SampleWorld.server();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Request request() {
        return request(LOGIN.token("alice", "orders-api", "orders.read orders.list"));
    }

    private static Request request(String subjectToken) {
        return server.request()
                .exchange(subjectToken)
                .basic("orders-service", SECRET)
                .with("audience", "billing-api")
                .with("scope", "invoice.read");
    }

    private static Map<String, @Nullable Object> claims() {
        return LOGIN.claims("alice", "orders-api", "orders.read");
    }

    private static String tokenWith(String claim, @Nullable Object value) {
        Map<String, @Nullable Object> claims = claims();
        claims.put(claim, value);
        return LOGIN.sign(claims);
    }

    /** One row: how a good request is changed, and what comes of it. */
    record Row(
            String name, UnaryOperator<Request> change, int status, String error, String reason) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Row row(
            String name, UnaryOperator<Request> change, int status, String error, String reason) {
        return new Row(name, change, status, error, reason);
    }

    private static Row badToken(String name, String token) {
        return row(
                name,
                r -> r.without("subject_token").with("subject_token", token),
                400,
                "invalid_request",
                "invalid_token");
    }

    static Stream<Row> rows() {
        String notRecorded = "";
        long now = Instant.now().getEpochSecond();
        String good = LOGIN.token("alice", "orders-api", "orders.read");
        TestIssuer stranger = new TestIssuer(LOGIN.url);
        return Stream.of(
                row(
                        "unknown client",
                        r -> r.basic("nobody", SECRET),
                        401,
                        "invalid_client",
                        notRecorded),
                row(
                        "wrong secret",
                        r -> r.basic("orders-service", "x"),
                        401,
                        "invalid_client",
                        notRecorded),
                row(
                        "no credentials",
                        r -> r.header("Authorization", null),
                        401,
                        "invalid_client",
                        notRecorded),
                row(
                        "another scheme",
                        r -> r.header("Authorization", "Bearer x"),
                        401,
                        "invalid_client",
                        notRecorded),
                row(
                        "no base64",
                        r -> r.header("Authorization", "Basic %%%"),
                        401,
                        "invalid_client",
                        notRecorded),
                row(
                        "a client_id that is not the client's",
                        r -> r.with("client_id", "billing-service"),
                        401,
                        "invalid_client",
                        notRecorded),
                row(
                        "a TLS client by secret",
                        r -> r.basic("tls-service", SECRET),
                        401,
                        "invalid_client",
                        notRecorded),
                row(
                        "a key client by secret",
                        r -> r.basic("keyed-service", SECRET),
                        401,
                        "invalid_client",
                        notRecorded),
                row(
                        "a wrong client_assertion_type",
                        r ->
                                r.header("Authorization", null)
                                        .with("client_assertion", "x.y.z")
                                        .with("client_assertion_type", "urn:other"),
                        401,
                        "invalid_client",
                        notRecorded),
                row(
                        "two ways to authenticate",
                        r -> r.with("client_id", "orders-service").with("client_secret", SECRET),
                        400,
                        "invalid_request",
                        notRecorded),
                row(
                        "a credential twice",
                        r ->
                                r.with("client_id", "orders-service")
                                        .with("client_id", "orders-service"),
                        400,
                        "invalid_request",
                        notRecorded),
                row(
                        "a disabled client",
                        r -> r.basic("disabled-service", SECRET),
                        400,
                        "unauthorized_client",
                        "client_disabled"),
                row(
                        "another grant",
                        r -> r.without("grant_type").with("grant_type", "client_credentials"),
                        400,
                        "unsupported_grant_type",
                        "unsupported_grant"),
                row(
                        "no grant",
                        r -> r.without("grant_type"),
                        400,
                        "invalid_request",
                        "invalid_parameter"),
                row(
                        "an empty subject token",
                        r -> r.without("subject_token").with("subject_token", ""),
                        400,
                        "invalid_request",
                        "invalid_parameter"),
                row(
                        "no subject token type",
                        r -> r.without("subject_token_type"),
                        400,
                        "invalid_request",
                        "invalid_parameter"),
                row(
                        "an unknown subject token type",
                        r ->
                                r.without("subject_token_type")
                                        .with(
                                                "subject_token_type",
                                                "urn:ietf:params:oauth:token-type:saml2"),
                        400,
                        "invalid_request",
                        "invalid_parameter"),
                row(
                        "a refresh token asked for",
                        r ->
                                r.with(
                                        "requested_token_type",
                                        "urn:ietf:params:oauth:token-type:refresh_token"),
                        400,
                        "invalid_request",
                        "invalid_parameter"),
                row(
                        "an ID token asked for",
                        r ->
                                r.with(
                                        "requested_token_type",
                                        "urn:ietf:params:oauth:token-type:id_token"),
                        400,
                        "invalid_request",
                        "invalid_parameter"),
                row(
                        "an actor token without its type",
                        r -> r.with("actor_token", good),
                        400,
                        "invalid_request",
                        "invalid_parameter"),
                row(
                        "an actor token type without its token",
                        r -> r.with("actor_token_type", ExchangeServer.ACCESS_TOKEN),
                        400,
                        "invalid_request",
                        "invalid_parameter"),
                row(
                        "a parameter twice",
                        r -> r.with("scope", "invoice.read"),
                        400,
                        "invalid_request",
                        "invalid_parameter"),
                row(
                        "authorization_details",
                        r -> r.with("authorization_details", "[]"),
                        400,
                        "invalid_request",
                        "invalid_parameter"),
                row(
                        "request",
                        r -> r.with("request", "x"),
                        400,
                        "invalid_request",
                        "invalid_parameter"),
                row(
                        "request_uri",
                        r -> r.with("request_uri", "x"),
                        400,
                        "invalid_request",
                        "invalid_parameter"),
                row(
                        "a DPoP proof",
                        r -> r.header("DPoP", "x.y.z"),
                        400,
                        "invalid_dpop_proof",
                        "invalid_proof"),
                row(
                        "a position of another log",
                        r -> r.header("Narrows-Consistency", "x.1"),
                        400,
                        "invalid_request",
                        "invalid_parameter"),
                row(
                        "a position that is none",
                        r -> r.header("Narrows-Consistency", "garbage"),
                        400,
                        "invalid_request",
                        "invalid_parameter"),
                badToken("garbage", "garbage"),
                badToken("a token too long", "a".repeat(17_000)),
                badToken("padding", good + "="),
                badToken("an encrypted token", "a.b.c.d.e"),
                badToken("a broken signature", good.substring(0, good.length() - 8) + "AAAAAAAA"),
                badToken(
                        "a key of somebody else",
                        stranger.sign(Map.of("kid", LOGIN.kid()), claims())),
                badToken(
                        "an issuer that nobody trusts",
                        new TestIssuer("https://x.example.com")
                                .token("alice", "orders-api", "orders.read")),
                badToken(
                        "crit",
                        LOGIN.sign(
                                Map.of("kid", LOGIN.kid(), "crit", List.of("x"), "x", 1),
                                claims())),
                badToken(
                        "an ID token's typ",
                        LOGIN.sign(Map.of("kid", LOGIN.kid(), "typ", "logout+jwt"), claims())),
                badToken("expired", tokenWith("exp", now - 1)),
                badToken("no exp", tokenWith("exp", null)),
                badToken("no sub", tokenWith("sub", null)),
                badToken("no aud", tokenWith("aud", null)),
                badToken("nbf ahead", tokenWith("nbf", now + 120)),
                badToken("iat ahead", tokenWith("iat", now + 120)),
                badToken("about a client", tokenWith("client_id", "alice")),
                badToken("marked as an ID token", tokenWith("token_use", "id")),
                badToken("with at_hash", tokenWith("at_hash", "x")),
                badToken("act without sub", tokenWith("act", Map.of("iss", LOGIN.url))),
                badToken(
                        "act of another issuer",
                        tokenWith("act", Map.of("iss", "https://x", "sub", "y"))),
                badToken("a cnf that nobody knows", tokenWith("cnf", Map.of("kid", "x"))),
                row(
                        "an ID token that may not be presented",
                        r ->
                                r.without("subject_token_type")
                                        .with(
                                                "subject_token_type",
                                                "urn:ietf:params:oauth:token-type:id_token"),
                        400,
                        "invalid_request",
                        "invalid_token"),
                row(
                        "a token for somebody else",
                        r ->
                                r.without("subject_token")
                                        .with(
                                                "subject_token",
                                                LOGIN.token("alice", "billing-api", "orders.read")),
                        400,
                        "invalid_request",
                        "subject_audience"),
                row(
                        "a bound token without its key",
                        r ->
                                r.without("subject_token")
                                        .with(
                                                "subject_token",
                                                tokenWith("cnf", Map.of("jkt", "x"))),
                        400,
                        "invalid_request",
                        "binding_missing"),
                row(
                        "an unknown target",
                        r -> r.without("audience").with("audience", "nowhere"),
                        400,
                        "invalid_target",
                        "target_unknown"),
                row(
                        "a forbidden target",
                        r -> r.without("audience").with("audience", "ledger-api"),
                        400,
                        "invalid_target",
                        "target_not_allowed"),
                row(
                        "a resource that is no URI",
                        r -> r.without("audience").with("resource", "billing"),
                        400,
                        "invalid_target",
                        "invalid_parameter"),
                row(
                        "a resource with a fragment",
                        r ->
                                r.without("audience")
                                        .with("resource", "https://billing.example.com#x"),
                        400,
                        "invalid_target",
                        "invalid_parameter"),
                row(
                        "a malformed scope",
                        r -> r.without("scope").with("scope", "a  b"),
                        400,
                        "invalid_scope",
                        "invalid_parameter"),
                row(
                        "a scope above the cap",
                        r -> r.without("scope").with("scope", "invoice.write"),
                        400,
                        "invalid_scope",
                        "scopes_not_permitted"),
                row(
                        "consent missing",
                        r ->
                                r.without("subject_token")
                                        .with(
                                                "subject_token",
                                                LOGIN.token("bob", "orders-api", "orders.read")),
                        400,
                        "invalid_scope",
                        "consent_missing"),
                row(
                        "not a form",
                        r -> r.header("Content-Type", "application/json"),
                        415,
                        "invalid_request",
                        ""),
                row(
                        "no content type",
                        r -> r.header("Content-Type", null),
                        415,
                        "invalid_request",
                        ""),
                row(
                        "a body too large",
                        r -> r.with("pad", "x".repeat(70_000)),
                        413,
                        "invalid_request",
                        ""));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void every_refusal_has_its_status_its_code_and_its_record(Row row) {
        HttpResponse<String> response = row.change().apply(request()).send();

        assertThat(response.statusCode()).as(response.body()).isEqualTo(row.status());
        JsonNode body = json(response);
        assertThat(body.path("error").asText()).isEqualTo(row.error());
        assertThat(body.path("error_description").asText()).isNotEmpty();
        assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
        assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(response.headers().firstValue("Narrows-Consistency")).isPresent();
        String id = response.headers().firstValue("Narrows-Decision").orElseThrow();
        if (row.reason().isEmpty()) {
            assertThat(server.decision(id)).isEmpty();
        } else {
            DecisionRecord recorded = server.decision(id).orElseThrow();
            assertThat(recorded.permitted()).isFalse();
            assertThat(recorded.reasons())
                    .extracting(DecisionRecord.RecordedReason::code)
                    .contains(row.reason());
        }
    }

    @Test
    void a_denial_records_which_audience_was_meant() {
        HttpResponse<String> response =
                request()
                        .without("audience")
                        .with("audience", "https://billing.example.com")
                        .without("scope")
                        .with("scope", "nope")
                        .send();

        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        DecisionRecord recorded =
                server.decision(response.headers().firstValue("Narrows-Decision").orElseThrow())
                        .orElseThrow();
        assertThat(recorded.permitted()).isFalse();
        assertThat(recorded.targets()).containsExactly(new AudienceId("billing-api"));
    }

    @Test
    void a_permit_gives_a_narrow_token() {
        Map<String, @Nullable Object> claims = claims();
        claims.put("email", "alice@example.com");
        claims.put("phone", "undeclared");
        claims.put("acr", "urn:mfa");
        HttpResponse<String> response = request(LOGIN.sign(claims)).send();

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        JsonNode body = json(response);
        assertThat(body.path("scope").asText()).isEqualTo("invoice.read");
        assertThat(body.path("token_type").asText()).isEqualTo("Bearer");
        assertThat(body.path("issued_token_type").asText()).isEqualTo(ExchangeServer.ACCESS_TOKEN);
        assertThat(body.path("expires_in").asInt()).isBetween(299, 300);
        assertThat(body.has("refresh_token")).isFalse();

        String token = body.path("access_token").asText();
        assertThat(ExchangeServer.header(token).path("typ").asText()).isEqualTo("at+jwt");
        JsonNode issued = ExchangeServer.claims(token);
        assertThat(issued.path("iss").asText()).isEqualTo(ExchangeServer.ISSUER);
        assertThat(issued.path("sub").asText()).isEqualTo("alice");
        assertThat(issued.path("aud").asText()).isEqualTo("https://billing.example.com");
        assertThat(issued.path("client_id").asText()).isEqualTo("orders-service");
        assertThat(issued.path("email").asText()).isEqualTo("alice@example.com");
        assertThat(issued.has("phone")).isFalse();
        assertThat(issued.path("acr").asText()).isEqualTo("urn:mfa");
        assertThat(issued.path("lineage")).hasSize(1);
        assertThat(issued.path("lineage").get(0).asText()).isEqualTo("login|" + claims.get("jti"));
        assertThat(issued.path("provenance").path("hops")).hasSize(1);
        Position position =
                Position.ofToken(
                        response.headers().firstValue("Narrows-Consistency").orElseThrow());
        assertThat(issued.path("policy_seq").asLong()).isEqualTo(position.seq());

        DecisionRecord recorded =
                server.decision(response.headers().firstValue("Narrows-Decision").orElseThrow())
                        .orElseThrow();
        assertThat(recorded.permitted()).isTrue();
        assertThat(recorded.tokenId()).contains(issued.path("jti").asText());
        assertThat(recorded.position()).isEqualTo(position);
    }

    @Test
    void the_published_keys_verify_what_is_issued() {
        String token = json(request().send()).path("access_token").asText();

        HttpResponse<String> jwks = server.get("/jwks");

        assertThat(jwks.statusCode()).isEqualTo(200);
        assertThat(jwks.body()).doesNotContain("\"d\"");
        assertThat(TestKeys.verifies(token, jwks.body())).isTrue();
    }

    @Test
    void a_jwt_asked_for_is_the_same_token_under_another_name() {
        JsonNode body =
                json(
                        request()
                                .with(
                                        "requested_token_type",
                                        "urn:ietf:params:oauth:token-type:jwt")
                                .send());

        assertThat(body.path("issued_token_type").asText())
                .isEqualTo("urn:ietf:params:oauth:token-type:jwt");
        assertThat(ExchangeServer.header(body.path("access_token").asText()).path("typ").asText())
                .isEqualTo("at+jwt");
    }

    @Test
    void a_target_may_be_named_twice_and_by_resource() {
        HttpResponse<String> response =
                request().with("resource", "https://billing.example.com").send();

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    }

    @Test
    void unknown_parameters_are_ignored_and_empty_ones_absent() {
        HttpResponse<String> response =
                request()
                        .with("colour", "blue")
                        .with("colour", "red")
                        .with("actor_token", "")
                        .with("request", "")
                        .send();

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    }

    @Test
    void a_secret_in_the_body_is_as_good_as_one_in_the_header() {
        HttpResponse<String> response =
                request()
                        .header("Authorization", null)
                        .with("client_id", "orders-service")
                        .with("client_secret", SECRET)
                        .send();

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    }

    @Test
    void the_challenge_is_sent_when_the_header_was_used() {
        HttpResponse<String> header = request().basic("orders-service", "x").send();
        HttpResponse<String> body =
                request()
                        .header("Authorization", null)
                        .with("client_id", "orders-service")
                        .with("client_secret", "x")
                        .send();

        assertThat(header.headers().firstValue("WWW-Authenticate"))
                .hasValueSatisfying(value -> assertThat(value).startsWith("Basic "));
        assertThat(body.headers().firstValue("WWW-Authenticate")).isEmpty();
    }

    @Test
    void an_unknown_client_and_a_bad_secret_are_answered_alike() {
        assertThat(request().basic("nobody", SECRET).send().body())
                .isEqualTo(request().basic("orders-service", "x").send().body());
    }

    @Test
    void an_unknown_and_a_forbidden_target_are_answered_alike() {
        assertThat(request().without("audience").with("audience", "nowhere").send().body())
                .isEqualTo(
                        request().without("audience").with("audience", "ledger-api").send().body());
    }

    @Test
    void a_forbidden_target_does_not_show_itself_by_what_its_rules_ask_for() {
        server.log.policy(
                "{\"audienceDefined\":{\"id\":\"secret-api\",\"requireBinding\":\"dpop\"}}",
                "{\"scopeDefined\":{\"scope\":\"secret.read\",\"audience\":\"secret-api\",\"kind\":\"grantable\"}}",
                "{\"ruleDefined\":{\"id\":\"orders-to-secret\",\"effect\":\"allow\",\"from\":\"orders-api\","
                        + "\"to\":\"secret-api\",\"scopes\":{\"orders.read\":[\"secret.read\"]}}}");

        HttpResponse<String> forbidden =
                request()
                        .without("audience")
                        .with("audience", "secret-api")
                        .header("Narrows-Consistency", server.log.position().toToken())
                        .send();

        assertThat(forbidden.body())
                .isEqualTo(request().without("audience").with("audience", "nowhere").send().body());
        assertThat(
                        server.decision(
                                        forbidden
                                                .headers()
                                                .firstValue("Narrows-Decision")
                                                .orElseThrow())
                                .orElseThrow()
                                .reasons())
                .extracting(DecisionRecord.RecordedReason::code)
                .contains("target_not_allowed", "binding_missing");
    }

    @Test
    void a_missing_consent_says_what_to_ask_the_user_for() {
        HttpResponse<String> response =
                request(LOGIN.token("bob", "orders-api", "orders.read")).send();

        JsonNode required = json(response).path("consent_required");
        assertThat(required.path("audience").asText()).isEqualTo("billing-api");
        assertThat(required.path("scopes")).hasSize(1);
        assertThat(required.path("scopes").get(0).asText()).isEqualTo("invoice.read");
    }

    @Test
    void a_withdrawn_consent_denies_at_once_and_every_time() {
        SampleWorld.consent(server.log, "carol", "invoice.read");
        String carol = LOGIN.token("carol", "orders-api", "orders.read");
        Position given = server.log.position();
        assertThat(
                        request(carol)
                                .header("Narrows-Consistency", given.toToken())
                                .send()
                                .statusCode())
                .isEqualTo(200);

        for (int i = 0; i < 20; i++) {
            Position withdrawn = SampleWorld.withdraw(server.log, "carol");
            HttpResponse<String> refused =
                    request(carol).header("Narrows-Consistency", withdrawn.toToken()).send();
            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(json(refused).path("error").asText()).isEqualTo("invalid_scope");
            assertThat(json(refused).has("consent_required")).isTrue();

            Position again = SampleWorld.consent(server.log, "carol", "invoice.read");
            assertThat(
                            request(carol)
                                    .header("Narrows-Consistency", again.toToken())
                                    .send()
                                    .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void a_client_registered_a_moment_ago_is_known_to_who_waits_for_it() {
        for (int i = 0; i < 10; i++) {
            String id = "new-service-" + i;
            Position registered =
                    server.log.policy(
                            SampleWorld.client(id, "orders-api", SampleWorld.secret(SECRET), ""),
                            SampleWorld.allowed(id, "billing-api", "invoice.read"));

            HttpResponse<String> response =
                    request()
                            .basic(id, SECRET)
                            .header("Narrows-Consistency", registered.toToken())
                            .send();

            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        }
    }

    @Test
    void a_position_not_reached_is_503_and_says_when_to_come_back() {
        Position far =
                new Position(server.log.position().logId(), server.log.position().seq() + 1000);

        HttpResponse<String> response =
                request().header("Narrows-Consistency", far.toToken()).send();

        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValue("Retry-After")).contains("1");
        assertThat(response.headers().firstValue("Content-Type"))
                .contains("application/problem+json");
        assertThat(response.headers().firstValue("Narrows-Decision")).isPresent();
        assertThat(json(response).has("error")).isFalse();
    }

    @Test
    void a_chain_carries_its_lineage_and_ends_at_its_depth() {
        String first = json(request().send()).path("access_token").asText();

        HttpResponse<String> second =
                server.request()
                        .exchange(first)
                        .basic("billing-service", SECRET)
                        .with("audience", "ledger-api")
                        .send();

        assertThat(second.statusCode()).as(second.body()).isEqualTo(200);
        JsonNode issued = ExchangeServer.claims(json(second).path("access_token").asText());
        assertThat(issued.path("lineage")).hasSize(2);
        assertThat(issued.path("lineage").get(1).asText())
                .isEqualTo(ExchangeServer.claims(first).path("jti").asText());
        assertThat(issued.path("sub").asText()).isEqualTo("alice");
        assertThat(issued.path("provenance").path("hops")).hasSize(2);
        assertThat(issued.path("exp").asLong())
                .isLessThanOrEqualTo(ExchangeServer.claims(first).path("exp").asLong());
    }

    @Test
    void a_consent_withdrawn_ends_the_chain_that_stood_on_it() {
        SampleWorld.consent(server.log, "dave", "invoice.read");
        Position given = server.log.position();
        String first =
                json(request(LOGIN.token("dave", "orders-api", "orders.read"))
                                .header("Narrows-Consistency", given.toToken())
                                .send())
                        .path("access_token")
                        .asText();
        Position withdrawn = SampleWorld.withdraw(server.log, "dave");

        HttpResponse<String> second =
                server.request()
                        .exchange(first)
                        .basic("billing-service", SECRET)
                        .with("audience", "ledger-api")
                        .header("Narrows-Consistency", withdrawn.toToken())
                        .send();

        assertThat(second.statusCode()).isEqualTo(400);
        assertThat(json(second).path("error").asText()).isEqualTo("invalid_request");
    }

    @Test
    void a_revoked_token_is_refused_and_so_is_its_child() {
        Map<String, @Nullable Object> claims = claims();
        String root = LOGIN.sign(claims);
        String child = json(request(root).send()).path("access_token").asText();
        Position revoked =
                server.log.publish(
                        "token.revoked",
                        "{\"issuer\":\""
                                + LOGIN.url
                                + "\",\"tokenId\":\""
                                + claims.get("jti")
                                + "\",\"expiresAt\":\""
                                + Instant.now().plusSeconds(600)
                                + "\"}");

        HttpResponse<String> again =
                request(root).header("Narrows-Consistency", revoked.toToken()).send();
        HttpResponse<String> derived =
                server.request()
                        .exchange(child)
                        .basic("billing-service", SECRET)
                        .with("audience", "ledger-api")
                        .send();

        assertThat(again.statusCode()).isEqualTo(400);
        assertThat(json(again).path("error").asText()).isEqualTo("invalid_request");
        assertThat(derived.statusCode()).isEqualTo(400);
        assertThat(json(derived).path("error").asText()).isEqualTo("invalid_request");
    }

    @Test
    void an_actor_is_named_in_the_token() {
        TestIssuer machines = new TestIssuer("https://machines.example.com", Algorithm.RS256);
        Position trusted =
                server.log.policy(SampleWorld.issuer(machines, "machines", "\"clients\":\"all\""));

        HttpResponse<String> response =
                request()
                        .with("actor_token", machines.token("robot", "orders-api", ""))
                        .with("actor_token_type", "urn:ietf:params:oauth:token-type:jwt")
                        .header("Narrows-Consistency", trusted.toToken())
                        .send();

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        JsonNode issued = ExchangeServer.claims(json(response).path("access_token").asText());
        assertThat(issued.path("act").path("sub").asText()).isEqualTo("machines|robot");
    }

    @Test
    void the_metadata_is_true() {
        JsonNode metadata = json(server.get("/.well-known/oauth-authorization-server"));

        assertThat(metadata.path("issuer").asText()).isEqualTo(ExchangeServer.ISSUER);
        assertThat(metadata.path("token_endpoint").asText())
                .isEqualTo(ExchangeServer.ISSUER + "/token-exchange");
        assertThat(metadata.path("jwks_uri").asText()).isEqualTo(ExchangeServer.ISSUER + "/jwks");
        assertThat(metadata.path("grant_types_supported").get(0).asText())
                .isEqualTo(ExchangeServer.GRANT);
        assertThat(metadata.path("introspection_endpoint").asText())
                .isEqualTo(ExchangeServer.ISSUER + "/introspect");
        assertThat(metadata.path("revocation_endpoint").asText())
                .isEqualTo(ExchangeServer.ISSUER + "/revoke");
        for (String endpoint : List.of("introspection", "revocation")) {
            for (String what : List.of("methods", "signing_alg_values")) {
                assertThat(metadata.path(endpoint + "_endpoint_auth_" + what + "_supported"))
                        .isNotEmpty()
                        .isEqualTo(metadata.path("token_endpoint_auth_" + what + "_supported"));
            }
        }
    }

    @Test
    void an_audience_with_a_url_says_where_its_tokens_come_from() {
        JsonNode resource = json(server.get("/.well-known/oauth-protected-resource/billing-api"));

        assertThat(resource.path("resource").asText()).isEqualTo("https://billing.example.com");
        assertThat(resource.path("authorization_servers").get(0).asText())
                .isEqualTo(ExchangeServer.ISSUER);
        assertThat(server.get("/.well-known/oauth-protected-resource/orders-api").statusCode())
                .isEqualTo(404);
    }

    @Test
    void errors_of_the_server_itself_say_nothing_of_its_inside() {
        HttpResponse<String> missing = server.get("/nowhere");
        HttpResponse<String> method = server.get("/token-exchange");

        assertThat(missing.statusCode()).isEqualTo(404);
        assertThat(json(missing))
                .isEqualTo(TestKeys.json("{\"title\":\"not found\",\"status\":404}"));
        assertThat(method.statusCode()).isEqualTo(405);
        assertThat(method.headers().firstValue("Narrows-Decision")).isPresent();
        assertThat(method.headers().firstValue("Cache-Control")).contains("no-store");
    }

    @Test
    void a_slash_at_the_end_of_the_path_changes_nothing() {
        HttpResponse<String> permit = request().sendTo("/token-exchange/");
        HttpResponse<String> tooLarge =
                request().with("pad", "x".repeat(70_000)).sendTo("/token-exchange/");

        assertThat(permit.statusCode()).as(permit.body()).isEqualTo(200);
        assertThat(permit.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(tooLarge.statusCode()).isEqualTo(413);
        assertThat(json(tooLarge).path("error").asText()).isEqualTo("invalid_request");
        assertThat(tooLarge.headers().firstValue("Cache-Control")).contains("no-store");
    }

    @Test
    void an_empty_body_is_an_invalid_request() {
        HttpResponse<String> response = request().send("");

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(json(response).path("error").asText()).isEqualTo("invalid_request");
        assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
    }

    @Test
    void what_the_server_refuses_before_reading_it_carries_the_headers_of_an_answer() {
        HttpResponse<String> response = request().header("X-Pad", "x".repeat(40_000)).send();

        assertThat(response.statusCode()).isEqualTo(413);
        assertThat(response.headers().allValues("Cache-Control")).containsExactly("no-store");
        assertThat(response.headers().allValues("Narrows-Decision")).hasSize(1);
        assertThat(response.headers().allValues("Narrows-Consistency")).hasSize(1);
    }

    @Test
    void health_tells_the_status_and_nothing_else() {
        for (String path : List.of("/health", "/health/readiness", "/health/liveness")) {
            assertThat(json(server.get(path)))
                    .as(path)
                    .isEqualTo(TestKeys.json("{\"status\":\"UP\"}"));
        }
    }

    @Test
    void no_other_endpoint_shows_the_inside() {
        for (String path :
                List.of("/metrics", "/info", "/beans", "/routes", "/threaddump", "/refresh")) {
            assertThat(server.get(path).statusCode()).as(path).isEqualTo(404);
        }
    }

    @Test
    void the_service_is_ready_and_counts() {
        request().send();

        assertThat(server.get("/health/liveness").statusCode()).isEqualTo(200);
        assertThat(server.get("/health/readiness").statusCode()).isEqualTo(200);
        String metrics = server.get("/prometheus").body();
        assertThat(metrics)
                .contains("narrows_exchange_seconds_count{")
                .contains("outcome=\"permit\"");
        assertThat(metrics)
                .contains("narrows_policy_age_seconds")
                .contains("cache=\"narrows.users\"");
    }

    @Test
    void a_body_that_is_badly_encoded_is_refused() {
        HttpResponse<String> response = request().send("grant_type=%zz");

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(json(response).path("error").asText()).isEqualTo("invalid_request");
    }

    @Test
    void a_get_with_a_body_in_the_query_is_not_an_exchange() {
        HttpResponse<String> response =
                server.send(
                        HttpRequest.newBuilder(
                                        server.uri.resolve("/token-exchange?" + request().body()))
                                .build());

        assertThat(response.statusCode()).isEqualTo(405);
    }

    @Test
    void the_same_answer_is_given_many_times_at_once() throws InterruptedException {
        Map<Integer, Integer> statuses = new HashMap<>();
        List<Thread> threads =
                Stream.generate(
                                () ->
                                        Thread.ofVirtual()
                                                .unstarted(
                                                        () -> {
                                                            int status =
                                                                    request().send().statusCode();
                                                            synchronized (statuses) {
                                                                statuses.merge(
                                                                        status, 1, Integer::sum);
                                                            }
                                                        }))
                        .limit(24)
                        .toList();
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(statuses).containsExactly(Map.entry(200, 24));
    }
}

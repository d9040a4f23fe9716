// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.narrows.exchange.ChainWorld.LOGIN;
import static org.narrows.exchange.ExchangeServer.json;
import static org.narrows.exchange.SampleWorld.SECRET;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.narrows.events.value.Position;
import org.narrows.exchange.ChainWorld.Chain;
import org.narrows.exchange.ExchangeServer.Request;

/** Token introspection (RFC 7662): who is told what, and who is told nothing. */
class IntrospectionEndpointTest {
    private static final String INACTIVE = "{\"active\":false}";

    private static ChainWorld world;
    private static Chain chain;

    @BeforeAll
    static void start() {
        world = new ChainWorld();
        world.log.policy("{\"claimDefined\":{\"claim\":\"email\",\"audience\":\"billing-api\"}}");
        world.log.policy(
                SampleWorld.client("off-rs", "billing-api", SampleWorld.secret(SECRET), ""));
        world.log.policy("{\"clientDisabled\":{\"id\":\"off-rs\"}}");
        chain = world.chain();
    }

    @AfterAll
    static void stop() {
        world.close();
    }

    private static Request request(String client, String token) {
        return world.server.request().basic(client, SECRET).with("token", token);
    }

    private static HttpResponse<String> introspect(String client, String token) {
        return request(client, token).sendTo("/introspect");
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Test
    void a_resource_server_is_told_what_the_token_says_but_not_what_it_stands_on() {
        HttpResponse<String> response = introspect("billing-rs", chain.first());

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
        assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(response.headers().firstValue("Narrows-Decision")).isPresent();
        assertThat(response.headers().allValues("Narrows-Consistency")).hasSize(1);
        JsonNode answer = json(response);
        JsonNode claims = ExchangeServer.claims(chain.first());
        assertThat(names(answer))
                .containsExactlyInAnyOrder(
                        "active",
                        "token_type",
                        "iss",
                        "sub",
                        "aud",
                        "client_id",
                        "scope",
                        "exp",
                        "iat",
                        "jti",
                        "act",
                        "lineage");
        assertThat(answer.path("active").asBoolean()).isTrue();
        assertThat(answer.path("token_type").asText()).isEqualTo("Bearer");
        names(answer).stream()
                .filter(name -> !List.of("active", "token_type").contains(name))
                .forEach(name -> assertThat(answer.get(name)).as(name).isEqualTo(claims.get(name)));
        assertThat(answer.path("act").path("sub").asText()).isEqualTo("partner|" + chain.carrier());
    }

    @Test
    void an_active_token_says_how_the_user_signed_in_and_the_claims_that_are_declared() {
        Map<String, @Nullable Object> claims =
                LOGIN.claims(chain.user(), "orders-api", "orders.read");
        claims.put("acr", "urn:mfa");
        claims.put("amr", List.of("hwk"));
        claims.put("auth_time", Instant.now().getEpochSecond() - 5);
        claims.put("email", "alice@example.com");
        claims.put("nickname", "al");
        String token =
                ChainWorld.issued(
                        world.exchange("orders-service", LOGIN.sign(claims), "billing-api")
                                .with("actor_token", chain.carriers())
                                .with("actor_token_type", ExchangeServer.ACCESS_TOKEN));

        JsonNode answer = json(introspect("billing-rs", token));

        assertThat(answer.path("acr").asText()).isEqualTo("urn:mfa");
        assertThat(answer.path("amr").get(0).asText()).isEqualTo("hwk");
        assertThat(answer.path("auth_time").asLong()).isEqualTo(claims.get("auth_time"));
        assertThat(answer.path("email").asText()).isEqualTo("alice@example.com");
        assertThat(answer.has("nickname")).isFalse();
    }

    @Test
    void a_token_that_is_bound_says_to_what() {
        String toKey =
                OwnTokens.changed(
                        world.server,
                        chain.first(),
                        claims ->
                                claims.put(
                                        "cnf",
                                        Map.of(
                                                "jkt",
                                                "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I")));
        String toCertificate =
                OwnTokens.changed(
                        world.server,
                        chain.first(),
                        claims ->
                                claims.put(
                                        "cnf",
                                        Map.of(
                                                "x5t#S256",
                                                "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0")));

        JsonNode dpop = json(introspect("billing-rs", toKey));
        JsonNode mtls = json(introspect("billing-rs", toCertificate));

        assertThat(dpop.path("token_type").asText()).isEqualTo("DPoP");
        assertThat(dpop.path("cnf").path("jkt").asText()).startsWith("0ZcOCORZ");
        assertThat(mtls.path("token_type").asText()).isEqualTo("Bearer");
        assertThat(mtls.path("cnf").path("x5t#S256").asText()).startsWith("A4DtL2Jm");
    }

    /** A token of which nothing is said. */
    record Unsaid(String what, String client, String token) {
        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Unsaid> nothing_is_said_of() {
        String first = chain.first();
        long now = Instant.now().getEpochSecond();
        String[] parts = first.split("\\.", -1);
        TestIssuer pretender = new TestIssuer(ExchangeServer.ISSUER);
        return Stream.of(
                new Unsaid("a token for somebody else", "ledger-rs", first),
                new Unsaid("a token for its own client's next hop", "orders-rs", first),
                new Unsaid("a foreign token", "orders-rs", chain.userRoot()),
                new Unsaid("no token at all", "billing-rs", "garbage"),
                new Unsaid("an opaque token", "billing-rs", "2YotnFZFEjr1zCsicMWpAA"),
                new Unsaid(
                        "a token without its signature",
                        "billing-rs",
                        parts[0] + "." + parts[1] + "."),
                new Unsaid(
                        "a token of which one letter differs",
                        "billing-rs",
                        first.substring(0, first.length() - 5)
                                + (first.charAt(first.length() - 5) == 'A' ? 'B' : 'A')
                                + first.substring(first.length() - 4)),
                new Unsaid(
                        "a token that a stranger signed in our name",
                        "billing-rs",
                        pretender.sign(
                                pretender.claims(chain.user(), "billing-api", "invoice.read"))),
                new Unsaid("an expired token", "billing-rs", with("exp", now - 1)),
                new Unsaid("a token that expires just now", "billing-rs", with("exp", now)),
                new Unsaid("a token of the future", "billing-rs", with("iat", now + 3600)),
                new Unsaid("a token that begins later", "billing-rs", with("nbf", now + 3600)),
                new Unsaid(
                        "a token that says nothing of what it stands on",
                        "billing-rs",
                        with("provenance", Map.of())),
                new Unsaid(
                        "a token without hops",
                        "billing-rs",
                        with(
                                "provenance",
                                Map.of("iat", now, "hops", List.of(), "actors", List.of()))),
                new Unsaid("a token without lineage", "billing-rs", with("lineage", List.of())));
    }

    private static String with(String claim, Object value) {
        return OwnTokens.changed(world.server, chain.first(), claims -> claims.put(claim, value));
    }

    @ParameterizedTest
    @MethodSource
    void nothing_is_said_of(Unsaid unsaid) {
        HttpResponse<String> response = introspect(unsaid.client(), unsaid.token());

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo(INACTIVE);
    }

    /** One row of the error table. */
    record Row(String what, UnaryOperator<Request> change, int status, String error) {
        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Row> errors() {
        return Stream.of(
                new Row("unknown client", r -> r.basic("nobody", SECRET), 401, "invalid_client"),
                new Row("wrong secret", r -> r.basic("billing-rs", "x"), 401, "invalid_client"),
                new Row(
                        "no credentials",
                        r -> r.header("Authorization", null),
                        401,
                        "invalid_client"),
                new Row(
                        "a bearer token in the place of credentials",
                        r -> r.header("Authorization", "Bearer " + chain.first()),
                        401,
                        "invalid_client"),
                new Row(
                        "two ways to authenticate",
                        r -> r.with("client_id", "billing-rs").with("client_secret", SECRET),
                        400,
                        "invalid_request"),
                new Row(
                        "a disabled client",
                        r -> r.basic("off-rs", SECRET),
                        400,
                        "unauthorized_client"),
                new Row("no token", r -> r.without("token"), 400, "invalid_request"),
                new Row(
                        "an empty token",
                        r -> r.without("token").with("token", ""),
                        400,
                        "invalid_request"),
                new Row("two tokens", r -> r.with("token", "x"), 400, "invalid_request"),
                new Row(
                        "a position that is none",
                        r -> r.header("Narrows-Consistency", "garbage"),
                        400,
                        "invalid_request"),
                new Row(
                        "a position of another log",
                        r -> r.header("Narrows-Consistency", "x.1"),
                        400,
                        "invalid_request"),
                new Row(
                        "not a form",
                        r -> r.header("Content-Type", "application/json"),
                        415,
                        "invalid_request"),
                new Row("too large", r -> r.with("x", "y".repeat(70_000)), 413, "invalid_request"));
    }

    @ParameterizedTest
    @MethodSource("errors")
    void errors_are_those_of_the_token_endpoint(Row row) {
        for (String path : List.of("/introspect", "/introspect/", "/revoke", "/revoke/")) {
            HttpResponse<String> response =
                    row.change().apply(request("billing-rs", chain.first())).sendTo(path);

            assertThat(response.statusCode()).as(path + response.body()).isEqualTo(row.status());
            assertThat(json(response).path("error").asText()).isEqualTo(row.error());
            assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
            assertThat(response.headers().firstValue("Narrows-Decision")).isPresent();
            assertThat(response.headers().firstValue("Narrows-Consistency")).isPresent();
        }
    }

    @Test
    void the_hint_of_the_type_is_ignored_and_a_trailing_slash_too() {
        assertThat(
                        json(request("billing-rs", chain.first())
                                        .with("token_type_hint", "refresh_token")
                                        .sendTo("/introspect/"))
                                .path("active")
                                .asBoolean())
                .isTrue();
    }

    @Test
    void tokens_do_not_travel_in_a_url() {
        assertThat(
                        world.server
                                .send(
                                        HttpRequest.newBuilder(
                                                        world.server.uri.resolve(
                                                                "/introspect?token="
                                                                        + chain.first()))
                                                .build())
                                .statusCode())
                .isEqualTo(405);
    }

    @Test
    void every_answer_has_an_id_of_its_own_and_leaves_no_decision() {
        String id =
                introspect("billing-rs", chain.first())
                        .headers()
                        .firstValue("Narrows-Decision")
                        .orElseThrow();
        String other =
                introspect("billing-rs", chain.first())
                        .headers()
                        .firstValue("Narrows-Decision")
                        .orElseThrow();

        assertThat(id).isNotEqualTo(other);
        // The exchange is recorded after both, so that both would be there.
        ChainWorld.issued(world.exchange("billing-service", chain.first(), "ledger-api"));
        assertThat(world.server.decision(id)).isEmpty();
        assertThat(world.server.decision(other)).isEmpty();
    }

    @Test
    void a_node_that_is_behind_waits_for_the_position_that_the_token_names() {
        long ahead = world.log.position().seq() + 1;
        String token =
                OwnTokens.changed(
                        world.server, chain.first(), claims -> claims.put("policy_seq", ahead));

        HttpResponse<String> early = introspect("billing-rs", token);
        assertThat(early.statusCode()).isEqualTo(503);
        assertThat(early.headers().firstValue("Retry-After")).isPresent();

        CompletableFuture<HttpResponse<String>> waiting =
                request("billing-rs", token).sendAsyncTo("/introspect");
        Position reached = world.log.policy(ChainWorld.audience("ledger-api"));
        HttpResponse<String> answer = waiting.join();
        if (answer.statusCode() == 503) {
            // The event came later than 250 ms after the question.
            answer = introspect("billing-rs", token);
        }

        assertThat(json(answer).path("active").asBoolean()).as(answer.body()).isTrue();
        assertThat(
                        Position.ofToken(
                                        answer.headers()
                                                .firstValue("Narrows-Consistency")
                                                .orElseThrow())
                                .seq())
                .isGreaterThanOrEqualTo(reached.seq());
    }

    @Test
    void the_position_that_is_asked_for_is_waited_for() {
        Position next =
                new Position(world.log.position().logId(), world.log.position().seq() + 100);

        HttpResponse<String> response =
                request("billing-rs", chain.first())
                        .header("Narrows-Consistency", next.toToken())
                        .sendTo("/introspect");

        assertThat(response.statusCode()).isEqualTo(503);
    }

    @Test
    void a_former_name_of_the_audience_counts_in_its_time() {
        Position renamed =
                world.log.policy(
                        "{\"audienceDefined\":{\"id\":\"billing-api\",\"tokenAudience\":\"https://billing.example.com\","
                                + "\"formerTokenAudiences\":[{\"value\":\"billing-api\",\"until\":\"2120-01-01T00:00:00Z\"}]}}");
        try {
            assertThat(
                            request("billing-rs", chain.first())
                                    .header("Narrows-Consistency", renamed.toToken())
                                    .sendTo("/introspect")
                                    .body())
                    .contains("\"active\":true");
        } finally {
            world.log.policy(ChainWorld.audience("billing-api"));
        }
    }

    @Test
    void tokens_of_a_position_that_was_lost_are_inactive() {
        try (ChainWorld lost = new ChainWorld()) {
            Chain before = lost.chain();
            long gap = lost.log.position().seq() + 10;
            String token = OwnTokens.decidedAt(lost.server, before.first(), gap);
            assertThat(lost.introspect("billing-rs", token).statusCode()).isEqualTo(503);

            lost.log.restored();

            HttpResponse<String> answer = lost.introspect("billing-rs", token);
            assertThat(answer.body()).isEqualTo(INACTIVE);
            assertThat(lost.introspect("billing-rs", before.first()).body())
                    .contains("\"active\":true");
        }
    }

    @Test
    void what_nobody_understands_holds_the_answer_up() {
        try (ChainWorld held = new ChainWorld()) {
            Chain before = held.chain();
            held.log.sql("update narrows_read.checkpoint set held_up = 'policy.changed.v2'");

            for (String path : List.of("/introspect", "/revoke")) {
                await().atMost(Duration.ofSeconds(2))
                        .until(() -> ask(held, path, before.first()).statusCode() == 503);
            }
            assertThat(held.server.project()).isEmpty();
        }
    }

    private static HttpResponse<String> ask(ChainWorld world, String path, String token) {
        return world.server.request().basic("billing-rs", SECRET).with("token", token).sendTo(path);
    }

    @Test
    void an_audience_may_want_its_tokens_judged_by_a_younger_policy() {
        try (ChainWorld strict = new ChainWorld()) {
            Chain before = strict.chain();
            assertThat(ask(strict, "/introspect", before.first()).statusCode()).isEqualTo(200);
            strict.log.policy(
                    "{\"audienceDefined\":{\"id\":\"billing-api\",\"maxStaleness\":\"PT1S\"}}");

            await().atMost(Duration.ofSeconds(5))
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> ask(strict, "/introspect", before.first()).statusCode() == 503);
            // Of another's token nothing is said, however old the policy: it would be the same.
            assertThat(
                            strict.server
                                    .request()
                                    .basic("ledger-rs", SECRET)
                                    .with("token", before.second())
                                    .sendTo("/introspect")
                                    .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void a_policy_too_old_says_nothing() {
        TestLog log = new TestLog(ExchangeServer.ISSUER).open();
        log.policy(ChainWorld.POLICY.toArray(String[]::new));
        try (ExchangeServer server =
                new ExchangeServer(log, Map.of("narrows.max-staleness", "PT1S"))) {
            for (String path : List.of("/introspect", "/revoke")) {
                await().atMost(Duration.ofSeconds(5))
                        .pollInterval(Duration.ofMillis(100))
                        .until(
                                () ->
                                        server.request()
                                                        .basic("billing-rs", SECRET)
                                                        .with("token", "x")
                                                        .sendTo(path)
                                                        .statusCode()
                                                == 503);
            }
        }
    }

    @Test
    void introspections_are_counted_apart() {
        introspect("billing-rs", chain.first());
        introspect("billing-rs", "garbage");

        assertThat(world.server.get("/prometheus").body().lines())
                .anyMatch(
                        line ->
                                line.startsWith("narrows_exchange_seconds_count{")
                                        && line.contains("endpoint=\"introspect\"")
                                        && line.contains("outcome=\"active\""))
                .anyMatch(
                        line ->
                                line.startsWith("narrows_exchange_seconds_count{")
                                        && line.contains("endpoint=\"introspect\"")
                                        && line.contains("outcome=\"inactive\""));
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.narrows.exchange.ExchangeServer.json;
import static org.narrows.exchange.SampleWorld.SECRET;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.narrows.events.state.Verdict;
import org.narrows.events.state.Verdict.Outcome;
import org.narrows.events.value.Position;
import org.narrows.exchange.ChainWorld.Chain;

/** Token revocation (RFC 7009), with the fold as the judge of what is published. */
class RevocationEndpointTest {
    private static final String INACTIVE = "{\"active\":false}";

    private static ChainWorld world;

    @BeforeAll
    static void start() {
        world = new ChainWorld();
    }

    @AfterAll
    static void stop() {
        world.close();
    }

    private static CompletableFuture<HttpResponse<String>> revoke(String client, String token) {
        return world.server
                .request()
                .basic(client, SECRET)
                .with("token", token)
                .sendAsyncTo("/revoke");
    }

    /** Revokes, and plays the projector until there is an answer. */
    private static HttpResponse<String> revoked(String client, String token) {
        CompletableFuture<HttpResponse<String>> answer = revoke(client, token);
        List<Verdict> verdicts = new ArrayList<>();
        await().atMost(Duration.ofSeconds(5))
                .pollInterval(Duration.ofMillis(10))
                .until(
                        () -> {
                            verdicts.addAll(world.server.project());
                            return answer.isDone();
                        });
        assertThat(verdicts)
                .allSatisfy(verdict -> assertThat(verdict.outcome()).isEqualTo(Outcome.APPLIED));
        return answer.join();
    }

    private static boolean isActive(String client, String token) {
        return json(world.introspect(client, token)).path("active").asBoolean();
    }

    @Test
    void a_client_ends_its_own_token_and_all_that_derive_from_it() {
        Chain chain = world.chain();
        long before = world.log.position().seq();

        HttpResponse<String> response = revoked("orders-service", chain.first());

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.body()).isEmpty();
        assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
        Position at =
                Position.ofToken(
                        response.headers().firstValue("Narrows-Consistency").orElseThrow());
        assertThat(at.seq()).isGreaterThan(before);
        assertThat(world.introspect("billing-rs", chain.first()).body()).isEqualTo(INACTIVE);
        assertThat(world.introspect("ledger-rs", chain.second()).body()).isEqualTo(INACTIVE);
        assertThat(isActive("orders-rs", chain.carriers())).isTrue();
        assertThat(
                        world.exchange("billing-service", chain.first(), "ledger-api")
                                .send()
                                .statusCode())
                .isEqualTo(400);
    }

    @Test
    void an_actor_token_that_is_revoked_ends_what_it_acted_in() {
        Chain chain = world.chain();

        revoked("gateway", chain.carriers());

        assertThat(isActive("orders-rs", chain.carriers())).isFalse();
        assertThat(isActive("billing-rs", chain.first())).isFalse();
        assertThat(isActive("ledger-rs", chain.second())).isFalse();
    }

    @Test
    void the_answer_waits_for_the_verdict() throws InterruptedException {
        Chain chain = world.chain();

        CompletableFuture<HttpResponse<String>> answer = revoke("orders-service", chain.first());
        Thread.sleep(700);
        assertThat(answer).isNotDone();
        await().atMost(Duration.ofSeconds(5)).until(() -> !world.server.project().isEmpty());

        assertThat(answer.join().statusCode()).isEqualTo(200);
        assertThat(isActive("billing-rs", chain.first())).isFalse();
    }

    @Test
    void without_a_verdict_in_time_the_client_is_told_to_ask_again_and_may() {
        Chain chain = world.chain();

        HttpResponse<String> response = revoke("orders-service", chain.first()).join();

        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValue("Retry-After")).isPresent();
        assertThat(isActive("billing-rs", chain.first())).isTrue();

        assertThat(revoked("orders-service", chain.first()).statusCode()).isEqualTo(200);
        assertThat(isActive("billing-rs", chain.first())).isFalse();
    }

    @Test
    void what_is_revoked_already_is_not_published_again() {
        Chain chain = world.chain();
        revoked("orders-service", chain.first());
        long before = world.log.position().seq();

        HttpResponse<String> again = revoke("orders-service", chain.first()).join();

        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(world.server.project()).isEmpty();
        assertThat(world.log.position().seq()).isEqualTo(before);
    }

    @Test
    void what_is_only_held_can_still_be_ended() {
        Chain chain = world.chain();
        world.log.policy(ChainWorld.denial("orders-api", "billing-api"));
        assertThat(isActive("billing-rs", chain.first())).isFalse();

        revoked("orders-service", chain.first());
        world.log.policy("{\"ruleRetired\":{\"id\":\"no-orders-api\"}}");

        assertThat(isActive("billing-rs", chain.first())).isFalse();
    }

    @Test
    void a_token_from_a_clock_that_is_ahead_is_ended_before_it_begins() {
        Chain chain = world.chain();
        String early =
                OwnTokens.changed(
                        world.server,
                        chain.first(),
                        claims -> {
                            claims.put("iat", Instant.now().getEpochSecond() + 70);
                            claims.put("jti", "of-a-fast-clock-" + chain.user());
                        });

        long before = world.log.position().seq();
        revoked("orders-service", early);
        assertThat(world.log.position().seq()).isEqualTo(before + 1);

        HttpResponse<String> again = revoke("orders-service", early).join();
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(world.server.project()).isEmpty();
    }

    /** A request that ends nothing. */
    record Idle(String what, String client, String token) {
        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Idle> without_effect() {
        Chain chain = world.chain();
        TestIssuer pretender = new TestIssuer(ExchangeServer.ISSUER);
        Map<String, @Nullable Object> pretended =
                pretender.claims(chain.user(), "billing-api", "invoice.read");
        pretended.put("client_id", "orders-service");
        return Stream.of(
                new Idle("another client's token", "billing-service", chain.first()),
                new Idle("a token that was only meant for the caller", "billing-rs", chain.first()),
                new Idle("a foreign token", "orders-service", chain.userRoot()),
                new Idle("no token", "orders-service", "garbage"),
                new Idle(
                        "a token that a stranger signed in our name",
                        "orders-service",
                        pretender.sign(pretended)),
                new Idle(
                        "an expired token",
                        "orders-service",
                        OwnTokens.changed(
                                world.server,
                                chain.first(),
                                claims -> claims.put("exp", Instant.now().getEpochSecond() - 1))));
    }

    @ParameterizedTest
    @MethodSource
    void without_effect(Idle idle) {
        long before = world.log.position().seq();

        HttpResponse<String> response = revoke(idle.client(), idle.token()).join();

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEmpty();
        assertThat(response.headers().map().keySet())
                .isEqualTo(revoke("orders-service", "garbage").join().headers().map().keySet());
        assertThat(world.server.project()).isEmpty();
        assertThat(world.log.position().seq()).isEqualTo(before);
    }

    @Test
    void revocations_are_counted_apart() {
        revoked("orders-service", world.chain().first());

        assertThat(world.server.get("/prometheus").body().lines())
                .anyMatch(
                        line ->
                                line.startsWith("narrows_exchange_seconds_count{")
                                        && line.contains("endpoint=\"revoke\"")
                                        && line.contains("outcome=\"revoked\""));
    }

    @Test
    void a_key_that_may_not_revoke_ends_nothing() {
        try (ChainWorld mistaken = new ChainWorld()) {
            Chain chain = mistaken.chain();
            mistaken.log.publish("key.revoked", "{\"kid\":\"" + mistaken.log.exchangeKid() + "\"}");

            CompletableFuture<HttpResponse<String>> answer =
                    mistaken.server
                            .request()
                            .basic("orders-service", SECRET)
                            .with("token", chain.first())
                            .sendAsyncTo("/revoke");
            List<Verdict> verdicts = new ArrayList<>();
            await().atMost(Duration.ofSeconds(5))
                    .until(
                            () -> {
                                verdicts.addAll(mistaken.server.project());
                                return answer.isDone();
                            });

            assertThat(answer.join().statusCode()).isEqualTo(503);
            assertThat(verdicts)
                    .singleElement()
                    .satisfies(
                            verdict -> assertThat(verdict.outcome()).isEqualTo(Outcome.REJECTED));
            assertThat(mistaken.introspect("billing-rs", chain.first()).body())
                    .contains("\"active\":true");
        }
    }

    @Test
    void a_node_without_its_event_key_does_not_start() {
        assertThatThrownBy(() -> new ChainWorld(Map.of("narrows.event-key", "/nowhere/event.jwk")))
                .hasStackTraceContaining("cannot read the event key `/nowhere/event.jwk`");
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.exchange.ChainWorld.LOGIN;
import static org.narrows.exchange.ChainWorld.PARTNER;
import static org.narrows.exchange.ChainWorld.consent;
import static org.narrows.exchange.ChainWorld.denial;
import static org.narrows.exchange.ChainWorld.rule;

import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.narrows.exchange.ChainWorld.Chain;

/**
 * Everything that a token stands on, for every hop of a chain and its actor's: what is ended stays
 * ended when the same is given again, what is only held is active again.
 */
class IntrospectionActivityTest {
    /** The tokens of a chain that stand on something. */
    private enum Standing {
        /** The actor's exchange: every token of the chain. */
        ACTOR(0),
        /** The first exchange: its token and the second. */
        FIRST(1),
        /** The second exchange: its token alone. */
        SECOND(2);

        private final int from;

        Standing(int from) {
            this.from = from;
        }

        boolean includes(int token) {
            return token >= from;
        }
    }

    /** Who is meant to be told of the tokens of a chain. */
    private static final List<String> CALLERS = List.of("orders-rs", "billing-rs", "ledger-rs");

    private static ChainWorld world;

    @BeforeAll
    static void start() {
        world = new ChainWorld();
    }

    @AfterAll
    static void stop() {
        world.close();
    }

    /**
     * One row.
     *
     * @param again whether the tokens are active again once the end is undone
     */
    record Row(
            String what,
            Standing standing,
            BiConsumer<ChainWorld, Chain> end,
            BiConsumer<ChainWorld, Chain> undo,
            boolean again) {
        @Override
        public String toString() {
            return what;
        }
    }

    /** Ends for good. */
    private static Row ends(
            String what,
            Standing standing,
            BiConsumer<ChainWorld, Chain> end,
            BiConsumer<ChainWorld, Chain> again) {
        return new Row(what, standing, end, again, false);
    }

    /** A change of the policy, undone by giving the whole policy again. */
    private static Row ended(String what, Standing standing, String change) {
        return ends(
                what, standing, (log, _) -> log.log.policy(change), (log, _) -> log.givePolicy());
    }

    /** A change of the policy that only holds what stands on it. */
    private static Row held(String what, Standing standing, String change, String undoing) {
        return new Row(
                what,
                standing,
                (log, _) -> log.log.policy(change),
                (log, _) -> log.log.policy(undoing),
                true);
    }

    private static String named(String change, String id) {
        return "{\"" + change + "\":{\"id\":\"" + id + "\"}}";
    }

    private static Stream<Row> hop(
            Standing standing, String client, String rule, String from, String to, String scope) {
        return Stream.of(
                ended("rule " + rule + " retired", standing, named("ruleRetired", rule)),
                ended("rule " + rule + " without its mode", standing, otherMode(rule)),
                ended(
                        "rule " + rule + " for another client",
                        standing,
                        rule(rule, ",\"clients\":[\"" + neighbour(from) + "\"]")),
                ended("client " + client + " removed", standing, named("clientRemoved", client)),
                ends(
                        "client " + client + " disabled",
                        standing,
                        (world, _) -> world.log.policy(named("clientDisabled", client)),
                        (world, _) -> world.log.policy(named("clientEnabled", client))),
                ended(
                        "scope withdrawn from " + client,
                        standing,
                        "{\"clientScopeWithdrawn\":{\"client\":\""
                                + client
                                + "\",\"scope\":\""
                                + scope
                                + "\"}}"),
                ended(
                        "target withdrawn from " + client,
                        standing,
                        "{\"clientAudienceWithdrawn\":{\"client\":\""
                                + client
                                + "\",\"audience\":\""
                                + to
                                + "\"}}"),
                ended(
                        "scope " + scope + " retired",
                        standing,
                        "{\"scopeRetired\":{\"scope\":\""
                                + scope
                                + "\",\"audience\":\""
                                + to
                                + "\"}}"),
                held(
                        "denied from " + from + " to " + to,
                        standing,
                        denial(from, to),
                        named("ruleRetired", "no-" + from)),
                held(
                        "rule " + rule + " after its window",
                        standing,
                        rule(rule, ",\"notAfter\":\"2020-01-01T00:00:00Z\""),
                        rule(rule, "")),
                held(
                        "rule " + rule + " before its window",
                        standing,
                        rule(rule, ",\"notBefore\":\"2120-01-01T00:00:00Z\""),
                        rule(rule, "")),
                suspended(standing, rule),
                user("consent withdrawn", standing, "consent.withdrawn", to),
                user("membership ended", standing, "user.removed", to));
    }

    /** Another client of the same home. */
    private static String neighbour(String home) {
        return home.equals("gate") ? "gate-keeper" : home.replace("-api", "-rs");
    }

    private static String otherMode(String rule) {
        String as = rule(rule, "");
        return as.contains("[\"delegation\"]")
                ? as.replace("[\"delegation\"]", "[\"impersonation\"]")
                : rule(rule, ",\"modes\":[\"delegation\"]");
    }

    /** A record that meant to retire the rule, and cannot be read. */
    private static Row suspended(Standing standing, String rule) {
        return new Row(
                "rule " + rule + " suspended",
                standing,
                (world, _) ->
                        world.log.publishMalformed(
                                "policy.changed",
                                "{\"changes\":[{\"ruleRetired\":{\"id\":\""
                                        + rule
                                        + "\",\"oops\":1}}]}"),
                (world, _) ->
                        world.log.publish(
                                "quarantine.resolved",
                                "{\"seq\":" + world.log.position().seq() + "}"),
                true);
    }

    /** Something about whoever the exchange is about: the carrier, or the user. */
    private static Row user(String what, Standing standing, String type, String audience) {
        return ends(
                what + " at " + audience,
                standing,
                (world, chain) ->
                        world.log.publish(
                                type,
                                "{\"user\":"
                                        + subject(standing, chain)
                                        + ",\"audience\":\""
                                        + audience
                                        + "\"}"),
                (world, chain) -> {
                    world.log.publish(
                            "user.admitted",
                            "{\"user\":"
                                    + subject(standing, chain)
                                    + ",\"audience\":\""
                                    + audience
                                    + "\",\"via\":\"admin\"}");
                    world.log.publish(
                            "consent.granted",
                            standing == Standing.ACTOR
                                    ? consent(PARTNER, chain.carrier(), audience, "orders.carry")
                                    : consent(
                                            LOGIN,
                                            chain.user(),
                                            audience,
                                            audience.equals("billing-api")
                                                    ? "invoice.read"
                                                    : "ledger.read"));
                });
    }

    private static String subject(Standing standing, Chain chain) {
        return standing == Standing.ACTOR
                ? ChainWorld.user(PARTNER, chain.carrier())
                : ChainWorld.user(LOGIN, chain.user());
    }

    private static Row distrusted(Standing standing, TestIssuer issuer) {
        return ended(
                "issuer " + issuer.url + " distrusted",
                standing,
                "{\"issuerDistrusted\":{\"issuer\":\"" + issuer.url + "\"}}");
    }

    private static Row subjectRevoked(Standing standing, TestIssuer issuer) {
        return ends(
                "tokens of a subject of " + issuer.url + " revoked",
                standing,
                (world, chain) ->
                        world.log.publish(
                                "subject.revoked",
                                "{\"issuer\":\""
                                        + issuer.url
                                        + "\",\"subject\":\""
                                        + (standing == Standing.ACTOR
                                                ? chain.carrier()
                                                : chain.user())
                                        + "\",\"notBefore\":\""
                                        + Instant.now().plusSeconds(1)
                                        + "\"}"),
                (_, _) -> {});
    }

    private static Row tokenRevoked(
            String what, Standing standing, String issuer, Function<Chain, String> token) {
        return ends(
                what + " revoked",
                standing,
                (world, chain) ->
                        world.log.publish(
                                "token.revoked",
                                "{\"issuer\":\""
                                        + issuer
                                        + "\",\"tokenId\":\""
                                        + Chain.id(token.apply(chain))
                                        + "\",\"expiresAt\":\""
                                        + Instant.now().plusSeconds(600)
                                        + "\"}"),
                (_, _) -> {});
    }

    static Stream<Row> rows() {
        return Stream.of(
                        hop(
                                Standing.ACTOR,
                                "gateway",
                                "gate-to-orders",
                                "gate",
                                "orders-api",
                                "orders.carry"),
                        hop(
                                Standing.FIRST,
                                "orders-service",
                                "orders-to-billing",
                                "orders-api",
                                "billing-api",
                                "invoice.read"),
                        hop(
                                Standing.SECOND,
                                "billing-service",
                                "billing-to-ledger",
                                "billing-api",
                                "ledger-api",
                                "ledger.read"),
                        Stream.of(
                                ended(
                                        "audience gate retired",
                                        Standing.ACTOR,
                                        named("audienceRetired", "gate")),
                                ended(
                                        "audience orders-api retired",
                                        Standing.ACTOR,
                                        named("audienceRetired", "orders-api")),
                                ended(
                                        "audience billing-api retired",
                                        Standing.FIRST,
                                        named("audienceRetired", "billing-api")),
                                ended(
                                        "audience ledger-api retired",
                                        Standing.SECOND,
                                        named("audienceRetired", "ledger-api")),
                                distrusted(Standing.ACTOR, PARTNER),
                                distrusted(Standing.FIRST, LOGIN),
                                subjectRevoked(Standing.ACTOR, PARTNER),
                                subjectRevoked(Standing.FIRST, LOGIN),
                                tokenRevoked(
                                        "the carrier's first token",
                                        Standing.ACTOR,
                                        PARTNER.url,
                                        Chain::carrierRoot),
                                tokenRevoked(
                                        "the actor token",
                                        Standing.ACTOR,
                                        ExchangeServer.ISSUER,
                                        Chain::carriers),
                                tokenRevoked(
                                        "the user's first token",
                                        Standing.FIRST,
                                        LOGIN.url,
                                        Chain::userRoot),
                                tokenRevoked(
                                        "the first token issued",
                                        Standing.FIRST,
                                        ExchangeServer.ISSUER,
                                        Chain::first),
                                tokenRevoked(
                                        "the second token issued",
                                        Standing.SECOND,
                                        ExchangeServer.ISSUER,
                                        Chain::second),
                                ended(
                                        "rule orders-to-billing without its actor kind",
                                        Standing.FIRST,
                                        rule("orders-to-billing", "")
                                                .replace("[\"user\"]", "[\"client\"]")),
                                ended(
                                        "rule orders-to-billing for another issuer",
                                        Standing.FIRST,
                                        rule(
                                                "orders-to-billing",
                                                ",\"issuers\":[\"" + PARTNER.url + "\"]")),
                                ended(
                                        "rule billing-to-ledger for other scopes",
                                        Standing.SECOND,
                                        rule("billing-to-ledger", "")
                                                .replace("invoice.read", "other.read")),
                                held(
                                        "a condition of orders-to-billing unmet",
                                        Standing.FIRST,
                                        rule(
                                                "orders-to-billing",
                                                ",\"conditions\":{\"acr\":[\"urn:mfa\"]}"),
                                        rule("orders-to-billing", ""))))
                .flatMap(row -> row);
    }

    @ParameterizedTest
    @MethodSource("rows")
    void what_a_token_stands_on(Row row) {
        Chain chain = world.chain();
        assertThat(active(chain)).as("before").containsExactly(true, true, true);

        row.end().accept(world, chain);
        try {
            assertThat(active(chain)).as("ended").isEqualTo(expected(row));
        } finally {
            // Also when it fails: the other rows find the world as it was.
            row.undo().accept(world, chain);
        }
        if (row.again()) {
            assertThat(active(chain)).as("undone").containsExactly(true, true, true);
        } else {
            assertThat(active(chain)).as("given again").isEqualTo(expected(row));
            Chain newer = world.chain();
            assertThat(active(newer)).as("issued since").containsExactly(true, true, true);
        }
    }

    private static List<Boolean> expected(Row row) {
        List<Boolean> expected = new ArrayList<>();
        for (int token = 0; token < CALLERS.size(); token++) {
            expected.add(!row.standing().includes(token));
        }
        return expected;
    }

    private static List<Boolean> active(Chain chain) {
        List<Boolean> active = new ArrayList<>();
        for (int token = 0; token < CALLERS.size(); token++) {
            HttpResponse<String> answer =
                    world.introspect(CALLERS.get(token), chain.all().get(token));
            if (answer.statusCode() == 401) {
                // The audience is retired, and its clients went along.
                active.add(false);
            } else {
                boolean is = ExchangeServer.json(answer).path("active").asBoolean();
                assertThat(is || answer.body().equals("{\"active\":false}"))
                        .as(answer.body())
                        .isTrue();
                active.add(is);
            }
        }
        return active;
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.exchange.ChainWorld.LOGIN;
import static org.narrows.exchange.ChainWorld.PARTNER;
import static org.narrows.exchange.ChainWorld.consent;
import static org.narrows.exchange.ChainWorld.denial;
import static org.narrows.exchange.ChainWorld.rule;
import static org.narrows.exchange.ExchangeServer.json;
import static org.narrows.exchange.SampleWorld.SECRET;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.narrows.events.decision.CompiledPolicy;
import org.narrows.events.decision.PolicySnapshot;
import org.narrows.events.decision.PresentedToken;
import org.narrows.events.decision.TokenActivity;
import org.narrows.events.state.Row.ClientRow;
import org.narrows.events.state.UserFacts;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.Position;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;
import org.narrows.events.wire.BadTokenException;
import org.narrows.events.wire.IssuedTokens;
import org.narrows.events.wire.StrictJwt;
import org.narrows.exchange.ExchangeServer.Request;

/**
 * Chains of exchanges and events in any order, and introspections all the while: what is answered
 * is what the plain fold says at the position that the answer names.
 */
class IntrospectionOracleTest {
    private static final int ROUNDS = 250;
    private static final List<String> USERS = List.of("ann", "ben", "cid");
    private static final List<String> CALLERS = List.of("orders-rs", "billing-rs", "ledger-rs");
    private static final List<String> RULES =
            List.of("gate-to-orders", "orders-to-billing", "billing-to-ledger");
    private static final List<String> CLIENTS =
            List.of("gateway", "orders-service", "billing-service");

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private final List<String> issued = new CopyOnWriteArrayList<>();
    private final ConcurrentLinkedQueue<Seen> seen = new ConcurrentLinkedQueue<>();
    private final Map<Long, CompiledPolicy> policies = new HashMap<>();

    /** One introspection and its answer. */
    private record Seen(String caller, String token, HttpResponse<String> answer) {}

    @Test
    void the_answer_is_what_the_fold_says_at_the_position_it_names() {
        try (ChainWorld world = new ChainWorld()) {
            for (String user : USERS) {
                give(world, user);
            }
            exchangeAll(world);
            assertThat(issued).isNotEmpty();

            whileAsking(world, () -> happen(world));

            Map<Boolean, Integer> told = new HashMap<>();
            for (Seen one : seen) {
                told.merge(compare(world, one), 1, Integer::sum);
            }
            assertThat(told.getOrDefault(true, 0)).as("active, seed %d", seed).isGreaterThan(10);
            assertThat(told.getOrDefault(false, 0)).as("inactive, seed %d", seed).isGreaterThan(10);
        }
    }

    private void happen(ChainWorld world) {
        for (int round = 0; round < ROUNDS; round++) {
            event(world);
            if (round % 5 == 0) {
                exchangeAll(world);
            }
        }
    }

    private void whileAsking(ChainWorld world, Runnable all) {
        AtomicBoolean over = new AtomicBoolean();
        Random own = new Random(random.nextLong());
        try (ExecutorService asker = Executors.newSingleThreadExecutor()) {
            asker.execute(
                    () -> {
                        while (!over.get()) {
                            ask(world, own);
                        }
                    });
            try {
                all.run();
            } finally {
                over.set(true);
            }
        }
    }

    private void ask(ChainWorld world, Random own) {
        String caller = CALLERS.get(own.nextInt(CALLERS.size()));
        String token = issued.get(own.nextInt(issued.size()));
        seen.add(
                new Seen(
                        caller,
                        token,
                        world.server
                                .request()
                                .basic(caller, SECRET)
                                .with("token", token)
                                .sendTo("/introspect")));
    }

    /** Whether it was told to be active, once that is found to be what the fold says. */
    private boolean compare(ChainWorld world, Seen one) {
        assertThat(one.answer().statusCode())
                .as("seed %d: %s", seed, one.answer().body())
                .isIn(200, 401);
        Position position =
                Position.ofToken(
                        one.answer().headers().firstValue("Narrows-Consistency").orElseThrow());
        boolean told = json(one.answer()).path("active").asBoolean();
        assertThat(told)
                .as("seed %d: %s of %s at %s", seed, one.caller(), one.token(), position)
                .isEqualTo(isActive(world, one, position));
        return told;
    }

    private boolean isActive(ChainWorld world, Seen one, Position position) {
        long seq = position.seq();
        CompiledPolicy policy =
                policies.computeIfAbsent(
                        seq,
                        at ->
                                CompiledPolicy.of(
                                        world.log.memory().policyAt(at),
                                        new IssuerUrl(ExchangeServer.ISSUER)));
        Optional<ClientRow> caller = policy.client(new ClientId(one.caller()));
        if (caller.isEmpty()) {
            return false;
        }
        Instant now = Instant.now();
        try {
            StrictJwt jwt = StrictJwt.read(one.token());
            PresentedToken token =
                    IssuedTokens.read(
                            new IssuedTokens.Signed(jwt, jwt.claims().path("policy_seq").asLong()),
                            policy,
                            now);
            Set<TokenRef> tokens = TokenActivity.tokensOf(token, policy);
            Map<User, UserFacts> facts = new HashMap<>();
            TokenActivity.usersOf(token, policy)
                    .forEach(user -> facts.put(user, world.log.memory().factsAt(user, seq)));
            tokens.removeIf(ref -> !world.log.memory().isRevokedAt(ref, seq));
            return token.audiences().contains(caller.get().entry().audience().value())
                    && TokenActivity.lapses(
                                    token, new PolicySnapshot(position, policy, facts, tokens), now)
                            .isEmpty();
        } catch (BadTokenException e) {
            return false;
        }
    }

    /** What every exchange of a chain needs of this user, and of the carrier of the same name. */
    private static void give(ChainWorld world, String user) {
        world.log.publish("consent.granted", consent(PARTNER, user, "orders-api", "orders.carry"));
        world.log.publish("consent.granted", consent(LOGIN, user, "billing-api", "invoice.read"));
        world.log.publish("consent.granted", consent(LOGIN, user, "ledger-api", "ledger.read"));
    }

    /** A chain for somebody, as far as the policy allows it. */
    private void exchangeAll(ChainWorld world) {
        String user = any(USERS);
        exchange(
                        world,
                        "gateway",
                        PARTNER.token(user, "gate", "go"),
                        "orders-api",
                        Optional.empty())
                .flatMap(
                        actor ->
                                exchange(
                                        world,
                                        "orders-service",
                                        LOGIN.token(any(USERS), "orders-api", "orders.read"),
                                        "billing-api",
                                        Optional.of(actor)))
                .ifPresent(
                        first ->
                                exchange(
                                        world,
                                        "billing-service",
                                        first,
                                        "ledger-api",
                                        Optional.empty()));
    }

    private Optional<String> exchange(
            ChainWorld world,
            String client,
            String subject,
            String target,
            Optional<String> actor) {
        Request request = world.exchange(client, subject, target);
        actor.ifPresent(
                token ->
                        request.with("actor_token", token)
                                .with("actor_token_type", ExchangeServer.ACCESS_TOKEN));
        JsonNode token = json(request.send()).path("access_token");
        if (token.isTextual()) {
            issued.add(token.asText());
        }
        return Optional.ofNullable(token.textValue());
    }

    private <T> T any(List<T> some) {
        return some.get(random.nextInt(some.size()));
    }

    /** Takes something away, or now and then gives all of it again. */
    private void event(ChainWorld world) {
        String user = any(USERS);
        switch (random.nextInt(12)) {
            case 0 -> about(world, "consent.withdrawn", user);
            case 1 -> about(world, "user.removed", user);
            case 2 ->
                    world.log.publish(
                            "token.revoked",
                            "{\"issuer\":\""
                                    + ExchangeServer.ISSUER
                                    + "\",\"tokenId\":\""
                                    + ChainWorld.Chain.id(any(issued))
                                    + "\",\"expiresAt\":\""
                                    + Instant.now().plusSeconds(600)
                                    + "\"}");
            case 3 ->
                    world.log.publish(
                            "subject.revoked",
                            "{\"issuer\":\""
                                    + any(List.of(LOGIN, PARTNER)).url
                                    + "\",\"subject\":\""
                                    + user
                                    + "\",\"notBefore\":\""
                                    + Instant.now().minusMillis(random.nextInt(20_000))
                                    + "\"}");
            case 4 -> policy(world, "{\"ruleRetired\":{\"id\":\"" + any(RULES) + "\"}}");
            case 5 -> policy(world, rule(any(RULES), ",\"notAfter\":\"2020-01-01T00:00:00Z\""));
            case 6 -> policy(world, "{\"clientDisabled\":{\"id\":\"" + any(CLIENTS) + "\"}}");
            case 7 -> policy(world, denial("orders-api", "billing-api"));
            case 8 ->
                    policy(
                            world,
                            "{\"issuerDistrusted\":{\"issuer\":\""
                                    + any(List.of(LOGIN, PARTNER)).url
                                    + "\"}}");
            default -> giveAll(world, user);
        }
    }

    private void about(ChainWorld world, String type, String user) {
        boolean carrier = random.nextInt(3) == 0;
        world.log.publish(
                type,
                "{\"user\":"
                        + ChainWorld.user(carrier ? PARTNER : LOGIN, user)
                        + ",\"audience\":\""
                        + (carrier ? "orders-api" : any(List.of("billing-api", "ledger-api")))
                        + "\"}");
    }

    /** A change that may be about something that is gone already. */
    private static void policy(ChainWorld world, String change) {
        world.log.propose("policy.changed", "{\"changes\":[" + change + "]}");
    }

    private static void giveAll(ChainWorld world, String user) {
        world.givePolicy();
        for (String client : CLIENTS) {
            policy(world, "{\"clientEnabled\":{\"id\":\"" + client + "\"}}");
        }
        policy(world, "{\"ruleRetired\":{\"id\":\"no-orders-api\"}}");
        for (String audience : List.of("billing-api", "ledger-api")) {
            world.log.propose("user.admitted", admitted(LOGIN, user, audience));
        }
        world.log.propose("user.admitted", admitted(PARTNER, user, "orders-api"));
        give(world, user);
    }

    private static String admitted(TestIssuer issuer, String user, String audience) {
        return "{\"user\":"
                + ChainWorld.user(issuer, user)
                + ",\"audience\":\""
                + audience
                + "\",\"via\":\"admin\"}";
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What was decided can be decided again (invariant I8): exchanges of many kinds, while the policy,
 * consents and memberships change between them, and then each of them explained.
 */
@ExtendWith(Narrows.Lifetime.class)
class ExplainIT {
    private static final int STEPS = 300;
    private static final Duration LANDS_WITHIN = Duration.ofSeconds(20);
    private static final List<String> USERS = List.of("ann", "bob", "cyd");

    /** Of decide, and one from before it. */
    private static final Set<String> KINDS =
            Set.of(
                    "consent_missing",
                    "scopes_not_permitted",
                    "target_unknown",
                    "target_not_allowed",
                    "no_rule",
                    "mode",
                    "denied",
                    "not_a_member",
                    "subject_audience",
                    "token_not_active",
                    "may_act_mismatch",
                    "binding_missing",
                    "not_combinable",
                    "client_disabled",
                    "invalid_token");

    private Random random;
    private Scene scene;
    private TestClient second;
    private final Map<String, Integer> asked = new LinkedHashMap<>();
    private final List<String> issued = new ArrayList<>();
    private final List<String> subjects = new ArrayList<>();

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2})
    void whatever_was_decided_is_decided_the_same_again(long seed) throws InterruptedException {
        random = new Random(seed);
        scene = Scene.open("explain-" + seed);
        second = TestClient.withSecret(scene.name() + "-second");
        scene.narrows().publish(more());
        for (int step = 0; step < STEPS; step++) {
            if (step % 25 == 24) {
                mend();
            } else if (step % 4 == 3) {
                change();
            } else {
                exchange();
            }
        }

        Set<String> codes = new TreeSet<>();
        int permits = 0;
        for (Map.Entry<String, Integer> one : asked.entrySet()) {
            JsonNode explained = explained(one.getKey());
            assertThat(explained.path("same").asBoolean()).as("%s", explained).isTrue();
            boolean permitted = explained.path("outcome").asText().equals("permit");
            assertThat(permitted).isEqualTo(one.getValue() == 200);
            permits += permitted ? 1 : 0;
            codes.addAll(explained.path("reasons").findValuesAsText("code"));
            assertThat(explained.path("history")).as("%s", explained).isNotEmpty();
        }
        assertThat(permits).isGreaterThan(STEPS / 20);
        assertThat(codes).containsAll(KINDS);
    }

    private JsonNode explained(String id) throws InterruptedException {
        long deadline = System.nanoTime() + LANDS_WITHIN.toNanos();
        Reply reply = scene.narrows().admin("/decisions/" + id + "/explain");
        while (reply.status() == 404 && System.nanoTime() < deadline) {
            Thread.sleep(100);
            reply = scene.narrows().admin("/decisions/" + id + "/explain");
        }
        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        return reply.json();
    }

    private Policy more() {
        String to = scene.to();
        return new Policy()
                .audience(name("closed"), Map.of("signUpEnabled", false))
                .audience(name("bound"), Map.of("requireBinding", "dpop"))
                .audience(name("other"), Map.of("labels", List.of("pci")))
                .audience(name("hidden"))
                .scope(name("closed.use"), name("closed"), "grantable")
                .scope(name("bound.use"), name("bound"), "grantable")
                .scope(name("other.use"), name("other"), "grantable")
                .change(
                        "clientAudienceAllowed",
                        Map.of("client", scene.client().id(), "audience", name("closed")))
                .change(
                        "clientAudienceAllowed",
                        Map.of("client", scene.client().id(), "audience", name("bound")))
                .change(
                        "clientAudienceAllowed",
                        Map.of("client", scene.client().id(), "audience", name("other")))
                .change("clientScopeAllowed", scope(name("closed.use")))
                .change("clientScopeAllowed", scope(name("bound.use")))
                .change("clientScopeAllowed", scope(name("other.use")))
                .client(second, to, List.of(name("other")), List.of(name("other.use")))
                .rule(
                        name("to-closed"),
                        scene.from(),
                        name("closed"),
                        Map.of("in", List.of(name("closed.use"))),
                        Map.of("modes", List.of("impersonation", "delegation")))
                .rule(
                        name("to-bound"),
                        scene.from(),
                        name("bound"),
                        Map.of("in", List.of(name("bound.use"))))
                .rule(
                        name("to-other"),
                        scene.from(),
                        name("other"),
                        Map.of("in", List.of(name("other.use"))))
                .rule(
                        name("on"),
                        to,
                        name("other"),
                        Map.of(scene.use(), List.of(name("other.use"))),
                        Map.of("maxChainDepth", 2));
    }

    private String name(String rest) {
        return scene.name() + "-" + rest;
    }

    private Map<String, ?> scope(String scope) {
        return Map.of("client", scene.client().id(), "scope", scope);
    }

    private <T> T one(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    // What changes; some of it is rejected, which changes nothing.

    private void change() {
        Map<String, ?> user = Map.of("issuer", scene.issuer().url(), "subject", one(USERS));
        switch (random.nextInt(14)) {
            case 0, 1 ->
                    propose(
                            "consent.granted",
                            Map.of(
                                    "user",
                                    user,
                                    "audience",
                                    scene.to(),
                                    "scopes",
                                    List.of(scene.read()),
                                    "client",
                                    scene.client().id()));
            case 2 -> propose("consent.withdrawn", Map.of("user", user, "audience", scene.to()));
            case 3 ->
                    propose(
                            "user.admitted",
                            Map.of("user", user, "audience", name("closed"), "via", "admin"));
            case 4 -> propose("user.removed", Map.of("user", user, "audience", one(targets())));
            case 5 -> policy("clientDisabled", Map.of("id", scene.client().id()));
            case 6, 7 -> mend();
            case 8 ->
                    policy(
                            "ruleDefined",
                            Map.of(
                                    "id",
                                    name("deny"),
                                    "effect",
                                    "deny",
                                    "from",
                                    scene.from(),
                                    "to",
                                    one(targets())));
            case 9 -> policy("ruleRetired", Map.of("id", name("deny")));
            case 10 -> policy("ruleRetired", Map.of("id", name("rule")));
            case 11 -> rule(Map.of("conditions", Map.of("acr", List.of("mfa"))));
            case 12 -> rule(Map.of("notAfter", "2026-01-01T00:00:00Z"));
            default ->
                    propose(
                            "token.revoked",
                            Map.of(
                                    "issuer",
                                    scene.issuer().url(),
                                    "tokenId",
                                    subjects.isEmpty() ? "none" : one(subjects),
                                    "expiresAt",
                                    Instant.now().plusSeconds(600).toString()));
        }
    }

    /** Most of what may have been taken is given again. */
    private void mend() {
        policy("clientEnabled", Map.of("id", scene.client().id()));
        policy("ruleRetired", Map.of("id", name("deny")));
        rule(Map.of());
    }

    private void rule(Map<String, ?> more) {
        Map<String, Object> rule = new LinkedHashMap<>();
        rule.put("id", name("rule"));
        rule.put("effect", "allow");
        rule.put("from", scene.from());
        rule.put("to", scene.to());
        rule.put("scopes", Map.of("in", List.of(scene.read(), scene.use())));
        rule.putAll(more);
        policy("ruleDefined", rule);
    }

    private List<String> targets() {
        return List.of(scene.to(), name("closed"), name("bound"), name("other"));
    }

    private void policy(String change, Map<String, ?> body) {
        propose("policy.changed", new Policy().change(change, body).data());
    }

    private void propose(String type, Map<String, ?> data) {
        Reply reply = scene.narrows().propose(type, data);
        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
    }

    // What is asked; most of it would be permitted, were it not for what has changed.

    private void exchange() {
        Map<String, Object> claims = scene.issuer().claims(one(USERS), scene.from(), "in");
        claims.put("jti", "t" + random.nextInt(40));
        Form form = scene.form(scene.issuer().sign(claims));
        TestClient client = scene.client();
        switch (random.nextInt(18)) {
            case 0, 1, 2 -> form = form.with("scope", scene.read());
            case 3 -> form = form.without("scope");
            case 4 -> form = form.with("scope", scene.use() + " unheard.of");
            case 5 -> form = form.with("audience", one(List.of("nowhere", name("hidden"))));
            case 6 -> form = to(name("closed"), form);
            case 7 -> form = to(name("bound"), form);
            case 8 -> form = to(name("other"), form);
            case 9 -> form = form.without("scope").and("audience", name("other"));
            case 10 -> {
                claims.put("aud", "elsewhere");
                form = form.with("subject_token", scene.issuer().sign(claims));
            }
            case 11 -> {
                claims.put("exp", Instant.now().getEpochSecond() - 5);
                form = form.with("subject_token", scene.issuer().sign(claims));
            }
            case 12 -> {
                claims.put("may_act", Map.of("sub", "somebody"));
                form = form.with("subject_token", scene.issuer().sign(claims));
            }
            case 13, 14 ->
                    form =
                            to(one(List.of(scene.to(), name("closed"))), form)
                                    .and(
                                            "actor_token",
                                            scene.issuer()
                                                    .sign(
                                                            scene.issuer()
                                                                    .claims(
                                                                            "some-app",
                                                                            scene.from(),
                                                                            "in")))
                                    .and("actor_token_type", Scene.ACCESS_TOKEN);
            case 15, 16 -> {
                if (!issued.isEmpty()) {
                    form = to(name("other"), form).with("subject_token", one(issued));
                    client = second;
                }
            }
            default -> {
                // as it is
            }
        }
        Form sent = form;
        TestClient sender = client;
        Reply reply =
                Reply.onceAnswered(
                        () ->
                                scene.narrows()
                                        .post(
                                                "/token-exchange",
                                                sent,
                                                "Authorization",
                                                sender.basic()));
        assertThat(reply.status()).as(reply.toString()).isIn(200, 400);
        asked.put(reply.header("Narrows-Decision").orElseThrow(), reply.status());
        subjects.add((String) claims.get("jti"));
        if (reply.status() == 200 && form.encoded().contains(scene.to())) {
            issued.add(reply.accessToken());
        }
    }

    private Form to(String audience, Form form) {
        String scope = audience.equals(scene.to()) ? scene.use() : audience + ".use";
        return form.with("audience", audience).with("scope", scope);
    }
}

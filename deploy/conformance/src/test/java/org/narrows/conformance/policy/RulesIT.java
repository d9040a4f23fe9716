// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jwt.JWTClaimsSet;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.narrows.conformance.AgainstNarrows;
import org.narrows.conformance.Narrows;
import org.narrows.conformance.Policy;
import org.narrows.conformance.Reply;
import org.narrows.conformance.TestClient;
import org.narrows.conformance.TestIssuer;

@AgainstNarrows
@Subject(value = "Rules", order = 9)
class RulesIT {
    /** Gives the stage's rule anew, for {@link Stage#use} alone. */
    private static void rule(Stage stage, Map<String, ?> more) {
        stage.publish(ruleOf(stage, more));
    }

    private static Policy ruleOf(Stage stage, Map<String, ?> more) {
        return new Policy()
                .rule(
                        stage.rule(),
                        stage.from(),
                        stage.to(),
                        Map.of("in", List.of(stage.use())),
                        more);
    }

    private static void retire(Stage stage, String rule) {
        stage.change("ruleRetired", Map.of("id", rule));
    }

    @Test
    @Statement("Without a rule nothing is allowed")
    void nothing_is_allowed_without_a_rule() {
        Stage stage = Stage.open("rule-none");
        stage.ask().permitted();
        retire(stage, stage.rule());
        stage.ask().refused("invalid_target", "no_rule");
    }

    @Test
    @Statement("A rule leads one way: from its home audience to its target")
    void a_rule_leads_one_way() {
        Stage stage = Stage.open("rule-way");
        stage.publish(
                new Policy()
                        .scope("rule-way.back", stage.from(), "grantable")
                        .client(
                                stage.api(),
                                stage.to(),
                                List.of(stage.from()),
                                List.of("rule-way.back")));
        stage.ask(stage.issuer().claims("alice", stage.to(), "in"))
                .as(stage.api())
                .at(stage.from())
                .scope()
                .refused("invalid_target", "no_rule");
    }

    @Test
    @Statement("A deny rule wins over whatever allows, for as long as it is there")
    void deny_wins() {
        Stage stage = Stage.open("rule-deny");
        String token = stage.ask().token();
        stage.publish(new Policy().deny("rule-deny-no", stage.from(), stage.to(), Map.of()));
        stage.ask().refused("invalid_target", "denied");
        assertThat(stage.active(token)).as("while it is denied").isFalse();
        retire(stage, "rule-deny-no");
        stage.ask().permitted();
        assertThat(stage.active(token)).isTrue();
    }

    @Test
    @Statement(
            "A deny rule speaks of the clients, issuers and conditions that it names, and of nobody else")
    void deny_is_about_what_it_names() {
        Stage stage = Stage.open("rule-about");
        TestClient other = TestClient.withSecret("rule-about-other");
        stage.publish(
                new Policy()
                        .client(other, stage.from(), List.of(stage.to()), List.of(stage.use()))
                        .deny(
                                "rule-about-client",
                                stage.from(),
                                stage.to(),
                                Map.of("clients", List.of(other.id()))));
        stage.ask().permitted();
        stage.ask().as(other).refused("invalid_target", "denied");
        retire(stage, "rule-about-client");
        TestIssuer second = Stage.issuer("rule-about-second");
        stage.publish(
                new Policy()
                        .issuer(second)
                        .deny(
                                "rule-about-issuer",
                                stage.from(),
                                stage.to(),
                                Map.of("issuers", List.of(second.url()))));
        stage.ask().permitted();
        String others = second.sign(second.claims("alice", stage.from(), "in"));
        stage.askWith(others).refused("invalid_target", "denied");
        retire(stage, "rule-about-issuer");
        stage.askWith(others).permitted();
        stage.publish(
                new Policy()
                        .deny(
                                "rule-about-acr",
                                stage.from(),
                                stage.to(),
                                Map.of("conditions", Map.of("acr", List.of("weak")))));
        Map<String, Object> claims = stage.issuer().claims("alice", stage.from(), "in");
        claims.put("acr", "weak");
        stage.ask(claims).refused("invalid_target", "denied");
        claims.put("acr", "strong");
        stage.ask(claims).permitted();
    }

    @Test
    @Statement(
            "A deny rule says nothing of scopes, lifetimes, depth or combining: such members are refused")
    void deny_takes_no_terms() {
        Stage stage = Stage.open("rule-terms");
        for (Map.Entry<String, ?> member :
                Map.of(
                                "scopes",
                                Map.of("in", List.of(stage.use())),
                                "maxLifetime",
                                "PT1M",
                                "maxChainDepth",
                                2,
                                "combinable",
                                true,
                                "boundSubject",
                                "rebind")
                        .entrySet()) {
            Policy policy =
                    new Policy()
                            .deny(
                                    "rule-terms-no",
                                    stage.from(),
                                    stage.to(),
                                    Map.of(member.getKey(), member.getValue()));
            assertThat(Stage.invalid(policy).body()).contains(member.getKey());
        }
    }

    @Test
    @Statement(
            "`notBefore` and `notAfter` hold at the moment of the decision, without any job; no token outlives the window")
    void a_window_holds_at_decision_time() throws Exception {
        Stage stage = Stage.open("rule-window");
        Instant begin = Instant.now().plusSeconds(2).truncatedTo(ChronoUnit.MILLIS);
        Instant end = begin.plusSeconds(3);
        rule(stage, Map.of("notBefore", begin.toString(), "notAfter", end.toString()));
        stage.ask().refused("invalid_target", "window");
        Stage.pass(begin);
        Reply within = stage.ask().reply();
        assertThat(within.status()).as(within.toString()).isEqualTo(200);
        assertThat(within.claims().getExpirationTime().toInstant()).isBeforeOrEqualTo(end);
        Stage.pass(end);
        stage.ask().refused("invalid_target", "window");
        assertThat(stage.active(within.accessToken())).isFalse();
    }

    @Test
    @Statement(
            "Conditions on `acr`, `amr` and the age of the authentication must all be met; within a list one is enough")
    void conditions_must_all_be_met() {
        Stage stage = Stage.open("rule-conditions");
        rule(
                stage,
                Map.of(
                        "conditions",
                        Map.of(
                                "acr",
                                List.of("urn:mfa", "urn:phr"),
                                "amr",
                                List.of("hwk", "fpt"),
                                "maxAuthAge",
                                "PT1H")));
        long now = Instant.now().getEpochSecond();
        Map<String, Object> good = stage.issuer().claims("alice", stage.from(), "in");
        good.put("acr", "urn:phr");
        good.put("amr", List.of("pwd", "hwk"));
        good.put("auth_time", now - 600);
        JWTClaimsSet issued = stage.ask(good).permitted();
        assertThat(issued.getClaim("acr")).isEqualTo("urn:phr");
        Map<String, Object> wrong =
                Map.of("acr", "urn:pwd", "amr", List.of("pwd"), "auth_time", now - 4000);
        wrong.forEach(
                (claim, value) -> {
                    Map<String, Object> claims = new HashMap<>(good);
                    claims.put(claim, value);
                    stage.ask(claims).refused("invalid_target", "condition");
                    claims.remove(claim);
                    stage.ask(claims).refused("invalid_target", "condition");
                });
        stage.ask().refused("invalid_target", "condition", "condition", "condition");
    }

    @Test
    @Statement(
            "A rule's map says what each scope of the subject token is worth at the target; others are worth nothing")
    void a_map_says_what_scopes_are_worth() {
        Stage stage = Stage.open("rule-map");
        stage.publish(
                new Policy()
                        .scope("rule-map.list", stage.to(), "grantable")
                        .change(
                                "clientScopeAllowed",
                                Map.of("client", stage.client().id(), "scope", "rule-map.list"))
                        .rule(
                                stage.rule(),
                                stage.from(),
                                stage.to(),
                                Map.of(
                                        "orders.read",
                                        List.of("rule-map.list"),
                                        "orders.write",
                                        List.of(stage.use()))));
        with(stage, "orders.read").grants("rule-map.list");
        with(stage, "orders.write").grants(stage.use());
        with(stage, "orders.read orders.write else").grants("rule-map.list", stage.use());
        with(stage, "else").refused("invalid_scope", "scopes_not_permitted");
        with(stage, "orders.read")
                .scope(stage.use())
                .refused("invalid_scope", "scopes_not_permitted");
    }

    private static Asking with(Stage stage, String scope) {
        return stage.ask(stage.issuer().claims("alice", stage.from(), scope)).scope();
    }

    @Test
    @Statement(
            "The scopes on the left of a rule's map are the issuers' and need not be defined; those on the right must be the target's")
    void a_map_leads_to_scopes_of_the_target() {
        Stage stage = Stage.open("rule-right");
        for (String scope : List.of("rule-right.none", "policy:read")) {
            assertThat(
                            Stage.rejected(
                                    new Policy()
                                            .rule(
                                                    "rule-right-x",
                                                    stage.from(),
                                                    stage.to(),
                                                    Map.of("whatever:it.is", List.of(scope)))))
                    .contains(scope);
        }
        stage.publish(
                new Policy()
                        .rule(
                                "rule-right-x",
                                stage.from(),
                                stage.to(),
                                Map.of("whatever:it.is", List.of(stage.use()))));
        with(stage, "whatever:it.is").grants(stage.use());
    }

    @Test
    @Statement(
            "Of several rules that allow, the one that grants most is used; what two grant is never added up")
    void rules_are_not_added_up() {
        Stage stage = Stage.open("rule-several");
        List<String> scopes = List.of("rule-several.a", "rule-several.b", "rule-several.c");
        Policy policy = new Policy();
        for (String scope : scopes) {
            policy.scope(scope, stage.to(), "grantable")
                    .change(
                            "clientScopeAllowed",
                            Map.of("client", stage.client().id(), "scope", scope));
        }
        stage.publish(
                policy.rule(
                                "rule-several-1",
                                stage.from(),
                                stage.to(),
                                Map.of("two", List.of(scopes.get(0))))
                        .rule(
                                "rule-several-2",
                                stage.from(),
                                stage.to(),
                                Map.of("two", List.of(scopes.get(1), scopes.get(2)))));
        Reply most = with(stage, "two").reply();
        assertThat(Stage.scopes(most.text("scope"))).containsExactly(scopes.get(1), scopes.get(2));
        assertThat(Asking.rules(most)).containsExactly("rule-several-2");
        with(stage, "two").scope(scopes.get(0)).grants(scopes.get(0));
        with(stage, "two")
                .scope(scopes.get(0), scopes.get(1))
                .refused("invalid_scope", "scopes_not_permitted");
    }

    @Test
    @Statement(
            "A rule that names clients is for those; one that names none is for every client of its home, also later ones")
    void a_rule_may_name_clients() {
        Stage stage = Stage.open("rule-clients");
        TestClient other = TestClient.withSecret("rule-clients-other");
        stage.publish(
                new Policy()
                        .client(other, stage.from(), List.of(stage.to()), List.of(stage.use())));
        stage.ask().as(other).permitted();
        rule(stage, Map.of("clients", List.of(stage.client().id())));
        stage.ask().permitted();
        stage.ask().as(other).refused("invalid_target", "no_rule");
    }

    @Test
    @Statement(
            "A rule names only clients at home where it begins, and what is there; an empty list of clients is an error")
    void a_rule_names_clients_of_its_home() {
        Stage stage = Stage.open("rule-home");
        assertThat(Stage.rejected(ruleOf(stage, Map.of("clients", List.of(stage.api().id())))))
                .contains("is not at home in");
        assertThat(Stage.rejected(ruleOf(stage, Map.of("clients", List.of("rule-home-none")))))
                .contains("rule-home-none");
        assertThat(
                        Stage.rejected(
                                ruleOf(
                                        stage,
                                        Map.of(
                                                "issuers",
                                                List.of("https://none.rule-home.invalid")))))
                .contains("https://none.rule-home.invalid");
        assertThat(Stage.invalid(ruleOf(stage, Map.of("clients", List.of()))).body())
                .contains("clients");
    }

    @Test
    @Statement("A rule's effect and its two audiences are fixed")
    void a_rules_ends_are_fixed() {
        Stage stage = Stage.open("rule-fixed");
        Map<String, List<String>> nothing = Map.of();
        for (Policy policy :
                List.of(
                        new Policy().rule(stage.rule(), stage.to(), stage.to(), nothing),
                        new Policy().rule(stage.rule(), stage.from(), stage.from(), nothing),
                        new Policy().deny(stage.rule(), stage.from(), stage.to(), Map.of()))) {
            assertThat(Stage.rejected(policy)).contains(stage.rule());
        }
    }

    /** Gives the client of the target a way on, into a third audience. */
    private static Asking onward(Stage stage, String token, Map<String, ?> more) {
        String third = stage.named("third");
        stage.publish(
                new Policy()
                        .audience(third)
                        .scope(stage.named("on"), third, "grantable")
                        .change(
                                "clientAudienceAllowed",
                                Map.of("client", stage.api().id(), "audience", third))
                        .change(
                                "clientScopeAllowed",
                                Map.of("client", stage.api().id(), "scope", stage.named("on")))
                        .rule(
                                stage.named("onward"),
                                stage.to(),
                                third,
                                Map.of(stage.use(), List.of(stage.named("on"))),
                                more));
        return stage.askWith(token).as(stage.api()).at(third).scope(stage.named("on"));
    }

    @Test
    @Statement("A chain is one exchange long unless `maxChainDepth` allows more")
    void a_chain_is_one_long_by_default() {
        Stage stage = Stage.open("rule-depth");
        String token = stage.ask().token();
        onward(stage, token, Map.of()).refused("invalid_request", "chain_too_deep");
        JWTClaimsSet deep = onward(stage, token, Map.of("maxChainDepth", 2)).permitted();
        assertThat(deep.getClaim("lineage"))
                .asInstanceOf(InstanceOfAssertFactories.LIST)
                .hasSize(2);
    }

    @Test
    @Statement("No hop makes a token live longer than the one before it")
    void no_hop_lives_longer() {
        Stage stage = Stage.open("rule-longer");
        rule(stage, Map.of("maxLifetime", "PT20S"));
        Reply first = stage.ask().reply();
        JWTClaimsSet second =
                onward(stage, first.accessToken(), Map.of("maxChainDepth", 2)).permitted();
        assertThat(second.getExpirationTime()).isEqualTo(first.claims().getExpirationTime());
    }

    /** A token of a client that acts for others, from the stage's issuer. */
    private static String agent(Stage stage) {
        Map<String, Object> claims = stage.issuer().claims("agent", stage.from(), "act");
        claims.put("client_id", "agent");
        return stage.issuer().sign(claims);
    }

    @Test
    @Statement(
            "A rule allows impersonation unless its `modes` say delegation: then an actor token is named in `act`")
    void modes_are_named() {
        Stage stage = Stage.open("rule-modes");
        stage.publish(new Policy().issuer(stage.issuer(), Map.of("clients", true)));
        Asking acting = stage.ask().actor(agent(stage));
        acting.refused("invalid_target", "mode");
        rule(stage, Map.of("modes", List.of("delegation")));
        assertThat(acting.permitted().getClaim("act")).isEqualTo(Map.of("sub", "rule-modes|agent"));
        stage.ask().refused("invalid_target", "mode");
        rule(stage, Map.of("modes", List.of("delegation", "impersonation")));
        acting.permitted();
        stage.ask().permitted();
    }

    @Test
    @Statement("Who acts is a client unless `actors` names users")
    void actors_are_named() {
        Stage stage = Stage.open("rule-actors");
        stage.publish(new Policy().issuer(stage.issuer(), Map.of("clients", true)));
        rule(stage, Map.of("modes", List.of("delegation")));
        String bob = stage.issuer().sign(stage.issuer().claims("bob", stage.from(), "in"));
        stage.ask().actor(bob).refused("invalid_target", "actor");
        stage.ask().actor(agent(stage)).permitted();
        rule(stage, Map.of("modes", List.of("delegation"), "actors", List.of("user")));
        assertThat(stage.ask().actor(bob).permitted().getClaim("act"))
                .isEqualTo(Map.of("sub", "rule-actors|bob"));
        stage.ask().actor(agent(stage)).refused("invalid_target", "actor");
    }

    @Test
    @Statement(
            "A token lives as long as rule, audience and subject token allow, whichever is least")
    void the_least_lifetime_counts() {
        Stage stage = Stage.open("rule-life");
        rule(stage, Map.of("maxLifetime", "PT30S"));
        assertThat(stage.ask().reply().json().path("expires_in").asInt()).isBetween(20, 30);
        rule(stage, Map.of("maxLifetime", "PT1H"));
        assertThat(stage.ask().reply().json().path("expires_in").asInt()).isBetween(285, 300);
        Map<String, Object> claims = stage.issuer().claims("alice", stage.from(), "in");
        long soon = Instant.now().getEpochSecond() + 60;
        claims.put("exp", soon);
        assertThat(stage.ask(claims).permitted().getExpirationTime().toInstant())
                .isBeforeOrEqualTo(Instant.ofEpochSecond(soon));
    }

    @Test
    @Statement(
            "A retired rule ends what it allowed, and given again under its id it revives nothing")
    void a_retired_rule_ends_its_tokens() {
        Stage stage = Stage.open("rule-retired");
        String token = stage.ask().token();
        retire(stage, stage.rule());
        assertThat(stage.active(token)).isFalse();
        rule(stage, Map.of());
        stage.ask().permitted();
        assertThat(stage.active(token)).isFalse();
    }

    @Test
    @Statement(
            "A rule that gains keeps its tokens; one that loses a scope, client, issuer or mode starts anew")
    void a_rule_that_loses_starts_anew() {
        Stage stage = Stage.open("rule-loses");
        TestClient other = TestClient.withSecret("rule-loses-other");
        List<String> both = List.of("impersonation", "delegation");
        stage.publish(
                new Policy()
                        .client(other, stage.from(), List.of(stage.to()), List.of(stage.use())));
        rule(stage, Map.of("modes", both));
        String token = stage.ask().token();
        stage.publish(
                new Policy()
                        .rule(
                                stage.rule(),
                                stage.from(),
                                stage.to(),
                                Map.of("in", List.of(stage.use()), "more", List.of(stage.read())),
                                Map.of("modes", both)));
        assertThat(stage.active(token)).as("it gained").isTrue();
        rule(stage, Map.of("modes", both));
        assertThat(stage.active(token)).as("it lost a scope").isFalse();
        token = stage.ask().token();
        rule(stage, Map.of());
        assertThat(stage.active(token)).as("it lost a mode").isFalse();
        token = stage.ask().token();
        rule(stage, Map.of("clients", List.of(stage.client().id())));
        assertThat(stage.active(token)).as("it lost the other clients").isFalse();
        token = stage.ask().token();
        rule(
                stage,
                Map.of(
                        "clients",
                        List.of(stage.client().id()),
                        "issuers",
                        List.of(stage.issuer().url())));
        assertThat(stage.active(token)).as("it lost the other issuers").isFalse();
        assertThat(stage.active(stage.ask().token())).isTrue();
    }

    @Test
    @Statement(
            "A malformed record that meant to take a rule away suspends that rule, and no other, until an admin decides (`quarantine.resolved`)")
    void a_malformed_restriction_suspends() throws Exception {
        Stage stage = Stage.open("rule-suspend");
        Stage other = Stage.open("rule-suspend-other");
        String token = stage.ask().token();
        RootPublisher.write(
                Narrows.json(
                        Narrows.event(
                                "policy.changed",
                                new Policy()
                                        .change(
                                                "ruleRetired",
                                                Map.of("id", stage.rule(), "when", "today"))
                                        .data(),
                                Map.of())));
        JsonNode held =
                Awaitility.await("quarantine")
                        .atMost(Duration.ofSeconds(20))
                        .pollInterval(Duration.ofMillis(50))
                        .until(
                                () -> Stage.admin("/status").path("quarantine"),
                                quarantine -> !quarantine.isEmpty());
        assertThat(held.toString()).contains(stage.rule());
        Awaitility.await("the exchange node")
                .atMost(Duration.ofSeconds(20))
                .until(() -> stage.ask().reply().status() == 400);
        stage.ask().refused("invalid_target", "suspended");
        assertThat(stage.active(token)).isFalse();
        other.ask().permitted();
        stage.event("quarantine.resolved", Map.of("seq", held.path(0).path("seq").asLong()));
        stage.ask().permitted();
        assertThat(stage.active(token)).isTrue();
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jwt.JWTClaimsSet;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.narrows.conformance.AgainstNarrows;
import org.narrows.conformance.Answers;
import org.narrows.conformance.CommandLine;
import org.narrows.conformance.DpopProof;
import org.narrows.conformance.Form;
import org.narrows.conformance.Policy;
import org.narrows.conformance.Reply;
import org.narrows.conformance.TestClient;

@AgainstNarrows
@Subject(value = "Audiences", order = 1)
class AudiencesIT {
    @Test
    @Statement("An identifier need not resolve, and is compared byte for byte")
    void identifiers_need_not_resolve() {
        Stage stage = Stage.open("aud-id");
        String id = "https://nobody.invalid/Aud/%7Ex";
        stage.publish(stage.target(id, "aud-id.t", Map.of(), Map.of()));
        assertThat(stage.ask().at(id).scope("aud-id.t").permitted().getAudience())
                .containsExactly(id);
        for (String other :
                List.of(id.replace("Aud", "aud"), id + "/", "https://nobody.invalid/Aud/~x")) {
            stage.ask().at(other).refused("invalid_target", "target_unknown");
        }
    }

    @Test
    @Statement("`tokenAudience` is the id where nothing else is said")
    void the_token_audience_is_the_id_by_default() {
        Stage stage = Stage.open("aud-default");
        assertThat(stage.ask().permitted().getAudience()).containsExactly(stage.to());
        assertThat(Stage.admin("/audiences/" + stage.to()).path("tokenAudience").asText(stage.to()))
                .isEqualTo(stage.to());
    }

    @Test
    @Statement(
            "`tokenAudience` is what tokens have as `aud`; a request names the audience by it or by the id")
    void the_token_audience_is_the_aud_of_tokens() {
        Stage stage = Stage.open("aud-value");
        String value = "https://aud-value.invalid/api";
        stage.publish(new Policy().audience(stage.to(), Map.of("tokenAudience", value)));
        assertThat(stage.ask().permitted().getAudience()).containsExactly(value);
        assertThat(stage.ask().at(value).permitted().getAudience()).containsExactly(value);
        assertThat(stage.ask().at().with("resource", value).permitted().getAudience())
                .containsExactly(value);
    }

    @Test
    @Statement("All clients of an audience take tokens with the same `aud`, its `tokenAudience`")
    void all_clients_of_an_audience_share_its_value() {
        Stage stage = Stage.open("aud-shared");
        String value = "https://aud-shared.invalid";
        TestClient other = TestClient.withSecret("aud-shared-other");
        stage.publish(
                new Policy()
                        .audience(stage.from(), Map.of("tokenAudience", value))
                        .client(other, stage.from(), List.of(stage.to()), List.of(stage.use())));
        Map<String, ?> good = stage.issuer().claims("alice", value, "in");
        stage.ask(good).permitted();
        stage.ask(good).as(other).permitted();
        for (String aud : List.of(stage.from(), other.id(), stage.client().id())) {
            Map<String, ?> claims = stage.issuer().claims("alice", aud, "in");
            stage.ask(claims).as(other).refused("invalid_request", "subject_audience");
        }
    }

    @Test
    @Statement(
            "A former `tokenAudience` is taken in subject tokens until the end of its overlap, and not after it")
    void a_former_token_audience_is_taken_until_its_end() throws Exception {
        Stage stage = Stage.open("aud-former");
        Instant end = Instant.now().plusSeconds(3);
        stage.publish(
                new Policy()
                        .audience(
                                stage.from(),
                                Map.of(
                                        "tokenAudience",
                                        "https://new.aud-former.invalid",
                                        "formerTokenAudiences",
                                        List.of(
                                                Map.of(
                                                        "value",
                                                        "https://old.aud-former.invalid",
                                                        "until",
                                                        end.toString())))));
        Map<String, ?> old = stage.issuer().claims("alice", "https://old.aud-former.invalid", "in");
        stage.ask(old).permitted();
        stage.ask(stage.issuer().claims("alice", "https://new.aud-former.invalid", "in"))
                .permitted();
        Stage.pass(end);
        stage.ask(old).refused("invalid_request", "subject_audience");
        stage.ask(stage.issuer().claims("alice", "https://new.aud-former.invalid", "in"))
                .permitted();
    }

    @Test
    @Statement("What is issued has the new `tokenAudience` from the moment of the change")
    void what_is_issued_has_the_new_value_at_once() {
        Stage stage = Stage.open("aud-new");
        String before = stage.ask().token();
        stage.publish(
                new Policy()
                        .audience(
                                stage.to(),
                                Map.of(
                                        "tokenAudience",
                                        "https://aud-new.invalid",
                                        "formerTokenAudiences",
                                        List.of(
                                                Map.of(
                                                        "value",
                                                        stage.to(),
                                                        "until",
                                                        Instant.now()
                                                                .plusSeconds(600)
                                                                .toString())))));
        assertThat(stage.ask().permitted().getAudience())
                .containsExactly("https://aud-new.invalid");
        assertThat(stage.active(before)).as("in its overlap").isTrue();
    }

    @Test
    @Statement("A value names one audience only, and no client")
    void a_value_names_one_audience() {
        Stage stage = Stage.open("aud-one");
        String value = "https://aud-one.invalid";
        stage.publish(new Policy().audience(stage.to(), Map.of("tokenAudience", value)));
        assertThat(
                        Stage.rejected(
                                new Policy().audience("aud-one-x", Map.of("tokenAudience", value))))
                .contains(value, stage.to());
        assertThat(Stage.rejected(new Policy().audience(value))).contains(value);
        assertThat(
                        Stage.rejected(
                                new Policy()
                                        .audience(
                                                "aud-one-x",
                                                Map.of(
                                                        "formerTokenAudiences",
                                                        List.of(
                                                                Map.of(
                                                                        "value",
                                                                        value,
                                                                        "until",
                                                                        "2035-01-01T00:00:00Z"))))))
                .contains(value);
        assertThat(Stage.rejected(new Policy().audience(stage.client().id())))
                .contains(stage.client().id());
        assertThat(
                        Stage.rejected(
                                new Policy()
                                        .client(
                                                TestClient.withSecret(stage.to()),
                                                stage.from(),
                                                List.of(),
                                                List.of())))
                .contains(stage.to());
    }

    @Test
    @Statement("An audience can be neither Narrows itself nor its token endpoint")
    void narrows_is_no_audience() {
        String issuer = Stage.narrows().issuer();
        for (String own : List.of(issuer, issuer + "/token-exchange")) {
            assertThat(Stage.rejected(new Policy().audience(own))).contains(own);
            assertThat(
                            Stage.rejected(
                                    new Policy()
                                            .audience("aud-self", Map.of("tokenAudience", own))))
                    .contains(own);
        }
    }

    @Test
    @Statement("A client has one home audience, for good")
    void a_client_has_one_home() {
        Stage stage = Stage.open("aud-home");
        assertThat(
                        Stage.rejected(
                                new Policy()
                                        .client(stage.client(), stage.to(), List.of(), List.of())))
                .contains(stage.client().id());
        Map<String, ?> elsewhere = stage.issuer().claims("alice", stage.to(), "in");
        stage.ask(elsewhere).refused("invalid_request", "subject_audience");
        stage.ask().permitted();
    }

    @Test
    @Statement("An unknown target and one that the client may not have give the same answer")
    void unknown_and_forbidden_targets_are_not_told_apart() {
        Stage stage = Stage.open("aud-same");
        stage.publish(
                new Policy()
                        .audience("aud-same-else")
                        .scope("aud-same.else", "aud-same-else", "grantable")
                        .rule(
                                "aud-same-else-rule",
                                stage.from(),
                                "aud-same-else",
                                Map.of("in", List.of("aud-same.else"))));
        Reply forbidden =
                stage.ask()
                        .at("aud-same-else")
                        .scope()
                        .refused("invalid_target", "target_not_allowed", "scopes_not_permitted");
        Reply unknown =
                stage.ask().at("aud-same-none").scope().refused("invalid_target", "target_unknown");
        assertThat(forbidden.body()).isEqualTo(unknown.body());
        assertThat(forbidden.status()).isEqualTo(unknown.status());
        assertThat(forbidden.headers().keySet()).isEqualTo(unknown.headers().keySet());
    }

    @Test
    @Statement(
            "Without a target the client's only one is meant; where it has more, one must be named")
    void the_only_target_is_meant() {
        Stage stage = Stage.open("aud-only");
        assertThat(stage.ask().at().permitted().getAudience()).containsExactly(stage.to());
        stage.publish(stage.target("aud-only-second", "aud-only.second", Map.of(), Map.of()));
        stage.ask().at().refused("invalid_target", "target_unknown");
    }

    @Test
    @Statement("Swapping within one audience, to narrow, needs a rule like any other")
    void narrowing_within_an_audience_needs_a_rule() {
        Stage stage = Stage.open("aud-within");
        stage.publish(
                new Policy()
                        .scope("aud-within.less", stage.from(), "grantable")
                        .change(
                                "clientAudienceAllowed",
                                Map.of("client", stage.client().id(), "audience", stage.from()))
                        .change(
                                "clientScopeAllowed",
                                Map.of("client", stage.client().id(), "scope", "aud-within.less")));
        Asking within = stage.ask().at(stage.from()).scope("aud-within.less");
        within.refused("invalid_target", "no_rule");
        stage.publish(
                new Policy()
                        .rule(
                                "aud-within-less",
                                stage.from(),
                                stage.from(),
                                Map.of("in", List.of("aud-within.less"))));
        assertThat(within.permitted().getAudience()).containsExactly(stage.from());
    }

    @Test
    @Statement("A token is for one audience unless every rule involved is combinable")
    void one_audience_per_token_by_default() {
        Stage stage = Stage.open("aud-combine");
        stage.publish(stage.target("aud-combine-b", "aud-combine.b", Map.of(), Map.of()));
        Asking both = stage.ask().at(stage.to(), "aud-combine-b").scope();
        stage.consent("alice", stage.read());
        both.refused("invalid_target", "not_combinable", "not_combinable");
        combinable(stage, stage.rule(), stage.to(), List.of(stage.use()), Map.of());
        both.refused("invalid_target", "not_combinable");
        combinable(
                stage, "aud-combine-b-rule", "aud-combine-b", List.of("aud-combine.b"), Map.of());
        JWTClaimsSet token = both.permitted();
        assertThat(token.getAudience()).containsExactlyInAnyOrder(stage.to(), "aud-combine-b");
        both.grants(stage.use(), "aud-combine.b");
        assertThat(stage.ask().permitted().getClaim("aud")).isEqualTo(List.of(stage.to()));
    }

    private static void combinable(
            Stage stage, String rule, String to, List<String> scopes, Map<String, ?> more) {
        Map<String, Object> all = new HashMap<>(more);
        all.put("combinable", true);
        stage.publish(new Policy().rule(rule, stage.from(), to, Map.of("in", scopes), all));
    }

    /** A stage whose client may have one token for the target and for another one. */
    private static Stage combining(String name, Map<String, ?> audience, Map<String, ?> rule) {
        Stage stage = Stage.open(name);
        Map<String, Object> all = new HashMap<>(rule);
        all.put("combinable", true);
        stage.publish(stage.target(name + "-b", name + ".b", audience, all));
        combinable(stage, stage.rule(), stage.to(), List.of(stage.use()), Map.of());
        return stage;
    }

    @Test
    @Statement("Targets whose labels differ never share a token")
    void labels_keep_targets_apart() {
        Stage stage = combining("aud-labels", Map.of("labels", List.of("pci")), Map.of());
        Asking both = stage.ask().at(stage.to(), "aud-labels-b").scope();
        both.refused("invalid_target", "not_combinable");
        stage.publish(new Policy().audience(stage.to(), Map.of("labels", List.of("pci"))));
        both.permitted();
        stage.publish(new Policy().audience(stage.to(), Map.of("labels", List.of("pci", "eu"))));
        both.refused("invalid_target", "not_combinable");
    }

    @Test
    @Statement("A combined token lives as long as the shortest of its targets allows")
    void a_combined_token_lives_as_long_as_the_shortest() {
        Stage stage = combining("aud-least", Map.of("maxLifetime", "PT30S"), Map.of());
        assertThat(stage.ask().reply().json().path("expires_in").asInt()).isBetween(290, 300);
        assertThat(
                        stage.ask()
                                .at(stage.to(), "aud-least-b")
                                .scope()
                                .reply()
                                .json()
                                .path("expires_in")
                                .asInt())
                .isBetween(25, 30);
    }

    @Test
    @Statement("Of combined targets all are granted something, or none is")
    void combined_targets_are_granted_together_or_not_at_all() {
        Stage stage = combining("aud-all", Map.of(), Map.of());
        Asking both = stage.ask().at(stage.to(), "aud-all-b");
        both.scope(stage.use(), "aud-all.b").permitted();
        both.scope(stage.use()).refused("invalid_scope", "scopes_not_permitted");
        stage.change(
                "clientAudienceWithdrawn",
                Map.of("client", stage.client().id(), "audience", "aud-all-b"));
        both.scope(stage.use(), "aud-all.b").refused("invalid_target");
    }

    @Test
    @Statement("A scope that all audiences share is not granted in a combined token")
    void shared_scopes_are_not_combined() {
        Stage stage = combining("aud-mixed", Map.of(), Map.of());
        stage.publish(
                new Policy()
                        .change(
                                "scopeDefined",
                                Map.of("scope", "aud-mixed.any", "kind", "grantable"))
                        .change(
                                "clientScopeAllowed",
                                Map.of("client", stage.client().id(), "scope", "aud-mixed.any")));
        combinable(
                stage, stage.rule(), stage.to(), List.of(stage.use(), "aud-mixed.any"), Map.of());
        stage.ask().scope().grants(stage.use(), "aud-mixed.any");
        Asking both = stage.ask().at(stage.to(), "aud-mixed-b");
        both.scope().grants(stage.use(), "aud-mixed.b");
        both.scope(stage.use(), "aud-mixed.b", "aud-mixed.any").refused("invalid_scope");
    }

    @Test
    @Statement("A target named twice, by `audience` and by `resource`, is one")
    void a_target_named_twice_is_one() {
        Stage stage = Stage.open("aud-twice");
        stage.publish(
                new Policy()
                        .audience(
                                stage.to(), Map.of("tokenAudience", "https://aud-twice.invalid")));
        assertThat(
                        stage.ask()
                                .with("resource", "https://aud-twice.invalid")
                                .permitted()
                                .getAudience())
                .containsExactly("https://aud-twice.invalid");
    }

    @Test
    @Statement(
            "`maxLifetime` caps every token for the audience, five minutes where nothing is said")
    void an_audience_caps_lifetimes() {
        Stage stage = Stage.open("aud-life");
        assertThat(stage.ask().reply().json().path("expires_in").asInt()).isBetween(290, 300);
        stage.publish(
                new Policy()
                        .audience(stage.to(), Map.of("maxLifetime", "PT20S"))
                        .rule(
                                stage.rule(),
                                stage.from(),
                                stage.to(),
                                Map.of("in", List.of(stage.use())),
                                Map.of("maxLifetime", "PT3M")));
        assertThat(stage.ask().reply().json().path("expires_in").asInt()).isBetween(15, 20);
    }

    @Test
    @Statement(
            "`maxStaleness` tightens how old the policy of an answer may be: rather 503 than older")
    void an_audience_tightens_staleness() {
        Stage stage = Stage.open("aud-stale");
        stage.publish(
                stage.target(
                        "aud-stale-b",
                        "aud-stale.b",
                        Map.of("maxStaleness", "PT0.001S"),
                        Map.of()));
        Asking strict = stage.ask().at("aud-stale-b").scope("aud-stale.b");
        assertThat(stage.scene().exchange(strict.form()).status()).isEqualTo(503);
        stage.ask().permitted();
        stage.publish(new Policy().audience("aud-stale-b", Map.of("maxStaleness", "PT5S")));
        strict.permitted();
    }

    @Test
    @Statement("`requireBinding` refuses a token that anybody could use who finds it")
    void an_audience_may_require_bound_tokens() {
        Stage stage = Stage.open("aud-bound");
        stage.publish(new Policy().audience(stage.to(), Map.of("requireBinding", "dpop")));
        Form form = stage.ask().form();
        stage.ask().refused("invalid_request", "binding_missing");
        ECKey key = DpopProof.newKey();
        Reply bound =
                Reply.onceAnswered(
                        () ->
                                Stage.narrows()
                                        .post(
                                                "/token-exchange",
                                                form,
                                                "Authorization",
                                                stage.client().basic(),
                                                "DPoP",
                                                DpopProof.of(
                                                                key,
                                                                "POST",
                                                                Stage.narrows().issuer()
                                                                        + "/token-exchange")
                                                        .signed()));
        assertThat(Answers.permitted(bound).getClaim("cnf"))
                .isEqualTo(Map.of("jkt", DpopProof.thumbprint(key)));
    }

    /** A policy around an audience, for all that may hang on one. */
    private static Stage laden(String name) {
        Stage stage = Stage.open(name);
        TestClient reads = TestClient.withSecret(name + "-reads");
        stage.publish(
                new Policy()
                        .change(
                                "claimDefined",
                                Map.of("claim", name + "_claim", "audience", stage.to()))
                        .audience(name + "-third")
                        // It may have a scope of the audience, but not the audience.
                        .client(reads, stage.from(), List.of(), List.of(stage.use()))
                        .rule(name + "-out", stage.to(), name + "-third", Map.of())
                        .deny(
                                name + "-deny",
                                stage.from(),
                                stage.to(),
                                Map.of("clients", List.of(reads.id()))));
        return stage;
    }

    @Test
    @Statement(
            "Retiring an audience takes along its scopes, claims, rules, the targets that name it and the clients at home in it, and the verdict says so")
    void retirement_takes_along_what_hangs_on_it() {
        Stage stage = laden("aud-retire");
        Reply verdict =
                Stage.narrows()
                        .propose(
                                "policy.changed",
                                new Policy()
                                        .change("audienceRetired", Map.of("id", stage.to()))
                                        .data());
        assertThat(Took.of(verdict.json()))
                .containsExactlyInAnyOrder(
                        new Took("scopes", stage.read()),
                        new Took("scopes", stage.use()),
                        new Took("claims", "aud-retire_claim"),
                        new Took("clients", stage.api().id()),
                        new Took(
                                "clients",
                                stage.client().id(),
                                stage.read(),
                                stage.use(),
                                stage.to()),
                        new Took("clients", "aud-retire-reads", stage.use()),
                        new Took("rules", "aud-retire-deny"),
                        new Took("rules", "aud-retire-out"),
                        new Took("rules", stage.rule()));
        Stage.narrows().inForce(verdict);
        stage.ask().refused("invalid_target", "target_unknown");
        stage.ask().as(stage.api()).unknownClient();
        for (String gone :
                List.of(
                        "/scopes/" + stage.use(),
                        "/rules/" + stage.rule(),
                        "/rules/aud-retire-out",
                        "/clients/" + stage.api().id(),
                        "/claims/aud-retire_claim?audience=" + stage.to())) {
            assertThat(Stage.narrows().admin(gone).status()).as(gone).isEqualTo(404);
        }
    }

    @Test
    @Statement(
            "`narrows plan --prune` has a line for everything that goes with an audience which the files no longer hold")
    void a_plan_says_what_a_retirement_takes(@TempDir Path directory) {
        Stage stage = laden("aud-plan");
        PolicyFile file =
                PolicyFile.inForce()
                        .without("audiences", stage.to())
                        .without("scopes", stage.read())
                        .without("scopes", stage.use())
                        .without("claims", "aud-plan_claim")
                        .without("clients", stage.api().id())
                        .without("rules", "aud-plan-deny")
                        .without("rules", "aud-plan-out")
                        .without("rules", stage.rule())
                        .less("clients", stage.client().id(), "audiences", stage.to())
                        .less("clients", stage.client().id(), "scopes", stage.use())
                        .less("clients", stage.client().id(), "scopes", stage.read());
        String path = file.write(directory);
        CommandLine dangling = CommandLine.run(Stage.narrows(), "plan", "--prune", "-f", path);
        assertThat(dangling.status()).as("one client still lists a scope of it").isEqualTo(2);
        assertThat(dangling.err())
                .contains("policy.yaml:", "there is no `" + stage.use() + "` in scopes");
        path = file.less("clients", "aud-plan-reads", "scopes", stage.use()).write(directory);

        CommandLine plan = CommandLine.run(Stage.narrows(), "plan", "--prune", "-f", path);

        assertThat(plan.status()).as(plan.toString()).isEqualTo(1);
        assertThat(plan.out().lines().filter(line -> line.matches("[-+~].*")))
                .containsExactlyInAnyOrder(
                        "- audiences " + stage.to(),
                        "- scopes " + stage.read(),
                        "- scopes " + stage.use(),
                        "- claims aud-plan_claim of " + stage.to(),
                        "- clients " + stage.api().id(),
                        "- rules aud-plan-deny",
                        "- rules aud-plan-out",
                        "- rules " + stage.rule(),
                        "~ clients " + stage.client().id(),
                        "~ clients aud-plan-reads  scopes: [\"%s\"] -> not written"
                                .formatted(stage.use()));
        assertThat(plan.out())
                .contains("takes along: rules " + stage.rule())
                .contains("takes along: clients " + stage.api().id());
    }

    @Test
    @Statement(
            "After a retirement the history of all that it took along says who did it, when and why")
    void the_history_says_what_took_an_entry_along() {
        Stage stage = laden("aud-history");
        Reply verdict =
                Stage.narrows()
                        .propose(
                                Stage.narrows().adminToken(),
                                "policy.changed",
                                new Policy()
                                        .change("audienceRetired", Map.of("id", stage.to()))
                                        .data(),
                                Map.of("reason", "nobody used it"));
        Stage.narrows().inForce(verdict);
        for (String entry :
                List.of(
                        "audiences/" + stage.to(),
                        "scopes/" + stage.use(),
                        "clients/" + stage.client().id(),
                        "clients/" + stage.api().id(),
                        "clients/aud-history-reads",
                        "rules/" + stage.rule(),
                        "rules/aud-history-out",
                        "rules/aud-history-deny")) {
            JsonNode items = Stage.admin("/" + entry + "/history").path("items");
            JsonNode last = items.get(items.size() - 1);
            assertThat(last.path("seq").asText()).as(entry).isEqualTo(verdict.text("seq"));
            assertThat(last.path("reason").asText()).as(entry).isEqualTo("nobody used it");
            assertThat(last.path("actor").asText()).isEqualTo("narrows|root");
            assertThat(last.path("change").path("audienceRetired").path("id").asText())
                    .isEqualTo(stage.to());
        }
    }

    @Test
    @Statement(
            "Defined again, a retired audience starts anew: no consent, membership or token of before counts")
    void a_retired_audience_starts_anew() {
        Stage stage = Stage.open("aud-again");
        stage.consent("alice", stage.read());
        String token = stage.ask().scope(stage.read()).token();
        stage.event(
                "user.admitted",
                Map.of("user", stage.user("bob"), "audience", stage.to(), "via", "admin"));
        stage.change("audienceRetired", Map.of("id", stage.to()));
        stage.publish(
                new Policy()
                        .audience(stage.to(), Map.of("signUpEnabled", false))
                        .scope(stage.read(), stage.to(), "consentable")
                        .scope(stage.use(), stage.to(), "grantable")
                        .client(stage.api(), stage.to(), List.of(), List.of())
                        .client(
                                stage.client(),
                                stage.from(),
                                List.of(stage.to()),
                                List.of(stage.read(), stage.use()))
                        .rule(
                                stage.rule(),
                                stage.from(),
                                stage.to(),
                                Map.of("in", List.of(stage.read(), stage.use()))));
        assertThat(stage.active(token)).isFalse();
        stage.ask("bob").refused("invalid_target", "not_a_member");
        stage.publish(new Policy().audience(stage.to(), Map.of("signUpEnabled", true)));
        stage.ask("bob").permitted();
        stage.ask().scope(stage.read()).refused("invalid_scope", "consent_missing");
        assertThat(Stage.admin("/users/aud-again/alice/consents").path("items")).isEmpty();
        assertThat(stage.active(token)).isFalse();
    }
}

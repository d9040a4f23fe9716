// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jwt.JWTClaimsSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.narrows.conformance.AgainstNarrows;
import org.narrows.conformance.Narrows;
import org.narrows.conformance.Policy;
import org.narrows.conformance.Reply;

@AgainstNarrows
@Subject(value = "Scopes and claims", order = 2)
class ScopesAndClaimsIT {
    @Test
    @Statement("A consentable scope needs the user's consent, and the answer says which")
    void a_consentable_scope_needs_consent() {
        Stage stage = Stage.open("scope-consent");
        Asking wish = stage.ask().scope(stage.read());
        Reply refused = wish.refused("invalid_scope", "consent_missing");
        assertThat(refused.json().path("consent_required"))
                .isEqualTo(
                        Narrows.parse(
                                "{\"audience\": \"%s\", \"scopes\": [\"%s\"]}"
                                        .formatted(stage.to(), stage.read())));
        stage.consent("alice", stage.read());
        wish.grants(stage.read());
    }

    @Test
    @Statement("A grantable scope needs only a rule")
    void a_grantable_scope_needs_only_the_rule() {
        Stage stage = Stage.open("scope-grant");
        stage.ask("nobody-ever-asked").grants(stage.use());
    }

    @Test
    @Statement(
            "A scope of kind `client` is for tokens about clients alone, which never get a consentable one")
    void a_client_scope_is_for_clients() {
        Stage stage = Stage.open("scope-client");
        stage.publish(
                new Policy()
                        .issuer(stage.issuer(), Map.of("clients", true))
                        .scope("scope-client.run", stage.to(), "client")
                        .change(
                                "clientScopeAllowed",
                                Map.of("client", stage.client().id(), "scope", "scope-client.run"))
                        .rule(
                                stage.rule(),
                                stage.from(),
                                stage.to(),
                                Map.of(
                                        "in",
                                        List.of(stage.read(), stage.use(), "scope-client.run"))));
        stage.consent("alice", stage.read());
        stage.ask().scope().grants(stage.read(), stage.use());
        stage.ask().scope("scope-client.run").refused("invalid_scope", "scopes_not_permitted");
        Map<String, Object> claims = stage.issuer().claims("batch", stage.from(), "in");
        claims.put("client_id", "batch");
        stage.ask(claims).scope().grants(stage.use(), "scope-client.run");
        stage.consent("batch", stage.read());
        stage.ask(claims).scope(stage.read()).refused("invalid_scope", "scopes_not_permitted");
    }

    @Test
    @Statement("A scope of another audience gets the very answer of one that does not exist")
    void scopes_of_others_are_invisible() {
        Stage stage = Stage.open("scope-hidden");
        stage.publish(stage.target("scope-hidden-b", "scope-hidden.theirs", Map.of(), Map.of()));
        Reply theirs =
                stage.ask()
                        .scope("scope-hidden.theirs")
                        .refused("invalid_scope", "scopes_not_permitted");
        Reply unknown =
                stage.ask()
                        .scope("scope-hidden.nobody")
                        .refused("invalid_scope", "scopes_not_permitted");
        assertThat(theirs.body()).isEqualTo(unknown.body());
        assertThat(theirs.headers().keySet()).isEqualTo(unknown.headers().keySet());
        stage.ask().at("scope-hidden-b").scope("scope-hidden.theirs").grants("scope-hidden.theirs");
    }

    @Test
    @Statement("A consentable scope without a name or without a description is refused")
    void a_consentable_scope_says_what_it_is() {
        Stage stage = Stage.open("scope-named");
        Map<String, Object> whole =
                Map.of(
                        "scope",
                        "scope-named.new",
                        "audience",
                        stage.to(),
                        "kind",
                        "consentable",
                        "name",
                        "Read mail",
                        "description",
                        "See who writes to you");
        for (String member : List.of("name", "description")) {
            Map<String, Object> less = new HashMap<>(whole);
            less.remove(member);
            Reply problem = Stage.invalid(new Policy().change("scopeDefined", less));
            assertThat(problem.body()).contains(member);
            less.put("kind", "grantable");
            less.put("scope", "scope-named." + member);
            stage.change("scopeDefined", less);
        }
        stage.change("scopeDefined", whole);
        JsonNode scope = Stage.admin("/scopes/scope-named.new");
        assertThat(scope.path("name").asText()).isEqualTo("Read mail");
        assertThat(scope.path("description").asText()).isEqualTo("See who writes to you");
    }

    @Test
    @Statement("A scope without an audience is shared by all of them")
    void a_scope_may_be_shared() {
        Stage stage = Stage.open("scope-shared");
        stage.publish(
                stage.target("scope-shared-b", "scope-shared.b", Map.of(), Map.of())
                        .change(
                                "scopeDefined",
                                Map.of("scope", "scope-shared.any", "kind", "grantable"))
                        .change(
                                "clientScopeAllowed",
                                Map.of("client", stage.client().id(), "scope", "scope-shared.any"))
                        .rule(
                                "scope-shared-2",
                                stage.from(),
                                "scope-shared-b",
                                Map.of("in", List.of("scope-shared.any")))
                        .rule(
                                "scope-shared-1",
                                stage.from(),
                                stage.to(),
                                Map.of("in", List.of("scope-shared.any"))));
        Asking shared = stage.ask().scope("scope-shared.any");
        shared.grants("scope-shared.any");
        shared.at("scope-shared-b").grants("scope-shared.any");
    }

    @Test
    @Statement("A consent to a shared scope is given at one audience, and counts there alone")
    void a_shared_scope_is_consented_to_at_one_audience() {
        Stage stage = Stage.open("scope-there");
        stage.publish(
                stage.target("scope-there-b", "scope-there.b", Map.of(), Map.of())
                        .change(
                                "scopeDefined",
                                Map.of(
                                        "scope",
                                        "scope-there.any",
                                        "kind",
                                        "consentable",
                                        "name",
                                        "Any",
                                        "description",
                                        "Anything"))
                        .change(
                                "clientScopeAllowed",
                                Map.of("client", stage.client().id(), "scope", "scope-there.any"))
                        .rule(
                                "scope-there-2",
                                stage.from(),
                                "scope-there-b",
                                Map.of("in", List.of("scope-there.any")))
                        .rule(
                                "scope-there-1",
                                stage.from(),
                                stage.to(),
                                Map.of("in", List.of("scope-there.any"))));
        stage.consent("alice", "scope-there.any");
        Asking shared = stage.ask().scope("scope-there.any");
        shared.grants("scope-there.any");
        shared.at("scope-there-b").refused("invalid_scope", "consent_missing");
    }

    @Test
    @Statement(
            "A scope name belongs to one audience or is shared; a second definition elsewhere is rejected")
    void a_scope_is_defined_once() {
        Stage stage = Stage.open("scope-once");
        assertThat(Stage.rejected(new Policy().scope(stage.use(), stage.from(), "grantable")))
                .contains(stage.use());
        assertThat(
                        Stage.rejected(
                                new Policy()
                                        .change(
                                                "scopeDefined",
                                                Map.of("scope", stage.use(), "kind", "grantable"))))
                .contains(stage.use());
        stage.ask().grants(stage.use());
    }

    @Test
    @Statement("The kind of a scope is fixed: what needed consent cannot be made to need none")
    void the_kind_of_a_scope_is_fixed() {
        Stage stage = Stage.open("scope-kind");
        for (String kind : List.of("grantable", "client")) {
            assertThat(Stage.rejected(new Policy().scope(stage.read(), stage.to(), kind)))
                    .contains(stage.read());
        }
        stage.ask().scope(stage.read()).refused("invalid_scope", "consent_missing");
    }

    @Test
    @Statement("A scope named twice in a request is granted once")
    void a_scope_named_twice_is_granted_once() {
        Stage stage = Stage.open("scope-double");
        assertThat(stage.ask().scope(stage.use(), stage.use()).reply().text("scope"))
                .isEqualTo(stage.use());
    }

    @Test
    @Statement("Without `scope` all is granted that rule, client, audience and consents allow")
    void without_a_scope_all_that_is_allowed_is_granted() {
        Stage stage = Stage.open("scope-all");
        stage.ask().scope().grants(stage.use());
        stage.consent("alice", stage.read());
        stage.ask().scope().grants(stage.use(), stage.read());
        stage.ask(stage.issuer().claims("alice", stage.from(), "other"))
                .scope()
                .refused("invalid_scope", "scopes_not_permitted");
    }

    @Test
    @Statement(
            "A retired scope takes itself out of clients and rules, and the verdict and their history say so")
    void a_retired_scope_takes_itself_out() {
        Stage stage = Stage.open("scope-retire");
        Reply verdict =
                Stage.narrows()
                        .propose(
                                Stage.narrows().adminToken(),
                                "policy.changed",
                                new Policy()
                                        .change(
                                                "scopeRetired",
                                                Map.of(
                                                        "scope",
                                                        stage.use(),
                                                        "audience",
                                                        stage.to()))
                                        .data(),
                                Map.of("reason", "too wide"));
        assertThat(Took.of(verdict.json()))
                .containsExactlyInAnyOrder(
                        new Took("clients", stage.client().id(), stage.use()),
                        new Took("rules", stage.rule(), stage.use()));
        Stage.narrows().inForce(verdict);
        stage.ask().refused("invalid_scope", "scopes_not_permitted");
        for (String entry : List.of("clients/" + stage.client().id(), "rules/" + stage.rule())) {
            JsonNode items = Stage.admin("/" + entry + "/history").path("items");
            JsonNode last = items.get(items.size() - 1);
            assertThat(last.path("seq").asText()).as(entry).isEqualTo(verdict.text("seq"));
            assertThat(last.path("reason").asText()).isEqualTo("too wide");
        }
        assertThat(Stage.admin("/rules/" + stage.rule()).path("scopes").toString())
                .contains(stage.read())
                .doesNotContain(stage.use());
    }

    @Test
    @Statement(
            "Defined again, a retired scope starts anew: consents and tokens of before do not count")
    void a_retired_scope_starts_anew() {
        Stage stage = Stage.open("scope-again");
        stage.consent("alice", stage.read());
        String token = stage.ask().scope(stage.read()).token();
        assertThat(stage.active(token)).isTrue();
        stage.change("scopeRetired", Map.of("scope", stage.read(), "audience", stage.to()));
        assertThat(stage.active(token)).isFalse();
        stage.publish(
                new Policy()
                        .scope(stage.read(), stage.to(), "consentable")
                        .change(
                                "clientScopeAllowed",
                                Map.of("client", stage.client().id(), "scope", stage.read()))
                        .rule(
                                stage.rule(),
                                stage.from(),
                                stage.to(),
                                Map.of("in", List.of(stage.read(), stage.use()))));
        stage.ask().scope(stage.read()).refused("invalid_scope", "consent_missing");
        assertThat(stage.active(token)).isFalse();
        stage.consent("alice", stage.read());
        stage.ask().scope(stage.read()).permitted();
        assertThat(stage.active(token)).isFalse();
    }

    /** Alice's token with these claims besides the usual ones. */
    private static JWTClaimsSet issued(Stage stage, Map<String, ?> more) {
        Map<String, Object> claims = stage.issuer().claims("alice", stage.from(), "in");
        claims.putAll(more);
        return stage.ask(claims).permitted();
    }

    @Test
    @Statement("A claim is copied only where it is declared")
    void claims_are_copied_where_declared() {
        Stage stage = Stage.open("claim-declared");
        Map<String, ?> email = Map.of("claim_declared_email", "alice@mail.invalid");
        assertThat(issued(stage, email).getClaims()).doesNotContainKey("claim_declared_email");
        stage.change(
                "claimDefined", Map.of("claim", "claim_declared_email", "audience", stage.to()));
        assertThat(issued(stage, email).getClaim("claim_declared_email"))
                .isEqualTo("alice@mail.invalid");
        stage.change(
                "claimRetired", Map.of("claim", "claim_declared_email", "audience", stage.to()));
        assertThat(issued(stage, email).getClaims()).doesNotContainKey("claim_declared_email");
    }

    @Test
    @Statement("A claim declared for one audience is not released to another")
    void a_claim_is_released_to_its_audience() {
        Stage stage = Stage.open("claim-theirs");
        stage.publish(
                stage.target("claim-theirs-b", "claim-theirs.b", Map.of(), Map.of())
                        .change(
                                "claimDefined",
                                Map.of("claim", "claim_theirs", "audience", "claim-theirs-b")));
        Map<String, Object> claims = stage.issuer().claims("alice", stage.from(), "in");
        claims.put("claim_theirs", "x");
        assertThat(stage.ask(claims).permitted().getClaims()).doesNotContainKey("claim_theirs");
        assertThat(
                        stage.ask(claims)
                                .at("claim-theirs-b")
                                .scope()
                                .permitted()
                                .getClaim("claim_theirs"))
                .isEqualTo("x");
    }

    @Test
    @Statement("A claim declared without an audience is released to every audience")
    void a_claim_may_be_for_every_audience() {
        Stage stage = Stage.open("claim-all");
        stage.publish(
                stage.target("claim-all-b", "claim-all.b", Map.of(), Map.of())
                        .change("claimDefined", Map.of("claim", "claim_all")));
        Map<String, Object> claims = stage.issuer().claims("alice", stage.from(), "in");
        claims.put("claim_all", List.of("a", "b"));
        for (String audience : List.of(stage.to(), "claim-all-b")) {
            assertThat(stage.ask(claims).at(audience).scope().permitted().getClaim("claim_all"))
                    .isEqualTo(List.of("a", "b"));
        }
    }

    @Test
    @Statement(
            "Claims of the protocol (`sub`, `scope`, `act`, `cnf` and the like) cannot be declared")
    void protocol_claims_cannot_be_declared() {
        for (String claim :
                List.of(
                        "iss",
                        "sub",
                        "aud",
                        "exp",
                        "iat",
                        "nbf",
                        "jti",
                        "scope",
                        "client_id",
                        "act",
                        "may_act",
                        "cnf",
                        "auth_time",
                        "acr",
                        "amr",
                        "policy_seq",
                        "lineage",
                        "provenance",
                        "sub_type",
                        "nonce",
                        "azp",
                        "sid")) {
            assertThat(
                            Stage.invalid(
                                            new Policy()
                                                    .change("claimDefined", Map.of("claim", claim)))
                                    .body())
                    .contains(claim);
        }
    }

    @Test
    @Statement("A value that an invitation assigned wins over the token's own")
    void an_invitations_value_wins() {
        Stage stage = Stage.open("claim-invited");
        stage.publish(
                new Policy()
                        .audience(stage.to(), Map.of("invitationEnabled", true))
                        .change("claimDefined", Map.of("claim", "plan", "audience", stage.to())));
        assertThat(issued(stage, Map.of("plan", "free")).getClaim("plan")).isEqualTo("free");
        stage.invite("claim-invited-code", stage.to(), Map.of("claims", Map.of("plan", "gold")));
        stage.event("invitation.redeemed", stage.redeemed("claim-invited-code", "alice"));
        assertThat(issued(stage, Map.of("plan", "free")).getClaim("plan")).isEqualTo("gold");
        assertThat(issued(stage, Map.of()).getClaim("plan")).isEqualTo("gold");
    }
}

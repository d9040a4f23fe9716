// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.narrows.conformance.AgainstNarrows;
import org.narrows.conformance.Answers;
import org.narrows.conformance.Form;
import org.narrows.conformance.Policy;
import org.narrows.conformance.Reply;
import org.narrows.conformance.Scene;
import org.narrows.conformance.TestClient;

@AgainstNarrows
@Subject(value = "Clients", order = 3)
class ClientsIT {
    private static Map<String, ?> id(TestClient client) {
        return Map.of("id", client.id());
    }

    private static Map<String, ?> scope(TestClient client, String scope) {
        return Map.of("client", client.id(), "scope", scope);
    }

    private static Map<String, ?> audience(TestClient client, String audience) {
        return Map.of("client", client.id(), "audience", audience);
    }

    @Test
    @Statement("A client has nothing by default: no target, and no scope, whatever the rules say")
    void a_client_has_nothing_by_default() {
        Stage stage = Stage.open("client-nothing");
        TestClient bare = TestClient.withSecret("client-nothing-bare");
        stage.publish(new Policy().client(bare, stage.from(), List.of(), List.of()));
        stage.ask()
                .as(bare)
                .refused("invalid_target", "target_not_allowed", "scopes_not_permitted");
        stage.change("clientAudienceAllowed", audience(bare, stage.to()));
        stage.ask().as(bare).scope().refused("invalid_scope", "scopes_not_permitted");
        stage.change("clientScopeAllowed", scope(bare, stage.use()));
        stage.ask().as(bare).grants(stage.use());
    }

    @Test
    @Statement(
            "Scopes of a client are a hard cap: no rule and no consent grants one that it does not have")
    void scopes_are_a_cap() {
        Stage stage = Stage.open("client-scopes");
        stage.consent("alice", stage.read());
        stage.change("clientScopeWithdrawn", scope(stage.client(), stage.read()));
        stage.ask().scope(stage.read()).refused("invalid_scope", "scopes_not_permitted");
        stage.ask().scope().grants(stage.use());
    }

    @Test
    @Statement("Targets of a client are a hard cap: no rule opens one that it does not have")
    void targets_are_a_cap() {
        Stage stage = Stage.open("client-targets");
        stage.ask().permitted();
        stage.change("clientAudienceWithdrawn", audience(stage.client(), stage.to()));
        stage.ask().refused("invalid_target", "target_not_allowed");
    }

    @Test
    @Statement(
            "Asking for more than is allowed is an error, unless the client is to be narrowed (`onExcessScope: narrow`)")
    void excess_is_refused_or_narrowed() {
        Stage stage = Stage.open("client-excess");
        Asking more = stage.ask().scope(stage.use(), "client-excess.more");
        more.refused("invalid_scope", "scopes_not_permitted");
        stage.publish(
                new Policy()
                        .client(
                                stage.client(),
                                stage.from(),
                                List.of(),
                                List.of(),
                                Map.of("onExcessScope", "narrow")));
        more.grants(stage.use());
        stage.ask().scope("client-excess.more").refused("invalid_scope", "scopes_not_permitted");
    }

    @Test
    @Statement("A client that is narrowed gets what the user consented to of what it asked for")
    void a_narrowed_client_gets_what_was_consented_to() {
        Stage stage = Stage.open("client-narrow");
        stage.publish(
                new Policy()
                        .client(
                                stage.client(),
                                stage.from(),
                                List.of(),
                                List.of(),
                                Map.of("onExcessScope", "narrow")));
        Asking both = stage.ask().scope(stage.read(), stage.use());
        both.grants(stage.use());
        stage.consent("alice", stage.read());
        both.grants(stage.read(), stage.use());
    }

    /** Lets the client at home in the target exchange on, into a third audience. */
    private static Asking onward(Stage stage, String token) {
        String third = stage.named("third");
        stage.publish(
                new Policy()
                        .audience(third)
                        .scope(stage.named("on"), third, "grantable")
                        .change("clientAudienceAllowed", audience(stage.api(), third))
                        .change("clientScopeAllowed", scope(stage.api(), stage.named("on")))
                        .rule(
                                stage.named("onward"),
                                stage.to(),
                                third,
                                Map.of(stage.use(), List.of(stage.named("on"))),
                                Map.of("maxChainDepth", 2)));
        return stage.askWith(token).as(stage.api()).at(third).scope(stage.named("on"));
    }

    @Test
    @Statement(
            "A disabled client is `unauthorized_client` at once, and what it obtained is over, with all that came of it")
    void a_disabled_client_stops_at_once() {
        Stage stage = Stage.open("client-disabled");
        String token = stage.ask().token();
        Asking onward = onward(stage, token);
        String derived = onward.token();
        TestClient last = TestClient.withSecret("client-disabled-last");
        stage.publish(new Policy().client(last, stage.named("third"), List.of(), List.of()));
        assertThat(stage.active(token)).isTrue();
        assertThat(Stage.active(last, derived)).isTrue();
        stage.change("clientDisabled", id(stage.client()));
        stage.ask().refused("unauthorized_client", "client_disabled");
        assertThat(stage.active(token)).isFalse();
        assertThat(Stage.active(last, derived)).isFalse();
        onward.refused("invalid_request", "token_not_active");
    }

    @Test
    @Statement(
            "A disabled client that is enabled again may ask again, but no token from before is revived")
    void enabling_revives_no_token() {
        Stage stage = Stage.open("client-enabled");
        String token = stage.ask().token();
        stage.change("clientDisabled", id(stage.client()));
        stage.change("clientEnabled", id(stage.client()));
        assertThat(stage.active(token)).isFalse();
        assertThat(stage.active(stage.ask().token())).isTrue();
    }

    @Test
    @Statement("A disabled client stays disabled when its entry is given anew")
    void a_disabled_client_stays_disabled() {
        Stage stage = Stage.open("client-stays");
        stage.change("clientDisabled", id(stage.client()));
        stage.publish(
                new Policy()
                        .client(
                                stage.client(),
                                stage.from(),
                                List.of(stage.to()),
                                List.of(stage.use())));
        stage.ask().refused("unauthorized_client", "client_disabled");
    }

    @Test
    @Statement(
            "A removed client is `invalid_client` at once, like one that never was, and what it obtained is over")
    void a_removed_client_stops_at_once() {
        Stage stage = Stage.open("client-removed");
        String token = stage.ask().token();
        stage.change("clientRemoved", id(stage.client()));
        Reply removed = stage.ask().reply();
        Reply never = stage.ask().as(TestClient.withSecret("client-removed-never")).reply();
        Answers.refused(removed, 401, "invalid_client");
        assertThat(removed.body()).isEqualTo(never.body());
        assertThat(stage.active(token)).isFalse();
    }

    @Test
    @Statement(
            "A client registered again under the same id has nothing of the one before, and revives no token")
    void a_client_registered_again_starts_anew() {
        Stage stage = Stage.open("client-again");
        String token = stage.ask().token();
        stage.change("clientRemoved", id(stage.client()));
        stage.publish(new Policy().client(stage.client(), stage.from(), List.of(), List.of()));
        stage.ask().refused("invalid_target");
        stage.publish(
                new Policy()
                        .client(
                                stage.client(),
                                stage.from(),
                                List.of(stage.to()),
                                List.of(stage.use()))
                        .rule(
                                stage.rule(),
                                stage.from(),
                                stage.to(),
                                Map.of("in", List.of(stage.use()))));
        stage.ask().permitted();
        assertThat(stage.active(token)).isFalse();
    }

    @Test
    @Statement(
            "A removed client leaves the allow rules that name it; one that named nobody else goes with it, and deny rules keep the name")
    void a_removed_client_leaves_the_rules() {
        Stage stage = Stage.open("client-rules");
        TestClient other = TestClient.withSecret("client-rules-other");
        Map<String, List<String>> map = Map.of("in", List.of(stage.use()));
        List<String> both = List.of(stage.client().id(), other.id());
        stage.publish(
                new Policy()
                        .client(other, stage.from(), List.of(stage.to()), List.of(stage.use()))
                        .rule(stage.rule(), stage.from(), stage.to(), map, Map.of("clients", both))
                        .rule(
                                "client-rules-alone",
                                stage.from(),
                                stage.to(),
                                map,
                                Map.of("clients", List.of(stage.client().id())))
                        .deny(
                                "client-rules-deny",
                                stage.from(),
                                stage.to(),
                                Map.of("clients", List.of(stage.client().id()))));
        stage.ask().refused("invalid_target", "denied");
        Reply verdict =
                Stage.narrows()
                        .propose(
                                "policy.changed",
                                new Policy().change("clientRemoved", id(stage.client())).data());
        assertThat(Took.of(verdict.json()))
                .containsExactlyInAnyOrder(
                        new Took("rules", "client-rules-alone"),
                        new Took("rules", stage.rule(), stage.client().id()));
        Stage.narrows().inForce(verdict);
        assertThat(Stage.narrows().admin("/rules/client-rules-alone").status()).isEqualTo(404);
        assertThat(Stage.admin("/rules/" + stage.rule()).path("clients").toString())
                .isEqualTo("[\"%s\"]".formatted(other.id()));
        stage.ask().as(other).permitted();
        stage.publish(
                new Policy()
                        .client(
                                stage.client(),
                                stage.from(),
                                List.of(stage.to()),
                                List.of(stage.use())));
        stage.ask().refused("invalid_target", "denied", "no_rule");
    }

    @Test
    @Statement(
            "Withdrawing a scope or a target from a client ends the tokens that stand on it, and no others")
    void a_withdrawn_scope_or_target_ends_its_tokens() {
        Stage stage = Stage.open("client-withdrawn");
        stage.consent("alice", stage.read());
        String reads = stage.ask().scope(stage.read()).token();
        String uses = stage.ask().scope(stage.use()).token();
        stage.change("clientScopeWithdrawn", scope(stage.client(), stage.read()));
        assertThat(stage.active(reads)).isFalse();
        assertThat(stage.active(uses)).isTrue();
        stage.change("clientScopeAllowed", scope(stage.client(), stage.read()));
        assertThat(stage.active(reads)).as("given again").isFalse();
        stage.change("clientAudienceWithdrawn", audience(stage.client(), stage.to()));
        assertThat(stage.active(uses)).isFalse();
        stage.change("clientAudienceAllowed", audience(stage.client(), stage.to()));
        assertThat(stage.active(uses)).as("given again").isFalse();
        assertThat(stage.active(stage.ask().token())).isTrue();
    }

    @Test
    @Statement("Giving a client's entry anew keeps its scopes and targets, and its tokens")
    void an_entry_given_anew_keeps_what_the_client_has() {
        Stage stage = Stage.open("client-keeps");
        String token = stage.ask().token();
        stage.publish(
                new Policy()
                        .client(
                                stage.client(),
                                stage.from(),
                                List.of(),
                                List.of(),
                                Map.of("onExcessScope", "narrow")));
        stage.ask().permitted();
        assertThat(stage.active(token)).isTrue();
        JsonNode client = Stage.admin("/clients/" + stage.client().id());
        assertThat(client.path("scopes")).hasSize(2);
        assertThat(client.path("audiences")).hasSize(1);
    }

    @Test
    @Statement("Secrets rotate with an overlap: both work, then only the new one")
    void secrets_rotate_with_overlap() {
        Stage stage = Stage.open("client-secrets");
        TestClient old = stage.client();
        TestClient fresh = TestClient.withSecret(old.id());
        String token = stage.ask().token();
        List<Object> hashes =
                List.of(
                        old.authentication().get("secretHash"),
                        fresh.authentication().get("secretHash"));
        TestClient both =
                TestClient.with(
                        old.id(), Map.of("method", "client_secret", "secretHashes", hashes));
        stage.ask().as(fresh).unknownClient();
        stage.publish(new Policy().client(both, stage.from(), List.of(), List.of()));
        stage.ask().as(old).permitted();
        stage.ask().as(fresh).permitted();
        stage.publish(new Policy().client(fresh, stage.from(), List.of(), List.of()));
        stage.ask().as(fresh).permitted();
        stage.ask().as(old).unknownClient();
        assertThat(stage.active(token)).as("the client is the same").isTrue();
    }

    @Test
    @Statement("Keys rotate with an overlap: both work, then only the new one")
    void keys_rotate_with_overlap() {
        Stage stage = Stage.open("client-keys");
        TestClient old = TestClient.withKey("client-keys-signs");
        TestClient other = TestClient.withKey("client-keys-signs");
        ECKey renamed = new ECKey.Builder(other.key()).keyID("second").build();
        TestClient fresh =
                new TestClient(other.id(), "", renamed, keys(List.of(renamed.toPublicJWK())));
        stage.publish(
                new Policy().client(old, stage.from(), List.of(stage.to()), List.of(stage.use())));
        assertThat(asserted(stage, old).status()).isEqualTo(200);
        Answers.refused(asserted(stage, fresh), 401, "invalid_client");
        TestClient both =
                TestClient.with(
                        old.id(), keys(List.of(old.key().toPublicJWK(), renamed.toPublicJWK())));
        stage.publish(new Policy().client(both, stage.from(), List.of(), List.of()));
        assertThat(asserted(stage, old).status()).isEqualTo(200);
        assertThat(asserted(stage, fresh).status()).isEqualTo(200);
        stage.publish(new Policy().client(fresh, stage.from(), List.of(), List.of()));
        assertThat(asserted(stage, fresh).status()).isEqualTo(200);
        Answers.refused(asserted(stage, old), 401, "invalid_client");
    }

    private static Map<String, ?> keys(List<? extends JWK> keys) {
        return Map.of(
                "method",
                "private_key_jwt",
                "jwks",
                new JWKSet(List.<JWK>copyOf(keys)).toJSONObject());
    }

    /** Alice's wish, the client authenticated by its key. */
    private static Reply asserted(Stage stage, TestClient client) {
        return Reply.onceAnswered(
                () -> {
                    Form form =
                            stage.ask()
                                    .form()
                                    .and(
                                            client.asserted(
                                                    client.assertionClaims(
                                                            Stage.narrows().issuer())));
                    return Stage.narrows().post("/token-exchange", form);
                });
    }

    @Test
    @Statement(
            "A secret is known by its hash alone: a plain secret, a password hash or a private key in an entry is refused")
    void secrets_are_hashes() {
        Stage stage = Stage.open("client-hash");
        for (Map<String, ?> authentication :
                List.of(
                        Map.of("method", "client_secret", "secretHash", "correct horse"),
                        Map.of("method", "client_secret", "secret", "correct horse"),
                        Map.of(
                                "method",
                                "client_secret",
                                "secretHash",
                                "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"),
                        Map.of(
                                "method",
                                "private_key_jwt",
                                "jwks",
                                Map.of("keys", List.of(stage.client().key().toJSONObject()))))) {
            TestClient client = TestClient.with("client-hash-x", authentication);
            Reply problem =
                    Stage.invalid(new Policy().client(client, stage.from(), List.of(), List.of()));
            assertThat(problem.body()).contains("authentication").doesNotContain("correct horse");
        }
    }

    @Test
    @Statement(
            "A client takes an ID token that was made for the id by which its issuer knows it (`knownAs`)")
    void an_id_token_is_for_the_client() {
        Stage stage = Stage.open("client-known");
        stage.publish(
                new Policy()
                        .issuer(
                                stage.issuer(),
                                Map.of("subjectTokenTypes", List.of("access_token", "id_token")))
                        .rule(
                                stage.rule(),
                                stage.from(),
                                stage.to(),
                                Map.of("openid", List.of(stage.use()))));
        Map<String, Object> claims = stage.issuer().claims("alice", stage.client().id(), "");
        claims.remove("scope");
        claims.remove("client_id");
        stage.askWith(stage.issuer().sign(Map.of("typ", "JWT"), claims))
                .with("subject_token_type", Scene.ID_TOKEN)
                .grants(stage.use());
        stage.publish(
                new Policy()
                        .client(
                                stage.client(),
                                stage.from(),
                                List.of(),
                                List.of(),
                                Map.of("knownAs", Map.of(stage.issuer().url(), "0oa1b2"))));
        stage.askWith(stage.issuer().sign(Map.of("typ", "JWT"), claims))
                .with("subject_token_type", Scene.ID_TOKEN)
                .refused("invalid_request", "subject_audience");
        claims.put("aud", "0oa1b2");
        stage.askWith(stage.issuer().sign(Map.of("typ", "JWT"), claims))
                .with("subject_token_type", Scene.ID_TOKEN)
                .grants(stage.use());
    }

    @Test
    @Statement(
            "A workload of an issuer (`federated_jwt`) is one client: a second registration of it is rejected")
    void a_workload_is_one_client() {
        Stage stage = Stage.open("client-workload");
        Map<String, ?> workload =
                Map.of(
                        "method",
                        "federated_jwt",
                        "issuer",
                        stage.issuer().url(),
                        "subject",
                        "system:serviceaccount:shop:till");
        stage.publish(
                new Policy()
                        .client(
                                TestClient.with("client-workload-a", workload),
                                stage.from(),
                                List.of(),
                                List.of()));
        assertThat(
                        Stage.rejected(
                                new Policy()
                                        .client(
                                                TestClient.with("client-workload-b", workload),
                                                stage.from(),
                                                List.of(),
                                                List.of())))
                .contains("client-workload-a");
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.narrows.conformance.AgainstNarrows;
import org.narrows.conformance.Answers;
import org.narrows.conformance.Form;
import org.narrows.conformance.Jws;
import org.narrows.conformance.Policy;
import org.narrows.conformance.Reply;
import org.narrows.conformance.Scene;
import org.narrows.conformance.TestClient;
import org.narrows.conformance.TestIssuer;

@AgainstNarrows
@Subject(value = "Issuers", order = 7)
class IssuersIT {
    /** Trusts the stage's issuer anew. */
    private static void trust(Stage stage, Map<String, ?> more) {
        stage.publish(new Policy().issuer(stage.issuer(), more));
    }

    /** Claims of a token whose subject is its own client. */
    private static Map<String, Object> own(Stage stage, String member) {
        Map<String, Object> claims = stage.issuer().claims("batch", stage.from(), "in");
        claims.remove("client_id");
        claims.put(member, "batch");
        return claims;
    }

    /** Adds a scope that only tokens about clients are granted: a test by its grant. */
    private static Stage telling(String name, Map<String, ?> issuer) {
        Stage stage = Stage.open(name);
        String run = name + ".run";
        stage.publish(
                new Policy()
                        .issuer(stage.issuer(), issuer)
                        .scope(run, stage.to(), "client")
                        .change(
                                "clientScopeAllowed",
                                Map.of("client", stage.client().id(), "scope", run))
                        .rule(
                                stage.rule(),
                                stage.from(),
                                stage.to(),
                                Map.of("in", List.of(run, stage.use()), "workload", List.of(run))));
        return stage;
    }

    private static void isClient(Stage stage, Map<String, ?> claims) {
        JWTClaimsSet issued = stage.ask(claims).scope(stage.scene().name() + ".run").permitted();
        assertThat(issued.getClaim("sub_type")).isEqualTo("client");
    }

    private static void isUser(Stage stage, Map<String, ?> claims) {
        JWTClaimsSet issued = stage.ask(claims).scope().permitted();
        assertThat(issued.getClaim("sub_type")).isNull();
        assertThat(issued.getClaim("scope")).isEqualTo(stage.use());
    }

    @Test
    @Statement("Nobody's tokens are taken but a trusted issuer's")
    void only_trusted_issuers_count() {
        Stage stage = Stage.open("iss-trust");
        TestIssuer other = Stage.issuer("iss-trust-other");
        Asking wish = stage.askWith(other.sign(other.claims("alice", stage.from(), "in")));
        wish.refused("invalid_request", "invalid_token");
        stage.publish(new Policy().issuer(other));
        wish.permitted();
    }

    @Test
    @Statement("An issuer that is bound to audiences issues subject tokens for those alone")
    void an_issuer_is_bound_to_audiences() {
        Stage stage = Stage.open("iss-bound");
        stage.ask().permitted();
        trust(stage, Map.of("audiences", List.of(stage.to())));
        stage.ask().refused("invalid_request", "subject_audience");
        trust(stage, Map.of("audiences", List.of(stage.to(), stage.from())));
        stage.ask().permitted();
    }

    @Test
    @Statement("A rule that names issuers is for tokens of theirs alone")
    void a_rule_may_name_issuers() {
        Stage stage = Stage.open("iss-rule");
        TestIssuer other = Stage.issuer("iss-rule-other");
        stage.publish(
                new Policy()
                        .issuer(other)
                        .rule(
                                stage.rule(),
                                stage.from(),
                                stage.to(),
                                Map.of("in", List.of(stage.use())),
                                Map.of("issuers", List.of(other.url()))));
        stage.ask().refused("invalid_target", "no_rule");
        stage.askWith(other.sign(other.claims("alice", stage.from(), "in"))).permitted();
    }

    @Test
    @Statement(
            "At every further hop, the issuer that a rule names is that of the first token of the chain")
    void the_first_token_tells_the_issuer() {
        Stage stage = Stage.open("iss-chain");
        TestIssuer other = Stage.issuer("iss-chain-other");
        String third = "iss-chain-third";
        stage.publish(
                new Policy()
                        .issuer(other)
                        .audience(third)
                        .scope("iss-chain.on", third, "grantable")
                        .change(
                                "clientAudienceAllowed",
                                Map.of("client", stage.api().id(), "audience", third))
                        .change(
                                "clientScopeAllowed",
                                Map.of("client", stage.api().id(), "scope", "iss-chain.on"))
                        .rule(
                                "iss-chain-onward",
                                stage.to(),
                                third,
                                Map.of(stage.use(), List.of("iss-chain.on")),
                                Map.of("maxChainDepth", 2, "issuers", List.of(other.url()))));
        String mine = stage.ask().token();
        String theirs =
                stage.askWith(other.sign(other.claims("alice", stage.from(), "in"))).token();
        stage.askWith(mine)
                .as(stage.api())
                .at(third)
                .scope("iss-chain.on")
                .refused("invalid_target", "no_rule");
        stage.askWith(theirs).as(stage.api()).at(third).scope("iss-chain.on").permitted();
    }

    @Test
    @Statement(
            "`clients: false`, the default: a token whose subject is its own client is refused, as it must not pass for a user")
    void a_client_passes_for_no_user() {
        Stage stage = telling("iss-false", Map.of());
        isUser(stage, stage.issuer().claims("alice", stage.from(), "in"));
        for (String member : List.of("client_id", "azp", "cid")) {
            stage.ask(own(stage, member)).scope().refused("invalid_request", "invalid_token");
        }
    }

    @Test
    @Statement(
            "`clients: true`: a token is about a client when its subject is its own `client_id`, `azp` or `cid`")
    void own_subjects_are_clients() {
        Stage stage = telling("iss-true", Map.of("clients", true));
        for (String member : List.of("client_id", "azp", "cid")) {
            isClient(stage, own(stage, member));
        }
        isUser(stage, stage.issuer().claims("alice", stage.from(), "in"));
    }

    @Test
    @Statement(
            "`clients: all`: every token is about a client; without scopes it counts as holding `workload`")
    void all_subjects_may_be_clients() {
        Stage stage = telling("iss-all", Map.of("clients", "all"));
        Map<String, Object> claims =
                stage.issuer().claims("system:serviceaccount:shop:till", stage.from(), "in");
        isClient(stage, claims);
        claims.remove("scope");
        isClient(stage, claims);
        stage.ask(claims).scope(stage.use()).refused("invalid_scope", "scopes_not_permitted");
    }

    @Test
    @Statement(
            "`clients: {claim: value}`: a token is about a client when it carries that claim with that value")
    void a_claim_may_mark_clients() {
        Stage stage = telling("iss-claim", Map.of("clients", Map.of("gty", "client-credentials")));
        Map<String, Object> claims = stage.issuer().claims("alice", stage.from(), "in");
        isUser(stage, claims);
        claims.put("gty", "password");
        isUser(stage, claims);
        claims.put("gty", "client-credentials");
        isClient(stage, claims);
    }

    @Test
    @Statement("Users have the alias of their issuer before their `sub` in issued tokens")
    void users_are_named_after_their_issuer() {
        Stage stage = Stage.open("iss-alias");
        assertThat(stage.ask().permitted().getSubject()).isEqualTo("iss-alias|alice");
        assertThat(stage.ask("a|b").permitted().getSubject()).isEqualTo("iss-alias|a|b");
    }

    @Test
    @Statement("An alias belongs to its issuer for good, even after it is distrusted")
    void an_alias_is_for_good() {
        Stage stage = Stage.open("iss-good");
        TestIssuer thief =
                new TestIssuer(
                        "https://thief.iss-good.invalid",
                        stage.issuer().alias(),
                        stage.issuer().rsa(),
                        stage.issuer().ec());
        assertThat(Stage.rejected(new Policy().issuer(thief))).contains("for good");
        stage.change("issuerDistrusted", Map.of("issuer", stage.issuer().url()));
        assertThat(Stage.rejected(new Policy().issuer(thief))).contains("for good");
        assertThat(
                        Stage.rejected(
                                new Policy().issuer(stage.issuer(), Map.of("alias", "iss-other"))))
                .contains("alias");
        trust(stage, Map.of());
        assertThat(stage.ask().permitted().getSubject()).isEqualTo("iss-good|alice");
    }

    @Test
    @Statement(
            "Users of the one primary issuer keep their `sub` as it is, unless it holds a bar; which issuer that is never changes")
    void the_primary_issuers_users_keep_their_names() throws Exception {
        TestIssuer issuer = primary();
        Stage stage = Stage.open("iss-first");
        assertThat(
                        stage.askWith(issuer.sign(issuer.claims("carol", stage.from(), "in")))
                                .permitted()
                                .getSubject())
                .isEqualTo("carol");
        assertThat(
                        stage.askWith(issuer.sign(issuer.claims("x|carol", stage.from(), "in")))
                                .permitted()
                                .getSubject())
                .isEqualTo("demo|x|carol");
        assertThat(Stage.rejected(new Policy().issuer(stage.issuer(), Map.of("primary", true))))
                .contains("primary");
    }

    /** That of the sample, with which the standalone begins. */
    private static TestIssuer primary() throws Exception {
        ECKey key = ECKey.parse(Files.readString(Stage.narrows().data("demo-issuer-key.jwk")));
        return new TestIssuer(
                "https://issuer.demo.invalid", "demo", Stage.issuer("demo").rsa(), key);
    }

    @Test
    @Statement(
            "Distrusting an issuer ends at once every token that began with one of its own, down the whole chain")
    void distrust_ends_what_an_issuer_started() {
        Stage stage = Stage.open("iss-end");
        String third = "iss-end-third";
        TestClient last = TestClient.withSecret("iss-end-last");
        stage.publish(
                new Policy()
                        .audience(third)
                        .scope("iss-end.on", third, "grantable")
                        .client(last, third, List.of(), List.of())
                        .change(
                                "clientAudienceAllowed",
                                Map.of("client", stage.api().id(), "audience", third))
                        .change(
                                "clientScopeAllowed",
                                Map.of("client", stage.api().id(), "scope", "iss-end.on"))
                        .rule(
                                "iss-end-onward",
                                stage.to(),
                                third,
                                Map.of(stage.use(), List.of("iss-end.on")),
                                Map.of("maxChainDepth", 2)));
        String first = stage.ask().token();
        Asking onward = stage.askWith(first).as(stage.api()).at(third).scope("iss-end.on");
        String second = onward.token();
        assertThat(stage.active(first)).isTrue();
        assertThat(Stage.active(last, second)).isTrue();
        stage.change("issuerDistrusted", Map.of("issuer", stage.issuer().url()));
        stage.ask().refused("invalid_request", "invalid_token");
        assertThat(stage.active(first)).isFalse();
        assertThat(Stage.active(last, second)).isFalse();
        onward.refused("invalid_request", "token_not_active");
    }

    @Test
    @Statement(
            "Trusting an issuer again takes its tokens again, and revives nothing that was issued for them before")
    void trusting_again_revives_nothing() {
        Stage stage = Stage.open("iss-revive");
        String before = stage.ask().token();
        stage.change("issuerDistrusted", Map.of("issuer", stage.issuer().url()));
        trust(stage, Map.of());
        assertThat(stage.active(stage.ask().token())).isTrue();
        assertThat(stage.active(before)).isFalse();
    }

    @Test
    @Statement(
            "Changing the entry of a trusted issuer keeps what is issued; tokens of a key that is gone are no longer taken")
    void keys_of_issuers_change() {
        Stage stage = Stage.open("iss-keys");
        String before = stage.ask().token();
        TestIssuer fresh = TestIssuer.named("iss-keys", stage.issuer().rsa());
        stage.publish(new Policy().issuer(fresh));
        assertThat(stage.active(before)).isTrue();
        stage.ask().refused("invalid_request", "invalid_token");
        stage.askWith(fresh.sign(fresh.claims("alice", stage.from(), "in"))).permitted();
    }

    @Test
    @Statement("Only the algorithms that an issuer is registered with are taken")
    void algorithms_are_listed() {
        Stage stage = Stage.open("iss-alg");
        Map<String, Object> claims = stage.issuer().claims("alice", stage.from(), "in");
        String rsa = Jws.sign(stage.issuer().rsa(), Map.of("typ", "at+jwt"), claims);
        stage.askWith(rsa).permitted();
        trust(stage, Map.of("algorithms", List.of("ES256")));
        stage.askWith(rsa).refused("invalid_request", "invalid_token");
        stage.ask().permitted();
    }

    @Test
    @Statement(
            "Tokens are presented only as the types that an issuer is registered for; with none it authenticates clients only")
    void subject_token_types_are_listed() {
        Stage stage = Stage.open("iss-types");
        trust(stage, Map.of("subjectTokenTypes", List.of("jwt")));
        stage.ask().refused("invalid_request", "invalid_token");
        stage.ask().with("subject_token_type", Scene.JWT).permitted();
        trust(stage, Map.of("subjectTokenTypes", List.of()));
        stage.ask().with("subject_token_type", Scene.JWT).refused("invalid_request");
        stage.ask().refused("invalid_request");
        TestIssuer users = Stage.issuer("iss-types-users");
        TestClient workload =
                TestClient.with(
                        "iss-types-workload",
                        Map.of(
                                "method",
                                "federated_jwt",
                                "issuer",
                                stage.issuer().url(),
                                "subject",
                                "till"));
        stage.publish(
                new Policy()
                        .issuer(users)
                        .client(workload, stage.from(), List.of(stage.to()), List.of(stage.use())));
        String about =
                stage.issuer().sign(stage.issuer().claims("till", Stage.narrows().issuer(), "in"));
        Form form =
                stage.askWith(users.sign(users.claims("alice", stage.from(), "in")))
                        .form()
                        .and(TestClient.asserted(about));
        Answers.permitted(Reply.onceAnswered(() -> Stage.narrows().post("/token-exchange", form)));
    }

    @Test
    @Statement("`requireType` says which `typ` access tokens have")
    void types_of_tokens_are_listed() {
        Stage stage = Stage.open("iss-typ");
        Map<String, Object> claims = stage.issuer().claims("alice", stage.from(), "in");
        String plain = stage.issuer().sign(Map.of("typ", "JWT"), claims);
        stage.askWith(plain).permitted();
        trust(stage, Map.of("requireType", List.of("at+jwt")));
        stage.askWith(plain).refused("invalid_request", "invalid_token");
        stage.ask().permitted();
        assertThat(
                        Stage.invalid(
                                        new Policy()
                                                .issuer(
                                                        stage.issuer(),
                                                        Map.of(
                                                                "requireType",
                                                                List.of("logout+jwt"))))
                                .body())
                .contains("requireType");
    }

    @Test
    @Statement("`scopesFrom` says which claim holds the scopes: the first that is there")
    void scopes_are_read_where_the_issuer_has_them() {
        Stage stage = Stage.open("iss-scp");
        trust(stage, Map.of("scopesFrom", List.of("permissions", "scp")));
        Map<String, Object> claims = stage.issuer().claims("alice", stage.from(), "in");
        stage.ask(claims).refused("invalid_scope", "scopes_not_permitted");
        claims.put("scp", "in");
        stage.ask(claims).permitted();
        claims.put("permissions", List.of("other"));
        stage.ask(claims).refused("invalid_scope", "scopes_not_permitted");
        claims.put("permissions", List.of("in", "other"));
        stage.ask(claims).permitted();
    }

    @Test
    @Statement("Symmetric, private and weak keys are refused in an entry")
    void bad_keys_are_refused() throws Exception {
        Stage stage = Stage.open("iss-bad");
        RSAKey weak =
                new RSAKey.Builder(stage.issuer().rsa().toRSAPublicKey()).keyID("weak").build();
        Map<String, Object> small = new HashMap<>(weak.toJSONObject());
        small.put("n", weak.getModulus().toString().substring(0, 171)); // 1,024 bits
        for (Map<String, ?> key :
                List.of(
                        Map.of(
                                "kty",
                                "oct",
                                "k",
                                "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0",
                                "kid",
                                "k"),
                        stage.issuer().ec().toJSONObject(),
                        small)) {
            assertThat(
                            Stage.invalid(
                                            new Policy()
                                                    .issuer(
                                                            stage.issuer(),
                                                            Map.of(
                                                                    "jwks",
                                                                    Map.of("keys", List.of(key)))))
                                    .body())
                    .contains("jwks");
        }
        stage.ask().permitted();
    }

    @Test
    @Statement("Narrows itself, and the alias `narrows`, cannot be trusted as another issuer")
    void narrows_is_no_other_issuer() {
        TestIssuer own = Stage.issuer("iss-own");
        assertThat(
                        Stage.rejected(
                                new Policy()
                                        .issuer(own, Map.of("issuer", Stage.narrows().issuer()))))
                .contains("cannot be trusted");
        assertThat(Stage.invalid(new Policy().issuer(own, Map.of("alias", "narrows"))).body())
                .contains("alias");
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.rfc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.conformance.Answers.permitted;
import static org.narrows.conformance.Answers.refused;

import com.nimbusds.jwt.JWTClaimsSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.narrows.conformance.AgainstNarrows;
import org.narrows.conformance.Form;
import org.narrows.conformance.Policy;
import org.narrows.conformance.Reply;
import org.narrows.conformance.Scene;

@AgainstNarrows
@Specification(value = "RFC 8693", title = "OAuth 2.0 Token Exchange")
@NotMet(
        section = "4.1",
        says = "nested actors are information only, and no part of an access decision",
        because =
                "stricter: an actor that is already in the chain is refused, so earlier actors count, though only ever against")
@NotApplicable(
        section = "4.4",
        says = "an issued token may carry `may_act`",
        because = "never issued: who may act is the policy's to say, not a token's")
class Rfc8693ActorConformanceIT {
    private static final Scene SCENE = Scene.open("r8693-4");

    static {
        SCENE.narrows()
                .publish(
                        new Policy()
                                .rule(
                                        "r8693-4-delegation",
                                        SCENE.from(),
                                        SCENE.to(),
                                        Map.of("in", List.of(SCENE.use())),
                                        Map.of(
                                                "modes",
                                                List.of("delegation"),
                                                "actors",
                                                List.of("client", "user"),
                                                "maxChainDepth",
                                                8)));
    }

    @Test
    @Requirement(
            section = "4.1",
            says = "under delegation, `act` names the acting party and `sub` stays the subject's")
    void rfc8693_4_1_an_actor_token_becomes_act() {
        JWTClaimsSet claims = permitted(SCENE.exchange(acted(SCENE.subjectToken(), actor("bob"))));
        assertThat(claims.getSubject()).isEqualTo("r8693-4|alice");
        assertThat(claims.getClaim("act")).isEqualTo(Map.of("sub", "r8693-4|bob"));
    }

    @Test
    @Requirement(section = "1.1", says = "under impersonation, the token names no actor")
    void rfc8693_1_1_without_an_actor_token_there_is_no_act() {
        assertThat(permitted(SCENE.exchange(SCENE.form())).getClaims()).doesNotContainKey("act");
    }

    @Test
    @Requirement(
            section = "4.1",
            says = "a chain of delegation nests `act`, the newest actor outermost")
    void rfc8693_4_1_an_earlier_actor_is_nested_in_the_new_one() {
        Map<String, Object> claims = SCENE.claims();
        claims.put("act", Map.of("sub", "first", "act", Map.of("sub", "zeroth")));
        JWTClaimsSet issued =
                permitted(SCENE.exchange(acted(SCENE.issuer().sign(claims), actor("second"))));
        assertThat(issued.getClaim("act"))
                .isEqualTo(
                        Map.of(
                                "sub",
                                "r8693-4|second",
                                "act",
                                Map.of(
                                        "sub",
                                        "r8693-4|first",
                                        "act",
                                        Map.of("sub", "r8693-4|zeroth"))));
    }

    @Test
    @Requirement(
            section = "4.1",
            says = "an `act` of the subject token is kept when nobody new acts")
    void rfc8693_4_1_an_act_without_a_new_actor_stays() {
        Map<String, Object> claims = SCENE.claims();
        claims.put("act", Map.of("sub", "first"));
        assertThat(
                        permitted(SCENE.exchange(SCENE.form(SCENE.issuer().sign(claims))))
                                .getClaim("act"))
                .isEqualTo(Map.of("sub", "r8693-4|first"));
    }

    @Test
    @Requirement(
            section = "4.1",
            says =
                    "`act` holds claims that identify the actor, and none such as `exp`, `nbf`, `aud`")
    void rfc8693_4_1_an_issued_act_holds_identity_only() {
        Map<String, Object> claims = SCENE.claims();
        claims.put("act", Map.of("sub", "first", "exp", 1, "aud", "x", "email", "x@example.com"));
        JWTClaimsSet issued =
                permitted(SCENE.exchange(acted(SCENE.issuer().sign(claims), actor("second"))));
        assertThat(issued.getClaim("act"))
                .isEqualTo(Map.of("sub", "r8693-4|second", "act", Map.of("sub", "r8693-4|first")));
    }

    @Test
    @Requirement(section = "4.1", says = "`act` is a JSON object of identity claims")
    void rfc8693_4_1_an_act_of_another_form_is_refused() {
        for (Object act :
                List.of(
                        "bob",
                        List.of("bob"),
                        Map.of(),
                        Map.of("sub", 7),
                        Map.of("sub", "a", "act", "b"))) {
            Map<String, Object> claims = SCENE.claims();
            claims.put("act", act);
            refused(SCENE.exchange(SCENE.form(SCENE.issuer().sign(claims))), "invalid_request");
        }
    }

    @Test
    @Requirement(
            section = "4.2",
            says = "`scope` is one string of space-separated scopes, as RFC 6749 §3.3 writes them")
    void rfc8693_4_2_scope_is_one_string() {
        SCENE.consent("dora");
        String token = SCENE.issuer().sign(SCENE.issuer().claims("dora", SCENE.from(), "in"));
        Reply reply =
                SCENE.narrows()
                        .post(
                                "/token-exchange",
                                SCENE.form(token).without("scope"),
                                "Authorization",
                                SCENE.client().basic(),
                                "Narrows-Consistency",
                                SCENE.consent("dora"));
        assertThat(permitted(reply).getClaim("scope"))
                .isInstanceOf(String.class)
                .asString()
                .satisfies(
                        scope ->
                                assertThat(scope.split(" "))
                                        .containsExactlyInAnyOrder(SCENE.read(), SCENE.use()));
    }

    @Test
    @Requirement(section = "4.3", says = "`client_id` is the client that asked for the token")
    void rfc8693_4_3_client_id_is_the_requester() {
        assertThat(permitted(SCENE.exchange(SCENE.form())).getClaim("client_id"))
                .isEqualTo(SCENE.client().id());
    }

    @Test
    @Requirement(
            section = "4.4",
            says = "`may_act` of the subject token says who may act, and that one may")
    void rfc8693_4_4_the_party_named_by_may_act_may_act() {
        JWTClaimsSet claims =
                permitted(SCENE.exchange(acted(mayAct(Map.of("sub", "bob")), actor("bob"))));
        assertThat(claims.getClaim("act")).isEqualTo(Map.of("sub", "r8693-4|bob"));
        permitted(
                SCENE.exchange(
                        acted(
                                mayAct(Map.of("sub", "bob", "iss", SCENE.issuer().url())),
                                actor("bob"))));
    }

    @Test
    @Requirement(section = "4.4", says = "a party that `may_act` does not name may not act")
    void rfc8693_4_4_another_party_may_not_act() {
        refused(
                SCENE.exchange(acted(mayAct(Map.of("sub", "bob")), actor("eve"))),
                "invalid_request");
        refused(
                SCENE.exchange(
                        acted(
                                mayAct(Map.of("sub", "bob", "iss", "https://other.test.invalid")),
                                actor("bob"))),
                "invalid_request");
        refused(SCENE.exchange(SCENE.form(mayAct(Map.of("sub", "bob")))), "invalid_request");
    }

    @Test
    @Requirement(
            section = "4.4",
            says =
                    "`may_act` holds claims that identify a party, and none such as `exp`, `nbf`, `aud`")
    void rfc8693_4_4_may_act_holds_identity_only() {
        for (String other : List.of("exp", "nbf", "aud", "client_id")) {
            refused(
                    SCENE.exchange(acted(mayAct(Map.of("sub", "bob", other, "1")), actor("bob"))),
                    "invalid_request");
        }
        for (Object malformed : List.of("bob", List.of("bob"), Map.of())) {
            refused(SCENE.exchange(acted(mayAct(malformed), actor("bob"))), "invalid_request");
        }
    }

    private static Form acted(String subjectToken, String actorToken) {
        return SCENE.form(subjectToken)
                .and("actor_token", actorToken)
                .and("actor_token_type", Scene.ACCESS_TOKEN);
    }

    private static String actor(String subject) {
        return SCENE.issuer().sign(SCENE.issuer().claims(subject, SCENE.from(), ""));
    }

    private static String mayAct(Object party) {
        Map<String, Object> claims = SCENE.claims();
        claims.put("may_act", party);
        return SCENE.issuer().sign(claims);
    }
}

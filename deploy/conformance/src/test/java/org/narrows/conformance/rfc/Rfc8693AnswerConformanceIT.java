// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.rfc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.conformance.Answers.permitted;
import static org.narrows.conformance.Answers.refused;

import com.nimbusds.jwt.JWTClaimsSet;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.narrows.conformance.AgainstNarrows;
import org.narrows.conformance.Form;
import org.narrows.conformance.Policy;
import org.narrows.conformance.Reply;
import org.narrows.conformance.Scene;
import org.narrows.conformance.TestClient;
import org.narrows.conformance.TestIssuer;

@AgainstNarrows
@Specification(value = "RFC 8693", title = "OAuth 2.0 Token Exchange")
@NotApplicable(
        section = "2.2.1",
        says = "a `refresh_token` may be issued where access is wanted beyond the token's life",
        because = "none is issued: an exchange is asked for again, and decided again")
@NotApplicable(
        section = "2.2.1",
        says = "`token_type` is `N_A` when the issued token is no access token",
        because = "what is issued is always usable as an access token")
@NotMet(
        section = "3",
        says = "refresh tokens and SAML assertions as subject or actor tokens",
        because =
                "refused with `invalid_request`: only access tokens, JWTs and ID tokens are taken")
class Rfc8693AnswerConformanceIT {
    private static final Scene SCENE = Scene.open("r8693-2-2");

    @Test
    @Requirement(
            section = "2.2.1",
            says = "the answer is JSON with status 200, in `access_token` whatever the token is")
    void rfc8693_2_2_1_the_token_comes_as_access_token_in_json() {
        Reply reply = SCENE.exchange(SCENE.form());
        permitted(reply);
        assertThat(reply.header("Content-Type")).get().asString().startsWith("application/json");
        assertThat(reply.accessToken()).isNotEmpty();
    }

    @Test
    @Requirement(section = "2.2.1", says = "`issued_token_type` is required")
    void rfc8693_2_2_1_the_issued_token_type_is_named() {
        Reply reply = SCENE.exchange(SCENE.form());
        assertThat(reply.text("issued_token_type")).isEqualTo(Scene.ACCESS_TOKEN);
    }

    @Test
    @Requirement(section = "2.2.1", says = "`token_type` is required and says how to use the token")
    void rfc8693_2_2_1_the_token_type_is_named() {
        assertThat(SCENE.exchange(SCENE.form()).text("token_type")).isEqualToIgnoringCase("Bearer");
    }

    @Test
    @Requirement(
            section = "2.2.1",
            says = "`expires_in` is recommended, in seconds from the answer on")
    void rfc8693_2_2_1_the_lifetime_is_told_in_seconds() {
        Reply reply = SCENE.exchange(SCENE.form());
        JWTClaimsSet claims = permitted(reply);
        assertThat(reply.json().path("expires_in").isIntegralNumber()).isTrue();
        long lifetime =
                Duration.between(
                                claims.getIssueTime().toInstant(),
                                claims.getExpirationTime().toInstant())
                        .toSeconds();
        assertThat(reply.json().path("expires_in").asLong()).isBetween(lifetime - 2, lifetime);
    }

    @Test
    @Requirement(
            section = "2.2.1",
            says = "`scope` is required when what is granted is not what was asked for")
    void rfc8693_2_2_1_the_granted_scope_is_told() {
        Reply reply = SCENE.exchange(SCENE.form().without("scope"));
        permitted(reply);
        assertThat(reply.text("scope")).isEqualTo(SCENE.use());
    }

    @Test
    @Requirement(section = "2.2.1", says = "a refresh token is typically not issued")
    void rfc8693_2_2_1_no_refresh_token_is_issued() {
        assertThat(SCENE.exchange(SCENE.form()).json().has("refresh_token")).isFalse();
    }

    @Test
    @Requirement(
            section = "2.2.2",
            says = "a request that is itself not valid is `invalid_request`, status 400, in JSON")
    void rfc8693_2_2_2_an_invalid_request_is_invalid_request() {
        Reply reply = SCENE.exchange(SCENE.form().without("subject_token"));
        refused(reply, "invalid_request");
        assertThat(reply.header("Content-Type")).get().asString().startsWith("application/json");
    }

    @Test
    @Requirement(
            section = "2.2.2",
            says = "an invalid subject token is `invalid_request` and nothing else")
    void rfc8693_2_2_2_an_invalid_subject_token_is_invalid_request() {
        Map<String, Object> expired = SCENE.claims();
        expired.put("exp", 1_700_000_000);
        refused(SCENE.exchange(SCENE.form(SCENE.issuer().sign(expired))), "invalid_request");
        String token = SCENE.subjectToken();
        refused(
                SCENE.exchange(SCENE.form(token.substring(0, token.length() - 8) + "AAAAAAAA")),
                "invalid_request");
    }

    @Test
    @Requirement(
            section = "2.2.2",
            says = "an invalid actor token is `invalid_request` and nothing else")
    void rfc8693_2_2_2_an_invalid_actor_token_is_invalid_request() {
        Map<String, Object> expired = SCENE.claims();
        expired.put("exp", 1_700_000_000);
        refused(
                SCENE.exchange(
                        SCENE.form()
                                .and("actor_token", SCENE.issuer().sign(expired))
                                .and("actor_token_type", Scene.ACCESS_TOKEN)),
                "invalid_request");
    }

    @Test
    @Requirement(
            section = "2.2.2",
            says = "a subject token that policy does not accept is `invalid_request`")
    void rfc8693_2_2_2_a_subject_token_unacceptable_by_policy_is_invalid_request() {
        TestIssuer limited = TestIssuer.named("r8693-limited");
        SCENE.narrows()
                .publish(new Policy().issuer(limited, Map.of("audiences", List.of(SCENE.to()))));
        refused(
                SCENE.exchange(SCENE.form(limited.sign(limited.claims("a", SCENE.from(), "in")))),
                "invalid_request");
    }

    @Test
    @Requirement(
            section = "2.2.2",
            says = "a target that no token is issued for should be `invalid_target`")
    void rfc8693_2_2_2_a_target_that_is_not_to_be_had_is_invalid_target() {
        refused(SCENE.exchange(SCENE.form().with("audience", "nowhere")), "invalid_target");
        refused(
                SCENE.exchange(
                        SCENE.form()
                                .without("audience")
                                .and("resource", "https://nowhere.test.invalid")),
                "invalid_target");
    }

    @Test
    @Requirement(section = "2.2.2", says = "other errors of RFC 6749 §5.2 are used where they fit")
    void rfc8693_2_2_2_other_errors_keep_their_names() {
        refused(SCENE.exchange(SCENE.form().with("scope", "never.heard")), "invalid_scope");
        TestClient unknown = TestClient.withSecret("r8693-unknown");
        refused(
                SCENE.narrows()
                        .post("/token-exchange", SCENE.form(), "Authorization", unknown.basic()),
                401,
                "invalid_client");
    }

    @Test
    @Requirement(
            section = "2.2.2",
            says = "`error_description` may say more, in the characters that RFC 6749 allows")
    void rfc8693_2_2_2_a_description_has_only_allowed_characters() {
        for (Form form :
                List.of(
                        SCENE.form("\"quoted\\ \u00fcber\u0000"),
                        SCENE.form().with("audience", "\"\\ \u00fcber\n"),
                        SCENE.form().with("scope", "\"\\ \u00fcber"),
                        SCENE.form().with("requested_token_type", "\"\\\u00fc"))) {
            Reply reply = SCENE.exchange(form);
            assertThat(reply.status()).isEqualTo(400);
            assertThat(reply.text("error_description"))
                    .matches("[\\x20-\\x21\\x23-\\x5B\\x5D-\\x7E]*");
        }
    }

    @Test
    @Requirement(
            section = "3",
            says = "`access_token` and `jwt` are known as types of subject and actor tokens")
    void rfc8693_3_access_tokens_and_jwts_are_taken() {
        for (String type : List.of(Scene.ACCESS_TOKEN, Scene.JWT)) {
            permitted(SCENE.exchange(SCENE.form().with("subject_token_type", type)));
        }
    }

    @Test
    @Requirement(
            section = "3",
            says = "`id_token` is known as a type, and not mixed up with `access_token`")
    void rfc8693_3_an_id_token_is_taken_as_that_and_as_nothing_else() {
        TestIssuer login = TestIssuer.named("r8693-login");
        SCENE.narrows()
                .publish(
                        new Policy()
                                .issuer(
                                        login,
                                        Map.of(
                                                "subjectTokenTypes",
                                                List.of("access_token", "id_token")))
                                .rule(
                                        "r8693-id-token",
                                        SCENE.from(),
                                        SCENE.to(),
                                        Map.of("openid", List.of(SCENE.use()))));
        Map<String, Object> claims = login.claims("carol", SCENE.client().id(), "");
        claims.remove("scope");
        claims.remove("client_id");
        String token = login.sign(Map.of("typ", "JWT"), claims);
        Form form = SCENE.form(token).with("subject_token_type", Scene.ID_TOKEN);
        permitted(SCENE.exchange(form));
        refused(
                SCENE.exchange(form.with("subject_token_type", Scene.ACCESS_TOKEN)),
                "invalid_request");
        refused(
                SCENE.exchange(SCENE.form().with("subject_token_type", Scene.ID_TOKEN)),
                "invalid_request");
    }

    @Test
    @Requirement(
            section = "3",
            says = "a type that is not supported is refused, whatever the token is")
    void rfc8693_3_an_unsupported_type_is_refused() {
        for (String type :
                List.of(
                        "urn:ietf:params:oauth:token-type:refresh_token",
                        "urn:ietf:params:oauth:token-type:saml1",
                        "urn:ietf:params:oauth:token-type:saml2",
                        "access_token",
                        "URN:ietf:params:oauth:token-type:access_token")) {
            refused(
                    SCENE.exchange(SCENE.form().with("subject_token_type", type)),
                    "invalid_request");
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.rfc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.conformance.Answers.permitted;
import static org.narrows.conformance.Answers.refused;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.narrows.conformance.AgainstNarrows;
import org.narrows.conformance.Form;
import org.narrows.conformance.Policy;
import org.narrows.conformance.Reply;
import org.narrows.conformance.Scene;
import org.narrows.conformance.TestClient;

@AgainstNarrows
@Specification(value = "RFC 6749", title = "OAuth 2.0: client authentication, token endpoint")
@NotMet(
        section = "2.3.1",
        says = "endpoints that take a client's password are protected against brute force",
        because =
                "no limit on attempts: a secret must be too long to guess, and nothing can check that of a hash")
@NotMet(
        section = "3.2",
        says = "TLS is required at the token endpoint",
        because =
                "port 8080 is plain HTTP, for a proxy in front or for loopback; `--tls-port` is the service's own TLS")
@NotApplicable(
        section = "3.1",
        says = "the authorization endpoint, its grants and redirections",
        because =
                "there is none: tokens come from other issuers, and the only grant is an exchange")
class Rfc6749ConformanceIT {
    private static final Scene SCENE = Scene.open("r6749");
    private static final TestClient KEYED = TestClient.withKey("r6749-keyed");
    private static final TestClient DISABLED = TestClient.withSecret("r6749-disabled");

    static {
        SCENE.narrows()
                .publish(
                        new Policy()
                                .client(
                                        KEYED,
                                        SCENE.from(),
                                        List.of(SCENE.to()),
                                        List.of(SCENE.use()))
                                .client(
                                        DISABLED,
                                        SCENE.from(),
                                        List.of(SCENE.to()),
                                        List.of(SCENE.use())));
        SCENE.narrows().publish(new Policy().change("clientDisabled", Map.of("id", DISABLED.id())));
    }

    @Test
    @Requirement(
            section = "2.3",
            says = "a request does not use more than one way of client authentication")
    void rfc6749_2_3_two_ways_at_once_are_refused() {
        refused(SCENE.exchange(SCENE.form().and(SCENE.client().posted())), "invalid_request");
        refused(
                SCENE.exchange(SCENE.form().and(KEYED.asserted(KEYED.assertionClaims(issuer())))),
                "invalid_request");
        refused(
                SCENE.narrows()
                        .post(
                                "/token-exchange",
                                SCENE.form()
                                        .and(SCENE.client().posted())
                                        .and(KEYED.asserted(KEYED.assertionClaims(issuer())))),
                "invalid_request");
    }

    @Test
    @Requirement(
            section = "2.3.1",
            says =
                    "HTTP Basic is supported for clients with a password, id and password form-encoded in it")
    void rfc6749_2_3_1_basic_is_supported_with_both_parts_form_encoded() {
        permitted(SCENE.exchange(SCENE.form()));
        String unescaped = TestClient.basic(SCENE.client().id(), SCENE.client().secret());
        refused(
                SCENE.narrows().post("/token-exchange", SCENE.form(), "Authorization", unescaped),
                401,
                "invalid_client");
        permitted(
                SCENE.narrows()
                        .post(
                                "/token-exchange",
                                SCENE.form(),
                                "Authorization",
                                SCENE.client().basic().replace("Basic ", "basic ")));
    }

    @Test
    @Requirement(section = "2.3.1", says = "id and password in the body may be supported")
    void rfc6749_2_3_1_credentials_in_the_body_are_supported() {
        permitted(
                SCENE.narrows().post("/token-exchange", SCENE.form().and(SCENE.client().posted())));
    }

    @Test
    @Requirement(
            section = "2.3.1",
            says = "credentials are in the body only, never in the request URI")
    void rfc6749_2_3_1_credentials_in_the_uri_do_not_count() {
        refused(
                SCENE.narrows()
                        .post("/token-exchange?" + SCENE.client().posted().encoded(), SCENE.form()),
                401,
                "invalid_client");
    }

    @Test
    @Requirement(section = "3.2", says = "a client uses POST for access token requests")
    void rfc6749_3_2_only_post_gives_tokens() {
        Reply reply =
                SCENE.narrows()
                        .get(
                                "/token-exchange?" + SCENE.form().encoded(),
                                "Authorization",
                                SCENE.client().basic());
        assertThat(reply.status()).isEqualTo(405);
        assertThat(reply.body()).doesNotContain("access_token");
    }

    @Test
    @Requirement(section = "3.2.1", says = "a confidential client must authenticate")
    void rfc6749_3_2_1_a_client_id_alone_is_not_enough() {
        refused(
                SCENE.narrows()
                        .post(
                                "/token-exchange",
                                SCENE.form().and("client_id", SCENE.client().id())),
                401,
                "invalid_client");
    }

    @Test
    @Requirement(
            section = "3.3",
            says = "the order of scopes does not matter, and each is of the allowed characters")
    void rfc6749_3_3_scopes_are_sets_of_tokens() {
        Form twice = SCENE.form().with("scope", SCENE.use() + " " + SCENE.use());
        assertThat(SCENE.exchange(twice).text("scope")).isEqualTo(SCENE.use());
        for (String malformed : List.of("\"", "a\\b", "\u00e9", "a\tb")) {
            refused(SCENE.exchange(SCENE.form().with("scope", malformed)), "invalid_scope");
        }
    }

    @Test
    @Requirement(
            section = "3.3",
            says = "an omitted scope is a defined default, or `invalid_scope`")
    void rfc6749_3_3_an_omitted_scope_is_what_the_rule_gives() {
        Reply reply = SCENE.exchange(SCENE.form().without("scope"));
        permitted(reply);
        assertThat(reply.text("scope")).isEqualTo(SCENE.use());
        String token =
                SCENE.issuer().sign(SCENE.issuer().claims("alice", SCENE.from(), "worth-nothing"));
        refused(SCENE.exchange(SCENE.form(token).without("scope")), "invalid_scope");
    }

    @Test
    @Requirement(
            section = "3.3",
            says = "a scope that differs from the requested one is told in the answer")
    void rfc6749_3_3_the_answer_tells_the_scope() {
        assertThat(SCENE.exchange(SCENE.form()).text("scope")).isEqualTo(SCENE.use());
    }

    @Test
    @Requirement(
            section = "5.1",
            says = "an answer with a token has status 200 and `Cache-Control: no-store`")
    void rfc6749_5_1_a_token_is_not_to_be_stored() {
        Reply reply = SCENE.exchange(SCENE.form());
        permitted(reply);
        assertThat(reply.header("Cache-Control")).contains("no-store");
    }

    @Test
    @Requirement(section = "5.1", says = "an answer with a token has `Pragma: no-cache`")
    void rfc6749_5_1_a_token_is_not_to_be_cached_by_old_caches() {
        assertThat(SCENE.exchange(SCENE.form()).header("Pragma")).contains("no-cache");
    }

    @Test
    @Requirement(
            section = "5.1",
            says = "the answer is a JSON object, its numbers are JSON numbers")
    void rfc6749_5_1_the_answer_is_json() {
        Reply reply = SCENE.exchange(SCENE.form());
        assertThat(reply.json().isObject()).isTrue();
        assertThat(reply.json().path("expires_in").isNumber()).isTrue();
    }

    @Test
    @Requirement(section = "5.2", says = "an error is JSON with `error`, status 400")
    void rfc6749_5_2_an_error_is_json_with_status_400() {
        Reply reply = SCENE.exchange(SCENE.form().with("scope", "never.heard"));
        refused(reply, "invalid_scope");
        assertThat(reply.header("Content-Type")).get().asString().startsWith("application/json");
        assertThat(reply.header("Cache-Control")).contains("no-store");
    }

    @Test
    @Requirement(
            section = "5.2",
            says =
                    "a client that failed to authenticate is `invalid_client`; unknown ones look the same")
    void rfc6749_5_2_a_failed_authentication_is_invalid_client() {
        Form wrong = Form.of("client_id", SCENE.client().id(), "client_secret", "a wrong secret");
        Reply wrongSecret = SCENE.narrows().post("/token-exchange", SCENE.form().and(wrong));
        Reply unknown =
                SCENE.narrows()
                        .post(
                                "/token-exchange",
                                SCENE.form().and(wrong.with("client_id", "r6749-nobody")));
        refused(wrongSecret, 401, "invalid_client");
        refused(unknown, 401, "invalid_client");
        assertThat(unknown.body()).isEqualTo(wrongSecret.body());
        refused(
                SCENE.narrows()
                        .post(
                                "/token-exchange",
                                SCENE.form().and(KEYED.posted().with("client_secret", "x"))),
                401,
                "invalid_client");
    }

    @Test
    @Requirement(
            section = "5.2",
            says =
                    "when the `Authorization` header was used, the answer is 401 with a `WWW-Authenticate` of that scheme")
    void rfc6749_5_2_a_failed_header_is_answered_by_a_challenge() {
        Reply reply =
                SCENE.narrows()
                        .post(
                                "/token-exchange",
                                SCENE.form(),
                                "Authorization",
                                TestClient.basic(SCENE.client().id(), "wrong"));
        refused(reply, 401, "invalid_client");
        assertThat(reply.header("WWW-Authenticate")).get().asString().startsWith("Basic");
    }

    @Test
    @Requirement(
            section = "5.2",
            says = "a client that may not use the grant is `unauthorized_client`")
    void rfc6749_5_2_a_disabled_client_is_unauthorized_client() {
        refused(
                SCENE.narrows()
                        .post("/token-exchange", SCENE.form(), "Authorization", DISABLED.basic()),
                "unauthorized_client");
    }

    @Test
    @Requirement(section = "5.2", says = "another grant is `unsupported_grant_type`")
    void rfc6749_5_2_another_grant_is_unsupported() {
        for (String grant : List.of("authorization_code", "password", "refresh_token", "x")) {
            refused(
                    SCENE.exchange(SCENE.form().with("grant_type", grant)),
                    "unsupported_grant_type");
        }
    }

    @Test
    @Requirement(
            section = "5.2",
            says = "a malformed request is `invalid_request`, also one that repeats a credential")
    void rfc6749_5_2_a_malformed_request_is_invalid_request() {
        Form twice = SCENE.form().and(SCENE.client().posted()).and("client_secret", "again");
        refused(SCENE.narrows().post("/token-exchange", twice), "invalid_request");
    }

    @Test
    @Requirement(
            section = "5.2",
            says =
                    "a scope that is invalid, unknown, malformed or above what was given is `invalid_scope`")
    void rfc6749_5_2_a_scope_above_every_cap_is_invalid_scope() {
        List<Reply> replies = new ArrayList<>();
        replies.add(SCENE.exchange(SCENE.form().with("scope", "unknown")));
        replies.add(SCENE.exchange(SCENE.form().with("scope", SCENE.use() + " unknown")));
        replies.add(SCENE.exchange(SCENE.form().with("scope", SCENE.read())));
        replies.forEach(reply -> refused(reply, "invalid_scope"));
    }

    private static String issuer() {
        return SCENE.narrows().issuer();
    }
}

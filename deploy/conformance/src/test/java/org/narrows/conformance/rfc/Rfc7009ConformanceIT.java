// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.rfc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.conformance.Answers.permitted;
import static org.narrows.conformance.Answers.refused;

import com.fasterxml.jackson.databind.JsonNode;
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
@Specification(value = "RFC 7009", title = "Token revocation")
@NotMet(
        section = "2",
        says = "the endpoint is reached over TLS only",
        because =
                "port 8080 is plain HTTP, for a proxy in front or for loopback; `--tls-port` is the service's own TLS")
@NotMet(
        section = "2.1",
        says = "revoking a token that was issued to another client is refused with an error",
        because = "it has no effect, and is answered as an unknown token is, which tells nothing")
@NotMet(
        section = "2.3",
        says = "cross-origin requests may be supported",
        because = "no client of Narrows runs in a browser")
@NotApplicable(
        section = "2",
        says = "refresh tokens can be revoked, and take their access tokens along",
        because = "none are issued")
@NotApplicable(
        section = "2.2.1",
        says = "`unsupported_token_type` for a type that cannot be revoked",
        because = "every token that is issued can be")
class Rfc7009ConformanceIT {
    private static final Scene SCENE = Scene.open("r7009");
    private static final TestClient FIRST = TestClient.withSecret("r7009-first-client");
    private static final TestClient RESOURCE = TestClient.withSecret("r7009-resource");

    static {
        SCENE.narrows()
                .publish(
                        new Policy()
                                .audience("r7009-first")
                                .scope("r7009.in", SCENE.from(), "grantable")
                                .client(
                                        FIRST,
                                        "r7009-first",
                                        List.of(SCENE.from()),
                                        List.of("r7009.in"))
                                .client(RESOURCE, SCENE.to(), List.of(), List.of())
                                .rule(
                                        "r7009-first",
                                        "r7009-first",
                                        SCENE.from(),
                                        Map.of("x", List.of("r7009.in")))
                                .rule(
                                        "r7009-second",
                                        SCENE.from(),
                                        SCENE.to(),
                                        Map.of("r7009.in", List.of(SCENE.use())),
                                        Map.of("maxChainDepth", 2)));
    }

    @Test
    @Requirement(
            section = "2.1",
            says = "a client revokes a token by a POST with `token`, and its own credentials")
    @Requirement(section = "2.2", says = "a revoked token is answered with status 200")
    @Requirement(section = "2.1", says = "the token cannot be used again after the revocation")
    void rfc7009_2_1_a_client_revokes_its_token() {
        String token = SCENE.issued();
        assertThat(active(token)).isTrue();
        Reply reply = revoke(SCENE.client(), Form.of("token", token));
        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        assertThat(active(token, consistency(reply))).isFalse();
    }

    @Test
    @Requirement(section = "2.1", says = "`token` is required")
    void rfc7009_2_1_token_is_required() {
        refused(revoke(SCENE.client(), Form.of("x", "y")), "invalid_request");
    }

    @Test
    @Requirement(
            section = "2.1",
            says = "`token_type_hint` is a hint: a wrong or unknown one changes nothing")
    void rfc7009_2_1_a_hint_changes_nothing() {
        for (String hint : List.of("refresh_token", "pineapple")) {
            String token = SCENE.issued();
            Reply reply = revoke(SCENE.client(), Form.of("token", token, "token_type_hint", hint));
            assertThat(reply.status()).isEqualTo(200);
            assertThat(active(token, consistency(reply))).isFalse();
        }
    }

    @Test
    @Requirement(section = "2.1", says = "the client's credentials are verified first")
    @Requirement(
            section = "2.2.1",
            says = "errors are those of RFC 6749 §5.2, such as `invalid_client`")
    void rfc7009_2_1_a_client_must_authenticate() {
        String token = SCENE.issued();
        refused(SCENE.narrows().post("/revoke", Form.of("token", token)), 401, "invalid_client");
        Reply wrong =
                SCENE.narrows()
                        .post(
                                "/revoke",
                                Form.of("token", token),
                                "Authorization",
                                TestClient.basic(SCENE.client().id(), "wrong"));
        refused(wrong, 401, "invalid_client");
        assertThat(active(token)).isTrue();
    }

    @Test
    @Requirement(
            section = "2.1",
            says = "a token is revoked only by the client that it was issued to")
    void rfc7009_2_1_another_client_revokes_nothing() {
        String token = SCENE.issued();
        for (TestClient other : List.of(FIRST, RESOURCE)) {
            Reply reply = revoke(other, Form.of("token", token));
            assertThat(active(token, consistency(reply))).isTrue();
        }
    }

    @Test
    @Requirement(section = "2.2", says = "an invalid token is no error: the answer is 200")
    void rfc7009_2_2_an_invalid_token_is_no_error() {
        String token = SCENE.issued();
        revoke(SCENE.client(), Form.of("token", token));
        for (String invalid : List.of(token, "garbage", token + "x", SCENE.subjectToken())) {
            assertThat(revoke(SCENE.client(), Form.of("token", invalid)).status()).isEqualTo(200);
        }
    }

    @Test
    @Requirement(
            section = "2.1",
            says =
                    "other tokens that rest on the revoked one may be revoked with it: all that derive from it are")
    void rfc7009_2_1_what_derives_from_a_token_ends_with_it() {
        Form form =
                SCENE.form(SCENE.issuer().sign(SCENE.issuer().claims("alice", "r7009-first", "x")))
                        .with("audience", SCENE.from())
                        .with("scope", "r7009.in");
        Reply first = SCENE.narrows().post("/token-exchange", form, "Authorization", FIRST.basic());
        permitted(first);
        Reply second = SCENE.exchange(SCENE.form(first.accessToken()));
        permitted(second);
        assertThat(active(second.accessToken())).isTrue();
        Reply revoked = revoke(FIRST, Form.of("token", first.accessToken()));
        assertThat(active(second.accessToken(), consistency(revoked))).isFalse();
        refused(
                SCENE.narrows()
                        .post(
                                "/token-exchange",
                                SCENE.form(first.accessToken()),
                                "Authorization",
                                SCENE.client().basic(),
                                "Narrows-Consistency",
                                consistency(revoked)),
                "invalid_request");
    }

    @Test
    @Requirement(section = "2", says = "the token is in the body only, and the request is a POST")
    void rfc7009_2_get_revokes_nothing() {
        String token = SCENE.issued();
        Reply reply =
                SCENE.narrows()
                        .get("/revoke?token=" + token, "Authorization", SCENE.client().basic());
        assertThat(reply.status()).isEqualTo(405);
        assertThat(active(token)).isTrue();
    }

    @Test
    @Requirement(
            spec = "RFC 8414",
            section = "2",
            says = "`revocation_endpoint` and its ways to authenticate are named")
    void rfc8414_2_the_revocation_endpoint_is_named() {
        JsonNode metadata = SCENE.narrows().get("/.well-known/oauth-authorization-server").json();
        assertThat(metadata.path("revocation_endpoint").asText())
                .isEqualTo(SCENE.narrows().issuer() + "/revoke");
        assertThat(metadata.path("revocation_endpoint_auth_methods_supported").toString())
                .contains("client_secret_basic", "private_key_jwt");
        assertThat(
                        metadata.path("revocation_endpoint_auth_signing_alg_values_supported")
                                .toString())
                .contains("ES256")
                .doesNotContain("none", "HS256");
    }

    private static Reply revoke(TestClient client, Form form) {
        return SCENE.narrows().post("/revoke", form, "Authorization", client.basic());
    }

    private static String consistency(Reply reply) {
        return reply.header("Narrows-Consistency").orElseThrow();
    }

    private static boolean active(String token, String... consistency) {
        Reply reply = SCENE.introspect(RESOURCE, Form.of("token", token), consistency);
        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        return reply.json().path("active").asBoolean();
    }
}

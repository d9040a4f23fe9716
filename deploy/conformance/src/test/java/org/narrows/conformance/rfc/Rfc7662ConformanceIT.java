// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.rfc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.conformance.Answers.permitted;
import static org.narrows.conformance.Answers.refused;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jwt.JWTClaimsSet;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.narrows.conformance.AgainstNarrows;
import org.narrows.conformance.Form;
import org.narrows.conformance.Jws;
import org.narrows.conformance.Narrows;
import org.narrows.conformance.Policy;
import org.narrows.conformance.Reply;
import org.narrows.conformance.Scene;
import org.narrows.conformance.TestClient;

@AgainstNarrows
@Specification(value = "RFC 7662", title = "Token introspection")
@NotMet(
        section = "2",
        says = "the endpoint is protected by TLS",
        because =
                "port 8080 is plain HTTP, for a proxy in front or for loopback; `--tls-port` is the service's own TLS")
@NotMet(
        section = "2.2",
        says = "`username` may be told",
        because = "Narrows knows users by issuer and subject only")
@NotApplicable(
        section = "2.1",
        says = "a resource may authorize itself by a bearer token",
        because = "it authenticates as any client does, which is allowed instead")
class Rfc7662ConformanceIT {
    private static final Scene SCENE = Scene.open("r7662");
    private static final TestClient RESOURCE = TestClient.withSecret("r7662-resource");
    private static final TestClient STRANGER = TestClient.withSecret("r7662-stranger");

    static {
        SCENE.narrows()
                .publish(
                        new Policy()
                                .audience("r7662-elsewhere")
                                .client(RESOURCE, SCENE.to(), List.of(), List.of())
                                .client(STRANGER, "r7662-elsewhere", List.of(), List.of())
                                .rule(
                                        "r7662-delegation",
                                        SCENE.from(),
                                        SCENE.to(),
                                        Map.of("in", List.of(SCENE.use())),
                                        Map.of(
                                                "modes",
                                                List.of("delegation"),
                                                "actors",
                                                List.of("user"))));
    }

    @Test
    @Requirement(
            section = "2.1",
            says = "the request is a POST with `token` in a form; the answer is JSON, status 200")
    void rfc7662_2_1_a_token_is_asked_about_by_post() {
        Reply reply = introspect(SCENE.issued());
        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        assertThat(reply.header("Content-Type")).get().asString().startsWith("application/json");
        assertThat(reply.json().path("active").isBoolean()).isTrue();
        assertThat(reply.json().path("active").asBoolean()).isTrue();
    }

    @Test
    @Requirement(section = "2.1", says = "`token` is required")
    void rfc7662_2_1_token_is_required() {
        refused(introspect(Form.of("token_type_hint", "access_token")), "invalid_request");
        refused(introspect(Form.of("token", "")), "invalid_request");
    }

    @Test
    @Requirement(
            section = "2.1",
            says = "`token_type_hint` is a hint: a wrong or unknown one changes nothing")
    void rfc7662_2_1_a_hint_changes_nothing() {
        String token = SCENE.issued();
        for (String hint : List.of("access_token", "refresh_token", "pineapple")) {
            assertThat(
                            introspect(Form.of("token", token, "token_type_hint", hint))
                                    .json()
                                    .path("active")
                                    .asBoolean())
                    .isTrue();
        }
    }

    @Test
    @Requirement(
            section = "2.1",
            says = "callers must be authorized, so that tokens cannot be tried out")
    @Requirement(
            section = "2.3",
            says = "a caller that fails to authenticate is `invalid_client`, status 401")
    void rfc7662_2_1_callers_authenticate() {
        Form form = Form.of("token", SCENE.issued());
        refused(SCENE.narrows().post("/introspect", form), 401, "invalid_client");
        Reply wrong =
                SCENE.narrows()
                        .post(
                                "/introspect",
                                form,
                                "Authorization",
                                TestClient.basic(RESOURCE.id(), "wrong"));
        refused(wrong, 401, "invalid_client");
        assertThat(wrong.header("WWW-Authenticate")).isPresent();
        assertThat(wrong.body()).doesNotContain("active");
    }

    @Test
    @Requirement(
            section = "2.2",
            says = "`active` is required, and true only for a token that may be used here and now")
    @Requirement(
            section = "2.2",
            says =
                    "`scope`, `client_id`, `token_type`, `exp`, `iat`, `sub`, `aud`, `iss`, `jti` are told")
    void rfc7662_2_2_an_active_token_is_told_as_it_was_issued() {
        Reply exchanged = SCENE.exchange(SCENE.form());
        JWTClaimsSet claims = permitted(exchanged);
        JsonNode answer = introspect(exchanged.accessToken()).json();
        assertThat(answer.path("active").asBoolean()).isTrue();
        for (String member : List.of("scope", "client_id", "sub", "iss", "jti", "exp", "iat")) {
            assertThat(answer.path(member))
                    .as(member)
                    .isEqualTo(Narrows.parse(Narrows.json(claims.toJSONObject())).path(member));
        }
        assertThat(answer.path("aud").toString()).contains("\"" + SCENE.to() + "\"");
        assertThat(answer.path("token_type").asText()).isEqualToIgnoringCase("Bearer");
    }

    @Test
    @Requirement(
            section = "2.2",
            says = "an inactive token is answered by `active` false and nothing else, status 200")
    void rfc7662_2_2_an_inactive_token_is_not_explained() {
        inactive("garbage");
        inactive(SCENE.subjectToken()); // a good token of somebody else
        inactive(SCENE.issued() + "A");
    }

    @Test
    @Requirement(
            section = "2.2",
            says = "a token that this caller may not know about is answered as inactive")
    void rfc7662_2_2_a_token_for_another_audience_is_inactive() {
        String token = SCENE.issued();
        for (TestClient caller : List.of(STRANGER, SCENE.client())) {
            Reply reply =
                    SCENE.narrows()
                            .post(
                                    "/introspect",
                                    Form.of("token", token),
                                    "Authorization",
                                    caller.basic());
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.body()).isEqualTo("{\"active\":false}");
        }
    }

    @Test
    @Requirement(section = "4", says = "an expired token is inactive")
    void rfc7662_4_an_expired_token_is_inactive() {
        assertThat(introspect(changed(Map.of())).json().path("active").asBoolean()).isTrue();
        inactive(changed(Map.of("exp", Instant.now().getEpochSecond() - 1)));
    }

    @Test
    @Requirement(section = "4", says = "a token that is not valid yet is inactive")
    void rfc7662_4_a_token_before_its_time_is_inactive() {
        inactive(changed(Map.of("nbf", Instant.now().getEpochSecond() + 3600)));
    }

    @Test
    @Requirement(section = "4", says = "a token that was revoked is inactive")
    void rfc7662_4_a_revoked_token_is_inactive() {
        Reply exchanged = SCENE.exchange(SCENE.form());
        JWTClaimsSet claims = permitted(exchanged);
        String consistency =
                SCENE.narrows()
                        .publish(
                                "token.revoked",
                                Map.of(
                                        "issuer",
                                        claims.getIssuer(),
                                        "tokenId",
                                        claims.getJWTID(),
                                        "expiresAt",
                                        claims.getExpirationTime().toInstant().toString()));
        inactive(exchanged.accessToken(), consistency);
    }

    @Test
    @Requirement(
            section = "4",
            says = "a token whose grant is gone is inactive, and stays so when it is given again")
    void rfc7662_4_a_token_without_its_consent_is_inactive_for_good() {
        String user = "u-" + UUID.randomUUID();
        String token = SCENE.issuer().sign(SCENE.issuer().claims(user, SCENE.from(), "in"));
        Form form = SCENE.form(token).with("scope", SCENE.read());
        Reply exchanged =
                SCENE.narrows()
                        .post(
                                "/token-exchange",
                                form,
                                "Authorization",
                                SCENE.client().basic(),
                                "Narrows-Consistency",
                                SCENE.consent(user));
        permitted(exchanged);
        assertThat(introspect(exchanged.accessToken()).json().path("active").asBoolean()).isTrue();
        String withdrawn =
                SCENE.narrows()
                        .publish(
                                "consent.withdrawn",
                                Map.of(
                                        "user",
                                        Map.of("issuer", SCENE.issuer().url(), "subject", user),
                                        "audience",
                                        SCENE.to()));
        inactive(exchanged.accessToken(), withdrawn);
        inactive(exchanged.accessToken(), SCENE.consent(user));
    }

    @Test
    @Requirement(section = "4", says = "a token's signature is validated")
    void rfc7662_4_a_token_signed_by_another_key_is_inactive() {
        Map<String, Object> claims = SCENE.exchange(SCENE.form()).claims().toJSONObject();
        inactive(Jws.sign(RESOURCE.key(), Map.of("typ", "at+jwt"), claims));
        inactive(
                Jws.sign(
                        RESOURCE.key(),
                        Map.of("typ", "at+jwt", "kid", OwnTokens.key(SCENE.narrows()).getKeyID()),
                        claims));
        inactive(
                Jws.of("{\"alg\":\"none\",\"typ\":\"at+jwt\"}", Narrows.json(claims), new byte[0]));
    }

    @Test
    @Requirement(section = "4", says = "what is no access token of this server is inactive")
    void rfc7662_4_another_kind_of_token_is_inactive() {
        inactive(
                OwnTokens.changed(SCENE.narrows(), SCENE.issued(), Map.of("typ", "JWT"), Map.of()));
    }

    @Test
    @Requirement(
            spec = "RFC 8693",
            section = "4.1",
            says = "`act` is a member of an introspection answer")
    void rfc8693_4_1_introspection_tells_the_actor() {
        Form form =
                SCENE.form()
                        .and(
                                "actor_token",
                                SCENE.issuer()
                                        .sign(SCENE.issuer().claims("worker", SCENE.from(), "")))
                        .and("actor_token_type", Scene.ACCESS_TOKEN);
        Reply exchanged = SCENE.exchange(form);
        permitted(exchanged);
        assertThat(introspect(exchanged.accessToken()).json().path("act"))
                .isEqualTo(Narrows.parse("{\"sub\": \"r7662|worker\"}"));
    }

    @Test
    @Requirement(section = "4", says = "answers are not cached longer than a token's state holds")
    void rfc7662_4_an_answer_is_not_to_be_stored() {
        assertThat(introspect(SCENE.issued()).header("Cache-Control")).contains("no-store");
    }

    @Test
    @Requirement(
            section = "2.1",
            says = "tokens are not taken from a URI, where logs would keep them")
    void rfc7662_2_1_get_is_not_answered() {
        Reply reply =
                SCENE.narrows()
                        .get(
                                "/introspect?token=" + SCENE.issued(),
                                "Authorization",
                                RESOURCE.basic());
        assertThat(reply.status()).isEqualTo(405);
        assertThat(reply.body()).doesNotContain("active");
    }

    @Test
    @Requirement(
            spec = "RFC 8414",
            section = "2",
            says = "`introspection_endpoint` and its ways to authenticate are named")
    void rfc8414_2_the_introspection_endpoint_is_named() {
        JsonNode metadata = SCENE.narrows().get("/.well-known/oauth-authorization-server").json();
        assertThat(metadata.path("introspection_endpoint").asText())
                .isEqualTo(SCENE.narrows().issuer() + "/introspect");
        assertThat(metadata.path("introspection_endpoint_auth_methods_supported").toString())
                .contains("client_secret_basic", "private_key_jwt");
        assertThat(
                        metadata.path("introspection_endpoint_auth_signing_alg_values_supported")
                                .toString())
                .contains("ES256")
                .doesNotContain("none", "HS256");
    }

    private static String changed(Map<String, ?> claims) {
        return OwnTokens.changed(SCENE.narrows(), SCENE.issued(), Map.of(), claims);
    }

    private static void inactive(String token, String... consistency) {
        Reply reply = introspect(Form.of("token", token), consistency);
        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        assertThat(reply.body()).isEqualTo("{\"active\":false}");
    }

    private static Reply introspect(String token) {
        return introspect(Form.of("token", token));
    }

    private static Reply introspect(Form form, String... consistency) {
        return SCENE.introspect(RESOURCE, form, consistency);
    }
}

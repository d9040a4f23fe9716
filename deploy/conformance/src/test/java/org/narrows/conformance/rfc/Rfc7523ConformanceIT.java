// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.rfc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.conformance.Answers.permitted;
import static org.narrows.conformance.Answers.refused;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.OctetSequenceKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.narrows.conformance.AgainstNarrows;
import org.narrows.conformance.Form;
import org.narrows.conformance.Jws;
import org.narrows.conformance.Policy;
import org.narrows.conformance.Reply;
import org.narrows.conformance.Scene;
import org.narrows.conformance.TestClient;

@AgainstNarrows
@Specification(value = "RFC 7523", title = "JWT profile for client authentication (with RFC 7521)")
@NotApplicable(
        section = "2.1",
        says = "JWTs as authorization grants (the `jwt-bearer` grant)",
        because = "the only grant is token exchange; a JWT comes as its subject token")
@NotApplicable(
        section = "3.1",
        says = "a JWT that is no valid grant is `invalid_grant`",
        because = "the only grant is token exchange")
class Rfc7523ConformanceIT {
    private static final Scene SCENE = Scene.open("r7523");
    private static final TestClient CLIENT = TestClient.withKey("r7523-keyed");
    private static final TestClient OTHER = TestClient.withKey("r7523-other");
    private static final RSAKey RSA = rsa();
    private static final TestClient RSA_CLIENT =
            TestClient.with(
                    "r7523-rsa",
                    Map.of(
                            "method",
                            "private_key_jwt",
                            "jwks",
                            new JWKSet(RSA.toPublicJWK()).toJSONObject()));
    private static final TestClient TO_ENDPOINT = toEndpoint();

    static {
        Policy policy = new Policy();
        for (TestClient client : List.of(CLIENT, OTHER, RSA_CLIENT, TO_ENDPOINT)) {
            policy.client(client, SCENE.from(), List.of(SCENE.to()), List.of(SCENE.use()));
        }
        SCENE.narrows().publish(policy);
    }

    @Test
    @Requirement(
            section = "2.2",
            says = "a client authenticates by a JWT in `client_assertion` with its type beside it")
    void rfc7523_2_2_a_client_authenticates_by_an_assertion() {
        permitted(authenticated(CLIENT.asserted(good())));
    }

    @Test
    @Requirement(section = "2.2", says = "`client_assertion_type` must be the `jwt-bearer` one")
    void rfc7523_2_2_the_assertion_type_must_be_that_of_jwts() {
        Form form = CLIENT.asserted(good());
        refused(
                authenticated(
                        form.with(
                                "client_assertion_type",
                                "urn:ietf:params:oauth:client-assertion-type:saml2-bearer")),
                401,
                "invalid_client");
        assertThat(authenticated(form.without("client_assertion_type")).status()).isIn(400, 401);
    }

    @Test
    @Requirement(section = "2.2", says = "`client_assertion` must hold exactly one JWT")
    void rfc7523_2_2_only_one_jwt_is_taken() {
        Form form = CLIENT.asserted(good());
        refused(
                authenticated(
                        form.and("client_assertion", Jws.sign(CLIENT.key(), Map.of(), good()))),
                "invalid_request");
        Form joined =
                TestClient.asserted(
                        Jws.sign(CLIENT.key(), Map.of(), good())
                                + " "
                                + Jws.sign(CLIENT.key(), Map.of(), good()));
        refused(authenticated(joined), 401, "invalid_client");
    }

    @Test
    @Requirement(
            section = "2.2",
            says =
                    "`client_id` is optional beside an assertion; when it is there it names the same client (RFC 7521 §4.2)")
    void rfc7523_2_2_a_client_id_beside_it_must_be_the_same() {
        permitted(authenticated(CLIENT.asserted(good()).and("client_id", CLIENT.id())));
        refused(
                authenticated(CLIENT.asserted(good()).and("client_id", OTHER.id())),
                401,
                "invalid_client");
    }

    @Test
    @Requirement(section = "3", says = "`iss` is required, and is the client")
    void rfc7523_3_iss_is_required() {
        refusedWithout("iss");
        refusedWith("iss", OTHER.id());
    }

    @Test
    @Requirement(
            section = "3",
            says = "`sub` is required, and for client authentication is the `client_id`")
    void rfc7523_3_sub_is_the_client() {
        refusedWithout("sub");
        refusedWith("sub", OTHER.id());
    }

    @Test
    @Requirement(
            section = "3",
            says = "`aud` is required and holds what identifies this server; others are rejected")
    void rfc7523_3_aud_must_name_this_server() {
        refusedWithout("aud");
        refusedWith("aud", "https://another-server.test.invalid");
        refusedWith("aud", SCENE.narrows().issuer() + "/");
        refusedWith("aud", List.of(SCENE.narrows().issuer(), "https://another.test.invalid"));
        refusedWith("aud", List.of());
        permitted(authenticated(CLIENT.asserted(with("aud", List.of(SCENE.narrows().issuer())))));
    }

    @Test
    @Requirement(
            section = "3",
            says = "the token endpoint's URL may be used as `aud`, compared as a string")
    void rfc7523_3_the_token_endpoint_is_an_audience_where_the_client_says_so() {
        Map<String, Object> claims = TO_ENDPOINT.assertionClaims(endpoint());
        permitted(authenticated(TO_ENDPOINT.asserted(claims)));
        refused(authenticated(CLIENT.asserted(with("aud", endpoint()))), 401, "invalid_client");
    }

    @Test
    @Requirement(section = "3", says = "`exp` is required, and an expired JWT is rejected")
    void rfc7523_3_exp_is_required_and_kept() {
        refusedWithout("exp");
        refusedWith("exp", Instant.now().getEpochSecond() - 120);
    }

    @Test
    @Requirement(section = "3", says = "an `exp` that is unreasonably far ahead may be rejected")
    void rfc7523_3_an_exp_far_ahead_is_rejected() {
        refusedWith("exp", Instant.now().getEpochSecond() + 3600);
    }

    @Test
    @Requirement(section = "3", says = "a JWT is not accepted before its `nbf`")
    void rfc7523_3_nbf_is_kept() {
        refusedWith("nbf", Instant.now().getEpochSecond() + 200);
        permitted(authenticated(CLIENT.asserted(with("nbf", Instant.now().getEpochSecond() - 1))));
    }

    @Test
    @Requirement(section = "3", says = "`iat` may be there, and may be checked")
    void rfc7523_3_an_iat_ahead_is_rejected() {
        refusedWith("iat", Instant.now().getEpochSecond() + 3600);
        Map<String, Object> claims = good();
        claims.remove("iat");
        permitted(authenticated(CLIENT.asserted(claims)));
    }

    @Test
    @Requirement(
            section = "3",
            says = "`jti` may be used to see that a JWT is not replayed while it is valid")
    void rfc7523_3_an_assertion_is_used_once() {
        Form form = CLIENT.asserted(good());
        permitted(authenticated(form));
        refused(authenticated(form), 401, "invalid_client");
        refusedWithout("jti");
    }

    @Test
    @Requirement(section = "3", says = "other claims may be there")
    void rfc7523_3_other_claims_are_ignored() {
        permitted(authenticated(CLIENT.asserted(with("https://claims.test.invalid/x", "y"))));
    }

    @Test
    @Requirement(
            section = "3",
            says = "the JWT is signed or has a MAC by the issuer, and an invalid one is rejected")
    void rfc7523_3_the_signature_must_be_the_clients() {
        refused(
                authenticated(TestClient.asserted(Jws.sign(OTHER.key(), Map.of(), good()))),
                401,
                "invalid_client");
        refused(
                authenticated(
                        TestClient.asserted(
                                Jws.sign(
                                        OTHER.key(),
                                        Map.of("kid", CLIENT.key().getKeyID()),
                                        good()))),
                401,
                "invalid_client");
        String none =
                Jws.of(
                        "{\"alg\":\"none\"}",
                        org.narrows.conformance.Narrows.json(good()),
                        new byte[0]);
        refused(authenticated(TestClient.asserted(none)), 401, "invalid_client");
        refused(
                authenticated(TestClient.asserted(Jws.sign(mac(), Map.of(), good()))),
                401,
                "invalid_client");
    }

    @Test
    @Requirement(section = "3", says = "a JWT that is invalid in any other respect is rejected")
    void rfc7523_3_what_is_no_valid_jwt_is_rejected() {
        refused(authenticated(TestClient.asserted("not a jwt")), 401, "invalid_client");
        refused(
                authenticated(TestClient.asserted(Jws.signText(CLIENT.key(), Map.of(), "[]"))),
                401,
                "invalid_client");
        refused(
                authenticated(
                        TestClient.asserted(
                                Jws.sign(CLIENT.key(), Map.of("typ", "at+jwt"), good()))),
                401,
                "invalid_client");
        refusedWith("exp", "tomorrow");
    }

    @Test
    @Requirement(section = "3.2", says = "a client JWT that is not valid is `invalid_client`")
    void rfc7523_3_2_a_bad_assertion_is_invalid_client() {
        Reply reply = authenticated(CLIENT.asserted(with("aud", "x")));
        refused(reply, 401, "invalid_client");
        assertThat(reply.body()).doesNotContain("sub").doesNotContain(CLIENT.id());
    }

    @Test
    @Requirement(section = "5", says = "RS256 is mandatory to implement")
    void rfc7523_5_rs256_is_supported() {
        Map<String, Object> claims = RSA_CLIENT.assertionClaims(SCENE.narrows().issuer());
        permitted(
                authenticated(TestClient.asserted(Jws.sign(RSA, Map.of("alg", "RS256"), claims))));
    }

    @Test
    @Requirement(
            section = "2.2",
            says = "an assertion is not used together with another way of authentication")
    void rfc7523_2_2_an_assertion_beside_a_secret_is_refused() {
        refused(
                SCENE.narrows()
                        .post(
                                "/token-exchange",
                                SCENE.form().and(CLIENT.asserted(good())),
                                "Authorization",
                                SCENE.client().basic()),
                "invalid_request");
    }

    private static void refusedWithout(String claim) {
        Map<String, Object> claims = good();
        claims.remove(claim);
        refused(authenticated(CLIENT.asserted(claims)), 401, "invalid_client");
    }

    private static void refusedWith(String claim, Object value) {
        refused(authenticated(CLIENT.asserted(with(claim, value))), 401, "invalid_client");
    }

    private static Map<String, Object> with(String claim, Object value) {
        Map<String, Object> claims = good();
        claims.put(claim, value);
        return claims;
    }

    private static Map<String, Object> good() {
        return CLIENT.assertionClaims(SCENE.narrows().issuer());
    }

    private static Reply authenticated(Form credentials) {
        return SCENE.narrows().post("/token-exchange", SCENE.form().and(credentials));
    }

    private static String endpoint() {
        return SCENE.narrows().issuer() + "/token-exchange";
    }

    private static TestClient toEndpoint() {
        TestClient client = TestClient.withKey("r7523-endpoint");
        Map<String, Object> authentication = new HashMap<>(client.authentication());
        authentication.put("assertionAudience", "endpoint");
        return new TestClient(client.id(), "", client.key(), authentication);
    }

    private static RSAKey rsa() {
        try {
            return new RSAKeyGenerator(2048).keyID("r7523-rsa").generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As if the client's public key were a shared secret. */
    private static OctetSequenceKey mac() {
        try {
            return new OctetSequenceKeyGenerator(256).keyID(CLIENT.key().getKeyID()).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.rfc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.conformance.Answers.permitted;
import static org.narrows.conformance.Answers.refused;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.text.ParseException;
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
import org.narrows.conformance.TestIssuer;

@AgainstNarrows
@Specification(value = "RFC 9068", title = "JWT profile for access tokens")
@NotMet(
        section = "3",
        says = "scopes of several default targets, without a target, should be `invalid_scope`",
        because =
                "`invalid_target`: a target is never guessed from scopes, only the client's one allowed audience is a default")
@NotMet(
        section = "4",
        says = "a consumer rejects tokens whose `typ` is not `at+jwt`",
        because =
                "for tokens of Narrows it does; issuers that do not write it are common, so `requireType` per issuer says what is taken, by default also `JWT` and none")
@NotApplicable(
        section = "2.2.3.1",
        says = "groups, roles and entitlements are named as in RFC 7643",
        because = "copied only when declared, under the name that an admin declares")
@NotApplicable(
        section = "4",
        says = "encrypted tokens are decrypted with the registered keys",
        because = "none are issued, and JWE is refused")
class Rfc9068ConformanceIT {
    private static final Scene SCENE = Scene.open("r9068");
    private static final TestIssuer WORKLOADS = TestIssuer.named("r9068-work");
    private static final TestClient FIRST = TestClient.withSecret("r9068-first-client");

    static {
        SCENE.narrows()
                .publish(
                        new Policy()
                                .issuer(WORKLOADS, Map.of("clients", true))
                                .scope("r9068.client", SCENE.to(), "client")
                                .change(
                                        "clientScopeAllowed",
                                        Map.of(
                                                "client",
                                                SCENE.client().id(),
                                                "scope",
                                                "r9068.client"))
                                .change(
                                        "claimDefined",
                                        Map.of("claim", "email", "audience", SCENE.to()))
                                .audience("r9068-first")
                                .scope("r9068.in", SCENE.from(), "grantable")
                                .client(
                                        FIRST,
                                        "r9068-first",
                                        List.of(SCENE.from()),
                                        List.of("r9068.in"))
                                .rule(
                                        "r9068-first",
                                        "r9068-first",
                                        SCENE.from(),
                                        Map.of("x", List.of("r9068.in")))
                                .rule(
                                        "r9068-second",
                                        SCENE.from(),
                                        SCENE.to(),
                                        Map.of("r9068.in", List.of(SCENE.use())),
                                        Map.of("maxChainDepth", 2))
                                .rule(
                                        "r9068-work",
                                        SCENE.from(),
                                        SCENE.to(),
                                        Map.of("work", List.of("r9068.client"))));
    }

    @Test
    @Requirement(section = "2.1", says = "access tokens are signed, and never with `none`")
    void rfc9068_2_1_tokens_are_signed_by_a_published_key() throws Exception {
        SignedJWT token = issued();
        assertThat(token.getHeader().getAlgorithm()).isEqualTo(JWSAlgorithm.ES256);
        JWK key =
                JWKSet.parse(SCENE.narrows().get("/jwks").body())
                        .getKeyByKeyId(token.getHeader().getKeyID());
        assertThat(token.verify(new ECDSAVerifier(key.toECKey()))).isTrue();
    }

    @Test
    @Requirement(section = "2.1", says = "`typ` is `at+jwt`, without `application/`")
    void rfc9068_2_1_the_type_is_at_jwt() throws ParseException {
        assertThat(issued().getHeader().getType().getType()).isEqualTo("at+jwt");
    }

    @Test
    @Requirement(
            section = "2.2",
            says = "`iss`, `exp`, `aud`, `sub`, `client_id`, `iat` and `jti` are required")
    void rfc9068_2_2_the_required_claims_are_there() {
        JWTClaimsSet claims = permitted(SCENE.exchange(SCENE.form()));
        assertThat(claims.getIssuer()).isEqualTo(SCENE.narrows().issuer());
        assertThat(claims.getExpirationTime()).isAfter(claims.getIssueTime());
        assertThat(claims.getAudience()).containsExactly(SCENE.to());
        assertThat(claims.getClaim("client_id")).isEqualTo(SCENE.client().id());
        assertThat(claims.getJWTID()).isNotEmpty();
    }

    @Test
    @Requirement(
            section = "2.2",
            says = "`sub` names the resource owner where there is one, unmistakably")
    void rfc9068_2_2_sub_is_the_user_with_its_issuer() {
        assertThat(permitted(SCENE.exchange(SCENE.form())).getSubject()).isEqualTo("r9068|alice");
    }

    @Test
    @Requirement(section = "2.2", says = "`sub` is the client where no resource owner is involved")
    void rfc9068_2_2_sub_is_the_client_where_there_is_no_user() {
        JWTClaimsSet claims = permitted(SCENE.exchange(workload()));
        assertThat(claims.getSubject()).isEqualTo("r9068-work|batch");
        assertThat(claims.getClaim("sub_type")).isEqualTo("client");
    }

    @Test
    @Requirement(
            section = "2.2.1",
            says =
                    "`auth_time`, `acr` and `amr` tell of the user's authentication, and stay the same")
    void rfc9068_2_2_1_authentication_information_is_carried_over() throws ParseException {
        long authenticated = Instant.now().getEpochSecond() - 100;
        Map<String, Object> claims = SCENE.claims();
        claims.put("auth_time", authenticated);
        claims.put("acr", "urn:mfa");
        claims.put("amr", List.of("pwd", "hwk"));
        JWTClaimsSet issued = permitted(SCENE.exchange(SCENE.form(SCENE.issuer().sign(claims))));
        assertThat(issued.getClaim("auth_time")).isEqualTo(authenticated);
        assertThat(issued.getClaim("acr")).isEqualTo("urn:mfa");
        assertThat(issued.getStringListClaim("amr")).containsExactlyInAnyOrder("pwd", "hwk");
    }

    @Test
    @Requirement(
            section = "2.2.2",
            says = "further claims about the user only as the server is set up to give them")
    void rfc9068_2_2_2_only_declared_claims_are_copied() {
        Map<String, Object> claims = SCENE.claims();
        claims.put("email", "alice@example.com");
        claims.put("phone_number", "+1");
        JWTClaimsSet issued = permitted(SCENE.exchange(SCENE.form(SCENE.issuer().sign(claims))));
        assertThat(issued.getClaim("email")).isEqualTo("alice@example.com");
        assertThat(issued.getClaims()).doesNotContainKey("phone_number");
    }

    @Test
    @Requirement(
            section = "2.2.3",
            says = "a `scope` claim where scopes were asked for, each meaningful to the audience")
    void rfc9068_2_2_3_scopes_are_those_of_the_audience() {
        assertThat(permitted(SCENE.exchange(SCENE.form())).getClaim("scope"))
                .isEqualTo(SCENE.use());
        refused(SCENE.exchange(SCENE.form().with("scope", "in")), "invalid_scope");
    }

    @Test
    @Requirement(
            section = "3",
            says =
                    "a token of this profile is issued with one `aud` that is the resource asked for")
    void rfc9068_3_aud_is_the_resource_that_was_asked_for() {
        assertThat(permitted(SCENE.exchange(SCENE.form())).getAudience())
                .containsExactly(SCENE.to());
    }

    @Test
    @Requirement(section = "3", says = "without `resource` a default resource is the `aud`")
    void rfc9068_3_a_default_audience_is_used_where_none_is_named() {
        assertThat(permitted(SCENE.exchange(SCENE.form().without("audience"))).getAudience())
                .containsExactly(SCENE.to());
    }

    @Test
    @Requirement(
            section = "4",
            says = "a token of this server is taken only with the `typ` that it issues")
    void rfc9068_4_a_token_of_ours_of_another_type_is_rejected() {
        Map<String, Object> claims = issuedClaims();
        permitted(SCENE.exchange(ours(Map.of("typ", "at+jwt"), claims)));
        for (String type : List.of("JWT", "narrows-admin+jwt", "dpop+jwt")) {
            refused(SCENE.exchange(ours(Map.of("typ", type), claims)), "invalid_request");
        }
    }

    @Test
    @Requirement(section = "4", says = "`iss` must be exactly the server's")
    @Requirement(section = "4", says = "`aud` must hold the consumer's own identifier")
    @Requirement(section = "4", says = "the time now must be before `exp`")
    void rfc9068_4_issuer_audience_and_times_are_checked() {
        Map<String, Object> good = issuedClaims();
        permitted(SCENE.exchange(ours(Map.of("typ", "at+jwt"), good)));
        Map<String, Object> changes =
                Map.of(
                        "iss",
                        SCENE.narrows().issuer() + "/",
                        "aud",
                        SCENE.to(),
                        "exp",
                        Instant.now().getEpochSecond() - 1);
        changes.forEach(
                (claim, value) -> {
                    Map<String, Object> bad = new HashMap<>(good);
                    bad.put(claim, value);
                    refused(SCENE.exchange(ours(Map.of("typ", "at+jwt"), bad)), "invalid_request");
                });
    }

    @Test
    @Requirement(
            section = "4",
            says = "the signature must be by a key of the server's, never `none`")
    void rfc9068_4_signatures_are_checked() {
        Map<String, Object> claims = issuedClaims();
        String stranger = SCENE.issuer().sign(Map.of("typ", "at+jwt"), claims);
        refused(SCENE.exchange(SCENE.form(stranger)), "invalid_request");
        String none =
                Jws.of(
                        "{\"alg\":\"none\",\"typ\":\"at+jwt\"}",
                        org.narrows.conformance.Narrows.json(claims),
                        new byte[0]);
        refused(SCENE.exchange(SCENE.form(none)), "invalid_request");
    }

    @Test
    @Requirement(
            section = "5",
            says =
                    "an access token is not mistaken for a token of another kind, nor the other way round")
    void rfc9068_5_kinds_of_tokens_are_told_apart() {
        Map<String, Object> idToken = SCENE.claims();
        idToken.put("at_hash", "x");
        refused(SCENE.exchange(SCENE.form(SCENE.issuer().sign(idToken))), "invalid_request");
        refused(
                SCENE.exchange(SCENE.form().with("subject_token_type", Scene.ID_TOKEN)),
                "invalid_request");
        Form assertion =
                Form.of("client_assertion_type", TestClient.ASSERTION_TYPE)
                        .and("client_assertion", SCENE.exchange(SCENE.form()).accessToken());
        refused(
                SCENE.narrows().post("/token-exchange", SCENE.form().and(assertion)),
                401,
                "invalid_client");
    }

    @Test
    @Requirement(
            section = "5",
            says = "a client must not be able to take on a `sub` that is taken for a user's")
    void rfc9068_5_a_client_does_not_pass_for_a_user() {
        Map<String, Object> claims = SCENE.claims();
        claims.put("sub", "some-app");
        refused(SCENE.exchange(SCENE.form(SCENE.issuer().sign(claims))), "invalid_request");
    }

    @Test
    @Requirement(section = "6", says = "a token tells its audience no more than it needs")
    void rfc9068_6_the_subject_tokens_other_claims_stay_behind() {
        Map<String, Object> claims = SCENE.claims();
        claims.put("sid", "session");
        claims.put("tenant", "secret");
        assertThat(permitted(SCENE.exchange(SCENE.form(SCENE.issuer().sign(claims)))).getClaims())
                .doesNotContainKeys("sid", "tenant");
    }

    private static SignedJWT issued() throws ParseException {
        Reply reply = SCENE.exchange(SCENE.form());
        permitted(reply);
        return SignedJWT.parse(reply.accessToken());
    }

    private static Form workload() {
        Map<String, Object> claims = WORKLOADS.claims("batch", SCENE.from(), "work");
        claims.put("client_id", "batch");
        return SCENE.form(WORKLOADS.sign(claims)).with("scope", "r9068.client");
    }

    /** Claims as this server issues them for the home audience of the scene's client. */
    private static Map<String, Object> issuedClaims() {
        Form form =
                SCENE.form(SCENE.issuer().sign(SCENE.issuer().claims("alice", "r9068-first", "x")))
                        .with("audience", SCENE.from())
                        .with("scope", "r9068.in");
        Reply reply = SCENE.narrows().post("/token-exchange", form, "Authorization", FIRST.basic());
        permitted(reply);
        return new HashMap<>(reply.claims().toJSONObject());
    }

    private static Form ours(Map<String, ?> header, Map<String, ?> claims) {
        return SCENE.form(Jws.sign(OwnTokens.key(SCENE.narrows()), header, claims));
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.rfc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.conformance.Answers.permitted;
import static org.narrows.conformance.Answers.refused;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.narrows.conformance.AgainstNarrows;
import org.narrows.conformance.DpopProof;
import org.narrows.conformance.Form;
import org.narrows.conformance.Jws;
import org.narrows.conformance.Policy;
import org.narrows.conformance.Reply;
import org.narrows.conformance.Scene;
import org.narrows.conformance.TestClient;

@AgainstNarrows
@Specification(value = "RFC 9449", title = "DPoP")
@NotApplicable(
        section = "5",
        says = "refresh tokens of public clients are bound",
        because = "no refresh tokens and no public clients")
@NotApplicable(
        section = "5.2",
        says = "`dpop_bound_access_tokens` of a client demands proofs of it",
        because =
                "an audience demands them instead (`requireBinding`), which a client's registration could not")
@NotApplicable(
        section = "7",
        says =
                "a resource takes a bound token with a fresh proof only, whose `ath` is the token's hash",
        because =
                "of Narrows, only the control plane is such a resource; `AdminsIT` shows it there")
@NotApplicable(
        section = "10",
        says = "authorization codes are bound to a key by `dpop_jkt`",
        because = "there is no authorization endpoint")
class Rfc9449ConformanceIT {
    private static final Scene SCENE = Scene.open("r9449");
    private static final TestClient RESOURCE = TestClient.withSecret("r9449-resource");
    private static final ECKey KEY = DpopProof.newKey();
    private static final String BOUND = "r9449-bound";

    static {
        SCENE.narrows()
                .publish(
                        new Policy()
                                .client(RESOURCE, SCENE.to(), List.of(), List.of())
                                .audience(BOUND, Map.of("requireBinding", "dpop"))
                                .scope("r9449.bound", BOUND, "grantable")
                                .change(
                                        "clientAudienceAllowed",
                                        Map.of("client", SCENE.client().id(), "audience", BOUND))
                                .change(
                                        "clientScopeAllowed",
                                        Map.of(
                                                "client",
                                                SCENE.client().id(),
                                                "scope",
                                                "r9449.bound"))
                                .rule(
                                        "r9449-bound",
                                        SCENE.from(),
                                        BOUND,
                                        Map.of("in", List.of("r9449.bound"))));
    }

    @Test
    @Requirement(section = "4.3", says = "there is not more than one `DPoP` header (check 1)")
    void rfc9449_4_3_two_proofs_are_refused() {
        bad(proof().signed(), proof().signed());
    }

    @Test
    @Requirement(section = "4.3", says = "the header is one well-formed JWT (check 2)")
    void rfc9449_4_3_what_is_no_jwt_is_refused() {
        bad("no proof");
        bad(proof().signed() + "." + proof().signed());
        bad(proof().signed() + ", " + proof().signed());
        bad(Jws.of("{", "}", new byte[64]));
    }

    @Test
    @Requirement(section = "4.3", says = "all required claims are there (check 3)")
    void rfc9449_4_3_a_missing_claim_is_refused() {
        for (String claim : List.of("jti", "htm", "htu", "iat")) {
            bad(proof().without(claim).signed());
        }
        bad(proof().withoutHeader("jwk").signed());
        bad(proof().claim("jti", 7).signed());
        bad(proof().claim("iat", "now").signed());
    }

    @Test
    @Requirement(section = "4.3", says = "`typ` is `dpop+jwt` (check 4)")
    void rfc9449_4_3_another_type_is_refused() {
        bad(proof().header("typ", "JWT").signed());
        bad(proof().withoutHeader("typ").signed());
    }

    @Test
    @Requirement(
            section = "4.3",
            says = "`alg` is an asymmetric one that is supported, and not `none` (check 5)")
    @Requirement(section = "11.6", says = "only asymmetric signatures are taken")
    void rfc9449_4_3_algorithms_without_a_private_key_are_refused() {
        bad(proof().header("alg", "none").signed());
        bad(proof().header("alg", "HS256").signed());
        bad(proof().header("alg", "ES384").signed());
        String unsigned = proof().header("alg", "none").signed();
        bad(unsigned.substring(0, unsigned.lastIndexOf('.') + 1));
    }

    @Test
    @Requirement(section = "4.3", says = "the signature is by the key in `jwk` (check 6)")
    void rfc9449_4_3_another_keys_signature_is_refused() {
        bad(proof().signedBy(DpopProof.newKey()));
    }

    @Test
    @Requirement(section = "4.3", says = "`jwk` holds no private key (check 7)")
    void rfc9449_4_3_a_private_key_in_the_header_is_refused() {
        bad(proof().header("jwk", KEY.toJSONObject()).signed());
    }

    @Test
    @Requirement(section = "4.3", says = "`htm` is the request's method (check 8)")
    void rfc9449_4_3_a_proof_for_another_method_is_refused() {
        bad(proof().claim("htm", "GET").signed());
        bad(proof().claim("htm", "post").signed());
    }

    @Test
    @Requirement(
            section = "4.3",
            says = "`htu` is the request's URI without query and fragment (check 9)")
    void rfc9449_4_3_a_proof_for_another_uri_is_refused() {
        bad(proof().claim("htu", endpoint() + "s").signed());
        bad(proof().claim("htu", SCENE.narrows().issuer() + "/introspect").signed());
        bad(proof().claim("htu", "https://other.test.invalid/token-exchange").signed());
        bad(proof().claim("htu", "/token-exchange").signed());
        permitted(exchange(SCENE.form(), proof().claim("htu", endpoint() + "?a=b#c").signed()));
    }

    @Test
    @Requirement(
            section = "4.3",
            says = "URIs should be normalised by syntax and scheme before they are compared")
    void rfc9449_4_3_equal_uris_in_another_spelling_are_equal() {
        String upper = endpoint().replaceFirst("^http", "http".toUpperCase(Locale.ROOT));
        permitted(exchange(SCENE.form(), proof().claim("htu", upper).signed()));
        String escaped = endpoint().replace("/token-", "/%74oken-");
        permitted(exchange(SCENE.form(), proof().claim("htu", escaped).signed()));
        String dotted = endpoint().replace("/token-", "/./token-");
        permitted(exchange(SCENE.form(), proof().claim("htu", dotted).signed()));
    }

    @Test
    @Requirement(section = "4.3", says = "the proof was made within an acceptable time (check 11)")
    @Requirement(section = "11.1", says = "a proof is taken only for a limited time after `iat`")
    void rfc9449_4_3_an_old_proof_is_refused_and_one_of_the_future_too() {
        long now = Instant.now().getEpochSecond();
        bad(proof().claim("iat", now - 600).signed());
        bad(proof().claim("iat", now + 600).signed());
        permitted(exchange(SCENE.form(), proof().claim("iat", now - 5).signed()));
    }

    @Test
    @Requirement(
            section = "11.1",
            says = "a `jti` that was used is remembered, and not taken again")
    void rfc9449_11_1_a_proof_is_used_once() {
        String proof = proof().signed();
        permitted(exchange(SCENE.form(), proof));
        bad(proof);
        String jti = UUID.randomUUID().toString();
        permitted(exchange(SCENE.form(), proof().claim("jti", jti).signed()));
        bad(proof().claim("jti", jti).signed());
    }

    @Test
    @Requirement(
            section = "11.1",
            says = "the size of what is remembered can be kept in bounds: a huge `jti` is refused")
    void rfc9449_11_1_a_huge_jti_is_refused() {
        bad(proof().claim("jti", "x".repeat(4000)).signed());
    }

    @Test
    @Requirement(
            section = "5",
            says = "a token that is bound to a key is of `token_type` DPoP, others are not")
    void rfc9449_5_a_bound_token_has_its_own_type() {
        assertThat(exchange(SCENE.form(), proof().signed()).text("token_type")).isEqualTo("DPoP");
        assertThat(SCENE.exchange(SCENE.form()).text("token_type")).isEqualToIgnoringCase("Bearer");
    }

    @Test
    @Requirement(section = "5", says = "an invalid proof is `invalid_dpop_proof`, status 400")
    void rfc9449_5_an_invalid_proof_has_an_error_of_its_own() {
        Reply reply = exchange(SCENE.form(), "x");
        refused(reply, 400, "invalid_dpop_proof");
        assertThat(reply.header("Content-Type")).get().asString().startsWith("application/json");
    }

    @Test
    @Requirement(
            section = "5",
            says =
                    "a client can be held to send proofs: a token that must be bound is not issued without")
    void rfc9449_5_a_target_that_demands_proofs_gets_no_unbound_token() {
        Form form = SCENE.form().with("audience", BOUND).with("scope", "r9449.bound");
        refused(SCENE.exchange(form), "invalid_request");
        assertThat(exchange(form, proof().signed()).text("token_type")).isEqualTo("DPoP");
    }

    @Test
    @Requirement(
            section = "5.1",
            says =
                    "`dpop_signing_alg_values_supported` names the algorithms, `none` and MACs never")
    void rfc9449_5_1_the_algorithms_of_proofs_are_named_and_taken() throws JOSEException {
        JsonNode algorithms =
                SCENE.narrows()
                        .get("/.well-known/oauth-authorization-server")
                        .json()
                        .path("dpop_signing_alg_values_supported");
        assertThat(algorithms.isArray()).isTrue();
        assertThat(algorithms.toString())
                .contains("\"ES256\"", "\"RS256\"")
                .doesNotContain("none", "HS");
        RSAKey rsa = new RSAKeyGenerator(2048).generate();
        String proof =
                Jws.sign(
                        rsa,
                        Map.of("typ", "dpop+jwt", "jwk", rsa.toPublicJWK().toJSONObject()),
                        Map.of(
                                "jti",
                                UUID.randomUUID().toString(),
                                "htm",
                                "POST",
                                "htu",
                                endpoint(),
                                "iat",
                                Instant.now().getEpochSecond()));
        assertThat(exchange(SCENE.form(), proof).text("token_type")).isEqualTo("DPoP");
    }

    @Test
    @Requirement(
            section = "6.1",
            says =
                    "a bound JWT holds `cnf.jkt`, the base64url SHA-256 thumbprint of the proof's key")
    void rfc9449_6_1_the_thumbprint_is_in_the_token() {
        assertThat(permitted(exchange(SCENE.form(), proof().signed())).getClaim("cnf"))
                .isEqualTo(Map.of("jkt", DpopProof.thumbprint(KEY)));
    }

    @Test
    @Requirement(section = "6.2", says = "introspection tells `cnf.jkt`, and DPoP as `token_type`")
    void rfc9449_6_2_introspection_tells_the_thumbprint() {
        String token = exchange(SCENE.form(), proof().signed()).accessToken();
        JsonNode answer =
                SCENE.narrows()
                        .post(
                                "/introspect",
                                Form.of("token", token),
                                "Authorization",
                                RESOURCE.basic())
                        .json();
        assertThat(answer.path("active").asBoolean()).isTrue();
        assertThat(answer.path("cnf").path("jkt").asText()).isEqualTo(DpopProof.thumbprint(KEY));
        assertThat(answer.path("token_type").asText()).isEqualTo("DPoP");
    }

    @Test
    @Requirement(
            section = "7.1",
            says =
                    "a bound token that is presented (as a subject token) counts only with a proof by its key")
    void rfc9449_7_1_a_bound_subject_token_needs_its_key() {
        Map<String, Object> claims = SCENE.claims();
        claims.put("cnf", Map.of("jkt", DpopProof.thumbprint(KEY)));
        Form form = SCENE.form(SCENE.issuer().sign(claims));
        refused(SCENE.exchange(form), "invalid_request");
        String stranger = DpopProof.of(DpopProof.newKey(), "POST", endpoint()).signed();
        refused(exchange(form, stranger), "invalid_request");
        assertThat(permitted(exchange(form, proof().signed())).getClaim("cnf"))
                .isEqualTo(Map.of("jkt", DpopProof.thumbprint(KEY)));
    }

    private static DpopProof proof() {
        return DpopProof.of(KEY, "POST", endpoint());
    }

    private static String endpoint() {
        return SCENE.narrows().issuer() + "/token-exchange";
    }

    private static void bad(String... proofs) {
        refused(exchange(SCENE.form(), proofs), "invalid_dpop_proof");
    }

    private static Reply exchange(Form form, String... proofs) {
        String[] headers = new String[2 + 2 * proofs.length];
        headers[0] = "Authorization";
        headers[1] = SCENE.client().basic();
        for (int i = 0; i < proofs.length; i++) {
            headers[2 + 2 * i] = "DPoP";
            headers[3 + 2 * i] = proofs[i];
        }
        return SCENE.narrows().post("/token-exchange", form, headers);
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.rfc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.conformance.Answers.permitted;
import static org.narrows.conformance.Answers.refused;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.SignedJWT;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.narrows.conformance.DpopProof;
import org.narrows.conformance.Narrows;
import org.narrows.conformance.Reply;
import org.narrows.conformance.Scene;

/** What only shows with other settings than the usual standalone has, in one of its own. */
@Specification(value = "RFC 9449", title = "DPoP")
@NotApplicable(
        section = "9",
        says = "nonces for requests to a resource",
        because = "nonces are asked for where tokens are asked for")
class OtherSettingsConformanceIT {
    private static final Duration KEYS_READ_WITHIN = Duration.ofSeconds(60);
    private static final ECKey KEY = DpopProof.newKey();

    private static Narrows narrows;
    private static Scene scene;

    @BeforeAll
    static void start() {
        narrows = Narrows.start(Map.of("NARROWS_DPOP_NONCE", "required"));
        scene = Scene.open(narrows, "other");
    }

    @AfterAll
    static void stop() {
        if (narrows != null) {
            narrows.close();
        }
    }

    @Test
    @Requirement(
            section = "8",
            says =
                    "a server that wants nonces answers a proof without one by `use_dpop_nonce` and a `DPoP-Nonce` header")
    @Requirement(section = "8", says = "an answer with a nonce is not to be cached")
    void rfc9449_8_a_proof_without_a_nonce_is_told_one() {
        Reply reply = exchange(proof());
        refused(reply, "use_dpop_nonce");
        assertThat(reply.header("DPoP-Nonce")).get().asString().matches("[!#-\\[\\]-~]{16,}");
        assertThat(reply.header("Cache-Control")).contains("no-store");
    }

    @Test
    @Requirement(
            section = "4.3",
            says = "where the server gave a nonce, the proof holds it (check 10)")
    @Requirement(section = "8", says = "a proof with the given nonce is taken")
    void rfc9449_8_a_proof_with_the_given_nonce_is_taken() {
        String nonce = exchange(proof()).header("DPoP-Nonce").orElseThrow();
        Reply reply = exchange(proof().claim("nonce", nonce));
        permitted(reply);
        assertThat(reply.text("token_type")).isEqualTo("DPoP");
    }

    @Test
    @Requirement(
            section = "8",
            says =
                    "a nonce that the server does not take is answered by `use_dpop_nonce` and a new one")
    void rfc9449_8_another_nonce_is_not_taken() {
        String nonce = exchange(proof()).header("DPoP-Nonce").orElseThrow();
        for (Object wrong : List.of("made-up", nonce + "x", nonce.substring(1))) {
            Reply reply = exchange(proof().claim("nonce", wrong));
            refused(reply, "use_dpop_nonce");
            assertThat(reply.header("DPoP-Nonce")).isPresent();
        }
    }

    @Test
    @Requirement(section = "8", says = "requests without a proof are not asked for a nonce")
    void rfc9449_8_a_request_without_a_proof_needs_no_nonce() {
        permitted(scene.exchange(scene.form()));
    }

    @Test
    @Requirement(
            spec = "RFC 9068",
            section = "2.1",
            says = "RS256 is among the algorithms that tokens can be signed with")
    void rfc9068_2_1_tokens_can_be_signed_by_rs256() throws Exception {
        Path file = narrows.data("signing-keys.jwks");
        RSAKey rsa =
                new RSAKeyGenerator(2048)
                        .keyID("rsa")
                        .keyUse(KeyUse.SIGNATURE)
                        .algorithm(JWSAlgorithm.RS256)
                        .generate();
        JWKSet before = JWKSet.parse(Files.readString(file));
        JWKSet after = new JWKSet(List.of(rsa, before.getKeys().getFirst()));
        Files.writeString(file, after.toString(false));
        long deadline = System.nanoTime() + KEYS_READ_WITHIN.toNanos();
        while (!narrows.get("/jwks").body().contains("\"rsa\"")) {
            assertThat(System.nanoTime()).as("read in time").isLessThan(deadline);
            Thread.sleep(Duration.ofMillis(200));
        }
        Reply reply = scene.exchange(scene.form());
        permitted(reply);
        SignedJWT token = SignedJWT.parse(reply.accessToken());
        assertThat(token.getHeader().getAlgorithm()).isEqualTo(JWSAlgorithm.RS256);
        assertThat(token.verify(new RSASSAVerifier(rsa.toRSAPublicKey()))).isTrue();
    }

    private static DpopProof proof() {
        return DpopProof.of(KEY, "POST", narrows.issuer() + "/token-exchange");
    }

    private static Reply exchange(DpopProof proof) {
        return narrows.post(
                "/token-exchange",
                scene.form(),
                "Authorization",
                scene.client().basic(),
                "DPoP",
                proof.signed());
    }
}

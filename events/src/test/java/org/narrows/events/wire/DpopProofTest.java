// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.dpop.DefaultDPoPProofFactory;
import com.nimbusds.oauth2.sdk.dpop.verifiers.AccessTokenValidationException;
import com.nimbusds.oauth2.sdk.dpop.verifiers.DPoPIssuer;
import com.nimbusds.oauth2.sdk.dpop.verifiers.DPoPProtectedResourceRequestVerifier;
import com.nimbusds.oauth2.sdk.dpop.verifiers.DPoPTokenRequestVerifier;
import com.nimbusds.oauth2.sdk.dpop.verifiers.InvalidDPoPProofException;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.token.DPoPAccessToken;
import com.nimbusds.openid.connect.sdk.Nonce;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.text.ParseException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.narrows.events.policy.Algorithm;

/** RFC 9449 §4.3, beside a reader of proofs that nobody here wrote. */
class DpopProofTest {
    private static final String URL = "https://narrows.example.com/token-exchange";
    private static final String TOKEN = "eyJhbGciOiJub25lIn0.e30.";
    private static final Signer KEY = Signer.ec("P-256", "secp256r1", "ES256", "SHA256");

    /** A key, and how it signs; headers and claims may then be anything. */
    private record Signer(PrivateKey key, String signature, ObjectNode jwk, String alg) {
        static Signer ec(String crv, String curve, String alg, String hash) {
            try {
                KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
                generator.initialize(new ECGenParameterSpec(curve));
                KeyPair pair = generator.generateKeyPair();
                return new Signer(
                        pair.getPrivate(), hash + "withECDSAinP1363Format", jwk(crv, pair), alg);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        private static ObjectNode jwk(String crv, KeyPair pair) {
            JWK jwk =
                    new com.nimbusds.jose.jwk.ECKey.Builder(
                                    Curve.parse(crv),
                                    (java.security.interfaces.ECPublicKey) pair.getPublic())
                            .build();
            return (ObjectNode) Json.parse(jwk.toJSONString());
        }

        ObjectNode privateJwk() {
            assertThat(key).isInstanceOfAny(ECPrivateKey.class, EdECPrivateKey.class);
            return jwk.deepCopy().put("d", "AAAA");
        }

        String sign(ObjectNode header, ObjectNode claims) {
            String signed = base64url(Json.canonical(header)) + "." + base64url(claims.toString());
            try {
                Signature signer = Signature.getInstance(signature);
                signer.initSign(key);
                signer.update(signed.getBytes(US_ASCII));
                return signed
                        + "."
                        + Base64.getUrlEncoder().withoutPadding().encodeToString(signer.sign());
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        private static String base64url(String text) {
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
    }

    private static ObjectNode header(Signer signer) {
        ObjectNode header = Json.object().put("typ", "dpop+jwt").put("alg", signer.alg());
        header.set("jwk", signer.jwk());
        return header;
    }

    private static ObjectNode claims() {
        return Json.object()
                .put("jti", "e1j3V_bKic8-LAEB")
                .put("htm", "POST")
                .put("htu", URL)
                .put("iat", Instant.now().getEpochSecond());
    }

    private static DpopProof read(String proof) throws BadTokenException {
        return DpopProof.read(
                List.of(proof), "POST", List.of(URL), Instant.now(), Optional.empty());
    }

    private static boolean isAccepted(String proof) {
        try {
            read(proof);
            return true;
        } catch (BadTokenException e) {
            return false;
        }
    }

    /** What Nimbus says of the same proof. */
    private static boolean nimbusAccepts(String proof) {
        try {
            new DPoPTokenRequestVerifier(
                            Set.of(JWSAlgorithm.ES256, JWSAlgorithm.RS256, JWSAlgorithm.PS256),
                            URI.create(URL),
                            60,
                            60,
                            null)
                    .verify(
                            new DPoPIssuer(new ClientID("c")),
                            SignedJWT.parse(proof),
                            Set.<Nonce>of());
            return true;
        } catch (InvalidDPoPProofException | JOSEException | ParseException e) {
            return false;
        }
    }

    @Test
    void a_proof_says_which_key_was_held() throws Exception {
        String proof = KEY.sign(header(KEY), claims().put("nonce", "n-1"));

        DpopProof read = read(proof);

        assertThat(read.jkt())
                .isEqualTo(JWK.parse(KEY.jwk().toString()).computeThumbprint().toString());
        assertThat(read.jti()).isEqualTo("e1j3V_bKic8-LAEB");
        assertThat(read.nonce()).contains("n-1");
        assertThat(read.algorithm()).isEqualTo(Algorithm.ES256);
        assertThat(read.outdatedAt()).isEqualTo(read.issuedAt().plusSeconds(60));
        assertThat(read.namespace()).isEqualTo("dpop|" + read.jkt());
    }

    static Stream<Arguments> nimbusKeys() throws JOSEException {
        return Stream.of(
                Arguments.of(JWSAlgorithm.ES256, new ECKeyGenerator(Curve.P_256).generate()),
                Arguments.of(
                        JWSAlgorithm.ES256,
                        new ECKeyGenerator(Curve.P_256)
                                .keyIDFromThumbprint(true)
                                .algorithm(JWSAlgorithm.ES256)
                                .keyUse(com.nimbusds.jose.jwk.KeyUse.SIGNATURE)
                                .generate()),
                Arguments.of(JWSAlgorithm.RS256, new RSAKeyGenerator(2048).generate()),
                Arguments.of(JWSAlgorithm.PS256, new RSAKeyGenerator(3072).generate()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("nimbusKeys")
    void what_nimbus_makes_is_accepted(JWSAlgorithm alg, JWK key) throws Exception {
        DefaultDPoPProofFactory factory = new DefaultDPoPProofFactory(key, alg);
        String bare = factory.createDPoPJWT("POST", URI.create(URL)).serialize();
        String nonced =
                factory.createDPoPJWT("POST", URI.create(URL), new Nonce("abc")).serialize();
        String bound =
                factory.createDPoPJWT("POST", URI.create(URL), new DPoPAccessToken(TOKEN))
                        .serialize();

        assertThat(read(bare).jkt()).isEqualTo(key.computeThumbprint().toString());
        assertThat(read(nonced).nonce()).contains("abc");
        assertThat(
                        DpopProof.read(
                                        List.of(bound),
                                        "POST",
                                        List.of("https://other.example.com/", URL),
                                        Instant.now(),
                                        Optional.of(TOKEN))
                                .jkt())
                .isEqualTo(key.computeThumbprint().toString());
    }

    @Test
    void an_ed25519_key_is_accepted() throws Exception {
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        byte[] spki = pair.getPublic().getEncoded();
        String x =
                Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(
                                java.util.Arrays.copyOfRange(spki, spki.length - 32, spki.length));
        ObjectNode jwk = Json.object().put("kty", "OKP").put("crv", "Ed25519").put("x", x);
        Signer signer = new Signer(pair.getPrivate(), "Ed25519", jwk, "EdDSA");

        assertThat(read(signer.sign(header(signer), claims())).jkt())
                .isEqualTo(JWK.parse(jwk.toString()).computeThumbprint().toString());
    }

    private static Arguments both(String name, BiConsumer<ObjectNode, ObjectNode> change) {
        return Arguments.of(name, change, false, false);
    }

    /** Where we refuse what Nimbus lets pass, and why. */
    private static Arguments onlyWe(String name, BiConsumer<ObjectNode, ObjectNode> change) {
        return Arguments.of(name, change, false, true);
    }

    /** Where Nimbus refuses what RFC 9449 §4.3 asks to forgive. */
    private static Arguments onlyNimbus(String name, BiConsumer<ObjectNode, ObjectNode> change) {
        return Arguments.of(name, change, true, false);
    }

    private static Arguments neither(String name, BiConsumer<ObjectNode, ObjectNode> change) {
        return Arguments.of(name, change, true, true);
    }

    static Stream<Arguments> mutations() {
        Signer other = Signer.ec("P-256", "secp256r1", "ES256", "SHA256");
        return Stream.of(
                neither("untouched", (h, c) -> {}),
                neither("typ in other letters", (h, c) -> h.put("typ", "DPoP+JWT")),
                neither("30 s old", (h, c) -> c.put("iat", in(-30))),
                neither("30 s ahead", (h, c) -> c.put("iat", in(30))),
                neither("members of its own", (h, c) -> c.put("x-own", true)),
                neither(
                        "a jwk with more public members",
                        (h, c) -> key(h).put("kid", "k").put("alg", "ES256").put("use", "sig")),
                onlyNimbus("typ with application/", (h, c) -> h.put("typ", "application/dpop+jwt")),
                onlyNimbus("htu with the usual port", (h, c) -> c.put("htu", htu(":443", ""))),
                onlyNimbus("htu with a query", (h, c) -> c.put("htu", URL + "?a=b")),
                onlyNimbus("htu with a fragment", (h, c) -> c.put("htu", URL + "#a")),
                onlyNimbus(
                        "htu in capitals",
                        (h, c) -> c.put("htu", "HTTPS://NARROWS.example.com/token-exchange")),
                onlyNimbus(
                        "a nonce that nobody asked for here", (h, c) -> c.put("nonce", "whatever")),
                both("no typ", (h, c) -> h.remove("typ")),
                both("typ JWT", (h, c) -> h.put("typ", "JWT")),
                both("typ at+jwt", (h, c) -> h.put("typ", "at+jwt")),
                both("alg none", (h, c) -> h.put("alg", "none")),
                both("alg HS256", (h, c) -> h.put("alg", "HS256")),
                both("alg of another kind of key", (h, c) -> h.put("alg", "RS256")),
                both("alg not on the list", (h, c) -> h.put("alg", "ES384")),
                both("no jwk", (h, c) -> h.remove("jwk")),
                both("jwk is null", (h, c) -> h.putNull("jwk")),
                both("jwk is text", (h, c) -> h.put("jwk", "key")),
                both("jwk of another", (h, c) -> h.set("jwk", other.jwk())),
                both("jwk with its private part", (h, c) -> h.set("jwk", KEY.privateJwk())),
                both("jwk off the curve", (h, c) -> key(h).set("x", KEY.jwk().get("y"))),
                both(
                        "jwk is a secret",
                        (h, c) -> h.set("jwk", Json.object().put("kty", "oct").put("k", "AAAA"))),
                both("jwk for encryption, by alg", (h, c) -> key(h).put("alg", 7)),
                onlyWe("jwk for encryption", (h, c) -> key(h).put("use", "enc")),
                onlyWe("jwk for another algorithm", (h, c) -> key(h).put("alg", "ES384")),
                onlyWe(
                        "jwk for encryption, by its operations",
                        (h, c) -> key(h).putArray("key_ops").add("deriveKey")),
                both(
                        "crit",
                        (h, c) -> {
                            h.putArray("crit").add("x");
                            h.put("x", 1);
                        }),
                both("no htm", (h, c) -> c.remove("htm")),
                both("another method", (h, c) -> c.put("htm", "GET")),
                both("method in small letters", (h, c) -> c.put("htm", "post")),
                both("method is a list", (h, c) -> c.putArray("htm").add("POST")),
                both("no htu", (h, c) -> c.remove("htu")),
                both("another path", (h, c) -> c.put("htu", URL + "/")),
                both("another host", (h, c) -> c.put("htu", "https://evil.example.com/")),
                both("another scheme", (h, c) -> c.put("htu", URL.replace("https", "http"))),
                both("another port", (h, c) -> c.put("htu", htu(":8443", ""))),
                both("user information", (h, c) -> c.put("htu", URL.replace("//", "//a@"))),
                both("htu is relative", (h, c) -> c.put("htu", "/token-exchange")),
                both("htu is no URL", (h, c) -> c.put("htu", "https://[::1/ x")),
                both("htu is a list", (h, c) -> c.putArray("htu").add(URL)),
                both("no iat", (h, c) -> c.remove("iat")),
                both("iat is text", (h, c) -> c.put("iat", "now")),
                both("too old", (h, c) -> c.put("iat", in(-90))),
                both("too far ahead", (h, c) -> c.put("iat", in(90))),
                both("far too far ahead", (h, c) -> c.put("iat", Long.MAX_VALUE)),
                both("no jti", (h, c) -> c.remove("jti")),
                both("jti is a number", (h, c) -> c.put("jti", 7)),
                onlyWe("jti is empty", (h, c) -> c.put("jti", "")),
                onlyWe("jti without end", (h, c) -> c.put("jti", "j".repeat(257))),
                both("expired", (h, c) -> c.put("exp", in(-90))),
                both("not valid yet", (h, c) -> c.put("nbf", in(90))));
    }

    /** Read when the proof is made: the table may be older. */
    private static long in(int seconds) {
        return Instant.now().getEpochSecond() + seconds;
    }

    private static ObjectNode key(ObjectNode header) {
        ObjectNode copy = KEY.jwk().deepCopy();
        header.set("jwk", copy);
        return copy;
    }

    private static String htu(String port, String more) {
        return "https://narrows.example.com" + port + "/token-exchange" + more;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mutations")
    void what_is_changed_is_judged_as_the_rfc_says(
            String name, BiConsumer<ObjectNode, ObjectNode> change, boolean ours, boolean nimbus) {
        ObjectNode header = header(KEY);
        ObjectNode claims = claims();
        change.accept(header, claims);
        String proof = KEY.sign(header, claims);

        assertThat(isAccepted(proof)).as(name).isEqualTo(ours);
        assertThat(nimbusAccepts(proof)).as("Nimbus: " + name).isEqualTo(nimbus);
    }

    @Test
    void a_short_rsa_key_is_refused() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(1024);
        KeyPair pair = generator.generateKeyPair();
        JWK jwk =
                new com.nimbusds.jose.jwk.RSAKey.Builder(
                                (java.security.interfaces.RSAPublicKey) pair.getPublic())
                        .build();
        Signer signer =
                new Signer(
                        pair.getPrivate(),
                        "SHA256withRSA",
                        (ObjectNode) Json.parse(jwk.toJSONString()),
                        "RS256");

        assertThat(isAccepted(signer.sign(header(signer), claims()))).isFalse();
    }

    @Test
    void an_algorithm_that_is_not_on_the_list_is_refused_however_good_the_signature() {
        Signer signer = Signer.ec("P-384", "secp384r1", "ES384", "SHA384");
        String proof = signer.sign(header(signer), claims());

        assertThat(isAccepted(proof)).isFalse();
        assertThat(nimbusAccepts(proof)).isFalse();
    }

    @Test
    void a_proof_is_sent_exactly_once() {
        String proof = KEY.sign(header(KEY), claims());

        for (List<String> headers :
                List.of(
                        List.<String>of(),
                        List.of(proof, proof),
                        List.of(proof + ", " + proof),
                        List.of(proof + "," + proof),
                        List.of(""))) {
            assertThatExceptionOfType(BadTokenException.class)
                    .isThrownBy(
                            () ->
                                    DpopProof.read(
                                            headers,
                                            "POST",
                                            List.of(URL),
                                            Instant.now(),
                                            Optional.empty()));
        }
    }

    @Test
    void with_an_access_token_its_hash_is_required() throws Exception {
        String hash = org.narrows.events.value.Hash.sha256(TOKEN.getBytes(US_ASCII)).toString();

        assertThat(isAcceptedFor(TOKEN, claims().put("ath", hash))).isTrue();
        assertThat(isAcceptedFor(TOKEN + "x", claims().put("ath", hash))).isFalse();
        assertThat(isAcceptedFor(TOKEN, claims())).isFalse();
        assertThat(isAcceptedFor(TOKEN, claims().put("ath", hash + "="))).isFalse();
        assertThat(isAcceptedFor(TOKEN, claims().put("ath", ""))).isFalse();
        assertThat(isAcceptedFor(TOKEN, claims().put("ath", 7))).isFalse();
    }

    private static boolean isAcceptedFor(String token, ObjectNode claims) throws Exception {
        String proof = KEY.sign(header(KEY), claims);
        boolean ours;
        try {
            DpopProof.read(List.of(proof), "POST", List.of(URL), Instant.now(), Optional.of(token));
            ours = true;
        } catch (BadTokenException e) {
            ours = false;
        }
        boolean nimbus;
        try {
            new DPoPProtectedResourceRequestVerifier(Set.of(JWSAlgorithm.ES256), 60, 60, null)
                    .verify(
                            "POST",
                            URI.create(URL),
                            new DPoPIssuer(new ClientID("c")),
                            SignedJWT.parse(proof),
                            new DPoPAccessToken(token),
                            new com.nimbusds.oauth2.sdk.dpop.JWKThumbprintConfirmation(
                                    JWK.parse(KEY.jwk().toString()).computeThumbprint()),
                            (Nonce) null);
            nimbus = true;
        } catch (InvalidDPoPProofException | AccessTokenValidationException e) {
            nimbus = false;
        }
        assertThat(nimbus).isEqualTo(ours);
        return ours;
    }

    @ParameterizedTest
    @CsvSource({
        "https://a.example/t, HTTPS://A.EXAMPLE:443/t",
        "http://a.example:80/, http://a.example",
        "https://a.example/a/b/../t, https://a.example/a/./t",
        "https://a.example/%7eu/%2f, https://a.example/~u/%2F",
        "https://a.example/t?x#y, https://a.example/t",
        "https://a.example/../t, https://a.example/t",
        "https://a.example/a/%2E%2e/t, https://a.example/t",
        "http://[::1]:8080/t, http://[::1]:8080/t",
    })
    void these_urls_are_the_same(String one, String other) {
        assertThat(TargetUri.normal(one)).isPresent().isEqualTo(TargetUri.normal(other));
    }

    @ParameterizedTest
    @CsvSource({
        "https://a.example/t, https://a.example/T",
        "https://a.example/t, https://a.example/t/",
        "https://a.example/t, https://a.example//t",
        "https://a.example/t, https://a.example./t",
        "https://a.example/a/t, https://a.example/a%2Ft",
        "https://a.example/t, https://a.example:8443/t",
        "https://a.example/t, http://a.example:443/t",
    })
    void these_urls_differ(String one, String other) {
        assertThat(TargetUri.normal(one)).isPresent().isNotEqualTo(TargetUri.normal(other));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "t",
                "//a.example/t",
                "ftp://a.example/t",
                "https:t",
                "https:///t",
                "https://u@a.example/t",
                "https://a.example/%zz",
                "https://a_b.example/t",
                "https://a.example/ü x",
            })
    void these_are_no_urls_of_requests(String text) {
        assertThat(TargetUri.normal(text)).isEmpty();
    }

    static IntStream seeds() {
        return IntStream.range(0, 200);
    }

    /** One byte of a good proof is changed: never anything else than a refusal, whatever it is. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void a_proof_that_was_tampered_with_is_refused(int seed) {
        Random random = new Random(seed);
        StringBuilder proof = new StringBuilder(KEY.sign(header(KEY), claims()));
        int at = random.nextInt(proof.length());
        char before = proof.charAt(at);
        proof.setCharAt(at, (char) (random.nextInt(95) + 0x20));
        if (proof.charAt(at) == before) {
            proof.deleteCharAt(at);
        }

        assertThat(isAccepted(proof.toString())).isFalse();
    }
}

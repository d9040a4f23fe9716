// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tokens that nobody signed, or that were signed for something else, at {@code /token-exchange}.
 */
@AgainstNarrows
class HostileTokensIT {
    private static final Scene SCENE = Scene.open("hostile-tokens");
    private static final ECKey EC = SCENE.issuer().ec();
    private static final RSAKey RSA = SCENE.issuer().rsa();
    private static final List<String> SECRETS = new ArrayList<>();

    @AfterAll
    static void no_token_and_no_secret_is_in_the_log() {
        SECRETS.add(SCENE.client().secret());
        Hostile.notLogged(SCENE.narrows(), SECRETS);
    }

    static Stream<String> spellings_of_none() {
        Stream<String> cases =
                IntStream.range(0, 16)
                        .mapToObj(
                                bits -> {
                                    StringBuilder none = new StringBuilder("none");
                                    for (int i = 0; i < 4; i++) {
                                        if ((bits >> i & 1) == 1) {
                                            none.setCharAt(
                                                    i, Character.toUpperCase(none.charAt(i)));
                                        }
                                    }
                                    return "\"" + none + "\"";
                                });
        return Stream.concat(
                cases,
                Stream.of(
                        "null",
                        "\"\"",
                        "\"none \"",
                        "\"n\\u006fne\"",
                        "[\"none\"]",
                        "{}",
                        "0",
                        "false"));
    }

    @ParameterizedTest
    @MethodSource("spellings_of_none")
    void no_algorithm_is_refused_however_it_is_spelled(String alg) {
        String header =
                "{\"alg\":%s,\"typ\":\"at+jwt\",\"kid\":\"%s\"}".formatted(alg, EC.getKeyID());
        String claims = Narrows.json(SCENE.claims());
        refused(Jws.of(header, claims, new byte[0]));
        refused(Jws.of(header, claims, new byte[64]));
        refused(Hostile.signed(EC, header, claims));
        String stripped = SCENE.subjectToken();
        refused(stripped.substring(0, stripped.lastIndexOf('.') + 1));
        refused(stripped.substring(0, stripped.lastIndexOf('.')));
    }

    @Test
    void a_public_key_is_nobodys_secret() throws Exception {
        for (PublicKey key : List.of(RSA.toPublicKey(), EC.toPublicKey())) {
            String body =
                    Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded());
            String pem = "-----BEGIN PUBLIC KEY-----\n" + body + "\n-----END PUBLIC KEY-----";
            List<byte[]> secrets =
                    List.of(
                            key.getEncoded(),
                            pem.getBytes(UTF_8),
                            (pem + "\n").getBytes(UTF_8),
                            RSA.toPublicJWK().toJSONString().getBytes(UTF_8),
                            EC.toPublicJWK().toJSONString().getBytes(UTF_8),
                            RSA.getModulus().decode());
            for (String kid : List.of(RSA.getKeyID(), EC.getKeyID())) {
                for (String alg : List.of("HS256", "hs256", "RS256", "ES256")) {
                    for (byte[] secret : secrets) {
                        String input =
                                Hostile.base64(
                                                "{\"alg\":\"%s\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}"
                                                        .formatted(alg, kid))
                                        + "."
                                        + Hostile.base64(Narrows.json(SCENE.claims()));
                        Mac mac = Mac.getInstance("HmacSHA256");
                        mac.init(new SecretKeySpec(secret, "HmacSHA256"));
                        refused(input + "." + Jws.base64(mac.doFinal(input.getBytes(UTF_8))));
                    }
                }
            }
        }
    }

    @Test
    void psychic_signatures_are_refused() throws Exception {
        TestIssuer other = TestIssuer.named("hostile-psychic");
        ECKey p384 = new ECKeyGenerator(Curve.P_384).keyID("p384").generate();
        ECKey p521 = new ECKeyGenerator(Curve.P_521).keyID("p521").generate();
        Map<String, Object> jwks =
                Map.of(
                        "keys",
                        List.of(
                                EC.toPublicJWK().toJSONObject(),
                                p384.toPublicJWK().toJSONObject(),
                                p521.toPublicJWK().toJSONObject()));
        SCENE.narrows()
                .publish(
                        new Policy()
                                .issuer(
                                        other,
                                        Map.of(
                                                "jwks",
                                                jwks,
                                                "algorithms",
                                                List.of("ES256", "ES384", "ES512"))));
        for (ECKey key : List.of(EC, p384, p521)) {
            ECPublicKey parameters = key.toECPublicKey();
            BigInteger n = parameters.getParams().getOrder();
            int size = (n.bitLength() + 7) / 8;
            String alg = size == 32 ? "ES256" : size == 48 ? "ES384" : "ES512";
            String header =
                    "{\"alg\":\"%s\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}"
                            .formatted(alg, key.getKeyID());
            String claims = Narrows.json(other.claims("alice", SCENE.from(), "in"));
            List<BigInteger> special =
                    List.of(
                            BigInteger.ZERO,
                            BigInteger.ONE,
                            n.subtract(BigInteger.ONE),
                            n,
                            BigInteger.ONE.shiftLeft(8 * size).subtract(BigInteger.ONE));
            for (BigInteger r : special) {
                for (BigInteger s : special) {
                    refused(Jws.of(header, claims, Hostile.pair(size, r, s)));
                }
            }
        }
        // And the issuer is one whose good tokens are taken.
        String good =
                Jws.sign(EC, Map.of("typ", "at+jwt"), other.claims("alice", SCENE.from(), "in"));
        assertThat(SCENE.exchange(SCENE.form(good)).status()).isEqualTo(200);
    }

    @Test
    void keys_in_headers_are_never_used_and_never_fetched() throws Exception {
        AtomicInteger contacts = new AtomicInteger();
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        ECKey attacker = new ECKeyGenerator(Curve.P_256).keyID(EC.getKeyID()).generate();
        server.createContext(
                "/",
                exchange -> {
                    contacts.incrementAndGet();
                    byte[] set = ("{\"keys\":[" + attacker.toPublicJWK() + "]}").getBytes(UTF_8);
                    exchange.sendResponseHeaders(200, set.length);
                    exchange.getResponseBody().write(set);
                    exchange.close();
                });
        server.start();
        try {
            String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/keys";
            String x5c = Base64.getEncoder().encodeToString(attacker.toPublicKey().getEncoded());
            List<String> members =
                    List.of(
                            "\"jwk\":" + attacker.toPublicJWK(),
                            "\"jku\":\"" + url + "\"",
                            "\"x5u\":\"" + url + "\"",
                            "\"x5c\":[\"" + x5c + "\"]",
                            "\"x5t\":\"AAAA\",\"x5t#S256\":\"AAAA\",\"jwk\":" + attacker);
            for (String member : members) {
                for (String kid :
                        List.of(
                                "\"kid\":\"" + EC.getKeyID() + "\",",
                                "\"kid\":\"" + url + "\",",
                                "")) {
                    String header = "{\"alg\":\"ES256\",\"typ\":\"at+jwt\"," + kid + member + "}";
                    refused(Hostile.signed(attacker, header, Narrows.json(SCENE.claims())));
                }
                // Well formed, they do no harm to a token that is good without them.
                String header =
                        "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\""
                                + EC.getKeyID()
                                + "\","
                                + member
                                + "}";
                Reply good =
                        SCENE.exchange(
                                SCENE.form(
                                        Hostile.signed(EC, header, Narrows.json(SCENE.claims()))));
                if (good.status() != 200) {
                    // What is no certificate or holds a private key is refused for its form.
                    assertThat(member).containsAnyOf("x5c", "\"d\":");
                    Hostile.refused(good, 400, "invalid_request");
                }
            }
            assertThat(contacts).hasValue(0);
        } finally {
            server.stop(0);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"../../../../etc/passwd\"",
                "\"/dev/null\"",
                "\"file:///etc/passwd\"",
                "\"http://127.0.0.1:9/keys\"",
                "\"' OR '1'='1\"",
                "\"x'; DROP TABLE issuers; --\"",
                "\"%s\"",
                "\"\\u0000\"",
                "\"\"",
                "\"\\n\"",
                "\"${jndi:ldap://127.0.0.1:9/a}\"",
                "0",
                "null",
                "true",
                "[\"hostile-tokens-ec\"]",
                "{\"kid\":\"hostile-tokens-ec\"}",
                "\"HOSTILE-TOKENS-EC\"",
                "\"hostile-tokens-ec \"",
                "\"hostile-tokens-ec\\u0000\"",
                "\"hostile-tokens-rsa\""
            })
    void a_kid_only_names_one_of_the_keys_that_are_trusted(String kid) {
        String header = "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":" + kid + "}";
        refused(Hostile.signed(EC, header, Narrows.json(SCENE.claims())));
    }

    @Test
    void a_very_long_kid_is_nobodys() {
        String header =
                "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"" + "k".repeat(9_000) + "\"}";
        refused(Hostile.signed(EC, header, Narrows.json(SCENE.claims())));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"crit\":[\"b64\"],\"b64\":false",
                "\"crit\":[\"b64\"],\"b64\":true",
                "\"b64\":false",
                "\"crit\":[]",
                "\"crit\":[\"exp\"],\"exp\":1",
                "\"crit\":\"x\"",
                "\"crit\":null",
                "\"crit\":[\"alg\"]",
                "\"zip\":\"DEF\"",
                "\"enc\":\"A256GCM\""
            })
    void critical_headers_are_not_understood(String members) {
        String header =
                "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"%s\",%s}"
                        .formatted(EC.getKeyID(), members);
        refused(Hostile.signed(EC, header, Narrows.json(SCENE.claims())));
    }

    @Test
    void a_payload_that_is_not_encoded_is_none() {
        String header =
                "{\"alg\":\"ES256\",\"b64\":false,\"crit\":[\"b64\"],\"kid\":\""
                        + EC.getKeyID()
                        + "\"}";
        String input = Hostile.base64(header) + "." + Narrows.json(SCENE.claims());
        refused(input + "." + Jws.base64(Hostile.signature(EC, input)));
    }

    @Test
    void a_name_twice_in_header_or_payload_is_refused() {
        String header = "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"" + EC.getKeyID() + "\"";
        String claims = Narrows.json(SCENE.claims());
        String open = claims.substring(0, claims.length() - 1);
        for (String twice :
                List.of(
                        "\"sub\":\"bob\"",
                        "\"aud\":\"x\"",
                        "\"exp\":9999999999",
                        "\"s\\u0075b\":\"bob\"",
                        "\"scope\":\"x\"")) {
            refused(Hostile.signed(EC, header + "}", open + "," + twice + "}"));
        }
        for (String twice : List.of("\"alg\":\"none\"", "\"kid\":\"x\"", "\"typ\":\"JWT\"")) {
            refused(Hostile.signed(EC, header + "," + twice + "}", claims));
        }
    }

    @Test
    void what_is_no_compact_jws_is_refused() {
        String token = SCENE.subjectToken();
        String[] parts = token.split("\\.", -1);
        List<String> forms =
                List.of(
                        "{\"payload\":\"%s\",\"protected\":\"%s\",\"signature\":\"%s\"}"
                                .formatted(parts[1], parts[0], parts[2]),
                        "{\"payload\":\"%s\",\"signatures\":[{\"protected\":\"%s\",\"signature\":\"%s\"}]}"
                                .formatted(parts[1], parts[0], parts[2]),
                        Hostile.base64("{\"alg\":\"dir\",\"enc\":\"A256GCM\"}")
                                + "..AAAA.AAAA.AAAA",
                        Hostile.base64("{\"alg\":\"RSA-OAEP\",\"enc\":\"A256GCM\",\"cty\":\"JWT\"}")
                                + ".AAAA.AAAA.AAAA.AAAA",
                        token + ".",
                        token + "." + parts[2],
                        "." + token,
                        parts[0] + ".." + parts[2],
                        "." + parts[1] + "." + parts[2],
                        "..",
                        "a.b.c",
                        "Bearer " + token,
                        token + "," + token);
        forms.forEach(HostileTokensIT::refused);
    }

    @Test
    void base64url_has_one_spelling() {
        String token = SCENE.subjectToken();
        String[] parts = token.split("\\.", -1);
        // 64 bytes leave four bits over in the last character, which must be zero.
        char last = token.charAt(token.length() - 1);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        String stray =
                token.substring(0, token.length() - 1)
                        + alphabet.charAt(alphabet.indexOf(last) + 1);
        for (String other :
                List.of(
                        token + "=",
                        token + "==",
                        stray,
                        " " + token,
                        token + " ",
                        token + "\n",
                        token + "\r\n",
                        token + "\u0000",
                        parts[0] + "=." + parts[1] + "." + parts[2],
                        parts[0] + "\n." + parts[1] + "." + parts[2],
                        token.replace('.', '\u3002'),
                        token + "%00")) {
            refused(other);
        }
    }

    @Test
    void a_signature_spelled_again_is_the_same_token() throws Exception {
        BigInteger n = EC.toECPublicKey().getParams().getOrder();
        Map<String, Object> claims = SCENE.claims();
        claims.remove("jti");
        String nameless = SCENE.issuer().sign(claims);
        String named = SCENE.subjectToken();
        Reply first = SCENE.exchange(SCENE.form(nameless));
        Reply again = SCENE.exchange(SCENE.form(Hostile.spelledAgain(nameless, n)));
        assertThat(again.status()).as(again.body()).isEqualTo(200);
        assertThat(again.claims().getClaim("lineage"))
                .isEqualTo(first.claims().getClaim("lineage"));

        String hash = first.claims().getStringListClaim("lineage").getFirst();
        revoke(SCENE.issuer().url(), hash.substring(hash.indexOf('|') + 1));
        String consistency =
                revoke(SCENE.issuer().url(), SignedJWT.parse(named).getJWTClaimsSet().getJWTID());
        for (String token :
                List.of(
                        nameless,
                        Hostile.spelledAgain(nameless, n),
                        named,
                        Hostile.spelledAgain(named, n))) {
            Reply refused =
                    SCENE.narrows()
                            .post(
                                    "/token-exchange",
                                    SCENE.form(token),
                                    "Authorization",
                                    SCENE.client().basic(),
                                    "Narrows-Consistency",
                                    consistency);
            Hostile.refused(refused, 400, "invalid_request", token);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS384", "RS512", "PS384", "PS512"})
    void an_algorithm_that_the_issuer_is_not_trusted_for_is_refused(String alg) {
        refused(Jws.sign(RSA, Map.of("alg", alg, "typ", "at+jwt"), SCENE.claims()));
        // Those that it is trusted for are taken with the same key.
        for (String listed : List.of("RS256", "PS256")) {
            String good = Jws.sign(RSA, Map.of("alg", listed, "typ", "at+jwt"), SCENE.claims());
            assertThat(SCENE.exchange(SCENE.form(good)).status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dpop+jwt",
                "logout+jwt",
                "secevent+jwt",
                "client-authentication+jwt",
                "oauth-authz-req+jwt",
                "token-introspection+jwt",
                "narrows-admin+jwt",
                "at+jwt ",
                "application/application/at+jwt",
                "x",
                ""
            })
    void a_token_of_another_type_is_refused(String type) {
        refused(SCENE.issuer().sign(Map.of("typ", type), SCENE.claims()));
    }

    @Test
    void a_type_that_is_no_string_is_refused() {
        for (String type : List.of("null", "1", "[\"at+jwt\"]")) {
            refused(
                    Hostile.signed(
                            EC,
                            "{\"alg\":\"ES256\",\"kid\":\""
                                    + EC.getKeyID()
                                    + "\",\"typ\":"
                                    + type
                                    + "}",
                            Narrows.json(SCENE.claims())));
        }
    }

    @Test
    void deep_nesting_is_refused_in_header_and_payload() {
        String deep = "[".repeat(2_800) + "]".repeat(2_800);
        String deeper = "[".repeat(10_000);
        String header = "{\"alg\":\"ES256\",\"kid\":\"" + EC.getKeyID() + "\"";
        String claims = Narrows.json(SCENE.claims());
        String open = claims.substring(0, claims.length() - 1);
        refused(Hostile.signed(EC, header + "}", open + ",\"x\":" + deep + "}"));
        refused(Hostile.signed(EC, header + ",\"x\":" + deep + "}", claims));
        refused(Hostile.signed(EC, deeper, claims));
        refused(Hostile.signed(EC, header + "}", deeper));
        refused(Hostile.signed(EC, header + "}", "{\"a\":".repeat(2_000)));
        String act = "{\"act\":".repeat(300) + "{\"sub\":\"x\"}" + "}".repeat(300);
        refused(Hostile.signed(EC, header + "}", open + ",\"act\":" + act + "}"));
    }

    @Test
    void what_is_too_large_is_refused() {
        Map<String, Object> claims = SCENE.claims();
        claims.put("x", "y".repeat(16 * 1024));
        refused(SCENE.issuer().sign(claims));
        refused("a".repeat(60_000));
        refused(".".repeat(60_000));
        Hostile.refused(SCENE.exchange(SCENE.form("a".repeat(64 * 1024))), 413, "invalid_request");
        Hostile.refused(
                SCENE.exchange(SCENE.form().and("x", "y".repeat(5 * 1024 * 1024))),
                413,
                "invalid_request");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1e400",
                "-1",
                "\"9999999999\"",
                "null",
                "[9999999999]",
                "true",
                "{}",
                "1E-999999999",
                "0",
                "1e3",
                "99999999999999999999",
                "253402300800",
                "9e99"
            })
    void an_expiry_that_is_no_time_to_come_is_refused(String exp) {
        String claims = Narrows.json(SCENE.claims()).replaceAll("\"exp\":[0-9]+", "\"exp\":" + exp);
        refused(
                Hostile.signed(
                        EC,
                        "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"" + EC.getKeyID() + "\"}",
                        claims));
    }

    @Test
    void another_issuers_key_is_another_issuers() {
        TestIssuer other = TestIssuer.named("hostile-foreign-key");
        SCENE.narrows().publish(new Policy().issuer(other));
        refused(other.sign(SCENE.claims()));
        Map<String, Object> ours = SCENE.claims();
        ours.put("iss", SCENE.narrows().issuer());
        refused(other.sign(ours));
        refused(
                Jws.sign(
                        other.ec(), Map.of("kid", EC.getKeyID(), "typ", "at+jwt"), SCENE.claims()));
    }

    private static String revoke(String issuer, String tokenId) {
        return SCENE.narrows()
                .publish(
                        "token.revoked",
                        Map.of(
                                "issuer",
                                issuer,
                                "tokenId",
                                tokenId,
                                "expiresAt",
                                Instant.now().plusSeconds(3_600).toString()));
    }

    private static void refused(String token) {
        Reply reply = SCENE.exchange(SCENE.form(token));
        String secret = token.length() < 20 ? SCENE.client().secret() : token;
        Hostile.refused(reply, 400, "invalid_request", secret, SCENE.client().secret(), "alice");
        if (token.length() > 100) {
            SECRETS.add(token);
        }
    }
}

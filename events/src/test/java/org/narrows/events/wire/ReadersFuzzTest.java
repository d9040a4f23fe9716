// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.PrivateKey;
import java.security.Signature;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.narrows.events.decision.CompiledPolicy;
import org.narrows.events.policy.Algorithm;
import org.narrows.events.policy.ClaimDefinition;
import org.narrows.events.policy.Kind;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.state.Policy;
import org.narrows.events.state.Row.ClaimRow;
import org.narrows.events.state.Row.IssuerRow;
import org.narrows.events.value.Position;
import org.narrows.fuzz.Fuzz;

/**
 * Whatever the bytes, every reader of what comes from outside ends, and refuses by its own
 * exception only. {@code -Dfuzz.seconds=N} makes each of them go on for N seconds (see {@link
 * Fuzz}).
 */
class ReadersFuzzTest {
    private static final String KEY = KeySets.generate(Algorithm.ES256);
    private static final PrivateKey PRIVATE = EventSigner.privateKey(KEY);
    private static final List<TrustedKey> KEYS =
            KeySets.usable("{\"keys\":[" + KeySets.publicPart(KEY) + "]}").stream()
                    .map(TrustedKey::new)
                    .toList();

    /** Of CN=x, signed by itself. */
    private static final String CERTIFICATE =
            "MIIBbTCCAROgAwIBAgIUPFUFXTV6E5aXGutGM9/vYGTAAQIwCgYIKoZIzj0EAwIwDDEKMAgGA1UE"
                    + "AwwBeDAeFw0yNjExMjExNDIyMzZaFw0zNjExMTgxNDIyMzZaMAwxCjAIBgNVBAMMAXgwWTATBgcq"
                    + "hkjOPQIBBggqhkjOPQMBBwNCAAT0JloIv0hSO3S2cKCoOMNb2w38NhvBhIe9K1j7iBxJgM4CCg1M"
                    + "uvy4TxOU57kF/nKzcIWcEwYIYMd/rAAmJXnGo1MwUTAdBgNVHQ4EFgQURuv3NmobWTDMPY0VUjC8"
                    + "38MEsvEwHwYDVR0jBBgwFoAURuv3NmobWTDMPY0VUjC838MEsvEwDwYDVR0TAQH/BAUwAwEB/zAK"
                    + "BggqhkjOPQQDAgNIADBFAiANsn6uA+413TKfHV+KZtgwQ5xtmHTuaSxf37hmyd9SnAIhAM/ngYIv"
                    + "k7nuXfrgYj5azY4Xa+aO20s2ew5cp6tNAMfI";

    private static final CompiledPolicy POLICY = policy();
    private static final long NOW = Samples.NOON.getEpochSecond();

    private static final String CLAIMS =
            """
            {"iss":"https://narrows.example.com","sub":"login|alice","aud":["a","b"],"exp":%d,
            "nbf":%d,"iat":%d,"jti":"own-1","client_id":"orders-service","scope":"a.read b.read",
            "act":{"sub":"x","act":{"sub":"y"}},"may_act":{"sub":"z","iss":"https://i.example.com"},
            "cnf":{"jkt":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"},"auth_time":%d,"acr":"urn:mfa",
            "amr":["hwk"],"email":"a@b.example","policy_seq":17,"lineage":["login|1","own-0"],
            "sub_type":"client","provenance":%s}"""
                    .formatted(
                            NOW + 300,
                            NOW,
                            NOW,
                            NOW,
                            Json.canonical(ProvenanceCodec.encode(Samples.provenance())));

    @Test
    void a_token_is_read_or_refused() {
        String header =
                base64("{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"k\"}".getBytes(UTF_8));
        String token = header + "." + base64(CLAIMS.getBytes(UTF_8)) + "." + base64(new byte[64]);
        Map<String, Integer> answers =
                Fuzz.run(
                        "token",
                        4_000,
                        List.of(token, header + ".e30.AA", "eyJhbGciOiJub25lIn0.e30."),
                        input -> {
                            try {
                                StrictJwt jwt = StrictJwt.read(new String(input, ISO_8859_1));
                                assertThat(jwt.hashId()).startsWith("sha256:");
                                TrustedKey.verify(jwt, KEYS);
                                return "signed";
                            } catch (BadTokenException e) {
                                return e.problem();
                            }
                        });
        assertThat(answers)
                .containsKey("is not signed by a key of its issuer")
                .hasSizeGreaterThan(5);
        assertThat(answers).doesNotContainKey("signed");
    }

    @Test
    void a_header_that_its_key_signed_is_read_or_refused() {
        Map<String, Integer> answers =
                Fuzz.run(
                        "signed header",
                        1_000,
                        List.of(
                                "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"cty\":\"x\",\"kid\":\"k\"}",
                                "{\"alg\":\"ES256\",\"jwk\":%s,\"jku\":\"https://a.example\"}"
                                        .formatted(KeySets.publicPart(KEY)),
                                "{\"alg\":\"ES256\",\"x5c\":[\"%s\"],\"x5t\":\"AA\"}"
                                        .formatted(CERTIFICATE),
                                "{\"alg\":\"ES256\",\"x5u\":\"https://a.example\",\"x5t#S256\":\"AA\"}"),
                        input -> {
                            try {
                                StrictJwt jwt = StrictJwt.read(signed(input, "{}".getBytes(UTF_8)));
                                jwt.type();
                                TrustedKey.verify(jwt, KEYS);
                                return "signed";
                            } catch (BadTokenException e) {
                                return e.problem();
                            }
                        });
        assertThat(answers).containsKey("signed").hasSizeGreaterThan(5);
    }

    @Test
    void claims_that_a_trusted_key_signed_are_read_or_refused() {
        byte[] header = "{\"alg\":\"ES256\",\"typ\":\"at+jwt\"}".getBytes(UTF_8);
        Map<String, Integer> answers =
                Fuzz.run(
                        "claims",
                        2_000,
                        List.of(CLAIMS),
                        input -> {
                            try {
                                StrictJwt jwt = StrictJwt.read(signed(header, input));
                                readAll(jwt);
                                return String.valueOf(
                                        IssuedTokens.read(
                                                        IssuedTokens.open(jwt, KEYS),
                                                        POLICY,
                                                        Samples.NOON)
                                                .kind());
                            } catch (BadTokenException e) {
                                return e.problem();
                            }
                        });
        assertThat(answers).hasSizeGreaterThan(10);
    }

    /** What is read of foreign tokens only. */
    private static void readAll(StrictJwt jwt) {
        TokenClaims claims = new TokenClaims(jwt);
        for (Reading reading :
                List.<Reading>of(
                        () -> claims.ref(Samples.LOGIN),
                        claims::audiences,
                        claims::actChain,
                        claims::mayAct,
                        claims::boundTo,
                        claims::acr,
                        claims::amr,
                        () -> claims.checkTimes(Samples.NOON),
                        () -> claims.declaredClaims(POLICY),
                        () -> TokenClaims.scopes(jwt.strings("scp").orElse(List.of())))) {
            try {
                reading.read();
            } catch (BadTokenException e) {
                // Refused as it may be.
            }
        }
    }

    private interface Reading {
        Object read() throws BadTokenException;
    }

    @Test
    void a_proof_is_read_or_refused() {
        ObjectNode header = Json.object();
        header.put("typ", "dpop+jwt").put("alg", "ES256");
        header.set("jwk", Json.parse(KeySets.publicPart(KEY)));
        ObjectNode claims = Json.object();
        claims.put("htm", "POST").put("htu", "https://narrows.example.com/token-exchange");
        claims.put("iat", NOW).put("jti", "1").put("nonce", "n");
        ObjectNode both = Json.object();
        both.set("header", header);
        both.set("claims", claims);
        Map<String, Integer> answers =
                Fuzz.run(
                        "proof",
                        1_500,
                        List.of(Json.canonical(both)),
                        input -> {
                            try {
                                JsonNode proof = Json.parse(input);
                                DpopProof.read(
                                        List.of(
                                                signed(
                                                        text(proof.path("header")),
                                                        text(proof.path("claims")))),
                                        "POST",
                                        Set.of("https://narrows.example.com/token-exchange"),
                                        Samples.NOON,
                                        Optional.empty());
                                return "proven";
                            } catch (MalformedException e) {
                                return "no JSON";
                            } catch (BadTokenException e) {
                                return e.problem();
                            }
                        });
        assertThat(answers).containsKey("proven").hasSizeGreaterThan(8);
    }

    @Test
    void a_key_set_is_read_or_refused_and_what_is_registered_can_be_used() {
        List<String> sets = new ArrayList<>();
        for (Algorithm algorithm : Algorithm.values()) {
            sets.add("{\"keys\":[" + KeySets.publicPart(KeySets.generate(algorithm)) + "]}");
        }
        Map<String, Integer> answers =
                Fuzz.run(
                        "key set",
                        1_500,
                        sets,
                        input -> {
                            String text = new String(input, UTF_8);
                            int usable;
                            try {
                                usable =
                                        KeySets.usable(text).stream()
                                                .map(TrustedKey::new)
                                                .toList()
                                                .size();
                            } catch (MalformedException e) {
                                return "refused: " + plain(e);
                            }
                            try {
                                JwkRules.publicSet(Located.whole(Json.parse(text)));
                            } catch (MalformedException e) {
                                return usable + ", not registered: " + plain(e);
                            }
                            return usable + ", registered";
                        });
        assertThat(answers).containsKey("1, registered").hasSizeGreaterThan(10);
    }

    @Test
    void an_event_is_read_or_refused_and_what_is_read_can_be_written() {
        Map<String, Integer> answers =
                Fuzz.run(
                        "event",
                        3_000,
                        Golden.files("events").stream().map(Golden::text).toList(),
                        input -> {
                            RecordReader.read(Samples.NOON, input, List.of(input));
                            try {
                                var event = EventCodec.decode(input);
                                assertThat(EventCodec.decode(EventCodec.encode(event)))
                                        .isEqualTo(event);
                                return "read";
                            } catch (MalformedException e) {
                                return plain(e);
                            }
                        });
        assertThat(answers).containsKey("read").hasSizeGreaterThan(30);
    }

    @Test
    void an_admin_token_is_read_or_is_none() throws Exception {
        String publicKey = KeySets.publicPart(KEY);
        String token =
                AdminTokens.mint(
                        KEY,
                        Samples.LOG,
                        AdminTokens.ALL,
                        Samples.NOON,
                        Samples.NOON.plus(Duration.ofMinutes(5)));
        String[] parts = token.split("\\.", -1);
        String claims = new String(Base64.getUrlDecoder().decode(parts[1]), UTF_8);
        byte[] header = Base64.getUrlDecoder().decode(parts[0]);
        Map<String, Integer> answers =
                Fuzz.run(
                        "admin token",
                        1_500,
                        List.of(claims, token),
                        input -> {
                            boolean good =
                                    AdminTokens.verify(
                                                    signed(header, input),
                                                    publicKey,
                                                    Samples.LOG,
                                                    Samples.NOON)
                                            .isPresent();
                            AdminTokens.verify(
                                    new String(input, ISO_8859_1),
                                    publicKey,
                                    Samples.LOG,
                                    Samples.NOON);
                            return String.valueOf(good);
                        });
        assertThat(answers).containsOnlyKeys("true", "false");
    }

    @Test
    void a_consistency_token_a_decision_record_and_a_url_are_read_or_refused() {
        List<String> texts = new ArrayList<>();
        texts.add(new Position(Samples.LOG, 17).toToken());
        texts.add("https://User@Example.COM:443/a/../%7eb?c#d");
        Golden.files("decisions").forEach(file -> texts.add(Golden.text(file)));
        Map<String, Integer> answers =
                Fuzz.run(
                        "small readers",
                        2_000,
                        texts,
                        input -> {
                            String text = new String(input, UTF_8);
                            boolean url = TargetUri.normal(text).isPresent();
                            try {
                                return url + " " + (Position.ofToken(text).seq() > 0);
                            } catch (IllegalArgumentException e) {
                                // No consistency token.
                            }
                            try {
                                DecisionCodec.decode(input);
                                return "a decision";
                            } catch (MalformedException e) {
                                return url + " " + plain(e);
                            }
                        });
        assertThat(answers).containsKey("a decision").hasSizeGreaterThan(10);
    }

    private static CompiledPolicy policy() {
        TrustedIssuer login =
                (TrustedIssuer)
                        EntryCodec.decode(
                                Kind.ISSUERS,
                                Json.parse(
                                        "{\"issuer\":\"https://login.example.com\",\"alias\":\"login\",\"jwksUri\":\"https://login.example.com/keys\"}"),
                                "");
        return CompiledPolicy.of(
                Policy.of(
                        List.of(
                                new IssuerRow(login, 2),
                                new ClaimRow(new ClaimDefinition("email", Optional.empty()), 3))),
                Samples.OURS);
    }

    /** Without what the input itself says. */
    private static String plain(MalformedException e) {
        return String.valueOf(e.getMessage()).replaceAll("`[^`]*`", "``").replaceAll("[0-9]+", "0");
    }

    private static String signed(byte[] header, byte[] claims) throws Exception {
        String input = base64(header) + "." + base64(claims);
        Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
        signature.initSign(PRIVATE);
        signature.update(input.getBytes(UTF_8));
        return input + "." + base64(signature.sign());
    }

    private static byte[] text(JsonNode value) {
        return value.toString().getBytes(UTF_8);
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}

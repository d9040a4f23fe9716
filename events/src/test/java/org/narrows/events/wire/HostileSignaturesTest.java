// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jsonwebtoken.security.Jwks;
import io.jsonwebtoken.security.PrivateJwk;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.narrows.events.policy.Algorithm;

/**
 * Signatures that never were: what {@link WycheproofTest} holds for an outsider's vectors, made
 * here anew with each run's own keys.
 */
class HostileSignaturesTest {
    private static final String CLAIMS = "{\"sub\":\"alice\"}";
    private static final Map<Algorithm, String> PRIVATE =
            Arrays.stream(Algorithm.values())
                    .collect(Collectors.toMap(Function.identity(), KeySets::generate));

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void a_signature_holds_for_what_it_signs_and_with_every_bit_of_it(Algorithm algorithm)
            throws Exception {
        byte[] signature = sign(algorithm);
        assertThat(accepted(algorithm, signature)).isTrue();
        for (int at = 0; at < signature.length; at += 7) {
            byte[] changed = signature.clone();
            changed[at] ^= 1;
            assertThat(accepted(algorithm, changed)).as("byte %d", at).isFalse();
        }
        assertThat(accepted(algorithm, Arrays.copyOf(signature, signature.length - 1))).isFalse();
        assertThat(accepted(algorithm, Arrays.copyOf(signature, signature.length + 1))).isFalse();
        assertThat(accepted(algorithm, join(new byte[1], signature))).isFalse();
        assertThat(accepted(algorithm, join(signature, signature))).isFalse();
        assertThat(accepted(algorithm, new byte[signature.length])).isFalse();
        assertThat(accepted(algorithm, new byte[1])).isFalse();
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void a_key_verifies_its_own_algorithm_only(Algorithm owner) throws Exception {
        for (Algorithm other : Algorithm.values()) {
            if (other != owner && key(other).contains(kind(owner))) {
                byte[] under = sign(owner, other, input(owner, other));
                assertThat(accepted(key(owner), input(owner, other), under)).isFalse();
                assertThat(accepted(owner, sign(owner, other, input(owner, owner)))).isFalse();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ES256", "ES384", "ES512"})
    void a_curve_has_one_algorithm_whatever_its_key_says(Algorithm owner) throws Exception {
        String nameless = key(owner).replace("\"alg\":\"" + owner + "\",", "");
        for (Algorithm other : List.of(Algorithm.ES256, Algorithm.ES384, Algorithm.ES512)) {
            byte[] signature = sign(owner, other, input(owner, other));
            assertThat(accepted(nameless, input(owner, other), signature))
                    .isEqualTo(other == owner);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ES256", "ES384", "ES512"})
    void psychic_signatures_and_numbers_out_of_range_are_refused(Algorithm algorithm)
            throws Exception {
        ECPublicKey key = (ECPublicKey) KeySets.publicKey(key(algorithm));
        BigInteger n = key.getParams().getOrder();
        int size = (key.getParams().getCurve().getField().getFieldSize() + 7) / 8;
        byte[] good = sign(algorithm);
        BigInteger r = new BigInteger(1, Arrays.copyOf(good, size));
        BigInteger s = new BigInteger(1, Arrays.copyOfRange(good, size, 2 * size));
        List<BigInteger> special =
                List.of(
                        BigInteger.ZERO,
                        BigInteger.ONE,
                        n.subtract(BigInteger.ONE),
                        n,
                        n.add(BigInteger.ONE),
                        BigInteger.ONE.shiftLeft(8 * size).subtract(BigInteger.ONE));
        for (BigInteger first : special) {
            for (BigInteger second : special) {
                assertThat(accepted(algorithm, pair(size, first, second))).isFalse();
            }
            assertThat(accepted(algorithm, pair(size, r, first))).isFalse();
            assertThat(accepted(algorithm, pair(size, first, s))).isFalse();
        }
        assertThat(accepted(algorithm, pair(size, s, r))).isFalse();
        if (s.add(n).bitLength() <= 8 * size) {
            assertThat(accepted(algorithm, pair(size, r, s.add(n)))).isFalse();
        }
        assertThat(accepted(algorithm, pair(size + 1, r, s))).isFalse();
        assertThat(accepted(algorithm, der(r, s))).isFalse();
    }

    @ParameterizedTest
    @EnumSource(names = {"ES256", "ES384", "ES512"})
    void an_ecdsa_signature_spelled_again_is_the_same_token(Algorithm algorithm) throws Exception {
        ECPublicKey key = (ECPublicKey) KeySets.publicKey(key(algorithm));
        int size = (key.getParams().getCurve().getField().getFieldSize() + 7) / 8;
        byte[] good = sign(algorithm);
        BigInteger r = new BigInteger(1, Arrays.copyOf(good, size));
        BigInteger s = new BigInteger(1, Arrays.copyOfRange(good, size, 2 * size));
        byte[] again = pair(size, r, key.getParams().getOrder().subtract(s));
        assertThat(accepted(algorithm, again)).isTrue();
        String input = input(algorithm, algorithm) + ".";
        assertThat(StrictJwt.read(input + base64(again)).hashId())
                .isEqualTo(StrictJwt.read(input + base64(good)).hashId());
    }

    @Test
    void of_pkcs_1_the_one_encoding_is_accepted() throws Exception {
        byte[] digest =
                MessageDigest.getInstance("SHA-256")
                        .digest(input(Algorithm.RS256, Algorithm.RS256).getBytes(UTF_8));
        byte[] oid = {0x06, 0x09, 0x60, (byte) 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01};
        byte[] sha1 = {0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a};
        byte[] none = {0x05, 0x00};
        byte[] info = tlv(0x30, tlv(0x30, oid, none), tlv(0x04, digest));
        assertThat(accepted(Algorithm.RS256, raw(padded(info)))).isTrue();

        List<byte[]> others =
                List.of(
                        // Something else than NULL (nothing at all is as good as NULL: RFC 8017
                        // A.2.4); another hash's name; trailing bytes within and after; a length
                        // in long form; the digest alone.
                        tlv(0x30, tlv(0x30, oid, new byte[] {0x04, 0x00}), tlv(0x04, digest)),
                        tlv(0x30, tlv(0x30, sha1, none), tlv(0x04, digest)),
                        tlv(0x30, tlv(0x30, oid, none), tlv(0x04, digest), new byte[2]),
                        join(info, new byte[8]),
                        join(
                                new byte[] {0x30, (byte) 0x81, (byte) (info.length - 2)},
                                Arrays.copyOfRange(info, 2, info.length)),
                        digest);
        for (int i = 0; i < others.size(); i++) {
            assertThat(accepted(Algorithm.RS256, raw(padded(others.get(i))))).as("%d", i).isFalse();
        }
        byte[] good = padded(info);
        // Garbage after a short padding (Bleichenbacher 2006); another block type; 00 in the
        // padding.
        byte[] shortPadding = new byte[256];
        System.arraycopy(good, 0, shortPadding, 0, 10);
        Arrays.fill(shortPadding, 2, 10, (byte) 0xff);
        System.arraycopy(info, 0, shortPadding, 11, info.length);
        assertThat(accepted(Algorithm.RS256, raw(shortPadding))).isFalse();
        for (int at : List.of(0, 1, 2, 100)) {
            byte[] changed = good.clone();
            changed[at] ^= 2;
            assertThat(accepted(Algorithm.RS256, raw(changed))).as("byte %d", at).isFalse();
        }
        BigInteger modulus = rsa().getModulus();
        BigInteger again = new BigInteger(1, raw(good)).add(modulus);
        assertThat(accepted(Algorithm.RS256, unsigned(again, 257))).isFalse();
        assertThat(accepted(Algorithm.RS256, unsigned(modulus, 256))).isFalse();
        assertThat(accepted(Algorithm.RS256, unsigned(BigInteger.ONE, 256))).isFalse();
    }

    @Test
    void of_pss_only_a_salt_as_long_as_the_hash_and_its_own_hash_are_accepted() throws Exception {
        assertThat(accepted(Algorithm.PS256, pss("SHA-256", "SHA-256", 32))).isTrue();
        assertThat(accepted(Algorithm.PS256, pss("SHA-256", "SHA-256", 0))).isFalse();
        assertThat(accepted(Algorithm.PS256, pss("SHA-256", "SHA-256", 31))).isFalse();
        assertThat(accepted(Algorithm.PS256, pss("SHA-256", "SHA-256", 64))).isFalse();
        assertThat(accepted(Algorithm.PS256, pss("SHA-256", "SHA-1", 32))).isFalse();
        assertThat(accepted(Algorithm.PS256, pss("SHA-512", "SHA-256", 32))).isFalse();
    }

    @Test
    void an_eddsa_signature_is_not_accepted_with_its_number_beyond_the_order() throws Exception {
        byte[] good = sign(Algorithm.EdDSA);
        BigInteger order =
                BigInteger.TWO
                        .pow(252)
                        .add(new BigInteger("27742317777372353535851937790883648493"));
        byte[] s = reversed(Arrays.copyOfRange(good, 32, 64));
        byte[] beyond = reversed(unsigned(new BigInteger(1, s).add(order), 32));
        assertThat(accepted(Algorithm.EdDSA, join(Arrays.copyOf(good, 32), beyond))).isFalse();
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void a_public_key_is_nobodys_secret(Algorithm algorithm) throws Exception {
        PublicKey key = KeySets.publicKey(key(algorithm));
        String pem =
                "-----BEGIN PUBLIC KEY-----\n"
                        + Base64.getMimeEncoder(64, "\n".getBytes(UTF_8))
                                .encodeToString(key.getEncoded())
                        + "\n-----END PUBLIC KEY-----\n";
        List<byte[]> secrets =
                List.of(key.getEncoded(), pem.getBytes(UTF_8), key(algorithm).getBytes(UTF_8));
        for (String name : List.of("HS256", "hs256", algorithm.name())) {
            String input = input("{\"alg\":\"" + name + "\"}");
            for (byte[] secret : secrets) {
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(secret, "HmacSHA256"));
                assertThat(accepted(key(algorithm), input, mac.doFinal(input.getBytes(UTF_8))))
                        .isFalse();
            }
        }
    }

    @Test
    void no_algorithm_is_no_algorithm_however_it_is_spelled() {
        Stream<String> spelled =
                IntStream.range(0, 16)
                        .mapToObj(
                                bits -> {
                                    char[] none = "none".toCharArray();
                                    for (int i = 0; i < none.length; i++) {
                                        if ((bits >> i & 1) == 1) {
                                            none[i] = Character.toUpperCase(none[i]);
                                        }
                                    }
                                    return "\"" + new String(none) + "\"";
                                });
        Stream<String> others =
                Stream.of("null", "\"\"", "\" none\"", "[\"none\"]", "{}", "0", "\"none\\u0000\"");
        for (String alg : Stream.concat(spelled, others).toList()) {
            String header = input("{\"alg\":" + alg + "}");
            assertThat(accepted(key(Algorithm.ES256), header, new byte[0])).isFalse();
            assertThat(accepted(key(Algorithm.ES256), header, new byte[64])).isFalse();
        }
        assertThat(accepted(key(Algorithm.ES256), input("{}"), new byte[64])).isFalse();
    }

    @Test
    void a_key_for_something_else_verifies_nothing() throws Exception {
        byte[] signature = sign(Algorithm.ES256);
        String input = input(Algorithm.ES256, Algorithm.ES256);
        for (String edit :
                List.of(
                        "{\"use\":\"enc\"}",
                        "{\"key_ops\":[\"encrypt\"]}",
                        "{\"key_ops\":[]}",
                        "{\"alg\":\"ES384\"}",
                        "{\"alg\":\"ES521\"}",
                        "{\"kid\":\"another\"}")) {
            ObjectNode key = (ObjectNode) Json.parse(key(Algorithm.ES256));
            key.setAll((ObjectNode) Json.parse(edit));
            assertThat(accepted(Json.canonical(key), input, signature)).as(edit).isFalse();
        }
        assertThat(accepted(key(Algorithm.ES256), input, signature)).isTrue();
    }

    @Test
    void a_key_of_the_roca_generator_is_neither_registered_nor_used() {
        BigInteger product =
                IntStream.rangeClosed(3, 167)
                        .mapToObj(BigInteger::valueOf)
                        .filter(number -> number.isProbablePrime(50))
                        .reduce(BigInteger.ONE, BigInteger::multiply);
        BigInteger power =
                BigInteger.valueOf(65_537).modPow(BigInteger.valueOf(123_456_789), product);
        BigInteger weak =
                BigInteger.ONE
                        .shiftLeft(2047)
                        .divide(product)
                        .add(BigInteger.TWO)
                        .multiply(product)
                        .add(power);
        assertThat(weak.bitLength()).isEqualTo(2048);
        assertThatThrownBy(() -> KeySets.publicKey(rsaKey(weak)))
                .hasMessage(
                        "`n`: was made by a generator whose keys can be factored (CVE-2017-15361)");
        assertThat(KeySets.usable("{\"keys\":[" + rsaKey(weak) + "]}")).isEmpty();
        // Its neighbour has not the mark.
        assertThat(KeySets.publicKey(rsaKey(weak.add(BigInteger.TWO)))).isNotNull();
    }

    private static String rsaKey(BigInteger modulus) {
        return "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"" + base64(unsigned(modulus, 256)) + "\"}";
    }

    /** Whether this is taken for the signature of the owner's token under the owner's algorithm. */
    private static boolean accepted(Algorithm owner, byte[] signature) {
        return accepted(key(owner), input(owner, owner), signature);
    }

    private static boolean accepted(String key, String input, byte[] signature) {
        List<TrustedKey> keys =
                KeySets.usable("{\"keys\":[" + key + "]}").stream().map(TrustedKey::new).toList();
        try {
            TrustedKey.verify(StrictJwt.read(input + "." + base64(signature)), keys);
            return true;
        } catch (BadTokenException e) {
            return false;
        }
    }

    private static String key(Algorithm owner) {
        return KeySets.publicPart(PRIVATE.get(owner));
    }

    private static PrivateKey privateKey(Algorithm owner) {
        return ((PrivateJwk<?, ?, ?>) Jwks.parser().build().parse(PRIVATE.get(owner))).toKey();
    }

    private static RSAPrivateKey rsa() {
        return (RSAPrivateKey) privateKey(Algorithm.RS256);
    }

    /** What a signature is made over, with the name of the owner's key. */
    private static String input(Algorithm owner, Algorithm named) {
        String kid = Json.parse(key(owner)).get("kid").textValue();
        return input("{\"alg\":\"" + named + "\",\"kid\":\"" + kid + "\"}");
    }

    private static String input(String header) {
        return base64(header.getBytes(UTF_8)) + "." + base64(CLAIMS.getBytes(UTF_8));
    }

    private static String kind(Algorithm owner) {
        return "\"kty\":" + Json.parse(key(owner)).get("kty");
    }

    private static byte[] sign(Algorithm owner) throws GeneralSecurityException {
        return sign(owner, owner, input(owner, owner));
    }

    private static byte[] sign(Algorithm owner, Algorithm with, String input)
            throws GeneralSecurityException {
        String bits = with.name().substring(2);
        Signature signature =
                switch (with) {
                    case RS256, RS384, RS512 -> Signature.getInstance("SHA" + bits + "withRSA");
                    case PS256, PS384, PS512 -> Signature.getInstance("RSASSA-PSS");
                    case ES256, ES384, ES512 ->
                            Signature.getInstance("SHA" + bits + "withECDSAinP1363Format");
                    case EdDSA -> Signature.getInstance("EdDSA");
                };
        if (with.name().startsWith("PS")) {
            String hash = "SHA-" + bits;
            int salt = Integer.parseInt(bits) / 8;
            signature.setParameter(
                    new PSSParameterSpec(hash, "MGF1", new MGF1ParameterSpec(hash), salt, 1));
        }
        return made(signature, owner, input);
    }

    private static byte[] pss(String hash, String mask, int salt) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("RSASSA-PSS");
        signature.setParameter(
                new PSSParameterSpec(hash, "MGF1", new MGF1ParameterSpec(mask), salt, 1));
        return made(signature, Algorithm.PS256, input(Algorithm.PS256, Algorithm.PS256));
    }

    private static byte[] made(Signature signature, Algorithm owner, String input)
            throws GeneralSecurityException {
        signature.initSign(privateKey(owner));
        signature.update(input.getBytes(UTF_8));
        return signature.sign();
    }

    /** The block that RSA signs (RFC 8017 §9.2), for a key of 2048 bits. */
    private static byte[] padded(byte[] digestInfo) {
        byte[] block = new byte[256];
        Arrays.fill(block, 2, 256 - digestInfo.length - 1, (byte) 0xff);
        block[1] = 1;
        System.arraycopy(digestInfo, 0, block, 256 - digestInfo.length, digestInfo.length);
        return block;
    }

    private static byte[] raw(byte[] block) {
        RSAPrivateKey key = rsa();
        return unsigned(
                new BigInteger(1, block).modPow(key.getPrivateExponent(), key.getModulus()), 256);
    }

    private static byte[] pair(int size, BigInteger r, BigInteger s) {
        return join(unsigned(r, size), unsigned(s, size));
    }

    private static byte[] der(BigInteger r, BigInteger s) {
        return tlv(0x30, tlv(0x02, r.toByteArray()), tlv(0x02, s.toByteArray()));
    }

    private static byte[] tlv(int tag, byte[]... parts) {
        byte[] value = join(parts);
        byte[] head =
                value.length < 128
                        ? new byte[] {(byte) tag, (byte) value.length}
                        : new byte[] {(byte) tag, (byte) 0x81, (byte) value.length};
        return join(head, value);
    }

    private static byte[] unsigned(BigInteger number, int size) {
        byte[] bytes = number.toByteArray();
        byte[] fixed = new byte[size];
        int length = Math.min(size, bytes.length);
        System.arraycopy(bytes, bytes.length - length, fixed, size - length, length);
        return fixed;
    }

    private static byte[] reversed(byte[] bytes) {
        byte[] reversed = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            reversed[i] = bytes[bytes.length - 1 - i];
        }
        return reversed;
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}

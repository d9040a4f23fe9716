// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.ECKey;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** What every refusal of the hostile suite is held to, and what it signs by hand. */
final class Hostile {
    /** Nothing of how it is made: classes, traces, SQL, files, libraries. */
    private static final Pattern INSIDES =
            Pattern.compile(
                    "Exception|stack ?trace|\\bat [a-z]+\\.[a-z]|org[./]narrows[./]|java[./]|jdk\\.|micronaut|netty"
                            + "|jackson|jjwt|jsonwebtoken|postgres|jdbc|\\bSQL|SELECT |INSERT |kafka"
                            + "|\\.java|/tmp/|/home/|/root/|/usr/|\\.jar|null pointer",
                    Pattern.CASE_INSENSITIVE);

    private static final Set<String> MEMBERS =
            Set.of("error", "error_description", "consent_required", "consent_uri");
    private static final int MAX_BODY = 1_000;

    private Hostile() {}

    /**
     * Holds an answer to be this OAuth error and nothing more.
     *
     * @param secrets what must not be told in it
     */
    static void refused(Reply reply, int status, String error, String... secrets) {
        assertThat(reply.status() + " " + reply.body()).startsWith(status + " ");
        assertThat(reply.header("content-type")).as("%s", reply).contains("application/json");
        assertThat(reply.error()).as(reply.body()).isEqualTo(error);
        reply.json().fieldNames().forEachRemaining(member -> assertThat(member).isIn(MEMBERS));
        assertThat(reply.header("cache-control")).contains("no-store");
        assertThat(reply.header("narrows-decision")).isPresent();
        nothingLeaks(reply, secrets);
    }

    /** The answer tells nothing of how it is made and none of these. */
    static void nothingLeaks(Reply reply, String... secrets) {
        assertThat(reply.body()).hasSizeLessThan(MAX_BODY).doesNotContainPattern(INSIDES);
        assertThat(reply.headers()).doesNotContainKeys("server", "x-powered-by", "via");
        String headers = reply.headers().toString();
        assertThat(headers).doesNotContainPattern(INSIDES);
        for (String secret : secrets) {
            assertThat(reply.body()).doesNotContain(secret);
            assertThat(headers).doesNotContain(secret);
        }
    }

    /** None of these stands in what the process has printed. */
    static void notLogged(Narrows narrows, List<String> secrets) {
        String said = narrows.said();
        for (String secret : secrets) {
            assertThat(said.contains(secret)).as("a secret in the log").isFalse();
        }
        assertThat(said.lines().filter(Hostile::isOfAMistake)).isEmpty();
    }

    /**
     * The service tells of its own mistakes with a trace. That somebody else's key set cannot be
     * had, and why, is no mistake of its own.
     */
    static boolean isOfAMistake(String line) {
        boolean ofAnIssuer = line.contains(" WARN ") && line.contains("HttpIssuerKeys");
        return !ofAnIssuer
                && (line.contains(" failed")
                        || line.contains("Exception")
                        || line.contains("\tat "));
    }

    /** Signs these very texts by ES256. */
    static String signed(ECKey key, String header, String payload) {
        String input = base64(header) + "." + base64(payload);
        return input + "." + Jws.base64(signature(key, input));
    }

    static byte[] signature(ECKey key, String input) {
        try {
            Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
            signature.initSign(key.toECPrivateKey());
            signature.update(input.getBytes(StandardCharsets.US_ASCII));
            return signature.sign();
        } catch (GeneralSecurityException | JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The same token with the other one of the two ECDSA signatures that hold for it. */
    static String spelledAgain(String token, BigInteger order) {
        int dot = token.lastIndexOf('.');
        byte[] signature = Base64.getUrlDecoder().decode(token.substring(dot + 1));
        int size = signature.length / 2;
        BigInteger s = new BigInteger(1, Arrays.copyOfRange(signature, size, 2 * size));
        byte[] again =
                pair(size, new BigInteger(1, Arrays.copyOf(signature, size)), order.subtract(s));
        return token.substring(0, dot + 1) + Jws.base64(again);
    }

    static byte[] pair(int size, BigInteger r, BigInteger s) {
        byte[] pair = new byte[2 * size];
        place(r, pair, 0, size);
        place(s, pair, size, size);
        return pair;
    }

    private static void place(BigInteger number, byte[] into, int at, int size) {
        byte[] bytes = number.toByteArray();
        int length = Math.min(size, bytes.length);
        System.arraycopy(bytes, bytes.length - length, into, at + size - length, length);
    }

    static String base64(String text) {
        return Jws.base64(text.getBytes(StandardCharsets.UTF_8));
    }
}

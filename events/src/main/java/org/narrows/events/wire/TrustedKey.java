// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import io.jsonwebtoken.Jws;
import io.jsonwebtoken.JwtException;
import io.jsonwebtoken.JwtParser;
import io.jsonwebtoken.Jwts;
import java.security.PublicKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.narrows.events.policy.Algorithm;
import org.narrows.events.wire.KeySets.PublicJwk;

/**
 * One public key that may verify signatures, with the parser that does it. Safe for many threads.
 */
public final class TrustedKey {
    private static final int MAX_TRIES = 8;

    private final PublicJwk jwk;
    private final JwtParser parser;

    public TrustedKey(PublicJwk jwk) {
        this.jwk = jwk;
        // Signatures only: every claim, the times too, is judged by the verifier with the one clock
        // of the exchange.
        this.parser =
                Jwts.parser()
                        .verifyWith(jwk.key())
                        .clock(() -> Date.from(Instant.EPOCH))
                        .clockSkewSeconds(Long.MAX_VALUE / 1000)
                        .build();
    }

    public Optional<String> kid() {
        return jwk.kid();
    }

    /**
     * Whether this key may verify signatures of this algorithm: its kind, its curve, its own `alg`
     * and `use`.
     */
    public boolean suits(Algorithm algorithm) {
        boolean allowed =
                jwk.algorithm().map(algorithm.name()::equals).orElse(true)
                        && jwk.use().map("sig"::equals).orElse(true);
        return allowed && isOfKind(jwk.key(), algorithm);
    }

    private static boolean isOfKind(PublicKey key, Algorithm algorithm) {
        return switch (algorithm) {
            case RS256, RS384, RS512, PS256, PS384, PS512 -> key instanceof RSAPublicKey;
            case ES256 -> isOfFieldSize(key, 256);
            case ES384 -> isOfFieldSize(key, 384);
            case ES512 -> isOfFieldSize(key, 521);
            case EdDSA -> key instanceof EdECPublicKey;
        };
    }

    private static boolean isOfFieldSize(PublicKey key, int bits) {
        return key instanceof ECPublicKey ec
                && ec.getParams().getCurve().getField().getFieldSize() == bits;
    }

    /**
     * Whether the certificate is one for this key (RFC 8705 §2.2): the one that the set holds
     * beside it, or where it holds none, any.
     */
    public boolean isCertifiedBy(X509Certificate presented) {
        try {
            boolean itsKey =
                    Arrays.equals(presented.getPublicKey().getEncoded(), jwk.key().getEncoded());
            String registered = jwk.certificate().orElse(null);
            return itsKey
                    && (registered == null
                            || registered.equals(
                                    Base64.getEncoder().encodeToString(presented.getEncoded())));
        } catch (CertificateEncodingException e) {
            return false;
        }
    }

    /** Whether this key signed the token. The caller has asked {@link #suits} before. */
    public boolean signed(StrictJwt jwt) {
        return signed(jwt.jws());
    }

    private boolean signed(StrictJws jws) {
        try {
            return parser.parse(jws.text()) instanceof Jws<?>;
        } catch (JwtException | IllegalArgumentException e) {
            return false;
        }
    }

    /**
     * Checks a signature with the keys of whoever should have made it.
     *
     * @throws BadTokenException when none of them did
     */
    public static void verify(StrictJwt jwt, List<TrustedKey> keys) throws BadTokenException {
        verify(jwt.jws(), keys);
    }

    static void verify(StrictJws jws, List<TrustedKey> keys) throws BadTokenException {
        // A token without `kid` would otherwise cost one verification for each key of a large set.
        int tries = 0;
        for (TrustedKey key : candidates(keys, jws.keyId())) {
            if (key.suits(jws.algorithm()) && tries++ < MAX_TRIES && key.signed(jws)) {
                return;
            }
        }
        throw new BadTokenException("is not signed by a key of its issuer");
    }

    /**
     * A token that names its key is checked with that one, or where no key has that name with the
     * nameless ones.
     */
    private static List<TrustedKey> candidates(List<TrustedKey> keys, Optional<String> kid) {
        if (kid.isEmpty()) {
            return keys;
        }
        List<TrustedKey> named = keys.stream().filter(key -> key.kid().equals(kid)).toList();
        return named.isEmpty() ? keys.stream().filter(key -> key.kid().isEmpty()).toList() : named;
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector;

import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Jwks;
import io.jsonwebtoken.security.PrivateJwk;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.narrows.events.wire.KeySets;

/** A client's key, and the proofs that it makes (RFC 9449 §4.2). */
record DpopKey(String privateJwk) {
    String thumbprint() {
        return KeySets.thumbprint(privateJwk);
    }

    /** The claims of a good proof, to be changed at will. */
    Map<String, Object> claims(String method, String url, String token) {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("jti", UUID.randomUUID().toString());
        claims.put("htm", method);
        claims.put("htu", url);
        claims.put("iat", Instant.now().getEpochSecond());
        claims.put("ath", hash(token));
        return claims;
    }

    String proof(Map<String, Object> claims) {
        PrivateJwk<?, ?, ?> pair = (PrivateJwk<?, ?, ?>) Jwks.parser().build().parse(privateJwk);
        return Jwts.builder()
                .header()
                .type("dpop+jwt")
                .add("jwk", pair.toPublicJwk())
                .and()
                .claims(claims)
                .signWith(pair.toKey())
                .compact();
    }

    private static String hash(String token) {
        try {
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(
                            MessageDigest.getInstance("SHA-256")
                                    .digest(token.getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Jwks;
import io.jsonwebtoken.security.PrivateJwk;
import java.security.PrivateKey;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.narrows.events.policy.Algorithm;
import org.narrows.events.wire.KeySets;

/**
 * An issuer of tokens with one key: an upstream identity provider, or a client that signs its
 * assertions.
 */
public final class TestIssuer {
    final String url;
    private final String privateJwk;

    TestIssuer(String url) {
        this(url, Algorithm.ES256);
    }

    TestIssuer(String url, Algorithm algorithm) {
        this.url = url;
        this.privateJwk = KeySets.generate(algorithm);
    }

    String privateJwk() {
        return privateJwk;
    }

    String publicJwk() {
        return KeySets.publicPart(privateJwk);
    }

    String jwks() {
        return "{\"keys\":[" + publicJwk() + "]}";
    }

    String kid() {
        return KeySets.thumbprint(privateJwk);
    }

    /** Claims of an ordinary access token: change them, or remove some, and {@link #sign}. */
    Map<String, @Nullable Object> claims(String subject, String audience, String scope) {
        Map<String, @Nullable Object> claims = new LinkedHashMap<>();
        long now = Instant.now().getEpochSecond();
        claims.put("iss", url);
        claims.put("sub", subject);
        claims.put("aud", audience);
        claims.put("scope", scope);
        claims.put("iat", now);
        claims.put("exp", now + 600);
        claims.put("jti", UUID.randomUUID().toString());
        return claims;
    }

    String token(String subject, String audience, String scope) {
        return sign(claims(subject, audience, scope));
    }

    String sign(Map<String, @Nullable Object> claims) {
        return sign(Map.of("typ", "at+jwt", "kid", kid()), claims);
    }

    /** Signs what one likes; a claim with the value null is left out. */
    String sign(Map<String, Object> header, Map<String, @Nullable Object> claims) {
        Map<String, Object> present = new LinkedHashMap<>();
        claims.forEach(
                (name, value) -> {
                    if (value != null) {
                        present.put(name, value);
                    }
                });
        PrivateJwk<?, ?, ?> jwk = (PrivateJwk<?, ?, ?>) Jwks.parser().build().parse(privateJwk);
        PrivateKey key = jwk.toKey();
        return Jwts.builder()
                .header()
                .add(header)
                .and()
                .claims()
                .add(present)
                .and()
                .signWith(key)
                .compact();
    }
}

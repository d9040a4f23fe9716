// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** An issuer of subject tokens with an RSA and an EC key, both inline in the policy. */
public record TestIssuer(String url, String alias, RSAKey rsa, ECKey ec) {
    private static final Duration LIFETIME = Duration.ofMinutes(30);
    private static final int RSA_BITS = 2048;

    public static TestIssuer named(String alias) {
        try {
            return named(alias, new RSAKeyGenerator(RSA_BITS).keyID(alias + "-rsa").generate());
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /** With this RSA key, which takes long to make. */
    public static TestIssuer named(String alias, RSAKey rsa) {
        try {
            return new TestIssuer(
                    "https://" + alias + ".test.invalid",
                    alias,
                    rsa,
                    new ECKeyGenerator(Curve.P_256).keyID(alias + "-ec").generate());
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    public Map<String, Object> jwks() {
        return new JWKSet(List.of(rsa, ec)).toPublicJWKSet().toJSONObject();
    }

    /** Claims of a good token of that user for that audience, to be changed at will. */
    public Map<String, Object> claims(String subject, String audience, String scope) {
        long now = Instant.now().getEpochSecond();
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("iss", url);
        claims.put("sub", subject);
        claims.put("aud", audience);
        claims.put("client_id", "some-app");
        claims.put("scope", scope);
        claims.put("iat", now);
        claims.put("exp", now + LIFETIME.toSeconds());
        claims.put("jti", UUID.randomUUID().toString());
        return claims;
    }

    /** Signed by the EC key as an access token of RFC 9068. */
    public String sign(Map<String, ?> claims) {
        return sign(Map.of("typ", "at+jwt"), claims);
    }

    /**
     * Signed by the EC key.
     *
     * @param header besides {@code alg} and {@code kid}, or instead
     */
    public String sign(Map<String, ?> header, Map<String, ?> claims) {
        return Jws.sign(ec, header, claims);
    }
}

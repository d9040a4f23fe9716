// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * A client and what it proves itself with.
 *
 * @param secret of {@code client_secret}, else empty
 * @param key of {@code private_key_jwt}; others have one without using it
 * @param authentication as the policy holds it
 */
public record TestClient(String id, String secret, ECKey key, Map<String, ?> authentication) {
    public static final String ASSERTION_TYPE =
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    private static final long ASSERTION_SECONDS = 120;

    /** Authenticates by a secret with characters that need escaping. */
    public static TestClient withSecret(String id) {
        String secret = "of " + id + ": %&+=/" + UUID.randomUUID();
        return new TestClient(
                id,
                secret,
                generated(id),
                Map.of("method", "client_secret", "secretHash", "sha256:" + sha256(secret)));
    }

    /** Authenticates by {@code private_key_jwt}. */
    public static TestClient withKey(String id) {
        ECKey key = generated(id);
        return new TestClient(
                id,
                "",
                key,
                Map.of(
                        "method",
                        "private_key_jwt",
                        "jwks",
                        new JWKSet(key.toPublicJWK()).toJSONObject()));
    }

    /** Registered with any other method. */
    public static TestClient with(String id, Map<String, ?> authentication) {
        return new TestClient(id, "", generated(id), authentication);
    }

    /** The value of an {@code Authorization} header (RFC 6749 §2.3.1). */
    public String basic() {
        return basic(Form.encode(id), Form.encode(secret));
    }

    public static String basic(String encodedId, String encodedSecret) {
        return "Basic "
                + Base64.getEncoder()
                        .encodeToString(
                                (encodedId + ":" + encodedSecret).getBytes(StandardCharsets.UTF_8));
    }

    /** The parameters of {@code client_secret_post}. */
    public Form posted() {
        return Form.of("client_id", id, "client_secret", secret);
    }

    /** Claims of a good assertion, to be changed at will. */
    public Map<String, Object> assertionClaims(String audience) {
        long now = Instant.now().getEpochSecond();
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("iss", id);
        claims.put("sub", id);
        claims.put("aud", audience);
        claims.put("iat", now);
        claims.put("exp", now + ASSERTION_SECONDS);
        claims.put("jti", UUID.randomUUID().toString());
        return claims;
    }

    /** The parameters of {@code private_key_jwt}. */
    public Form asserted(Map<String, ?> claims) {
        return asserted(Jws.sign(key, Map.of("typ", "JWT"), claims));
    }

    public static Form asserted(String assertion) {
        return Form.of("client_assertion_type", ASSERTION_TYPE, "client_assertion", assertion);
    }

    private static ECKey generated(String id) {
        try {
            return new ECKeyGenerator(Curve.P_256).keyID(id).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    public static String sha256(String text) {
        try {
            return Jws.base64(
                    MessageDigest.getInstance("SHA-256")
                            .digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.factories.DefaultJWSSignerFactory;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyType;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/** Signed and mis-signed tokens. */
public final class Jws {
    private Jws() {}

    /**
     * Signs claims.
     *
     * @param header besides {@code alg} and {@code kid} of the key, or instead
     */
    public static String sign(JWK key, Map<String, ?> header, Map<String, ?> claims) {
        return signText(key, header, Narrows.json(claims));
    }

    /** Signs any payload. */
    public static String signText(JWK key, Map<String, ?> header, String payload) {
        try {
            Map<String, Object> whole = new LinkedHashMap<>();
            whole.put("alg", algorithm(key));
            if (key.getKeyID() != null) {
                whole.put("kid", key.getKeyID());
            }
            whole.putAll(header);
            JWSHeader parsed = JWSHeader.parse(whole);
            JWSObject jws = new JWSObject(parsed, new Payload(payload));
            jws.sign(new DefaultJWSSignerFactory().createJWSSigner(key, parsed.getAlgorithm()));
            return jws.serialize();
        } catch (ParseException | JOSEException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** Puts three parts together, whatever is in them. */
    public static String of(String header, String payload, byte[] signature) {
        return base64(header.getBytes(StandardCharsets.UTF_8))
                + "."
                + base64(payload.getBytes(StandardCharsets.UTF_8))
                + "."
                + base64(signature);
    }

    public static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static String algorithm(JWK key) {
        if (key.getKeyType().equals(KeyType.RSA)) {
            return "RS256";
        }
        return key.getKeyType().equals(KeyType.EC) ? "ES256" : "HS256";
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * A DPoP proof (RFC 9449 §4.2), good until something in it is changed. It is put together here and
 * not by Nimbus, which would not sign what is wrong.
 */
public final class DpopProof {
    private final ECKey key;
    private final Map<String, Object> header = new LinkedHashMap<>();
    private final Map<String, Object> claims = new LinkedHashMap<>();

    private DpopProof(ECKey key) {
        this.key = key;
    }

    public static ECKey newKey() {
        try {
            return new ECKeyGenerator(Curve.P_256).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A good proof for a request. */
    public static DpopProof of(ECKey key, String method, String url) {
        DpopProof proof = new DpopProof(key);
        proof.header.put("typ", "dpop+jwt");
        proof.header.put("alg", "ES256");
        proof.header.put("jwk", key.toPublicJWK().toJSONObject());
        proof.claims.put("jti", UUID.randomUUID().toString());
        proof.claims.put("htm", method);
        proof.claims.put("htu", url);
        proof.claims.put("iat", Instant.now().getEpochSecond());
        return proof;
    }

    public DpopProof header(String name, Object value) {
        header.put(name, value);
        return this;
    }

    public DpopProof withoutHeader(String name) {
        header.remove(name);
        return this;
    }

    public DpopProof claim(String name, Object value) {
        claims.put(name, value);
        return this;
    }

    public DpopProof without(String claim) {
        claims.remove(claim);
        return this;
    }

    /** The header field's value. */
    public String signed() {
        return signedBy(key);
    }

    /** Signed by a key that need not be the one in the header. */
    public String signedBy(JWK signer) {
        try {
            String input =
                    Jws.base64(Narrows.json(header).getBytes(StandardCharsets.UTF_8))
                            + "."
                            + Jws.base64(Narrows.json(claims).getBytes(StandardCharsets.UTF_8));
            Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
            signature.initSign(signer.toECKey().toECPrivateKey());
            signature.update(input.getBytes(StandardCharsets.US_ASCII));
            return input + "." + Jws.base64(signature.sign());
        } catch (GeneralSecurityException | JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /** RFC 7638, as {@code cnf.jkt} has it. */
    public static String thumbprint(ECKey key) {
        try {
            return key.computeThumbprint().toString();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.rfc;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.nio.file.Files;
import java.text.ParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.narrows.conformance.Jws;
import org.narrows.conformance.Narrows;

/** Tokens that Narrows could have issued: signed with its own key, but changed. */
final class OwnTokens {
    private OwnTokens() {}

    /**
     * Signs an issued token anew.
     *
     * @param header members to put in the place of the issued ones
     * @param changes claims to put in the place of the issued ones
     */
    static String changed(
            Narrows narrows, String issued, Map<String, ?> header, Map<String, ?> changes) {
        try {
            SignedJWT token = SignedJWT.parse(issued);
            Map<String, Object> newHeader = new LinkedHashMap<>(token.getHeader().toJSONObject());
            newHeader.putAll(header);
            Map<String, Object> claims =
                    new LinkedHashMap<>(token.getJWTClaimsSet().toJSONObject());
            claims.putAll(changes);
            return Jws.sign(key(narrows), newHeader, claims);
        } catch (ParseException e) {
            throw new IllegalArgumentException(e);
        }
    }

    static JWK key(Narrows narrows) {
        try {
            return JWKSet.parse(Files.readString(narrows.data("signing-keys.jwks")))
                    .getKeys()
                    .getFirst();
        } catch (IOException | ParseException e) {
            throw new IllegalStateException(e);
        }
    }
}

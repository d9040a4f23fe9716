// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import com.fasterxml.jackson.databind.JsonNode;
import io.jsonwebtoken.Jwts;
import org.narrows.events.wire.Json;
import org.narrows.events.wire.KeySets;

/** Looks at what the service publishes, as a resource server would. */
final class TestKeys {
    private TestKeys() {}

    static boolean verifies(String token, String jwks) {
        String kid = ExchangeServer.header(token).path("kid").asText();
        return KeySets.usable(jwks).stream()
                .filter(key -> key.kid().stream().anyMatch(kid::equals))
                .anyMatch(
                        key ->
                                Jwts.parser()
                                                .verifyWith(key.key())
                                                .build()
                                                .parseSignedClaims(token)
                                                .getPayload()
                                                .getIssuer()
                                        != null);
    }

    static JsonNode json(String text) {
        return Json.parse(text);
    }
}

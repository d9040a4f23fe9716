// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Jwks;
import io.jsonwebtoken.security.PrivateJwk;
import java.io.IOException;
import java.nio.file.Files;
import java.security.PrivateKey;
import java.util.Map;
import java.util.function.Consumer;
import org.narrows.events.wire.Json;

/** Tokens of the server under test as it would never issue them, signed with its own key. */
final class OwnTokens {
    private OwnTokens() {}

    /** The token with other claims. */
    static String changed(
            ExchangeServer server, String token, Consumer<Map<String, Object>> change) {
        Map<String, Object> claims = map(ExchangeServer.claims(token));
        change.accept(claims);
        return Jwts.builder()
                .header()
                .add(map(ExchangeServer.header(token)))
                .and()
                .claims()
                .add(claims)
                .and()
                .signWith(key(server))
                .compact();
    }

    /** The token as if it had been decided at another position. */
    static String decidedAt(ExchangeServer server, String token, long seq) {
        return changed(
                server,
                token,
                claims -> {
                    claims.put("policy_seq", seq);
                    ObjectNode provenance =
                            ExchangeServer.claims(token).path("provenance").deepCopy();
                    ArrayNode hops = (ArrayNode) provenance.path("hops");
                    ((ObjectNode) hops.get(hops.size() - 1)).put("seq", seq);
                    claims.put("provenance", map(provenance));
                });
    }

    @SuppressWarnings("unchecked") // Members of a JSON object.
    private static Map<String, Object> map(JsonNode object) {
        return new ObjectMapper().convertValue(object, Map.class);
    }

    private static PrivateKey key(ExchangeServer server) {
        try {
            String jwk =
                    Json.parse(Files.readString(server.signingKeys)).path("keys").get(0).toString();
            PrivateJwk<?, ?, ?> key = (PrivateJwk<?, ?, ?>) Jwks.parser().build().parse(jwk);
            return key.toKey();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}

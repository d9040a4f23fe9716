// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector;

import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Jwks;
import io.jsonwebtoken.security.PrivateJwk;
import java.security.PrivateKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * An issuer, a client and a rule into `narrows-admin` under names of one test's own, and tokens as
 * the exchange would issue them by that rule.
 */
record AdminWorld(String name, String signingKey) {
    String issuer() {
        return "https://" + name + ".test.invalid";
    }

    String client() {
        return name + "-client";
    }

    String rule() {
        return name + "-rule";
    }

    String home() {
        return name + "-home";
    }

    byte[] policy() {
        return Sample.event(
                Sample.id(),
                "policy.changed.v1",
                """
                {"changes":[
                  {"issuerTrusted":{"issuer":"%1$s","alias":"%2$s","jwksUri":"%1$s/keys"}},
                  {"audienceDefined":{"id":"%3$s"}},
                  {"clientRegistered":{"id":"%4$s","audience":"%3$s",
                    "authentication":{"method":"client_secret",
                      "secretHash":"sha256:n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"}}},
                  {"clientAudienceAllowed":{"client":"%4$s","audience":"narrows-admin"}},
                  {"clientScopeAllowed":{"client":"%4$s","scope":"policy:read"}},
                  {"clientScopeAllowed":{"client":"%4$s","scope":"policy:write"}},
                  {"clientScopeAllowed":{"client":"%4$s","scope":"consent:write"}},
                  {"clientScopeAllowed":{"client":"%4$s","scope":"log:operate"}},
                  {"ruleDefined":{"id":"%5$s","effect":"allow","from":"%3$s","to":"narrows-admin",
                    "clients":["%4$s"],"issuers":["%1$s"],
                    "scopes":{"admin":["policy:read","policy:write","consent:write","log:operate"]}}}
                ]}"""
                        .formatted(issuer(), name, home(), client(), rule()));
    }

    byte[] change(String change) {
        return Sample.event(Sample.id(), "policy.changed.v1", "{\"changes\":[" + change + "]}");
    }

    byte[] user(String type, String subject, String more) {
        return Sample.event(
                Sample.id(),
                type,
                "{\"user\":{\"issuer\":\"%s\",\"subject\":\"%s\"},\"audience\":\"narrows-admin\"%s}"
                        .formatted(issuer(), subject, more));
    }

    byte[] admitted(String subject) {
        return user("user.admitted.v1", subject, ",\"via\":\"admin\"");
    }

    /** The claims of a good token, to be changed at will. */
    Map<String, Object> claims(String subject, long seq, String scope) {
        long now = Instant.now().getEpochSecond();
        Map<String, Object> hop = new LinkedHashMap<>();
        hop.put("client", client());
        hop.put("to", "narrows-admin");
        hop.put("rules", List.of(rule()));
        hop.put("scope", scope);
        hop.put("seq", seq);
        hop.put("mode", "impersonation");
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("iss", TestLog.OURS.value());
        claims.put("sub", name + "|" + subject);
        claims.put("aud", "narrows-admin");
        claims.put("iat", now);
        claims.put("exp", now + 300);
        claims.put("jti", UUID.randomUUID().toString());
        claims.put("client_id", client());
        claims.put("scope", scope);
        claims.put("policy_seq", seq);
        claims.put("lineage", List.of(name + "|root-of-" + subject));
        claims.put(
                "provenance",
                Map.of("iat", now, "hops", List.of(hop), "actors", new ArrayList<>()));
        return claims;
    }

    String token(String subject, long seq, String scope) {
        return sign(claims(subject, seq, scope));
    }

    String sign(Map<String, Object> claims) {
        return sign("at+jwt", claims);
    }

    String sign(String type, Map<String, Object> claims) {
        return sign(signingKey, type, claims);
    }

    static String sign(String privateJwk, String type, Map<String, Object> claims) {
        PrivateKey key = ((PrivateJwk<?, ?, ?>) Jwks.parser().build().parse(privateJwk)).toKey();
        return Jwts.builder().header().type(type).and().claims(claims).signWith(key).compact();
    }
}

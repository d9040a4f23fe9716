// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.mint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.jsonwebtoken.Jwts;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.narrows.events.decision.TokenTerms;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.value.Confirmation;
import org.narrows.events.wire.ProvenanceCodec;
import org.narrows.exchange.mint.SigningKeys.SigningKey;

/** Makes tokens of the terms that were decided: signed JWT access tokens (RFC 9068). */
public final class TokenMinter {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};
    private static final int ID_BYTES = 16;

    private final String issuer;
    private final SigningKeys keys;
    private final SecureRandom random = new SecureRandom();

    public TokenMinter(String issuer, SigningKeys keys) {
        this.issuer = issuer;
        this.keys = keys;
    }

    /**
     * Makes a token.
     *
     * @param policySeq the position of the decision
     */
    public IssuedToken mint(TokenTerms terms, long policySeq, Instant now) {
        SigningKey key = keys.signing();
        String tokenId = newId();
        Instant issuedAt = now.truncatedTo(ChronoUnit.SECONDS);
        Instant expiresAt = terms.expiresAt().truncatedTo(ChronoUnit.SECONDS);
        Map<String, Object> claims = new LinkedHashMap<>();
        // Declared claims first: none of them can be called like one of ours, and if one were, ours
        // would win.
        terms.claims().forEach((name, value) -> claims.put(name, value(value)));
        claims.put("iss", issuer);
        claims.put("sub", terms.subject());
        claims.put(
                "aud",
                terms.audiences().size() == 1 ? terms.audiences().getFirst() : terms.audiences());
        claims.put("exp", expiresAt.getEpochSecond());
        claims.put("iat", issuedAt.getEpochSecond());
        claims.put("jti", tokenId);
        claims.put("client_id", terms.client().value());
        claims.put("scope", terms.scopes().toString());
        if (terms.kind() == ActorKind.CLIENT) {
            claims.put("sub_type", "client");
        }
        if (!terms.actors().isEmpty()) {
            claims.put("act", act(terms.actors()));
        }
        terms.boundTo().ifPresent(bound -> claims.put("cnf", confirmation(bound)));
        terms.authTime().ifPresent(time -> claims.put("auth_time", time.getEpochSecond()));
        terms.acr().ifPresent(acr -> claims.put("acr", acr));
        if (!terms.amr().isEmpty()) {
            claims.put("amr", List.copyOf(terms.amr()));
        }
        claims.put("policy_seq", policySeq);
        claims.put("lineage", terms.lineage());
        claims.put(
                "provenance",
                JSON.convertValue(ProvenanceCodec.encode(terms.provenance()), OBJECT));
        String text =
                Jwts.builder()
                        .header()
                        .type("at+jwt")
                        .keyId(key.kid())
                        .and()
                        .claims()
                        .add(claims)
                        .and()
                        .signWith(key.key(), key.algorithm())
                        .compact();
        return new IssuedToken(text, tokenId, issuedAt, expiresAt, terms);
    }

    /** 128 random bits. */
    private String newId() {
        byte[] bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** The outermost actor is the present one; those within it came before (RFC 8693 §4.1). */
    private static Map<String, Object> act(List<String> actors) {
        Map<String, Object> act = new LinkedHashMap<>();
        act.put("sub", actors.getFirst());
        if (actors.size() > 1) {
            act.put("act", act(actors.subList(1, actors.size())));
        }
        return act;
    }

    private static Map<String, String> confirmation(Confirmation bound) {
        return switch (bound) {
            case Confirmation.DpopKey(String jkt) -> Map.of("jkt", jkt);
            case Confirmation.Certificate(String x5t) -> Map.of("x5t#S256", x5t);
        };
    }

    private static Object value(String json) {
        try {
            return JSON.readValue(json, Object.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a claim that is no JSON", e);
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.mint;

import io.jsonwebtoken.Jwts;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Map;
import org.narrows.events.decision.TokenTerms;
import org.narrows.events.wire.IssuedTokens;
import org.narrows.exchange.mint.SigningKeys.SigningKey;

/** Makes tokens of the terms that were decided: signed JWT access tokens (RFC 9068). */
public final class TokenMinter {
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
        Map<String, Object> claims =
                IssuedTokens.claims(terms, issuer, tokenId, policySeq, issuedAt, expiresAt);
        String text =
                Jwts.builder()
                        .header()
                        .type(IssuedTokens.TYPE)
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
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jsonwebtoken.JwtException;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.SecureDigestAlgorithm;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.narrows.events.policy.Audience;
import org.narrows.events.value.LogId;
import org.narrows.events.value.Position;
import org.narrows.events.value.Scopes;
import org.narrows.events.wire.JwkRules.KeyKind;

/** Admin tokens signed by the root key (`narrows-admin+jwt`): how the first policy gets in. */
public final class AdminTokens {
    /** `iss`, `sub` and the actor of the root key. */
    public static final String ROOT = "narrows|root";

    /** The `typ` of such a token, which no issuer's tokens may have. */
    public static final String TYPE = "narrows-admin+jwt";

    /** All that can be allowed (DESIGN §7). */
    public static final Scopes ALL =
            Scopes.of(
                    "policy:write",
                    "consent:write",
                    "log:operate",
                    "policy:read",
                    "consent:read",
                    "decision:read");

    /** The longest that such a token may live. */
    public static final Duration MAX_LIFETIME = Duration.ofHours(1);

    private static final Duration SKEW = Duration.ofSeconds(60);
    private static final int MAX_TOKEN = 8_192;

    private AdminTokens() {}

    /** A good root-signed token: what it may do, and until when. */
    public record AdminToken(Scopes scopes, Instant expiresAt) {}

    /**
     * Makes a token.
     *
     * @param rootKey the root's private JWK
     * @param expiresAt at most one hour after {@code issuedAt}
     * @throws IllegalArgumentException when it would live longer, not at all, or hold no scope or
     *     an unknown one
     * @throws MalformedException when the key is none that can sign it
     */
    public static String mint(
            String rootKey, LogId log, Scopes scopes, Instant issuedAt, Instant expiresAt) {
        if (!issuedAt.isBefore(expiresAt) || expiresAt.isAfter(issuedAt.plus(MAX_LIFETIME))) {
            throw new IllegalArgumentException("an admin token lives for at most one hour");
        }
        if (scopes.isEmpty() || !ALL.containsAll(scopes)) {
            throw new IllegalArgumentException(
                    "an admin token holds some of the scopes `" + ALL + "`");
        }
        KeyKind kind =
                JwkRules.publisherKey(Located.whole(Json.parse(KeySets.publicPart(rootKey))));
        ObjectNode claims =
                Json.object()
                        .put("iss", ROOT)
                        .put("sub", ROOT)
                        .put("aud", Audience.ADMIN.value())
                        .put("log", log.value())
                        .put("scope", scopes.toString())
                        .put("iat", issuedAt.getEpochSecond())
                        .put("exp", expiresAt.getEpochSecond());
        return Jwts.builder()
                .header()
                .type(TYPE)
                .keyId(KeySets.thumbprint(rootKey))
                .and()
                .content(Json.canonicalBytes(claims))
                .signWith(EventSigner.privateKey(rootKey), algorithm(kind))
                .compact();
    }

    private static SecureDigestAlgorithm<PrivateKey, PublicKey> algorithm(KeyKind kind) {
        return kind == KeyKind.P256 ? Jwts.SIG.ES256 : Jwts.SIG.EdDSA;
    }

    /** Checks a token against the root's public JWK; empty when anything about it is wrong. */
    public static Optional<AdminToken> verify(
            String token, String rootPublicJwk, LogId log, Instant now) {
        try {
            Located rootKey = Located.whole(Json.parse(rootPublicJwk));
            KeyKind kind = JwkRules.publisherKey(rootKey);
            AdminToken read = read(token, kind, KeySets.thumbprint(rootPublicJwk), log, now);
            Jwts.parser()
                    .sig()
                    .clear()
                    .add(algorithm(kind))
                    .and()
                    .verifyWith(KeySets.toPublicKey(rootKey.json()))
                    .clock(() -> Date.from(now))
                    .clockSkewSeconds(SKEW.toSeconds())
                    .requireIssuer(ROOT)
                    .requireSubject(ROOT)
                    .requireAudience(Audience.ADMIN.value())
                    .require("log", log.value())
                    .build()
                    .parseSignedClaims(token);
            return Optional.of(read);
        } catch (MalformedException | JwtException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** What the token says, to the last bit; that it is signed is checked after this. */
    private static AdminToken read(
            String token, KeyKind kind, String thumbprint, LogId log, Instant now) {
        String[] parts = token.length() > MAX_TOKEN ? new String[0] : token.split("\\.", -1);
        if (parts.length != 3 || JwkRules.strictBase64url(parts[2]).isEmpty()) {
            throw new MalformedException("", "is no token");
        }
        Members header = part(parts[0]).members();
        is(header.need("alg"), kind == KeyKind.P256 ? "ES256" : "EdDSA");
        is(header.need("typ"), TYPE);
        header.find("kid").ifPresent(kid -> is(kid, thumbprint));
        header.end();

        Members claims = part(parts[1]).members();
        is(claims.need("iss"), ROOT);
        is(claims.need("sub"), ROOT);
        Located audience = claims.need("aud");
        is(audience.json().isArray() ? only(audience) : audience, Audience.ADMIN.value());
        is(claims.need("log"), log.value());
        Scopes scopes = claims.need("scope").as(Scopes::parse);
        Instant issuedAt = time(claims.need("iat"));
        Instant expiresAt = time(claims.need("exp"));
        claims.find("nbf").ifPresent(at -> notBefore(time(at), now));
        claims.find("jti").ifPresent(id -> id.printable(MAX_TOKEN));
        claims.end();
        notBefore(issuedAt, now);
        boolean tooLong = expiresAt.isAfter(issuedAt.plus(MAX_LIFETIME));
        if (tooLong || !now.isBefore(expiresAt) || scopes.isEmpty() || !ALL.containsAll(scopes)) {
            throw new MalformedException("", "is expired, lives too long or allows nothing");
        }
        return new AdminToken(scopes, expiresAt);
    }

    private static Located part(String base64url) {
        byte[] json =
                JwkRules.strictBase64url(base64url)
                        .orElseThrow(() -> new MalformedException("", "is not base64url"));
        return Located.whole(Json.parse(json));
    }

    private static Located only(Located list) {
        List<Located> items = list.list(item -> item);
        if (items.size() != 1) {
            throw list.wrong("must be `" + Audience.ADMIN + "` alone");
        }
        return items.getFirst();
    }

    private static Instant time(Located at) {
        return Instant.ofEpochSecond(at.integer(0, Position.MAX_SEQ / 1_000));
    }

    private static void notBefore(Instant instant, Instant now) {
        if (instant.isAfter(now.plus(SKEW))) {
            throw new MalformedException("", "is of the future");
        }
    }

    private static void is(Located at, String expected) {
        if (!at.text().equals(expected)) {
            throw at.wrong("must be `" + expected + "`");
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import java.time.Instant;
import java.util.Optional;
import org.narrows.events.value.LogId;
import org.narrows.events.value.Scopes;

/** Admin tokens signed by the root key (`narrows-admin+jwt`): how the first policy gets in. */
public final class AdminTokens {
    /** `iss`, `sub` and the actor of the root key. */
    public static final String ROOT = "narrows|root";

    private AdminTokens() {}

    /** A good root-signed token: what it may do, and until when. */
    public record AdminToken(Scopes scopes, Instant expiresAt) {}

    /**
     * Makes a token.
     *
     * @param rootKey the root's private JWK
     * @param expiresAt at most one hour after {@code issuedAt}
     */
    public static String mint(
            String rootKey, LogId log, Scopes scopes, Instant issuedAt, Instant expiresAt) {
        throw new UnsupportedOperationException(
                "being written: " + rootKey + log + scopes + issuedAt + expiresAt);
    }

    /** Checks a token against the root's public JWK; empty when anything about it is wrong. */
    public static Optional<AdminToken> verify(
            String token, String rootPublicJwk, LogId log, Instant now) {
        throw new UnsupportedOperationException(
                "being written: " + token + rootPublicJwk + log + now);
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.mint;

import java.time.Instant;
import org.narrows.events.decision.TokenTerms;

/**
 * A token that may be given out once its decision is recorded.
 *
 * @param expiresAt its `exp`: the terms' in whole seconds
 */
public record IssuedToken(
        String text, String tokenId, Instant issuedAt, Instant expiresAt, TokenTerms terms) {
    /** Never the token itself. */
    @Override
    public String toString() {
        return "IssuedToken[" + tokenId + "]";
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.token;

import java.util.SortedMap;
import org.narrows.events.decision.Exchange;
import org.narrows.events.policy.Sets;
import org.narrows.events.policy.SubjectTokenType;

/**
 * An exchange whose tokens were found good. Only {@link TokenVerifier} makes one.
 *
 * @param requestedTokenType what the answer calls the token
 * @param found what was found out about the tokens, for the journal
 */
public record VerifiedExchange(
        Exchange exchange, SubjectTokenType requestedTokenType, SortedMap<String, String> found) {
    public VerifiedExchange {
        found = Sets.copy(found);
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.token;

import java.util.Optional;
import org.narrows.events.wire.IssuedTokens;
import org.narrows.events.wire.StrictJwt;
import org.narrows.exchange.request.ExchangeRequest;

/**
 * The tokens of a request, read strictly. Those that Narrows issued are known to be signed by it;
 * nothing is known yet of the others.
 */
public record OpenedTokens(ExchangeRequest request, Opened subject, Optional<Opened> actor) {
    /** One token. */
    public sealed interface Opened {
        StrictJwt jwt();
    }

    /** A token that Narrows signed. */
    public record Own(IssuedTokens.Signed token) implements Opened {
        @Override
        public StrictJwt jwt() {
            return token.jwt();
        }
    }

    /** A token of somebody else, or of nobody. */
    public record Foreign(StrictJwt jwt, String issuer) implements Opened {}

    /** The position that the policy must have reached to judge these tokens; 0 when any will do. */
    public long policySeq() {
        return Math.max(seqOf(subject), actor.map(OpenedTokens::seqOf).orElse(0L));
    }

    private static long seqOf(Opened token) {
        return switch (token) {
            case Own(IssuedTokens.Signed signed) -> signed.policySeq();
            case Foreign _ -> 0;
        };
    }
}

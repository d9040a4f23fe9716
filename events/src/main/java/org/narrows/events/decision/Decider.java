// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import java.time.Instant;
import java.util.Set;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;

/** Decides exchanges. Pure: same arguments, same answer; no clock, no store, no log. */
public final class Decider {
    /** Raised when the decision itself changes its mind, so that `explain` can say so. */
    public static final int VERSION = 1;

    private Decider() {}

    /**
     * Decides one exchange: may this client swap this token for a narrow one, and how narrow must
     * it be?
     */
    public static Decision decide(Exchange exchange, PolicySnapshot snapshot, Instant now) {
        throw new UnsupportedOperationException("being written: " + exchange + snapshot + now);
    }

    /**
     * The users whose facts the decision reads: the subject's and those of every actor in its
     * provenance.
     */
    public static Set<User> usersOf(Exchange exchange, CompiledPolicy policy) {
        throw new UnsupportedOperationException("being written: " + exchange + policy);
    }

    /**
     * The tokens whose revocation the decision asks about: subject, actor and all their ancestors.
     */
    public static Set<TokenRef> tokensOf(Exchange exchange, CompiledPolicy policy) {
        throw new UnsupportedOperationException("being written: " + exchange + policy);
    }
}

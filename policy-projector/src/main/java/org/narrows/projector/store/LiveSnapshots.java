// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.store;

import java.util.Set;
import org.narrows.events.decision.CompiledPolicy;
import org.narrows.events.decision.PolicySnapshot;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;

/**
 * What the live generation says, as one state: never a policy of one seq with a fact of another.
 */
public interface LiveSnapshots {
    /**
     * Reads, at the head as it is when this begins.
     *
     * @throws X what the reading throws
     * @throws IllegalStateException before genesis
     */
    <T, X extends Exception> T read(Reading<T, X> reading) throws X;

    /** What is asked of one state. */
    @FunctionalInterface
    interface Reading<T, X extends Exception> {
        T of(LiveSnapshot snapshot) throws X;
    }

    /** One state, for as long as the reading lasts. */
    interface LiveSnapshot {
        StoredCheckpoint head();

        /** The same as it was at a seq that is not after the head. */
        LiveSnapshot asOf(long seq);

        CompiledPolicy policy();

        /** The same with these users' facts, and with those of these tokens that are revoked. */
        PolicySnapshot of(Set<User> users, Set<TokenRef> tokens);
    }
}

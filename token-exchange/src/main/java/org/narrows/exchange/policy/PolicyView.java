// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.policy;

import java.time.Duration;
import org.narrows.events.decision.CompiledPolicy;
import org.narrows.events.decision.Exchange;
import org.narrows.events.decision.PolicySnapshot;
import org.narrows.events.value.Position;
import org.narrows.exchange.outage.OutageException;

/** Policy, consent and revocations as they stood at one position. */
public interface PolicyView {
    Position position();

    /** The projection it was read from. */
    int generation();

    int foldVersion();

    CompiledPolicy policy();

    /**
     * Everything that the decision on this exchange reads.
     *
     * @throws MovedOnException when the store can no longer say how it was at this position
     * @throws OutageException when the store does not answer
     */
    PolicySnapshot snapshotFor(Exchange exchange) throws MovedOnException;

    /**
     * Says that nothing newer was known to the log more than this long ago.
     *
     * @param bound tightens the service's own bound, never widens it
     * @throws OutageException when the view is too old by now
     */
    void assertFresh(Duration bound);

    /** The store has moved on in a way that leaves a view unreadable: ask again at a newer one. */
    final class MovedOnException extends Exception {
        private static final long serialVersionUID = 1L;

        public MovedOnException(String why) {
            super(why, null, false, false);
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.policy;

import java.time.Duration;
import java.util.List;
import org.narrows.events.decision.CompiledPolicy;
import org.narrows.events.decision.Exchange;
import org.narrows.events.decision.PolicySnapshot;
import org.narrows.events.decision.PresentedToken;
import org.narrows.events.policy.Audience;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.Position;
import org.narrows.events.value.TokenRef;
import org.narrows.exchange.outage.OutageException;

/** Policy, consent and revocations as they stood at one position. */
public interface PolicyView {
    Duration UNBOUNDED = Duration.ofSeconds(Long.MAX_VALUE);

    Position position();

    /** The projection it was read from. */
    int generation();

    int foldVersion();

    CompiledPolicy policy();

    /**
     * Everything that the decision on this exchange reads.
     *
     * @throws OutdatedException when the store can no longer say how it was at this position
     * @throws OutageException when the store does not answer
     */
    PolicySnapshot snapshotFor(Exchange exchange);

    /**
     * Everything that {@link org.narrows.events.decision.TokenActivity} reads of this token.
     *
     * @throws OutdatedException when the store can no longer say how it was at this position
     * @throws OutageException when the store does not answer
     */
    PolicySnapshot snapshotFor(PresentedToken token);

    /** Whether this very token was revoked; its ancestors and all else are not asked about. */
    boolean isRevoked(TokenRef token);

    /**
     * Says that the view may judge what stands on this seq: a token of ours is a consistency token
     * for the position of its own decision. A seq that was lost in a restore never comes.
     *
     * @throws OutdatedException when the view has not reached it
     */
    default void assertReached(long seq) {
        if (seq > position().seq() && !policy().isLost(seq)) {
            throw new OutdatedException(seq, "the position is not reached");
        }
    }

    /**
     * Says that nothing newer was known to the log more than this long ago.
     *
     * @param bound tightens the service's own bound, never widens it
     * @throws OutageException when the view is too old by now
     */
    void assertFresh(Duration bound);

    /**
     * Says that the view is as fresh as an answer about these audiences needs: the least of what
     * they say themselves, or the service's own bound.
     *
     * @throws OutageException when it is too old by now
     */
    default void assertFreshFor(List<AudienceId> audiences) {
        Duration bound = UNBOUNDED;
        for (AudienceId audience : audiences) {
            Duration own =
                    policy().audience(audience)
                            .map(AudienceRow::entry)
                            .flatMap(Audience::maxStaleness)
                            .orElse(UNBOUNDED);
            bound = own.compareTo(bound) < 0 ? own : bound;
        }
        assertFresh(bound);
    }

    /** This view cannot answer the question: ask again at a newer one. */
    final class OutdatedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final long seq;

        /**
         * The view stands before what the question is about.
         *
         * @param seq the least that the newer one must have reached
         */
        public OutdatedException(long seq, String why) {
            super(why, null, false, false);
            this.seq = seq;
        }

        /** The store has moved on in a way that leaves the view unreadable. */
        public OutdatedException(String why) {
            this(0, why);
        }

        /** The least that the newer view must have reached; 0 where any will do. */
        public long seq() {
            return seq;
        }
    }
}

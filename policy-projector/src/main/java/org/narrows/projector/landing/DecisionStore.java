// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.landing;

import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.narrows.events.decision.DecisionRecord;

/**
 * Where decisions land: with the offset that they were read at, in one transaction, once per id.
 */
interface DecisionStore {
    /** The next offset of each partition that something has landed of. */
    Map<Integer, Long> nextOffsets(String topic, String topicId);

    /**
     * Lands a batch of one partition.
     *
     * @return false, and nothing is written, when somebody else has landed from {@code from} on
     *     already
     */
    boolean land(
            String topic,
            String topicId,
            int partition,
            long from,
            long next,
            List<Landed> decisions);

    /** Gives up days that are over for longer than decisions are kept. */
    void forget(LocalDate before);

    /** A decision with its bytes. */
    record Landed(DecisionRecord decision, String body) {}
}

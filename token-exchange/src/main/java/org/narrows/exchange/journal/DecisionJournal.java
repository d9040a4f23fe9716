// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.journal;

import org.narrows.events.decision.DecisionRecord;
import org.narrows.exchange.outage.Deadline;
import org.narrows.exchange.outage.OutageException;

/** Where decisions are recorded before anyone is told. */
public interface DecisionJournal {
    /**
     * Records a decision, and returns when it is as durable as the topic promises.
     *
     * @throws OutageException when that is not known in time; the record may still land, the token
     *     must not be given
     */
    void record(DecisionRecord decision, Deadline deadline);

    /** Whether decisions could be recorded when this was last tried or asked. */
    boolean isUsable();
}

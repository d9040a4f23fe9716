// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.store;

import java.time.Instant;
import java.util.Optional;
import org.narrows.events.state.Rows;

/**
 * Where a projection is kept. Whoever commits must hold the newest epoch and continue exactly where
 * the last commit ended; everything else is fenced off.
 */
public interface ProjectionStore {
    /**
     * The live generation; the first one is made when there is none.
     *
     * @throws UnfitException when it was built by another fold version
     */
    int liveGeneration(int foldVersion);

    /**
     * Takes a new epoch, so that every commit of an older one fails, and gives the state as it then
     * stands.
     */
    Standing takeOver(int generation);

    /** The state as it stands, while this epoch is still the newest. */
    Optional<Standing> resume(int generation, long epoch);

    /** Whether whoever holds the newest epoch has been silent for longer than its lease. */
    boolean leaseLapsed(int generation);

    /** Lets another projector take over at once. */
    void releaseLease(Standing standing);

    /** The database clock. */
    Instant clock();

    /** The rows as they are now, each fetched when it is asked for. */
    Rows now(int generation);

    /** Fetches what the records of a batch name. */
    BatchRows fetch(Standing standing, Wanted wanted, Instant clockOfBatch);

    /**
     * Commits a batch: rows, verdicts, change feed and checkpoint in one transaction.
     *
     * @param caughtUpAt the database clock at which the fold is known to have been complete
     * @throws FencedException and nothing is written
     */
    Standing commit(
            Standing before, FoldedBatch batch, String topicId, Optional<Instant> caughtUpAt);

    /**
     * Notes that the projection was complete at this reading of the database clock, and renews the
     * lease.
     *
     * @throws FencedException and nothing is written
     */
    void caughtUp(Standing standing, Instant clock);

    /**
     * Notes that the next record cannot be understood, and renews the lease.
     *
     * @throws FencedException and nothing is written
     */
    void heldUp(Standing standing, String reason);

    /**
     * Goes on with a topic that holds the same log at other offsets.
     *
     * @throws FencedException and nothing is written
     */
    Standing moved(Standing standing, String topicId, long nextOffset);
}

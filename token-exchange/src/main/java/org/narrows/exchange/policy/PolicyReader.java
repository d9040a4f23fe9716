// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.policy;

import java.util.Optional;
import java.util.function.Predicate;
import org.narrows.events.value.Position;
import org.narrows.exchange.outage.Deadline;
import org.narrows.exchange.outage.OutageException;

/** The policy as this node knows it. Its position never goes back. */
public interface PolicyReader {
    /**
     * The newest view there is.
     *
     * @throws OutageException when there is none, or none that is fresh enough
     */
    PolicyView current();

    /**
     * A view at this seq or later: waits at most 250 ms for it.
     *
     * @throws OutageException when it is not reached in that time, or not fresh enough
     */
    PolicyView view(long seq, Deadline deadline);

    /**
     * A view after another one that could not be read to the end because its projection was
     * replaced.
     *
     * @throws OutageException when none comes within 250 ms
     */
    PolicyView after(PolicyView left, Deadline deadline);

    /**
     * The first view that this is so of: waits for it to the deadline.
     *
     * @throws OutageException when there is none in that time, or not fresh enough
     */
    PolicyView viewWhere(Predicate<PolicyView> wanted, Deadline deadline);

    /** The position of the newest view, however old; empty before there was any. */
    Optional<Position> position();
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.outage;

import java.time.Duration;
import org.narrows.exchange.outage.OutageException.What;

/** The end of the time that one exchange has, on the monotonic clock. */
public final class Deadline {
    private final long nanos;

    private Deadline(long nanos) {
        this.nanos = nanos;
    }

    public static Deadline in(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos());
    }

    /** What is left; never negative. */
    public Duration remaining() {
        return Duration.ofNanos(Math.max(0, nanos - System.nanoTime()));
    }

    /** What is left, but at most this. */
    public Duration atMost(Duration bound) {
        Duration remaining = remaining();
        return remaining.compareTo(bound) < 0 ? remaining : bound;
    }

    /**
     * Says that there is time left.
     *
     * @throws OutageException when there is none
     */
    public void assertNotPassed() {
        if (nanos - System.nanoTime() <= 0) {
            throw new OutageException(What.OUT_OF_TIME, "the request took too long");
        }
    }
}

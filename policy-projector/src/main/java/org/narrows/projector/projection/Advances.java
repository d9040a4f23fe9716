// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.projection;

import jakarta.inject.Singleton;
import java.time.Duration;

/**
 * A hint, within this process, that the projection has gone on. Whoever waits looks for itself; a
 * poll is the truth.
 */
@Singleton
public class Advances {
    private long count;

    synchronized void announce() {
        count++;
        notifyAll();
    }

    /** A number to wait from. */
    public synchronized long count() {
        return count;
    }

    /** Waits until the projection has gone on since {@code count}, or this long. */
    public synchronized void await(long since, Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        while (count == since) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return;
            }
            wait(left);
        }
    }
}

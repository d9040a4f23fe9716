// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.standalone;

import java.io.PrintStream;
import java.time.Duration;
import java.util.function.Supplier;

/** One line for each step of starting: when it was done, how long it took, what it was. */
final class Progress {
    private final long begun = System.nanoTime();
    private final PrintStream out;

    Progress(PrintStream out) {
        this.out = out;
    }

    /** Takes a step and says so; `{}` of the text is what the step gave. */
    synchronized void say(String what) {
        out.printf("%5.1f s  %s%n", seconds(), what);
        out.flush();
    }

    <T> T step(String what, Supplier<T> step) {
        long before = System.nanoTime();
        T result = step.get();
        say(
                "%s (%.1f s)"
                        .formatted(
                                what,
                                Duration.ofNanos(System.nanoTime() - before).toMillis() / 1000.0));
        return result;
    }

    double seconds() {
        return Duration.ofNanos(System.nanoTime() - begun).toMillis() / 1000.0;
    }
}

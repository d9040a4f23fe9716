// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.projection;

import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
import org.narrows.projector.store.LiveCheckpoint;
import org.narrows.projector.store.StoredCheckpoint;

/** Whether the projection has come as far as somebody knows the log to go. */
@Singleton
public class Reached {
    private static final Duration PATIENCE = Duration.ofMillis(250);
    private static final Duration POLL = Duration.ofMillis(25);

    private final LiveCheckpoint checkpoint;
    private final Advances advances;

    Reached(LiveCheckpoint checkpoint, Advances advances) {
        this.checkpoint = checkpoint;
        this.advances = advances;
    }

    /** Where the projection stands once it has this seq; empty when that takes over 250 ms. */
    public Optional<StoredCheckpoint> atLeast(long seq) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            long count = advances.count();
            Optional<StoredCheckpoint> head = checkpoint.read().filter(at -> at.seq() >= seq);
            if (head.isPresent() || System.nanoTime() > deadline) {
                return head;
            }
            try {
                advances.await(count, POLL);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Optional.empty();
            }
        }
    }
}

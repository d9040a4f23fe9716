// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.narrows.events.policy.Kind;
import org.narrows.events.value.EventId;

/**
 * What the fold said of one record. Every record has exactly one.
 *
 * @param time the record's append time
 * @param reason a sentence; there unless applied
 * @param claim what the record says of itself; empty when it is not authentic
 * @param took what the change took along
 * @param first of a duplicate: what was said of the first record with its id
 */
public record Verdict(
        long seq,
        Instant time,
        Outcome outcome,
        Optional<String> reason,
        Optional<Claim> claim,
        List<Took> took,
        Optional<First> first) {
    public Verdict {
        took = List.copyOf(took);
    }

    /** What may become of a record. */
    public enum Outcome {
        APPLIED,
        REJECTED,
        DUPLICATE;

        public String text() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /**
     * What an authentic record says of itself.
     *
     * @param id empty where a malformed record holds no readable one
     * @param type the short name, as `policy.changed.v1`
     * @param actor who asked, from the signature
     * @param kid the key that signed
     */
    public record Claim(
            Optional<EventId> id, String type, String actor, String kid, Optional<String> why) {}

    /** What a change took along: a whole entry, or with {@code lost} parts of it. */
    public record Took(Kind kind, String id, Optional<String> audience, List<String> lost) {
        public Took {
            lost = List.copyOf(lost);
        }
    }

    /** The verdict of the first authentic record with an id. */
    public record First(long seq, Outcome outcome, Optional<String> reason) {}
}

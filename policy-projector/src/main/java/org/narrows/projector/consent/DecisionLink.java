// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.consent;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * The decision's id in the address of a page: a UUIDv7 (RFC 9562 §5.7), of which 74 bits are
 * random, and the rest tells when it was made. So most of what strangers make up is turned away
 * without asking the store.
 */
record DecisionLink(String id, Instant madeAt) {
    private static final Pattern FORM =
            Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");

    /** A decision lands within a second or so; a browser may be here first. */
    private static final Duration LANDS_WITHIN = Duration.ofSeconds(10);

    /** The clocks of other nodes may be ahead of ours. */
    private static final Duration SKEW = Duration.ofMinutes(1);

    private static final int TIME_AT = 16;

    /** Empty for what is no id of a decision, or of one that would be made later. */
    static Optional<DecisionLink> of(String id, Instant now) {
        if (!hasForm(id)) {
            return Optional.empty();
        }
        Instant madeAt =
                Instant.ofEpochMilli(UUID.fromString(id).getMostSignificantBits() >>> TIME_AT);
        return madeAt.isAfter(now.plus(SKEW))
                ? Optional.empty()
                : Optional.of(new DecisionLink(id, madeAt));
    }

    static boolean hasForm(String id) {
        return FORM.matcher(id).matches();
    }

    /** Whether it may be on its way still. */
    boolean mayLand(Instant now) {
        return now.isBefore(madeAt.plus(LANDS_WITHIN));
    }

    /** Whether its hour is over, by what the id says of itself. */
    boolean isOver(Instant now) {
        return now.isAfter(madeAt.plus(Asked.GOOD_FOR).plus(SKEW));
    }
}

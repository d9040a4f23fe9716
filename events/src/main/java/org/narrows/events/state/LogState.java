// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.util.Optional;

/**
 * What the log adds up to at one seq, without what belongs to single users and tokens: those are
 * {@link Rows}.
 *
 * @param checkpoint empty before genesis
 */
public record LogState(Optional<Checkpoint> checkpoint, Policy policy) {
    public static final LogState BEFORE_GENESIS = new LogState(Optional.empty(), Policy.EMPTY);

    /** The seq of the last record folded; 0 before genesis. */
    public long seq() {
        return checkpoint.map(Checkpoint::seq).orElse(0L);
    }
}

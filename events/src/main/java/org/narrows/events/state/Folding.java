// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.util.List;

/** What folding one record gives. */
public sealed interface Folding {
    /** The record has its verdict; the changes are in the order in which they are to be made. */
    record Folded(LogState state, Verdict verdict, List<RowChange> changes) implements Folding {
        public Folded {
            changes = List.copyOf(changes);
        }
    }

    /**
     * The record cannot be judged by this reader: no verdict for it or for what follows. Never
     * resolved away.
     */
    record HeldUp(String reason) implements Folding {}
}

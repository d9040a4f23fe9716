// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.util.List;
import java.util.Optional;

/** What one event does, judged on its merits. */
sealed interface Effect {
    /** Applied, perhaps without any effect. */
    Effect NOTHING = new Applied(List.of(), List.of());

    /** The event holds; these rows change, and these things were taken along. */
    record Applied(List<RowChange> changes, List<Verdict.Took> took) implements Effect {
        public Applied {
            changes = List.copyOf(changes);
            took = List.copyOf(took);
        }
    }

    /** The event changes nothing; the reason is a sentence for operators. */
    record Refused(String reason) implements Effect {}

    static Effect changing(RowChange... changes) {
        return new Applied(List.of(changes), List.of());
    }

    /** Puts the row in the place of what is under its key now; nothing when they are equal. */
    static Effect putting(Optional<? extends Row> before, Row after) {
        if (before.isEmpty()) {
            return changing(new RowChange.Opened(after));
        }
        return before.get().equals(after)
                ? NOTHING
                : changing(new RowChange.Replaced(before.get(), after));
    }
}

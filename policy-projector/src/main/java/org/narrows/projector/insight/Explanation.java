// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.insight;

import java.util.List;
import org.narrows.events.decision.DecisionRecord;

/**
 * A decision, decided again.
 *
 * @param recorded what was told
 * @param again what is decided of the same at the same position and time
 * @param because why these two differ, where they do: sentences
 * @param foldVersion of the rows that it was decided again from
 * @param now what would be decided of the same at the head and at the present time
 * @param history the events that decided it, in order
 */
public record Explanation(
        DecisionRecord decision,
        Outcome recorded,
        Outcome again,
        List<String> because,
        int foldVersion,
        Outcome now,
        List<DecidingEvent> history) {
    public Explanation {
        because = List.copyOf(because);
        history = List.copyOf(history);
    }

    /** Whether the decision is reproduced: the outcome, why, by what, and what was granted. */
    public boolean same() {
        return recorded.equals(again);
    }
}

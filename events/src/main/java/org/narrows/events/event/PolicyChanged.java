// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.event;

import java.util.List;

/**
 * An atomic set of changes to the policy, made by one actor with one reason; all are applied or
 * none.
 */
public record PolicyChanged(List<PolicyChange> changes) implements Event {
    public PolicyChanged {
        changes = List.copyOf(changes);
        if (changes.isEmpty()) {
            throw new IllegalArgumentException("a policy change names at least one change");
        }
    }
}

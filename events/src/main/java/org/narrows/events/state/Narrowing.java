// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.util.Optional;
import java.util.SortedSet;
import org.narrows.events.policy.Rule;
import org.narrows.events.policy.Rule.Allow;
import org.narrows.events.policy.Rule.Match;
import org.narrows.events.value.Scopes;

/**
 * Whether a rule became less: what stood on what it lost must not stand again when that is given
 * back.
 */
final class Narrowing {
    private Narrowing() {}

    /** Whether the rule loses a scope, client, issuer, mode or actor kind. */
    static boolean loses(Rule before, Rule after) {
        Match had = before.match();
        Match has = after.match();
        return loses(had.clients(), has.clients())
                || loses(had.issuers(), has.issuers())
                || !has.modes().containsAll(had.modes())
                || !has.actors().containsAll(had.actors())
                || losesScope(before, after);
    }

    /** None named is all of them: naming some then loses the others. */
    private static <T> boolean loses(Optional<SortedSet<T>> before, Optional<SortedSet<T>> after) {
        if (after.isEmpty()) {
            return false;
        }
        return before.isEmpty() || !after.get().containsAll(before.get());
    }

    private static boolean losesScope(Rule before, Rule after) {
        if (!(before instanceof Allow had) || !(after instanceof Allow has)) {
            return false; // the effect is fixed, and a deny rule has no scopes
        }
        return had.scopes().entrySet().stream()
                .anyMatch(
                        entry ->
                                !has.scopes()
                                        .getOrDefault(entry.getKey(), Scopes.NONE)
                                        .containsAll(entry.getValue()));
    }
}

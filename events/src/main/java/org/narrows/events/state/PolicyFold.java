// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.narrows.events.event.PolicyChange;
import org.narrows.events.value.IssuerUrl;

/**
 * Judges a `policy.changed` as a whole: first everything that takes away, with all it takes along,
 * then everything that gives, and then whether what was given stands, by the policy after the last
 * of the changes.
 */
final class PolicyFold {
    private PolicyFold() {}

    /**
     * Judges the changes of one event.
     *
     * @param ownIssuer what Narrows itself issues as
     * @param seq the event's own
     */
    static Effect judge(Policy before, IssuerUrl ownIssuer, List<PolicyChange> changes, long seq) {
        Optional<ChangeSubject> twice = ChangeSubject.namedTwice(changes);
        if (twice.isPresent()) {
            return new Effect.Refused("two changes are about the same: " + twice.get());
        }
        List<PolicyChange> ordered = ChangeSubject.inOrder(changes);
        Optional<String> notThere = first(ordered, change -> Removals.objection(before, change));
        if (notThere.isPresent()) {
            return new Effect.Refused(notThere.get());
        }
        PolicyDraft draft = new PolicyDraft(before);
        Removals removals = new Removals(before, draft, ordered, seq);
        removals.make();
        Policy remaining = draft.policy();

        Gifts gifts = new Gifts(before, remaining, draft, seq);
        Optional<String> fixed = first(ordered, gifts::fixed);
        if (fixed.isPresent()) {
            return new Effect.Refused(fixed.get());
        }
        gifts.make(ordered);

        References references = new References(remaining, draft.policy(), ownIssuer);
        Optional<String> dangling = first(ordered, references::objection);
        return dangling.<Effect>map(Effect.Refused::new)
                .orElseGet(() -> new Effect.Applied(draft.changes(), removals.took()));
    }

    private static Optional<String> first(
            List<PolicyChange> changes, Function<PolicyChange, Optional<String>> objection) {
        return changes.stream().flatMap(change -> objection.apply(change).stream()).findFirst();
    }
}

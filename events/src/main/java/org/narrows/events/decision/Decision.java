// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.narrows.events.decision.Reason.ConsentMissing;
import org.narrows.events.decision.Reason.Refusal;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.Scopes;

/** The answer to one exchange: closed, and able to explain itself a year later. */
public sealed interface Decision {
    /**
     * It may be swapped for a token of these terms.
     *
     * @param basis the rule of each target
     * @param admits targets of which the user becomes a member by this permit (sign-up was open)
     */
    record Permit(TokenTerms terms, List<Basis> basis, List<AudienceId> admits)
            implements Decision {
        public Permit {
            basis = List.copyOf(basis);
            admits = List.copyOf(admits);
        }
    }

    /** It may not, and these are all the objections. */
    record Deny(List<Reason> reasons) implements Decision {
        public Deny {
            reasons = List.copyOf(reasons);
            if (reasons.isEmpty()) {
                throw new IllegalArgumentException("a denial names at least one reason");
            }
        }

        /** The error the client sees: of all reasons' the first in the order of {@link Refusal}. */
        public Refusal refusal() {
            Refusal first = reasons.getFirst().refusal();
            for (Reason reason : reasons) {
                if (reason.refusal().compareTo(first) < 0) {
                    first = reason.refusal();
                }
            }
            return first;
        }

        /** The scopes that the user would have to consent to; there only when that is all. */
        public Optional<SortedMap<AudienceId, Scopes>> consentRequired() {
            SortedMap<AudienceId, Scopes> missing = new TreeMap<>();
            for (Reason reason : reasons) {
                if (!(reason instanceof ConsentMissing(var audience, var scopes))) {
                    return Optional.empty();
                }
                missing.merge(audience, scopes, Scopes::or);
            }
            return Optional.of(missing);
        }
    }

    /** The rule that a target is granted by. */
    record Basis(AudienceId target, RuleId rule) {}
}

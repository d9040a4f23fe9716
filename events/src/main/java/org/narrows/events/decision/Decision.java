// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import java.util.List;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.RuleId;

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
    }

    /** The rule that a target is granted by. */
    record Basis(AudienceId target, RuleId rule) {}
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.insight;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.narrows.events.decision.Decision;
import org.narrows.events.decision.Decision.Basis;
import org.narrows.events.decision.Decision.Deny;
import org.narrows.events.decision.Decision.Permit;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.events.decision.DecisionRecord.RecordedReason;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.Scopes;

/**
 * What a decision said, as far as it follows from what {@code decide} read: as it was recorded, or
 * as it is decided again.
 *
 * @param targets the audiences that were meant
 * @param rules the rule of each target of a permit
 * @param reasons of a denial, with their evidence
 */
public record Outcome(
        boolean permitted,
        List<AudienceId> targets,
        List<RuleId> rules,
        Optional<Scopes> granted,
        List<RecordedReason> reasons,
        Optional<Instant> expiresAt,
        List<String> lineage,
        List<AudienceId> admits) {
    static Outcome recorded(DecisionRecord decision) {
        return new Outcome(
                decision.permitted(),
                decision.targets(),
                decision.rules(),
                decision.granted(),
                decision.reasons(),
                decision.tokenExpiresAt(),
                decision.lineage(),
                decision.admits());
    }

    static Outcome of(Decision decision, List<AudienceId> targets) {
        return switch (decision) {
            case Permit permit ->
                    new Outcome(
                            true,
                            targets,
                            permit.basis().stream().map(Basis::rule).toList(),
                            Optional.of(permit.terms().scopes()),
                            List.of(),
                            Optional.of(permit.terms().expiresAt()),
                            permit.terms().lineage(),
                            permit.admits());
            case Deny deny ->
                    new Outcome(
                            false,
                            targets,
                            List.of(),
                            Optional.empty(),
                            deny.reasons().stream().map(RecordedReason::of).toList(),
                            Optional.empty(),
                            List.of(),
                            List.of());
        };
    }
}

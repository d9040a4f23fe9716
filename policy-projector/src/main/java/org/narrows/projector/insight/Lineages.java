// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.insight;

import jakarta.inject.Singleton;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.projector.store.LandedDecision;
import org.narrows.projector.store.LandedDecisions;

/** What a token was made out of, and what was made out of it, as far as decisions are kept. */
@Singleton
public class Lineages {
    private final LandedDecisions decisions;

    Lineages(LandedDecisions decisions) {
        this.decisions = decisions;
    }

    /**
     * The decisions around one token.
     *
     * @param issued the one that issued it; empty for a token of another issuer
     * @param ancestors those that issued what it derives from, the root first
     * @param descendants those that issued what derives from it, the oldest first
     */
    public record Lineage(
            Optional<DecisionRecord> issued,
            List<DecisionRecord> ancestors,
            List<DecisionRecord> descendants) {
        public Lineage {
            ancestors = List.copyOf(ancestors);
            descendants = List.copyOf(descendants);
        }
    }

    /**
     * Everything around a token.
     *
     * @param token its id as a `lineage` has it: a bare `jti` of ours, else {@code <alias>|<jti>}
     * @param after the decision that the page before ended with, or empty
     * @param most how many descendants at most
     */
    public Lineage of(String token, String after, int most) {
        Optional<DecisionRecord> issued =
                decisions.issuing(List.of(token)).stream()
                        .map(LandedDecision::decision)
                        .findFirst();
        List<String> lineage = issued.map(DecisionRecord::lineage).orElse(List.of());
        List<DecisionRecord> ancestors =
                lineage.isEmpty()
                        ? List.of()
                        : decisions.issuing(lineage).stream()
                                .map(LandedDecision::decision)
                                .sorted(Comparator.comparingInt(one -> place(one, lineage)))
                                .toList();
        return new Lineage(
                issued,
                ancestors,
                decisions.derivedFrom(token, after, most).stream()
                        .map(LandedDecision::decision)
                        .toList());
    }

    private static int place(DecisionRecord decision, List<String> lineage) {
        return decision.tokenId().map(lineage::indexOf).orElse(-1);
    }
}

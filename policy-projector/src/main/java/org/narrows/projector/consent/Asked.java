// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.consent;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.events.decision.DecisionRecord.RecordedReason;
import org.narrows.events.decision.Exchange;
import org.narrows.events.policy.Sets;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.User;
import org.narrows.events.wire.DecisionCodec;
import org.narrows.projector.store.LandedDecision;

/**
 * What a user is asked for: the consent whose lack alone made a decision a denial. All of it stands
 * in the decision's record; nothing comes from whoever holds the link.
 *
 * @param at when it was decided
 * @param exchange all that it was decided from, but the policy
 * @param missing the scopes that lacked consent, by their audience
 */
record Asked(
        String decisionId,
        Instant at,
        ClientId client,
        User user,
        Exchange exchange,
        SortedMap<AudienceId, Scopes> missing) {
    /** How long after the decision its link is good. */
    static final Duration GOOD_FOR = Duration.ofHours(1);

    Asked {
        missing = Sets.copy(missing);
    }

    /** Empty for a decision that no consent alone would have turned. */
    static Optional<Asked> of(LandedDecision landed) {
        DecisionRecord decision =
                DecisionCodec.decode(landed.body().getBytes(StandardCharsets.UTF_8));
        if (decision.permitted() || decision.exchange().isEmpty()) {
            return Optional.empty();
        }
        SortedMap<AudienceId, Scopes> missing = new TreeMap<>();
        for (RecordedReason reason : decision.reasons()) {
            String audience = reason.evidence().get("audience");
            String scopes = reason.evidence().get("scopes");
            if (!reason.code().equals("consent_missing") || audience == null || scopes == null) {
                return Optional.empty();
            }
            missing.put(new AudienceId(audience), Scopes.parse(scopes));
        }
        if (missing.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new Asked(
                        decision.id(),
                        decision.now(),
                        decision.client(),
                        decision.exchange().get().subject().party(),
                        decision.exchange().get(),
                        missing));
    }

    boolean isOver(Instant now) {
        return now.isAfter(at.plus(GOOD_FOR));
    }
}

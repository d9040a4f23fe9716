// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.narrows.events.policy.Sets;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.Position;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.Scopes;

/**
 * One decision as it is recorded in Kafka before anyone is told. Holds no token and no secret. A
 * recorded permit says that a token may have been issued.
 *
 * @param id UUIDv7; the record's key, and the `Narrows-Decision` header
 * @param generation the projection the policy was read from
 * @param now the one clock reading the decision was made with
 * @param client the authenticated requester
 * @param exchange all that {@code decide} read; empty when the request failed before
 * @param found what was found before {@code decide} and is taken as given later: fact to finding
 * @param targets the audiences that were meant, those of a denial too as far as there are such
 * @param rules the rule of each target of a permit, in the order of the targets
 * @param reasons of a denial, all of them
 * @param tokenId `jti` of the issued token
 * @param admits targets of which the user becomes a member by this permit
 */
public record DecisionRecord(
        String id,
        Position position,
        int generation,
        int foldVersion,
        int decideVersion,
        Instant now,
        ClientId client,
        Optional<Exchange> exchange,
        SortedMap<String, String> found,
        boolean permitted,
        List<AudienceId> targets,
        List<RuleId> rules,
        Optional<Scopes> granted,
        List<RecordedReason> reasons,
        Optional<String> tokenId,
        Optional<Instant> tokenExpiresAt,
        List<String> lineage,
        List<AudienceId> admits,
        Duration latency) {
    public DecisionRecord {
        found = Sets.copy(found);
        targets = List.copyOf(targets);
        rules = List.copyOf(rules);
        reasons = List.copyOf(reasons);
        lineage = List.copyOf(lineage);
        admits = List.copyOf(admits);
    }

    /** Where to: the targets, or where none of them is an audience, what the request named. */
    public List<String> named() {
        return targets.isEmpty()
                ? exchange.stream()
                        .flatMap(asked -> asked.targets().stream())
                        .map(Exchange.Target::value)
                        .distinct()
                        .toList()
                : targets.stream().map(AudienceId::value).toList();
    }

    /**
     * A reason as recorded: also those found before {@code decide} (`invalid_token`,
     * `invalid_parameter`, …).
     *
     * @param evidence name to value, as plain text
     */
    public record RecordedReason(String code, Map<String, String> evidence) {
        public RecordedReason {
            evidence = Map.copyOf(evidence);
        }

        /** What is recorded of a reason that {@code decide} gave. */
        public static RecordedReason of(Reason reason) {
            return new RecordedReason(reason.code(), reason.evidence());
        }
    }
}

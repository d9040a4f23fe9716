// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import java.util.List;
import java.util.Optional;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.policy.Rule.Mode;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.Scopes;

/**
 * What an issued token stands on, for Narrows alone: the `provenance` claim.
 *
 * @param rootIssuedAt `iat` of the chain's first token in seconds since 1970; 0 without one
 * @param hops every exchange of the chain, the latest last
 * @param actors the same for every actor token used along the way
 */
public record Provenance(long rootIssuedAt, List<Hop> hops, List<ActorProvenance> actors) {
    public Provenance {
        hops = List.copyOf(hops);
        actors = List.copyOf(actors);
    }

    /**
     * One exchange.
     *
     * @param to the targets, and {@code rules} in the same order
     * @param seq the position of the decision
     * @param actor what the actor token was about, when there was one
     * @param open whether sign-up was open and the user no member yet
     */
    public record Hop(
            ClientId client,
            List<AudienceId> to,
            List<RuleId> rules,
            Scopes scope,
            long seq,
            Mode mode,
            Optional<ActorKind> actor,
            boolean open) {
        public Hop {
            to = List.copyOf(to);
            rules = List.copyOf(rules);
            if (to.isEmpty() || to.size() != rules.size()) {
                throw new IllegalArgumentException("a hop has one rule for each target");
            }
        }
    }

    /**
     * What one actor token stands on.
     *
     * @param lineage its ancestors and, last, its own id; foreign ids as `alias|jti`
     */
    public record ActorProvenance(List<String> lineage, long issuedAt, List<Hop> hops) {
        public ActorProvenance {
            lineage = List.copyOf(lineage);
            hops = List.copyOf(hops);
        }
    }
}

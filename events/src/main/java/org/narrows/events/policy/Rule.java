// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.policy;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.Scopes;

/**
 * Says which exchanges are permitted, or that some are not; a deny rule wins over every allow rule.
 */
public sealed interface Rule extends Entry {
    RuleId id();

    Match match();

    /**
     * Permits what it matches, as narrow as it says.
     *
     * @param scopes subject scope to the target scopes it is worth
     * @param maxLifetime cap on the issued token; empty is the audience's
     * @param maxChainDepth ids that the issued token's `lineage` may hold, 1 to 8
     * @param rebind a bound subject token without its key gives a token bound to the requester's
     *     own
     * @param combinable may share one token with other targets
     */
    record Allow(
            RuleId id,
            Match match,
            SortedMap<ScopeName, Scopes> scopes,
            Optional<Duration> maxLifetime,
            int maxChainDepth,
            boolean rebind,
            boolean combinable)
            implements Rule {
        public static final int MAX_CHAIN_DEPTH = 8;

        public Allow {
            scopes = Sets.copy(scopes);
            if (maxChainDepth < 1 || maxChainDepth > MAX_CHAIN_DEPTH) {
                throw new IllegalArgumentException("maxChainDepth must be 1 to " + MAX_CHAIN_DEPTH);
            }
        }

        /** What these scopes of a subject token are worth at the target. */
        public Scopes worth(Scopes subjectScopes) {
            Scopes worth = Scopes.NONE;
            for (ScopeName held : subjectScopes) {
                worth = worth.or(scopes.getOrDefault(held, Scopes.NONE));
            }
            return worth;
        }
    }

    /** Refuses what it matches, whatever allows it. */
    record Deny(RuleId id, Match match) implements Rule {}

    /**
     * Which exchanges a rule speaks of.
     *
     * @param clients the requesters; empty is every client whose home is {@code from}
     * @param issuers of the chain's first token; empty is any trusted one
     * @param actors what an actor token may be about
     */
    record Match(
            AudienceId from,
            AudienceId to,
            Optional<SortedSet<ClientId>> clients,
            Optional<SortedSet<IssuerUrl>> issuers,
            SortedSet<Mode> modes,
            SortedSet<ActorKind> actors,
            Optional<Instant> notBefore,
            Optional<Instant> notAfter,
            Conditions conditions) {
        public Match {
            clients = clients.map(Sets::copy);
            issuers = issuers.map(Sets::copy);
            modes = Sets.copy(modes);
            actors = Sets.copy(actors);
        }
    }

    /**
     * What the subject token must say of the user's authentication; all of them, and within a list
     * any. A condition left out asks nothing.
     */
    record Conditions(
            Optional<SortedSet<String>> acr,
            Optional<SortedSet<String>> amr,
            Optional<Duration> maxAuthAge) {
        public static final Conditions NONE =
                new Conditions(Optional.empty(), Optional.empty(), Optional.empty());

        public Conditions {
            acr = acr.map(Sets::copy);
            amr = amr.map(Sets::copy);
        }
    }

    /** Whether the issued token says who acts (RFC 8693 §1.1). */
    enum Mode {
        IMPERSONATION,
        DELEGATION;

        public String text() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** What a token is about. */
    enum ActorKind {
        CLIENT,
        USER;

        public String text() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }
}

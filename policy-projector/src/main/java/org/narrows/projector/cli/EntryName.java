// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import java.util.Optional;
import org.narrows.events.policy.Audience;
import org.narrows.events.policy.ClaimDefinition;
import org.narrows.events.policy.Client;
import org.narrows.events.policy.Entry;
import org.narrows.events.policy.Kind;
import org.narrows.events.policy.Rule;
import org.narrows.events.policy.ScopeDefinition;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.value.AudienceId;

/**
 * What an entry of the policy is known by.
 *
 * @param audience of a claim, which only with its audience is one
 */
public record EntryName(Kind kind, String id, Optional<String> audience)
        implements Comparable<EntryName> {
    static EntryName of(Entry entry) {
        return switch (entry) {
            case TrustedIssuer issuer ->
                    new EntryName(Kind.ISSUERS, issuer.issuer().value(), Optional.empty());
            case Audience audience ->
                    new EntryName(Kind.AUDIENCES, audience.id().value(), Optional.empty());
            case ScopeDefinition scope ->
                    new EntryName(Kind.SCOPES, scope.scope().value(), Optional.empty());
            case ClaimDefinition claim ->
                    new EntryName(
                            Kind.CLAIMS, claim.claim(), claim.audience().map(AudienceId::value));
            case Client client ->
                    new EntryName(Kind.CLIENTS, client.id().value(), Optional.empty());
            case Rule rule -> new EntryName(Kind.RULES, rule.id().value(), Optional.empty());
        };
    }

    @Override
    public int compareTo(EntryName other) {
        int order = kind.compareTo(other.kind);
        if (order == 0) {
            order = id.compareTo(other.id);
        }
        return order == 0 ? audience.orElse("").compareTo(other.audience.orElse("")) : order;
    }

    @Override
    public String toString() {
        return kind.section() + " " + id + audience.map(of -> " of " + of).orElse("");
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.narrows.events.event.PolicyChange;
import org.narrows.events.event.PolicyChange.*;
import org.narrows.events.policy.Kind;
import org.narrows.events.value.AudienceId;

/**
 * What one policy change is about: an entry, or one scope or target of a client. No two changes of
 * an event are about the same.
 *
 * @param audience of a claim, which is another at every audience; else empty
 * @param part which of a client's scopes or targets; empty for the entry itself
 */
record ChangeSubject(Kind kind, String id, String audience, String part)
        implements Comparable<ChangeSubject> {
    private static final Comparator<ChangeSubject> ORDER =
            Comparator.comparing(ChangeSubject::kind)
                    .thenComparing(ChangeSubject::id)
                    .thenComparing(ChangeSubject::audience)
                    .thenComparing(ChangeSubject::part);

    static ChangeSubject of(PolicyChange change) {
        return switch (change) {
            case IssuerTrusted(var entry) -> entry(Kind.ISSUERS, entry.issuer().value());
            case AudienceDefined(var entry) -> entry(Kind.AUDIENCES, entry.id().value());
            case ScopeDefined(var entry) -> entry(Kind.SCOPES, entry.scope().value());
            case ClaimDefined(var entry) -> claim(entry.claim(), entry.audience());
            case ClientRegistered(var entry) -> entry(Kind.CLIENTS, entry.id().value());
            case RuleDefined(var entry) -> entry(Kind.RULES, entry.id().value());
            case IssuerDistrusted(var issuer) -> entry(Kind.ISSUERS, issuer.value());
            case AudienceRetired(var id) -> entry(Kind.AUDIENCES, id.value());
            case ScopeRetired(var scope, _) -> entry(Kind.SCOPES, scope.value());
            case ClaimRetired(var name, var audience) -> claim(name, audience);
            case RuleRetired(var id) -> entry(Kind.RULES, id.value());
            case ClientDisabled(var id) -> entry(Kind.CLIENTS, id.value());
            case ClientEnabled(var id) -> entry(Kind.CLIENTS, id.value());
            case ClientRemoved(var id) -> entry(Kind.CLIENTS, id.value());
            case ClientScopeAllowed(var client, var scope) ->
                    scopeOf(client.value(), scope.value());
            case ClientScopeWithdrawn(var client, var scope) ->
                    scopeOf(client.value(), scope.value());
            case ClientAudienceAllowed(var client, var audience) ->
                    targetOf(client.value(), audience.value());
            case ClientAudienceWithdrawn(var client, var audience) ->
                    targetOf(client.value(), audience.value());
        };
    }

    static ChangeSubject entry(Kind kind, String id) {
        return new ChangeSubject(kind, id, "", "");
    }

    static ChangeSubject claim(String claim, Optional<AudienceId> audience) {
        return new ChangeSubject(
                Kind.CLAIMS, claim, audience.map(AudienceId::value).orElse(""), "");
    }

    static ChangeSubject scopeOf(String client, String scope) {
        return new ChangeSubject(Kind.CLIENTS, client, "", "scope " + scope);
    }

    static ChangeSubject targetOf(String client, String audience) {
        return new ChangeSubject(Kind.CLIENTS, client, "", "audience " + audience);
    }

    /** What two of these changes are about, if there is such a thing. */
    static Optional<ChangeSubject> namedTwice(List<PolicyChange> changes) {
        Set<ChangeSubject> seen = new HashSet<>();
        return changes.stream()
                .map(ChangeSubject::of)
                .filter(subject -> !seen.add(subject))
                .findFirst();
    }

    /**
     * In one order, whatever order they came in: it does not matter, not even for what is said of
     * them.
     */
    static List<PolicyChange> inOrder(List<PolicyChange> changes) {
        return changes.stream().sorted(Comparator.comparing(ChangeSubject::of)).toList();
    }

    @Override
    public int compareTo(ChangeSubject other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        String at = audience.isEmpty() ? "" : " of the audience `" + audience + "`";
        return kind.section()
                + " `"
                + id
                + "`"
                + at
                + (part.isEmpty() ? "" : ", " + part.replaceFirst(" ", " `") + "`");
    }
}

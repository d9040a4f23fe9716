// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.narrows.events.event.PolicyChange;
import org.narrows.events.event.PolicyChange.*;
import org.narrows.events.policy.Client;
import org.narrows.events.policy.Rule;
import org.narrows.events.policy.ScopeDefinition;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.state.Row.AliasRow;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.state.Row.ClaimRow;
import org.narrows.events.state.Row.ClientRow;
import org.narrows.events.state.Row.IssuerRow;
import org.narrows.events.state.Row.RuleRow;
import org.narrows.events.state.Row.ScopeRow;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.ScopeName;

/**
 * What a policy change gives. An entry that is there is replaced and keeps its since; one that was
 * ended has a new one.
 */
final class Gifts {
    private final Policy before;
    private final Policy remaining;
    private final PolicyDraft draft;
    private final long seq;
    private final Map<ClientId, Set<ScopeName>> scopes = new HashMap<>();
    private final Map<ClientId, Set<AudienceId>> audiences = new HashMap<>();

    /**
     * Gifts of one event.
     *
     * @param remaining what the event's own removals left of {@code before}
     */
    Gifts(Policy before, Policy remaining, PolicyDraft draft, long seq) {
        this.before = before;
        this.remaining = remaining;
        this.draft = draft;
        this.seq = seq;
    }

    /**
     * Why the entry cannot replace the one that is there: what is fixed once given would be
     * another.
     */
    Optional<String> fixed(PolicyChange change) {
        return switch (change) {
            case IssuerTrusted(TrustedIssuer entry) -> fixed(entry);
            case AudienceDefined(var entry) ->
                    Moment.isAdmin(entry.id())
                            ? Optional.of("the audience `" + entry.id() + "` is never redefined")
                            : Optional.empty();
            case ScopeDefined(ScopeDefinition entry) -> fixed(entry);
            case ClientRegistered(Client entry) -> fixed(entry);
            case RuleDefined(Rule entry) -> fixed(entry);
            case ClaimDefined _,
                    IssuerDistrusted _,
                    AudienceRetired _,
                    ScopeRetired _,
                    ClaimRetired _,
                    RuleRetired _,
                    ClientDisabled _,
                    ClientEnabled _,
                    ClientRemoved _,
                    ClientScopeAllowed _,
                    ClientScopeWithdrawn _,
                    ClientAudienceAllowed _,
                    ClientAudienceWithdrawn _ ->
                    Optional.empty();
        };
    }

    private Optional<String> fixed(TrustedIssuer entry) {
        AliasRow former = before.aliases().get(entry.issuer());
        if (former == null) {
            return Optional.empty(); // whose alias it may have is judged when all are given
        }
        if (!former.alias().equals(entry.alias())) {
            return Optional.of(
                    "the alias of the issuer `"
                            + entry.issuer()
                            + "` is `"
                            + former.alias()
                            + "` for good");
        }
        return former.primary() == entry.primary()
                ? Optional.empty()
                : Optional.of(
                        "whether the issuer `"
                                + entry.issuer()
                                + "` is primary is fixed once given");
    }

    private Optional<String> fixed(ScopeDefinition entry) {
        if (Genesis.isOurs(entry.scope())) {
            return Optional.of("the scope `" + entry.scope() + "` is never redefined");
        }
        ScopeRow former = remaining.scopes().get(entry.scope());
        if (former == null) {
            return Optional.empty();
        }
        if (!former.entry().audience().equals(entry.audience())) {
            return Optional.of(
                    "the scope `"
                            + entry.scope()
                            + "` "
                            + former.entry()
                                    .audience()
                                    .map(id -> "belongs to the audience `" + id + "`")
                                    .orElse("is shared by all audiences"));
        }
        return former.entry().kind() == entry.kind()
                ? Optional.empty()
                : Optional.of("the kind of the scope `" + entry.scope() + "` is fixed once given");
    }

    private Optional<String> fixed(Client entry) {
        ClientRow former = remaining.clients().get(entry.id());
        return former == null || former.entry().audience().equals(entry.audience())
                ? Optional.empty()
                : Optional.of(
                        "the home audience of the client `" + entry.id() + "` is fixed once given");
    }

    private Optional<String> fixed(Rule entry) {
        RuleRow former = remaining.rules().get(entry.id());
        if (former == null) {
            return Optional.empty();
        }
        boolean same =
                former.entry().getClass().equals(entry.getClass())
                        && former.entry().match().from().equals(entry.match().from())
                        && former.entry().match().to().equals(entry.match().to());
        return same
                ? Optional.empty()
                : Optional.of(
                        "`effect`, `from` and `to` of the rule `"
                                + entry.id()
                                + "` are fixed once given");
    }

    void make(List<PolicyChange> changes) {
        changes.forEach(this::make);
        // What clients get comes last and at once: the clients must be there, and may get much.
        scopes.keySet()
                .forEach(
                        client ->
                                draft.clients.computeIfPresent(client, (_, row) -> withMore(row)));
        audiences
                .keySet()
                .forEach(
                        client ->
                                draft.clients.computeIfPresent(client, (_, row) -> withMore(row)));
    }

    private ClientRow withMore(ClientRow row) {
        return new ClientRow(
                row.entry(),
                row.enabledSince(),
                adding(row.scopes(), scopes.getOrDefault(row.entry().id(), Set.of())),
                adding(row.audiences(), audiences.getOrDefault(row.entry().id(), Set.of())),
                row.since());
    }

    private <K> SortedMap<K, Long> adding(SortedMap<K, Long> held, Set<K> given) {
        SortedMap<K, Long> more = new TreeMap<>(held);
        given.forEach(one -> more.putIfAbsent(one, seq));
        return more;
    }

    private void make(PolicyChange change) {
        switch (change) {
            case IssuerTrusted(TrustedIssuer entry) -> {
                draft.issuers.merge(
                        entry.issuer(),
                        new IssuerRow(entry, seq),
                        (old, _) -> new IssuerRow(entry, old.since()));
                draft.aliases.putIfAbsent(
                        entry.issuer(),
                        new AliasRow(entry.issuer(), entry.alias(), entry.primary(), seq));
            }
            case AudienceDefined(var entry) ->
                    draft.audiences.merge(
                            entry.id(),
                            new AudienceRow(entry, seq),
                            (old, _) -> new AudienceRow(entry, old.since()));
            case ScopeDefined(ScopeDefinition entry) ->
                    draft.scopes.merge(
                            entry.scope(),
                            new ScopeRow(entry, seq),
                            (old, _) -> new ScopeRow(entry, old.since()));
            case ClaimDefined(var entry) ->
                    draft.claims.putIfAbsent(entry, new ClaimRow(entry, seq));
            case ClientRegistered(Client entry) ->
                    draft.clients.compute(entry.id(), (_, old) -> registered(entry, old));
            case RuleDefined(Rule entry) ->
                    draft.rules.put(entry.id(), new RuleRow(entry, sinceOf(entry)));
            case ClientEnabled(var id) ->
                    draft.clients.computeIfPresent(
                            id,
                            (_, row) ->
                                    new ClientRow(
                                            row.entry(),
                                            row.enabledSince().or(() -> Optional.of(seq)),
                                            row.scopes(),
                                            row.audiences(),
                                            row.since()));
            case ClientScopeAllowed(var client, var scope) ->
                    scopes.computeIfAbsent(client, _ -> new HashSet<>()).add(scope);
            case ClientAudienceAllowed(var client, var audience) ->
                    audiences.computeIfAbsent(client, _ -> new HashSet<>()).add(audience);
            case IssuerDistrusted _,
                    AudienceRetired _,
                    ScopeRetired _,
                    ClaimRetired _,
                    RuleRetired _,
                    ClientDisabled _,
                    ClientRemoved _,
                    ClientScopeWithdrawn _,
                    ClientAudienceWithdrawn _ -> {}
        }
    }

    /**
     * Registering again changes who the client is, not what it may have; a disabled client stays
     * disabled.
     */
    private ClientRow registered(Client entry, @Nullable ClientRow old) {
        return old == null
                ? new ClientRow(entry, Optional.of(seq), new TreeMap<>(), new TreeMap<>(), seq)
                : new ClientRow(
                        entry, old.enabledSince(), old.scopes(), old.audiences(), old.since());
    }

    private long sinceOf(Rule entry) {
        RuleRow left = remaining.rules().get(entry.id());
        RuleRow former = before.rules().get(entry.id());
        return left == null || former == null || Narrowing.loses(former.entry(), entry)
                ? seq
                : left.since();
    }
}

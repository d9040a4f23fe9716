// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.narrows.events.event.PolicyChange;
import org.narrows.events.event.PolicyChange.*;
import org.narrows.events.policy.ClaimDefinition;
import org.narrows.events.policy.Kind;
import org.narrows.events.policy.Rule;
import org.narrows.events.policy.Rule.Allow;
import org.narrows.events.policy.Rule.Deny;
import org.narrows.events.policy.Rule.Match;
import org.narrows.events.state.Row.ClientRow;
import org.narrows.events.state.Row.RuleRow;
import org.narrows.events.state.Row.ScopeRow;
import org.narrows.events.state.Verdict.Took;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.Scopes;

/**
 * What a policy change takes away, and what goes along because it stood on that. Never refused for
 * being in use.
 */
final class Removals {
    private final Policy before;
    private final PolicyDraft draft;
    private final List<PolicyChange> changes;
    private final long seq;

    Removals(Policy before, PolicyDraft draft, List<PolicyChange> changes, long seq) {
        this.before = before;
        this.draft = draft;
        this.changes = changes;
        this.seq = seq;
    }

    /**
     * Why the change cannot be made: what was not there before cannot be taken away or switched.
     */
    static Optional<String> objection(Policy before, PolicyChange change) {
        return switch (change) {
            case IssuerDistrusted(var issuer) ->
                    missing(before.issuers().containsKey(issuer), "issuer", issuer);
            case AudienceRetired(var id) ->
                    Moment.isAdmin(id)
                            ? Optional.of("the audience `" + id + "` is never retired")
                            : missing(before.audiences().containsKey(id), "audience", id);
            case ScopeRetired(var scope, var audience) -> noScope(before, scope, audience);
            case ClaimRetired(var claim, var audience) ->
                    missing(
                                    before.claims()
                                            .containsKey(new ClaimDefinition(claim, audience)),
                                    "claim",
                                    claim)
                            .map(reason -> reason + at(audience));
            case RuleRetired(var id) -> missing(before.rules().containsKey(id), "rule", id);
            case ClientDisabled(var id) -> noClient(before, id);
            case ClientEnabled(var id) -> noClient(before, id);
            case ClientRemoved(var id) -> noClient(before, id);
            case ClientScopeWithdrawn(var client, var scope) ->
                    noClient(before, client)
                            .or(() -> missing(before.scopes().containsKey(scope), "scope", scope));
            case ClientAudienceWithdrawn(var client, var audience) ->
                    noClient(before, client)
                            .or(
                                    () ->
                                            missing(
                                                    before.audiences().containsKey(audience),
                                                    "audience",
                                                    audience));
            case IssuerTrusted _,
                    AudienceDefined _,
                    ScopeDefined _,
                    ClaimDefined _,
                    ClientRegistered _,
                    RuleDefined _,
                    ClientScopeAllowed _,
                    ClientAudienceAllowed _ ->
                    Optional.empty();
        };
    }

    private static Optional<String> noScope(
            Policy before, ScopeName name, Optional<AudienceId> audience) {
        if (Genesis.isOurs(name)) {
            return Optional.of("the scope `" + name + "` is never retired");
        }
        ScopeRow scope = before.scopes().get(name);
        return missing(scope != null && scope.entry().audience().equals(audience), "scope", name)
                .map(reason -> reason + at(audience));
    }

    private static Optional<String> noClient(Policy before, ClientId id) {
        return missing(before.clients().containsKey(id), "client", id);
    }

    private static Optional<String> missing(boolean there, String what, Object id) {
        return there ? Optional.empty() : Optional.of("there is no " + what + " `" + id + "`");
    }

    private static String at(Optional<AudienceId> audience) {
        return audience.map(id -> " of the audience `" + id + "`")
                .orElse(" that all audiences share");
    }

    /**
     * Takes away in the order in which one thing stands on another: audiences, scopes and claims,
     * clients, rules.
     */
    void make() {
        Map<ClientId, Set<ScopeName>> withdrawnScopes = new HashMap<>();
        Map<ClientId, Set<AudienceId>> withdrawnAudiences = new HashMap<>();
        for (PolicyChange change : changes) {
            switch (change) {
                case IssuerDistrusted(var issuer) -> draft.issuers.remove(issuer);
                case AudienceRetired(var id) -> draft.audiences.remove(id);
                case ScopeRetired(var scope, _) -> draft.scopes.remove(scope);
                case ClaimRetired(var claim, var audience) ->
                        draft.claims.remove(new ClaimDefinition(claim, audience));
                case RuleRetired(var id) -> draft.rules.remove(id);
                case ClientRemoved(var id) -> draft.clients.remove(id);
                case ClientDisabled(var id) ->
                        draft.clients.computeIfPresent(id, (_, row) -> disabled(row));
                case ClientScopeWithdrawn(var client, var scope) ->
                        withdrawnScopes.computeIfAbsent(client, _ -> new HashSet<>()).add(scope);
                case ClientAudienceWithdrawn(var client, var audience) ->
                        withdrawnAudiences
                                .computeIfAbsent(client, _ -> new HashSet<>())
                                .add(audience);
                case IssuerTrusted _,
                        AudienceDefined _,
                        ScopeDefined _,
                        ClaimDefined _,
                        ClientRegistered _,
                        RuleDefined _,
                        ClientEnabled _,
                        ClientScopeAllowed _,
                        ClientAudienceAllowed _ -> {}
            }
        }
        draft.scopes.values().removeIf(scope -> isGone(scope.entry().audience()));
        draft.claims.values().removeIf(claim -> isGone(claim.entry().audience()));
        draft.clients
                .values()
                .removeIf(client -> !draft.audiences.containsKey(client.entry().audience()));
        draft.clients.replaceAll(
                (id, row) -> {
                    Set<ScopeName> scopes = withdrawnScopes.getOrDefault(id, Set.of());
                    Set<AudienceId> audiences = withdrawnAudiences.getOrDefault(id, Set.of());
                    return keeping(
                            row,
                            scope -> draft.scopes.containsKey(scope) && !scopes.contains(scope),
                            audience ->
                                    draft.audiences.containsKey(audience)
                                            && !audiences.contains(audience));
                });
        draft.rules.values().removeIf(rule -> !isLeft(rule.entry()));
        draft.rules.replaceAll((_, row) -> remaining(row));
    }

    private boolean isGone(Optional<AudienceId> audience) {
        return audience.filter(id -> !draft.audiences.containsKey(id)).isPresent();
    }

    private static ClientRow disabled(ClientRow row) {
        return new ClientRow(
                row.entry(), Optional.empty(), row.scopes(), row.audiences(), row.since());
    }

    private static ClientRow keeping(
            ClientRow row, Predicate<ScopeName> scope, Predicate<AudienceId> audience) {
        return new ClientRow(
                row.entry(),
                row.enabledSince(),
                keeping(row.scopes(), scope),
                keeping(row.audiences(), audience),
                row.since());
    }

    private static <K> SortedMap<K, Long> keeping(SortedMap<K, Long> held, Predicate<K> kept) {
        SortedMap<K, Long> left = new TreeMap<>(held);
        left.keySet().removeIf(kept.negate());
        return left;
    }

    /**
     * A rule goes with an audience of its own, and an allow rule with the last of the clients it
     * named.
     */
    private boolean isLeft(Rule rule) {
        Match match = rule.match();
        boolean audiences =
                draft.audiences.containsKey(match.from())
                        && draft.audiences.containsKey(match.to());
        return audiences
                && switch (rule) {
                    case Allow _ ->
                            match.clients().isEmpty()
                                    || match.clients().get().stream()
                                            .anyMatch(draft.clients::containsKey);
                    case Deny _ -> true; // it keeps the names: one who comes back is still denied
                };
    }

    private RuleRow remaining(RuleRow row) {
        return switch (row.entry()) {
            case Deny _ -> row;
            case Allow allow -> {
                Optional<SortedSet<ClientId>> clients =
                        allow.match()
                                .clients()
                                .map(
                                        named -> {
                                            SortedSet<ClientId> left = new TreeSet<>(named);
                                            left.removeIf(
                                                    client -> !draft.clients.containsKey(client));
                                            return left;
                                        });
                SortedMap<ScopeName, Scopes> scopes = new TreeMap<>(allow.scopes());
                scopes.replaceAll((_, worth) -> worth.keep(draft.scopes::containsKey));
                Allow left =
                        new Allow(
                                allow.id(),
                                withClients(allow.match(), clients),
                                scopes,
                                allow.maxLifetime(),
                                allow.maxChainDepth(),
                                allow.rebind(),
                                allow.combinable());
                yield left.equals(allow) ? row : new RuleRow(left, seq);
            }
        };
    }

    private static Match withClients(Match match, Optional<SortedSet<ClientId>> clients) {
        return new Match(
                match.from(),
                match.to(),
                clients,
                match.issuers(),
                match.modes(),
                match.actors(),
                match.notBefore(),
                match.notAfter(),
                match.conditions());
    }

    /** What went along: everything gone or less that no change of the event names itself. */
    List<Took> took() {
        Set<ChangeSubject> named = new HashSet<>();
        changes.forEach(change -> named.add(ChangeSubject.of(change)));
        List<Took> took = new ArrayList<>();
        before.scopes()
                .forEach(
                        (name, row) -> {
                            if (!draftOrNamed(
                                    draft.scopes.containsKey(name),
                                    named,
                                    ChangeSubject.entry(Kind.SCOPES, name.value()))) {
                                took.add(whole(Kind.SCOPES, name.value(), row.entry().audience()));
                            }
                        });
        before.claims()
                .keySet()
                .forEach(
                        claim -> {
                            ChangeSubject subject =
                                    ChangeSubject.claim(claim.claim(), claim.audience());
                            if (!draftOrNamed(draft.claims.containsKey(claim), named, subject)) {
                                took.add(whole(Kind.CLAIMS, claim.claim(), claim.audience()));
                            }
                        });
        before.clients().forEach((id, row) -> tookOf(id, row, named).ifPresent(took::add));
        before.rules()
                .forEach(
                        (id, row) -> {
                            ChangeSubject subject = ChangeSubject.entry(Kind.RULES, id.value());
                            if (named.contains(subject)) {
                                return;
                            }
                            RuleRow left = draft.rules.get(id);
                            if (left == null) {
                                took.add(whole(Kind.RULES, id.value(), Optional.empty()));
                            } else if (!left.equals(row)) {
                                took.add(
                                        new Took(
                                                Kind.RULES,
                                                id.value(),
                                                Optional.empty(),
                                                lost(row.entry(), left.entry())));
                            }
                        });
        took.sort(
                Comparator.comparing(Took::kind)
                        .thenComparing(Took::id)
                        .thenComparing(t -> t.audience().orElse("")));
        return took;
    }

    private Optional<Took> tookOf(ClientId id, ClientRow row, Set<ChangeSubject> named) {
        ClientRow left = draft.clients.get(id);
        if (left == null) {
            return named.contains(ChangeSubject.entry(Kind.CLIENTS, id.value()))
                    ? Optional.empty()
                    : Optional.of(whole(Kind.CLIENTS, id.value(), Optional.empty()));
        }
        List<String> lost = new ArrayList<>();
        row.scopes().keySet().stream()
                .filter(scope -> !left.scopes().containsKey(scope))
                .map(ScopeName::value)
                .filter(scope -> !named.contains(ChangeSubject.scopeOf(id.value(), scope)))
                .forEach(lost::add);
        row.audiences().keySet().stream()
                .filter(audience -> !left.audiences().containsKey(audience))
                .map(AudienceId::value)
                .filter(audience -> !named.contains(ChangeSubject.targetOf(id.value(), audience)))
                .forEach(lost::add);
        return lost.isEmpty()
                ? Optional.empty()
                : Optional.of(new Took(Kind.CLIENTS, id.value(), Optional.empty(), lost));
    }

    private static boolean draftOrNamed(
            boolean inDraft, Set<ChangeSubject> named, ChangeSubject subject) {
        return inDraft || named.contains(subject);
    }

    private static Took whole(Kind kind, String id, Optional<AudienceId> audience) {
        return new Took(kind, id, audience.map(AudienceId::value), List.of());
    }

    private static List<String> lost(Rule before, Rule after) {
        Collection<String> left = names(after);
        return names(before).stream().filter(name -> !left.contains(name)).toList();
    }

    private static Collection<String> names(Rule rule) {
        Set<String> names = new TreeSet<>();
        rule.match()
                .clients()
                .ifPresent(clients -> clients.forEach(client -> names.add(client.value())));
        if (rule instanceof Allow allow) {
            allow.scopes()
                    .values()
                    .forEach(worth -> worth.forEach(scope -> names.add(scope.value())));
        }
        return names;
    }
}

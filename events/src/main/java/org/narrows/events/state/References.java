// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.util.HashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.narrows.events.event.PolicyChange;
import org.narrows.events.event.PolicyChange.*;
import org.narrows.events.policy.Audience;
import org.narrows.events.policy.Client;
import org.narrows.events.policy.ClientAuthentication.FederatedJwt;
import org.narrows.events.policy.Rule;
import org.narrows.events.policy.Rule.Allow;
import org.narrows.events.policy.Rule.Deny;
import org.narrows.events.policy.ScopeDefinition;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.state.Row.AliasRow;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.state.Row.ClientRow;
import org.narrows.events.state.Row.RuleRow;
import org.narrows.events.state.Row.ScopeRow;
import org.narrows.events.value.Alias;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.Scopes;

/**
 * Whether what was given stands, by the policy after the last change: everything it names is there,
 * and no name means two things. A name that an entry held before (of an issuer distrusted since,
 * say) it may keep.
 */
final class References {
    private final Policy remaining;
    private final Policy after;
    private final IssuerUrl ownIssuer;
    private final Index<String, AudienceId> audienceNames = new Index<>();
    private final Index<String, ClientId> clientNames = new Index<>();
    private final Index<Workload, ClientId> workloads = new Index<>();
    private final Index<Alias, IssuerUrl> aliases = new Index<>();
    private final Index<Boolean, IssuerUrl> primary = new Index<>();

    References(Policy remaining, Policy after, IssuerUrl ownIssuer) {
        this.remaining = remaining;
        this.after = after;
        this.ownIssuer = ownIssuer;
        for (AudienceRow row : after.audiences().values()) {
            namesOf(row.entry()).forEach(name -> audienceNames.add(name, row.entry().id()));
        }
        for (ClientRow row : after.clients().values()) {
            namesOf(row.entry()).forEach(name -> clientNames.add(name, row.entry().id()));
            if (row.entry().authentication() instanceof FederatedJwt federated) {
                workloads.add(
                        new Workload(federated.issuer(), federated.subject()), row.entry().id());
            }
        }
        for (AliasRow row : after.aliases().values()) {
            aliases.add(row.alias(), row.issuer());
            primary.add(row.primary(), row.issuer());
        }
    }

    /** Who a federated client is at its issuer. */
    private record Workload(IssuerUrl issuer, String subject) {}

    /** What has a name; more than one thing only while an event is judged. */
    private static final class Index<N, T extends Comparable<T>> {
        private final Map<N, NavigableSet<T>> named = new HashMap<>();

        void add(N name, T thing) {
            named.computeIfAbsent(name, _ -> new TreeSet<>()).add(thing);
        }

        Optional<T> first(N name) {
            return Optional.ofNullable(named.get(name)).map(NavigableSet::first);
        }

        /** The first that has the name and is not this one. */
        Optional<T> other(N name, T thing) {
            return Optional.ofNullable(named.get(name))
                    .flatMap(
                            things ->
                                    things.first().equals(thing)
                                            ? Optional.ofNullable(things.higher(thing))
                                            : Optional.of(things.first()));
        }
    }

    Optional<String> objection(PolicyChange change) {
        return switch (change) {
            case IssuerTrusted(TrustedIssuer entry) -> issuer(entry);
            case AudienceDefined(Audience entry) -> audience(entry);
            case ScopeDefined(ScopeDefinition entry) -> entry.audience().flatMap(this::noAudience);
            case ClaimDefined(var entry) -> entry.audience().flatMap(this::noAudience);
            case ClientRegistered(Client entry) -> client(entry);
            case RuleDefined(Rule entry) -> rule(entry);
            case ClientEnabled(var id) -> noClient(id);
            case ClientScopeAllowed(var client, var scope) ->
                    noClient(client)
                            .or(
                                    () ->
                                            after.scopes().containsKey(scope)
                                                    ? Optional.empty()
                                                    : Optional.of(
                                                            "there is no scope `" + scope + "`"));
            case ClientAudienceAllowed(var client, var audience) ->
                    noClient(client).or(() -> noAudience(audience));
            case IssuerDistrusted _,
                    AudienceRetired _,
                    ScopeRetired _,
                    ClaimRetired _,
                    RuleRetired _,
                    ClientDisabled _,
                    ClientRemoved _,
                    ClientScopeWithdrawn _,
                    ClientAudienceWithdrawn _ ->
                    Optional.empty();
        };
    }

    private Optional<String> issuer(TrustedIssuer entry) {
        if (entry.issuer().equals(ownIssuer)) {
            return Optional.of(
                    "`"
                            + ownIssuer
                            + "` is what this log issues as and cannot be trusted as another issuer");
        }
        Optional<String> taken =
                aliases.other(entry.alias(), entry.issuer())
                        .map(
                                other ->
                                        "the alias `"
                                                + entry.alias()
                                                + "` belongs to the issuer `"
                                                + other
                                                + "` for good")
                        .or(
                                () ->
                                        entry.primary()
                                                ? primary.other(true, entry.issuer())
                                                        .map(
                                                                other ->
                                                                        "the issuer `"
                                                                                + other
                                                                                + "` is the primary one for good")
                                                : Optional.empty());
        if (taken.isPresent()) {
            return taken;
        }
        Set<AudienceId> held =
                Optional.ofNullable(remaining.issuers().get(entry.issuer()))
                        .flatMap(row -> row.entry().audiences())
                        .orElseGet(TreeSet::new);
        return entry.audiences().stream()
                .flatMap(named -> named.stream())
                .filter(audience -> !held.contains(audience))
                .flatMap(audience -> noAudience(audience).stream())
                .findFirst();
    }

    private Optional<String> audience(Audience entry) {
        return namesOf(entry).stream()
                .flatMap(name -> notItsName(entry.id(), name).stream())
                .findFirst();
    }

    private Optional<String> notItsName(AudienceId audience, String name) {
        String endpoint = ownIssuer.value().replaceAll("/+$", "") + "/token-exchange";
        if (name.equals(ownIssuer.value()) || name.equals(endpoint)) {
            return Optional.of("`" + name + "` is Narrows itself and names no audience");
        }
        return audienceNames
                .other(name, audience)
                .map(other -> "`" + name + "` names the audience `" + other + "` already")
                .or(
                        () ->
                                clientNames
                                        .first(name)
                                        .map(
                                                client ->
                                                        "`"
                                                                + name
                                                                + "` names the client `"
                                                                + client
                                                                + "`, so no audience"));
    }

    private Optional<String> client(Client entry) {
        Optional<ClientRow> former = Optional.ofNullable(remaining.clients().get(entry.id()));
        return noAudience(entry.audience())
                .or(
                        () ->
                                namesOf(entry).stream()
                                        .flatMap(
                                                name ->
                                                        audienceNames
                                                                .first(name)
                                                                .map(
                                                                        audience ->
                                                                                "`"
                                                                                        + name
                                                                                        + "` names the audience `"
                                                                                        + audience
                                                                                        + "`, so no client")
                                                                .stream())
                                        .findFirst())
                .or(
                        () ->
                                entry.knownAs().keySet().stream()
                                        .filter(
                                                issuer ->
                                                        former.filter(
                                                                        row ->
                                                                                row.entry()
                                                                                        .knownAs()
                                                                                        .containsKey(
                                                                                                issuer))
                                                                .isEmpty())
                                        .flatMap(issuer -> noIssuer(issuer).stream())
                                        .findFirst())
                .or(
                        () ->
                                entry.authentication() instanceof FederatedJwt federated
                                        ? federated(entry, federated, former)
                                        : Optional.empty());
    }

    private Optional<String> federated(
            Client entry, FederatedJwt federated, Optional<ClientRow> former) {
        boolean held =
                former.filter(
                                row ->
                                        row.entry().authentication() instanceof FederatedJwt had
                                                && had.issuer().equals(federated.issuer()))
                        .isPresent();
        if (!held && noIssuer(federated.issuer()).isPresent()) {
            return noIssuer(federated.issuer());
        }
        return workloads
                .other(new Workload(federated.issuer(), federated.subject()), entry.id())
                .map(
                        other ->
                                "the workload of the client `"
                                        + entry.id()
                                        + "` is registered as the client `"
                                        + other
                                        + "`");
    }

    private Optional<String> rule(Rule entry) {
        return noAudience(entry.match().from())
                .or(() -> noAudience(entry.match().to()))
                .or(() -> intoAdmin(entry))
                .or(() -> ruleClients(entry))
                .or(() -> ruleIssuers(entry))
                .or(
                        () ->
                                switch (entry) {
                                    case Allow allow -> ruleScopes(allow);
                                    case Deny _ -> Optional.empty();
                                });
    }

    private static Optional<String> intoAdmin(Rule entry) {
        if (!Moment.isAdmin(entry.match().to())) {
            return Optional.empty();
        }
        boolean named = entry.match().clients().isPresent() && entry.match().issuers().isPresent();
        boolean narrow =
                switch (entry) {
                    case Allow allow -> allow.maxChainDepth() == 1 && !allow.combinable();
                    case Deny _ -> true;
                };
        return named && narrow
                ? Optional.empty()
                : Optional.of(
                        "the rule `"
                                + entry.id()
                                + "` into `"
                                + Audience.ADMIN
                                + "` must name its clients and issuers, have `maxChainDepth` 1 and not be combinable");
    }

    private Optional<String> ruleClients(Rule entry) {
        Set<ClientId> held =
                former(entry).flatMap(rule -> rule.match().clients()).orElseGet(TreeSet::new);
        return entry.match().clients().stream()
                .flatMap(named -> named.stream())
                .filter(client -> !held.contains(client))
                .flatMap(client -> notAtHome(client, entry.match().from()).stream())
                .findFirst();
    }

    private Optional<String> notAtHome(ClientId client, AudienceId from) {
        ClientRow row = after.clients().get(client);
        if (row == null) {
            return noClient(client);
        }
        return row.entry().audience().equals(from)
                ? Optional.empty()
                : Optional.of("the client `" + client + "` is not at home in `" + from + "`");
    }

    private Optional<String> ruleIssuers(Rule entry) {
        Set<IssuerUrl> held =
                former(entry).flatMap(rule -> rule.match().issuers()).orElseGet(TreeSet::new);
        return entry.match().issuers().stream()
                .flatMap(named -> named.stream())
                .filter(issuer -> !held.contains(issuer))
                .flatMap(issuer -> noIssuer(issuer).stream())
                .findFirst();
    }

    private Optional<String> ruleScopes(Allow entry) {
        return entry.scopes().values().stream()
                .flatMap(Scopes::stream)
                .flatMap(scope -> notOf(scope, entry.match().to()).stream())
                .findFirst();
    }

    private Optional<String> notOf(ScopeName name, AudienceId target) {
        ScopeRow scope = after.scopes().get(name);
        if (scope == null) {
            return Optional.of("there is no scope `" + name + "`");
        }
        return scope.entry().isOf(target)
                ? Optional.empty()
                : Optional.of(
                        "the scope `" + name + "` is not one of the audience `" + target + "`");
    }

    private Optional<Rule> former(Rule entry) {
        return Optional.ofNullable(remaining.rules().get(entry.id())).map(RuleRow::entry);
    }

    private Optional<String> noAudience(AudienceId audience) {
        return after.audiences().containsKey(audience)
                ? Optional.empty()
                : Optional.of("there is no audience `" + audience + "`");
    }

    private Optional<String> noClient(ClientId client) {
        return after.clients().containsKey(client)
                ? Optional.empty()
                : Optional.of("there is no client `" + client + "`");
    }

    private Optional<String> noIssuer(IssuerUrl issuer) {
        return after.issuers().containsKey(issuer)
                ? Optional.empty()
                : Optional.of("the issuer `" + issuer + "` is not trusted");
    }

    private static Set<String> namesOf(Audience entry) {
        Set<String> names = new TreeSet<>();
        names.add(entry.id().value());
        names.add(entry.tokenAudience());
        entry.formerTokenAudiences().forEach(former -> names.add(former.value()));
        return names;
    }

    private static Set<String> namesOf(Client entry) {
        Set<String> names = new TreeSet<>(entry.knownAs().values());
        names.add(entry.id().value());
        return names;
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.narrows.events.decision.Exchange.Target;
import org.narrows.events.policy.Audience;
import org.narrows.events.policy.ClientAuthentication.FederatedJwt;
import org.narrows.events.policy.Rule;
import org.narrows.events.policy.Rule.Allow;
import org.narrows.events.policy.Rule.Deny;
import org.narrows.events.policy.ScopeDefinition.ScopeKind;
import org.narrows.events.state.Policy;
import org.narrows.events.state.Row.AliasRow;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.state.Row.ClaimRow;
import org.narrows.events.state.Row.ClientRow;
import org.narrows.events.state.Row.GapRow;
import org.narrows.events.state.Row.IssuerRow;
import org.narrows.events.state.Row.RuleRow;
import org.narrows.events.state.Row.ScopeRow;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;

/**
 * The policy of one seq with the indexes that a decision looks things up by. Immutable; built once
 * for each seq at which the policy changed.
 */
public final class CompiledPolicy {
    private final Policy policy;
    private final IssuerUrl ownIssuer;
    private final Map<IssuerUrl, IssuerRow> issuers;
    private final Map<IssuerUrl, AliasRow> aliases = new HashMap<>();
    private final Map<String, IssuerUrl> issuersByAlias = new HashMap<>();
    private final Optional<IssuerUrl> primaryIssuer;
    private final Map<AudienceId, AudienceRow> audiences;
    private final Map<String, AudienceRow> audiencesByName = new HashMap<>();
    private final Map<String, AudienceRow> audiencesByResource = new HashMap<>();
    private final Map<String, AudienceRow> audiencesByTokenAudience = new HashMap<>();
    private final Map<ScopeName, ScopeRow> scopes;
    private final Set<String> sharedClaims = new HashSet<>();
    private final Map<AudienceId, Set<String>> claims = new HashMap<>();
    private final Map<ClientId, ClientRow> clients;
    private final Map<User, ClientRow> workloads = new HashMap<>();
    private final Map<ClientId, Requester> requesters = new HashMap<>();
    private final Map<RuleId, RuleRow> rules;
    private final Map<AudienceId, Map<AudienceId, Rules>> rulesBetween = new HashMap<>();
    private final Suspensions suspensions;

    private CompiledPolicy(Policy policy, IssuerUrl ownIssuer) {
        this.policy = policy;
        this.ownIssuer = ownIssuer;
        issuers = Map.copyOf(policy.issuers());
        Optional<IssuerUrl> primary = Optional.empty();
        for (AliasRow row : policy.aliases().values()) {
            aliases.put(row.issuer(), row);
            issuersByAlias.put(row.alias().value(), row.issuer());
            if (row.primary()) {
                primary = Optional.of(row.issuer());
            }
        }
        primaryIssuer = primary;
        audiences = Map.copyOf(policy.audiences());
        audiences.values().forEach(this::name);
        scopes = Map.copyOf(policy.scopes());
        policy.claims().values().forEach(this::declare);
        clients = Map.copyOf(policy.clients());
        clients.values().forEach(this::register);
        rules = Map.copyOf(policy.rules());
        policy.rules().values().forEach(this::index);
        suspensions = Suspensions.of(policy.quarantine().values());
    }

    /**
     * Builds the indexes.
     *
     * @param ownIssuer what Narrows itself issues as
     */
    public static CompiledPolicy of(Policy policy, IssuerUrl ownIssuer) {
        return new CompiledPolicy(policy, ownIssuer);
    }

    private void name(AudienceRow row) {
        Audience entry = row.entry();
        audiencesByTokenAudience.put(entry.tokenAudience(), row);
        for (String name : List.of(entry.id().value(), entry.tokenAudience())) {
            audiencesByName.put(name, row);
            if (isResource(name)) {
                audiencesByResource.put(name, row);
            }
        }
    }

    /** Whether this is a `resource` (RFC 8707 §2): an absolute URI without fragment. */
    public static boolean isResource(String name) {
        try {
            URI uri = new URI(name);
            return uri.isAbsolute() && uri.getRawFragment() == null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private void declare(ClaimRow row) {
        row.entry()
                .audience()
                .map(audience -> claims.computeIfAbsent(audience, _ -> new HashSet<>()))
                .orElse(sharedClaims)
                .add(row.entry().claim());
    }

    private void register(ClientRow client) {
        if (client.entry().authentication()
                instanceof FederatedJwt(IssuerUrl issuer, String subject, var _)) {
            workloads.put(new User(issuer, subject), client);
        }
        AudienceRow home = audiences.get(client.entry().audience());
        if (home == null) {
            return; // a client whose home is gone is none
        }
        Map<AudienceId, Cap> caps = new HashMap<>();
        for (AudienceId target : client.audiences().keySet()) {
            caps.put(target, capOf(client, target));
        }
        requesters.put(client.entry().id(), new Requester(client, home, Map.copyOf(caps)));
    }

    private void index(RuleRow row) {
        Rule rule = row.entry();
        Rules between =
                rulesBetween
                        .computeIfAbsent(rule.match().from(), _ -> new HashMap<>())
                        .computeIfAbsent(rule.match().to(), _ -> new Rules());
        switch (rule) {
            case Allow allow -> between.allow.add(allow);
            case Deny deny -> between.deny.add(deny);
        }
    }

    public Policy policy() {
        return policy;
    }

    public IssuerUrl ownIssuer() {
        return ownIssuer;
    }

    /** A trusted issuer. */
    public Optional<IssuerRow> issuer(IssuerUrl issuer) {
        return Optional.ofNullable(issuers.get(issuer));
    }

    public Optional<AudienceRow> audience(AudienceId id) {
        return Optional.ofNullable(audiences.get(id));
    }

    /** The audience whose tokens carry this as their `aud`; former values count no more here. */
    public Optional<AudienceRow> audienceOfTokens(String tokenAudience) {
        return Optional.ofNullable(audiencesByTokenAudience.get(tokenAudience));
    }

    /** The audience that a request names: by `audience`, or by `resource` (RFC 8707 §2). */
    public Optional<AudienceRow> named(Target target) {
        return Optional.ofNullable(
                switch (target.parameter()) {
                    case AUDIENCE -> audiencesByName.get(target.value());
                    case RESOURCE -> audiencesByResource.get(target.value());
                });
    }

    /** Whether tokens that carry these `aud` values are for this audience, now. */
    public static boolean isAudienceOf(Audience audience, Collection<String> aud, Instant now) {
        if (aud.contains(audience.tokenAudience())) {
            return true;
        }
        for (Audience.FormerTokenAudience former : audience.formerTokenAudiences()) {
            if (now.isBefore(former.until()) && aud.contains(former.value())) {
                return true;
            }
        }
        return false;
    }

    public Optional<ScopeRow> scope(ScopeName scope) {
        return Optional.ofNullable(scopes.get(scope));
    }

    /** Whether tokens for the audience may carry the claim. */
    public boolean declares(String claim, AudienceId audience) {
        return sharedClaims.contains(claim)
                || claims.getOrDefault(audience, Set.of()).contains(claim);
    }

    /** A registered client, enabled or not. */
    public Optional<ClientRow> client(ClientId id) {
        return Optional.ofNullable(clients.get(id));
    }

    /**
     * The client, enabled or not, that is this workload at its issuer; none while the issuer is not
     * trusted, or held still by a malformed record.
     */
    public Optional<ClientRow> workload(User workload) {
        IssuerUrl issuer = workload.issuer();
        return issuers.containsKey(issuer) && suspensions.issuer(issuer).isEmpty()
                ? Optional.ofNullable(workloads.get(workload))
                : Optional.empty();
    }

    public Optional<RuleRow> rule(RuleId id) {
        return Optional.ofNullable(rules.get(id));
    }

    /** The `sub` of this user in issued tokens; empty for an issuer that was never trusted. */
    public Optional<String> nameOf(User user) {
        AliasRow alias = aliases.get(user.issuer());
        if (alias == null) {
            return Optional.empty();
        }
        return Optional.of(
                alias.primary() && user.subject().indexOf('|') < 0
                        ? user.subject()
                        : alias.alias().value() + '|' + user.subject());
    }

    /** Reads {@link #nameOf} back; empty when the text names nobody. */
    public Optional<User> userNamed(String name) {
        int bar = name.indexOf('|');
        Optional<IssuerUrl> issuer =
                bar < 0
                        ? primaryIssuer
                        : Optional.ofNullable(issuersByAlias.get(name.substring(0, bar)));
        String subject = name.substring(bar + 1);
        return issuer.isEmpty() || subject.isEmpty()
                ? Optional.empty()
                : Optional.of(new User(issuer.get(), subject));
    }

    /** The token's id in a `lineage`; empty for an issuer that was never trusted. */
    public Optional<String> lineageIdOf(TokenRef token) {
        if (token.issuer().equals(ownIssuer)) {
            return Optional.of(token.tokenId());
        }
        AliasRow alias = aliases.get(token.issuer());
        return alias == null
                ? Optional.empty()
                : Optional.of(alias.alias().value() + '|' + token.tokenId());
    }

    /** Reads {@link #lineageIdOf} back; empty when the text names no token. */
    public Optional<TokenRef> tokenOf(String lineageId) {
        int bar = lineageId.indexOf('|');
        IssuerUrl issuer = bar < 0 ? ownIssuer : issuersByAlias.get(lineageId.substring(0, bar));
        String tokenId = lineageId.substring(bar + 1);
        return issuer == null || tokenId.isEmpty()
                ? Optional.empty()
                : Optional.of(new TokenRef(issuer, tokenId));
    }

    /** Whether the seq was lost in a restore: what it said is not known. */
    public boolean isLost(long seq) {
        for (GapRow gap : policy.gaps()) {
            if (gap.first() <= seq && seq <= gap.last()) {
                return true;
            }
        }
        return false;
    }

    /** A client that may ask: registered, enabled, at home in an audience that exists. */
    Optional<Requester> requester(ClientId id) {
        Requester requester = requesters.get(id);
        return requester == null || requester.client().enabledSince().isEmpty()
                ? Optional.empty()
                : Optional.of(requester);
    }

    /** The rules from one audience to another that name the client. */
    Rules.Naming rules(AudienceId from, AudienceId to, ClientId client) {
        Map<AudienceId, Rules> byTarget = rulesBetween.get(from);
        Rules between = byTarget == null ? null : byTarget.get(to);
        return between == null ? Rules.Naming.NONE : between.naming(client);
    }

    Suspensions suspensions() {
        return suspensions;
    }

    /** What the client may have at the target at most. */
    Cap capOf(ClientRow client, AudienceId target) {
        List<ScopeName> users = new ArrayList<>();
        List<ScopeName> clientSubjects = new ArrayList<>();
        List<ScopeName> consentable = new ArrayList<>();
        for (ScopeName name : client.scopes().keySet()) {
            ScopeRow scope = scopes.get(name);
            if (scope == null || !scope.entry().isOf(target)) {
                continue;
            }
            ScopeKind kind = scope.entry().kind();
            if (kind != ScopeKind.CLIENT) {
                users.add(name);
            }
            if (kind != ScopeKind.CONSENTABLE) {
                clientSubjects.add(name);
            } else {
                consentable.add(name);
            }
        }
        return new Cap(Scopes.of(users), Scopes.of(clientSubjects), Scopes.of(consentable));
    }

    /**
     * A client with its caps per target.
     *
     * @param caps of every target that it may ask for
     */
    record Requester(ClientRow client, AudienceRow home, Map<AudienceId, Cap> caps) {}

    /**
     * The scopes that a client may have at one target, before rule and consent.
     *
     * @param users for subjects that are users
     * @param clientSubjects for subjects that are clients
     * @param consentable which of {@code users} need consent
     */
    record Cap(Scopes users, Scopes clientSubjects, Scopes consentable) {}

    /** The rules between two audiences, those that name clients found by client. */
    static final class Rules {
        private final Group<Allow> allow = new Group<>();
        private final Group<Deny> deny = new Group<>();

        Naming naming(ClientId client) {
            return new Naming(
                    allow.byClient.getOrDefault(client, List.of()),
                    allow.anyClient,
                    deny.byClient.getOrDefault(client, List.of()),
                    deny.anyClient);
        }

        private static final class Group<R extends Rule> {
            private final Map<ClientId, List<R>> byClient = new HashMap<>();
            private final List<R> anyClient = new ArrayList<>();

            void add(R rule) {
                if (rule.match().clients().isEmpty()) {
                    anyClient.add(rule);
                } else {
                    for (ClientId client : rule.match().clients().get()) {
                        byClient.computeIfAbsent(client, _ -> new ArrayList<>()).add(rule);
                    }
                }
            }
        }

        /** Those of the rules that are about one client: by its name, or about every client. */
        record Naming(
                List<Allow> allowNamed,
                List<Allow> allowAny,
                List<Deny> denyNamed,
                List<Deny> denyAny) {
            static final Naming NONE = new Naming(List.of(), List.of(), List.of(), List.of());
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.narrows.events.policy.Algorithm;
import org.narrows.events.policy.Audience;
import org.narrows.events.policy.Client;
import org.narrows.events.policy.ClientAuthentication;
import org.narrows.events.policy.ClientAuthentication.ClientSecret;
import org.narrows.events.policy.ClientAuthentication.FederatedJwt;
import org.narrows.events.policy.ClientTokens;
import org.narrows.events.policy.KeySource;
import org.narrows.events.policy.Rule;
import org.narrows.events.policy.ScopeDefinition;
import org.narrows.events.policy.ScopeDefinition.ScopeKind;
import org.narrows.events.policy.SubjectTokenType;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.value.Alias;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.Scopes;

/** Policy entries with everything at its default that a test does not speak of. */
public final class Entries {
    private Entries() {}

    public static TrustedIssuer issuer(
            String url, String alias, boolean primary, String... audiences) {
        return new TrustedIssuer(
                new IssuerUrl(url),
                new Alias(alias),
                primary,
                new KeySource.Remote(URI.create(url + "/keys")),
                new TreeSet<>(Algorithm.DEFAULT),
                new TreeSet<>(List.of(SubjectTokenType.ACCESS_TOKEN)),
                new TreeSet<>(TrustedIssuer.DEFAULT_REQUIRE_TYPE),
                audiences.length == 0
                        ? Optional.empty()
                        : Optional.of(
                                new TreeSet<>(
                                        Arrays.stream(audiences).map(AudienceId::new).toList())),
                TrustedIssuer.DEFAULT_SCOPES_FROM,
                new ClientTokens.Never());
    }

    public static Audience audience(String id) {
        return audience(id, id, true, true);
    }

    public static Audience audience(
            String id, String tokenAudience, boolean signUp, boolean invitation) {
        return new Audience(
                new AudienceId(id),
                tokenAudience,
                List.of(),
                Optional.empty(),
                signUp,
                invitation,
                Audience.DEFAULT_MAX_LIFETIME,
                Optional.empty(),
                Audience.BindingRequirement.NONE,
                new TreeSet<>());
    }

    public static ScopeDefinition scope(String scope, String audience, ScopeKind kind) {
        return new ScopeDefinition(
                new ScopeName(scope),
                audience.isEmpty() ? Optional.empty() : Optional.of(new AudienceId(audience)),
                kind,
                Optional.of("Name of " + scope),
                Optional.of("What " + scope + " means"));
    }

    public static Client client(String id, String home) {
        return client(id, home, new ClientSecret(new TreeSet<>(List.of("sha256:" + id))));
    }

    public static Client federated(String id, String home, String issuer, String subject) {
        return client(
                id, home, new FederatedJwt(new IssuerUrl(issuer), subject, Duration.ofHours(1)));
    }

    public static Client client(String id, String home, ClientAuthentication authentication) {
        return new Client(
                new ClientId(id),
                new AudienceId(home),
                authentication,
                new TreeMap<>(),
                Client.ExcessScope.REFUSE);
    }

    public static Client knownAs(Client client, String issuer, String name) {
        SortedMap<IssuerUrl, String> names = new TreeMap<>(client.knownAs());
        names.put(new IssuerUrl(issuer), name);
        return new Client(
                client.id(),
                client.audience(),
                client.authentication(),
                names,
                client.onExcessScope());
    }

    /**
     * An allow rule for every client of {@code from}; scopes as {@code left: right right, left:
     * right}.
     */
    public static Rule.Allow allow(String id, String from, String to, String scopes) {
        return new Rule.Allow(
                new RuleId(id),
                match(from, to, false),
                map(scopes),
                Optional.empty(),
                1,
                false,
                false);
    }

    public static Rule.Deny deny(String id, String from, String to) {
        return new Rule.Deny(new RuleId(id), match(from, to, true));
    }

    private static SortedMap<ScopeName, Scopes> map(String scopes) {
        SortedMap<ScopeName, Scopes> map = new TreeMap<>();
        for (String entry : scopes.isEmpty() ? new String[0] : scopes.split(", ", -1)) {
            String[] sides = entry.split(": ", -1);
            map.put(new ScopeName(sides[0]), Scopes.parse(sides[1]));
        }
        return map;
    }

    private static Rule.Match match(String from, String to, boolean everything) {
        return new Rule.Match(
                new AudienceId(from),
                new AudienceId(to),
                Optional.empty(),
                Optional.empty(),
                new TreeSet<>(
                        everything
                                ? List.of(Rule.Mode.values())
                                : List.of(Rule.Mode.IMPERSONATION)),
                new TreeSet<>(
                        everything
                                ? List.of(Rule.ActorKind.values())
                                : List.of(Rule.ActorKind.CLIENT)),
                Optional.empty(),
                Optional.empty(),
                Rule.Conditions.NONE);
    }

    /** The rule for these clients only. */
    public static Rule forClients(Rule rule, String... clients) {
        return with(
                rule,
                Optional.of(Arrays.stream(clients).map(ClientId::new).toList()),
                issuersOf(rule));
    }

    /** The rule for these issuers only. */
    public static Rule forIssuers(Rule rule, String... issuers) {
        return with(
                rule,
                rule.match().clients().map(List::copyOf),
                Optional.of(Arrays.stream(issuers).map(IssuerUrl::new).toList()));
    }

    private static Optional<List<IssuerUrl>> issuersOf(Rule rule) {
        return rule.match().issuers().map(List::copyOf);
    }

    private static Rule with(
            Rule rule, Optional<List<ClientId>> clients, Optional<List<IssuerUrl>> issuers) {
        Rule.Match old = rule.match();
        Rule.Match match =
                new Rule.Match(
                        old.from(),
                        old.to(),
                        clients.map(TreeSet::new),
                        issuers.map(TreeSet::new),
                        old.modes(),
                        old.actors(),
                        old.notBefore(),
                        old.notAfter(),
                        old.conditions());
        return switch (rule) {
            case Rule.Allow allow ->
                    new Rule.Allow(
                            allow.id(),
                            match,
                            allow.scopes(),
                            allow.maxLifetime(),
                            allow.maxChainDepth(),
                            allow.rebind(),
                            allow.combinable());
            case Rule.Deny deny -> new Rule.Deny(deny.id(), match);
        };
    }
}

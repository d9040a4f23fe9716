// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.narrows.events.decision.CompiledPolicy;
import org.narrows.events.policy.Audience;
import org.narrows.events.policy.Audience.FormerTokenAudience;
import org.narrows.events.policy.ClaimDefinition;
import org.narrows.events.policy.Client;
import org.narrows.events.policy.ClientAuthentication.ClientSecret;
import org.narrows.events.policy.ClientAuthentication.FederatedJwt;
import org.narrows.events.policy.ClientTokens;
import org.narrows.events.policy.Rule;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.policy.Rule.Allow;
import org.narrows.events.policy.Rule.Conditions;
import org.narrows.events.policy.Rule.Deny;
import org.narrows.events.policy.Rule.Match;
import org.narrows.events.policy.Rule.Mode;
import org.narrows.events.policy.ScopeDefinition;
import org.narrows.events.policy.ScopeDefinition.ScopeKind;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.Hash;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.Scopes;
import org.narrows.projector.cli.Hint.Check;

/**
 * Looks at a whole policy for what is valid and looks like a mistake. Pure. Whatever it says is so
 * for every exchange that there could be; where it cannot know that, it says nothing.
 */
final class PolicyLint {
    /** Rules that end within this time are told. */
    static final Duration SOON = Duration.ofDays(30);

    /** More clients than these rarely are one application in the eyes of a user. */
    static final int MANY_CLIENTS = 20;

    /** Secrets that are tried first by whoever guesses. */
    private static final List<String> COMMON_SECRETS =
            List.of(
                    "",
                    "secret",
                    "Secret",
                    "SECRET",
                    "secret1",
                    "secret123",
                    "s3cret",
                    "s3cr3t",
                    "client-secret",
                    "client_secret",
                    "clientSecret",
                    "clientsecret",
                    "my-secret",
                    "mysecret",
                    "topsecret",
                    "password",
                    "Password",
                    "password1",
                    "password123",
                    "passw0rd",
                    "P@ssw0rd",
                    "pass",
                    "admin",
                    "admin123",
                    "root",
                    "test",
                    "test123",
                    "testing",
                    "demo",
                    "example",
                    "changeme",
                    "change-me",
                    "changeit",
                    "changethis",
                    "default",
                    "letmein",
                    "welcome",
                    "qwerty",
                    "abc123",
                    "1234",
                    "12345",
                    "123456",
                    "12345678",
                    "123456789",
                    "1234567890",
                    "111111",
                    "000000",
                    "foo",
                    "bar",
                    "foobar",
                    "hello",
                    "null",
                    "none",
                    "undefined",
                    "todo",
                    "TODO",
                    "xxx");

    private final Instant now;
    private final List<Hint> hints = new ArrayList<>();
    private final SortedMap<IssuerUrl, TrustedIssuer> issuers = new TreeMap<>();
    private final SortedMap<AudienceId, Audience> audiences = new TreeMap<>();
    private final SortedMap<ScopeName, ScopeDefinition> scopes = new TreeMap<>();
    private final SortedMap<ClientId, WholeEntry> clients = new TreeMap<>();
    private final List<Allow> allows = new ArrayList<>();
    private final Map<Road, OnRoad<Allow>> allowsOf = new HashMap<>();
    private final Map<Road, OnRoad<Deny>> deniesOf = new HashMap<>();
    private final Set<String> commonSecrets = new HashSet<>();

    /** How many clients ask for what users consent to, by audience. */
    private final Map<AudienceId, Integer> consenting = new HashMap<>();

    private PolicyLint(Collection<WholeEntry> policy, Instant now) {
        this.now = now;
        COMMON_SECRETS.forEach(secret -> commonSecrets.add(hashOf(secret)));
        for (WholeEntry entry : policy) {
            switch (entry.entry()) {
                case TrustedIssuer issuer -> issuers.put(issuer.issuer(), issuer);
                case Audience audience -> audiences.put(audience.id(), audience);
                case ScopeDefinition scope -> scopes.put(scope.scope(), scope);
                case ClaimDefinition _ -> {}
                case Client client -> clients.put(client.id(), entry);
                case Allow allow -> {
                    allows.add(allow);
                    allowsOf.computeIfAbsent(Road.of(allow), _ -> new OnRoad<>()).add(allow);
                }
                case Deny deny ->
                        deniesOf.computeIfAbsent(Road.of(deny), _ -> new OnRoad<>()).add(deny);
            }
        }
    }

    /** From where to where a rule leads. */
    private record Road(AudienceId from, AudienceId to) {
        static Road of(Rule rule) {
            return new Road(rule.match().from(), rule.match().to());
        }
    }

    /** The rules of one road, found by the clients that they are for: there may be thousands. */
    private static final class OnRoad<R extends Rule> {
        private final List<R> all = new ArrayList<>();
        private final List<R> forAnybody = new ArrayList<>();
        private final Map<ClientId, List<R>> byClient = new HashMap<>();

        void add(R rule) {
            all.add(rule);
            if (rule.match().clients().isEmpty()) {
                forAnybody.add(rule);
            }
            rule.match()
                    .clients()
                    .ifPresent(
                            named ->
                                    named.forEach(
                                            client ->
                                                    byClient.computeIfAbsent(
                                                                    client, _ -> new ArrayList<>())
                                                            .add(rule)));
        }

        /** Those that are for a client. */
        Stream<R> of(ClientId client) {
            return Stream.concat(
                    forAnybody.stream(), byClient.getOrDefault(client, List.of()).stream());
        }

        /** Those that may be for all that a rule is for: one of them is for its first client. */
        Stream<R> asWideAs(Rule rule) {
            return rule.match().clients().isPresent()
                    ? of(rule.match().clients().get().first())
                    : forAnybody.stream();
        }
    }

    /**
     * Looks at a policy.
     *
     * @param policy all of it, whole: what is not in it is not there
     * @param now when the policy is, or will be, in force
     */
    static List<Hint> hints(Collection<WholeEntry> policy, Instant now) {
        PolicyLint lint = new PolicyLint(policy, now);
        lint.rules();
        lint.reach();
        lint.clients.values().forEach(lint::client);
        lint.audiences.values().forEach(lint::audience);
        lint.issuers.values().forEach(lint::issuer);
        return List.copyOf(lint.hints);
    }

    private void hint(
            Check check, org.narrows.events.policy.Entry entry, String member, String sentence) {
        hints.add(new Hint(check, EntryName.of(entry), member, sentence));
    }

    // Rules beside each other

    private void rules() {
        deniesOf.values().forEach(denies -> denies.all.forEach(this::expiry));
        allows.forEach(this::expiry);
        for (Allow allow : allows) {
            if (!isOver(allow.match())) {
                deniesOf.getOrDefault(Road.of(allow), new OnRoad<>())
                        .asWideAs(allow)
                        .filter(deny -> beats(deny, allow))
                        .findFirst()
                        .ifPresent(deny -> shadowed(allow, deny));
                allowsOf.getOrDefault(Road.of(allow), new OnRoad<>())
                        .asWideAs(allow)
                        .filter(other -> makesNeedless(other, allow))
                        .findFirst()
                        .ifPresent(other -> covered(allow, other));
            }
        }
    }

    private void shadowed(Allow allow, Deny deny) {
        hint(
                Check.SHADOWED_RULE,
                allow,
                "",
                "the rule `" + deny.id() + "` denies everything that this one allows");
    }

    private void covered(Allow allow, Allow other) {
        hint(
                Check.COVERED_RULE,
                allow,
                "",
                "the rule `" + other.id() + "` allows everything that this one does");
    }

    private void expiry(Rule rule) {
        Optional<Instant> notAfter = rule.match().notAfter();
        if (notAfter.isPresent() && isOver(rule.match())) {
            hint(
                    Check.EXPIRING_RULE,
                    rule,
                    ".notAfter",
                    "it " + effect(rule) + " nothing any more since " + notAfter.get());
        } else if (notAfter.isPresent() && !notAfter.get().isAfter(now.plus(SOON))) {
            hint(
                    Check.EXPIRING_RULE,
                    rule,
                    ".notAfter",
                    "it " + effect(rule) + " nothing any more from " + notAfter.get() + " on");
        }
    }

    private static String effect(Rule rule) {
        return rule instanceof Allow ? "allows" : "denies";
    }

    private boolean isOver(Match match) {
        return match.notAfter().filter(end -> !end.isAfter(now)).isPresent();
    }

    /** Whether the deny rule matches, from now on, whenever the allow rule does. */
    private boolean beats(Deny deny, Allow allow) {
        // Without an actor token a deny rule matches only where it is about every kind of actor.
        return deny.match().actors().size() == ActorKind.values().length
                && isWithin(allow.match(), deny.match());
    }

    /**
     * Whether nothing would change without the one: the other applies whenever it does, and gives
     * at least as much. Of rules that give the same, the one with the first id is taken.
     */
    private boolean makesNeedless(Allow other, Allow one) {
        if (other.id().equals(one.id()) || !gives(other, one)) {
            return false;
        }
        return other.id().compareTo(one.id()) < 0
                || (other.maxLifetime().equals(one.maxLifetime())
                        && other.match().notAfter().equals(one.match().notAfter())
                        && !gives(one, other));
    }

    private boolean gives(Allow more, Allow less) {
        return isWithin(less.match(), more.match())
                && more.maxChainDepth() >= less.maxChainDepth()
                && (more.rebind() || !less.rebind())
                && (more.combinable() || !less.combinable())
                && more.match().actors().containsAll(less.match().actors())
                && less.scopes().entrySet().stream()
                        .allMatch(
                                worth ->
                                        more.scopes()
                                                .getOrDefault(worth.getKey(), Scopes.NONE)
                                                .containsAll(worth.getValue()));
    }

    /** Whether the wider match holds, from now on, wherever the narrower does; actors aside. */
    private boolean isWithin(Match narrow, Match wide) {
        return isWithin(narrow.clients(), wide.clients())
                && isWithin(narrow.issuers(), wide.issuers())
                && wide.modes().containsAll(narrow.modes())
                && (wide.notBefore().isEmpty()
                        || !wide.notBefore().get().isAfter(now)
                        || narrow.notBefore()
                                .filter(begin -> !begin.isBefore(wide.notBefore().get()))
                                .isPresent())
                && (wide.notAfter().isEmpty()
                        || narrow.notAfter()
                                .filter(end -> !end.isAfter(wide.notAfter().get()))
                                .isPresent())
                && isWithin(narrow.conditions(), wide.conditions());
    }

    /** Absent is everything. */
    private static <T> boolean isWithin(
            Optional<SortedSet<T>> narrow, Optional<SortedSet<T>> wide) {
        return wide.isEmpty()
                || (narrow.isPresent()
                        && narrow.get().size() <= wide.get().size()
                        && wide.get().containsAll(narrow.get()));
    }

    private static boolean isWithin(Conditions narrow, Conditions wide) {
        return isWithin(narrow.acr(), wide.acr())
                && isWithin(narrow.amr(), wide.amr())
                && (wide.maxAuthAge().isEmpty()
                        || narrow.maxAuthAge()
                                .filter(age -> age.compareTo(wide.maxAuthAge().get()) <= 0)
                                .isPresent());
    }

    // What can be granted at all

    private void reach() {
        Map<ScopeName, List<Allow>> givers = new HashMap<>();
        Map<RuleId, Scopes> given = new HashMap<>();
        for (Allow allow : allows) {
            Scopes all = allow.scopes().values().stream().reduce(Scopes.NONE, Scopes::or);
            given.put(allow.id(), all);
            all.forEach(scope -> givers.computeIfAbsent(scope, _ -> new ArrayList<>()).add(allow));
        }
        Set<ScopeName> had = new HashSet<>();
        clients.values().forEach(client -> client.scopes().forEach(had::add));
        Set<RuleId> serving = new HashSet<>();
        for (WholeEntry entry : clients.values()) {
            clientReach(entry, givers, given, serving);
        }
        for (Allow allow : allows) {
            if (!serving.contains(allow.id())) {
                hint(
                        Check.UNREACHABLE_RULE,
                        allow,
                        "",
                        "no client that it is for may ask for `"
                                + allow.match().to()
                                + "` and has one of the scopes that it gives");
            }
        }
        for (ScopeDefinition scope : scopes.values()) {
            scopeReach(scope, givers.getOrDefault(scope.scope(), List.of()), had);
        }
    }

    /** Which scopes of the client nobody gives it, and which rules are of use to it. */
    private void clientReach(
            WholeEntry entry,
            Map<ScopeName, List<Allow>> givers,
            Map<RuleId, Scopes> given,
            Set<RuleId> serving) {
        Client client = (Client) entry.entry();
        Set<ScopeName> reached = new HashSet<>();
        for (AudienceId target : entry.audiences()) {
            allowsOf.getOrDefault(new Road(client.audience(), target), new OnRoad<>())
                    .of(client.id())
                    .forEach(
                            allow -> {
                                Scopes gets =
                                        given.getOrDefault(allow.id(), Scopes.NONE)
                                                .and(entry.scopes())
                                                .keep(name -> isOf(name, target));
                                gets.forEach(reached::add);
                                if (!gets.isEmpty()) {
                                    serving.add(allow.id());
                                }
                            });
        }
        if (entry.audiences().isEmpty()) {
            return; // that is a hint of its own
        }
        Scopes missed =
                entry.scopes().keep(name -> !reached.contains(name) && givers.containsKey(name));
        if (!missed.isEmpty()) {
            hint(
                    Check.UNREACHABLE_SCOPE,
                    client,
                    ".scopes",
                    "no rule from `"
                            + client.audience()
                            + "` to any of its `audiences` gives it "
                            + missed.stream()
                                    .map(name -> "`" + name + "`")
                                    .collect(Collectors.joining(", ")));
        }
    }

    private boolean isOf(ScopeName name, AudienceId target) {
        ScopeDefinition scope = scopes.get(name);
        return scope != null && scope.isOf(target);
    }

    private void scopeReach(ScopeDefinition scope, List<Allow> givers, Set<ScopeName> had) {
        if (givers.isEmpty() || !had.contains(scope.scope())) {
            hint(
                    Check.UNREACHABLE_SCOPE,
                    scope,
                    "",
                    givers.isEmpty()
                            ? had.contains(scope.scope())
                                    ? "no rule gives it"
                                    : "no rule gives it and no client may have it"
                            : "no client may have it");
            return;
        }
        switch (scope.kind()) {
            case GRANTABLE -> {}
            case CONSENTABLE ->
                    subjectsOf(
                            scope,
                            givers,
                            issuer -> !(issuer.clients() instanceof ClientTokens.All),
                            "users consent, and the tokens of every issuer that its rules take are about clients");
            case CLIENT ->
                    subjectsOf(
                            scope,
                            givers,
                            issuer -> !(issuer.clients() instanceof ClientTokens.Never),
                            "it is for clients as subjects, and no issuer that its rules take has tokens about clients"
                                    + " (`clients`)");
        }
    }

    private void subjectsOf(
            ScopeDefinition scope,
            List<Allow> givers,
            Predicate<TrustedIssuer> suits,
            String otherwise) {
        List<TrustedIssuer> roots =
                issuers.values().stream()
                        .filter(issuer -> !issuer.subjectTokenTypes().isEmpty())
                        .toList();
        boolean reached =
                roots.stream()
                        .filter(suits)
                        .anyMatch(
                                issuer -> givers.stream().anyMatch(allow -> takes(allow, issuer)));
        if (!roots.isEmpty() && !reached) {
            hint(Check.UNREACHABLE_SCOPE, scope, ".kind", otherwise);
        }
    }

    private static boolean takes(Allow allow, TrustedIssuer issuer) {
        return allow.match().issuers().filter(named -> !named.contains(issuer.issuer())).isEmpty();
    }

    // Entries by themselves

    private void client(WholeEntry entry) {
        Client client = (Client) entry.entry();
        if (client.authentication() instanceof ClientSecret(var hashes)) {
            weakSecret(client, hashes);
        }
        for (AudienceId target : entry.audiences()) {
            if (needsConsent(entry, target)) {
                consenting.merge(target, 1, Integer::sum);
            }
        }
        if (entry.scopes().isEmpty() && !entry.audiences().isEmpty()) {
            hint(
                    Check.IDLE_CLIENT,
                    client,
                    "",
                    "it has `audiences` and no `scopes`: every exchange is refused");
        }
        if (!entry.scopes().isEmpty() && entry.audiences().isEmpty()) {
            hint(
                    Check.IDLE_CLIENT,
                    client,
                    "",
                    "it has `scopes` and no `audiences`: every exchange is refused");
        }
    }

    private void weakSecret(Client client, Set<String> hashes) {
        String id = client.id().value();
        Set<String> guesses = Set.of(hashOf(id), hashOf(id + "-secret"), hashOf(id + "_secret"));
        for (String hash : hashes) {
            if (guesses.contains(hash) || commonSecrets.contains(hash)) {
                // Which one it is would be read by everybody who reads the output of a build.
                hint(
                        Check.WEAK_SECRET,
                        client,
                        ".authentication",
                        "its secret is guessed at once; `narrows new secret` makes a good one");
            }
        }
    }

    private static String hashOf(String secret) {
        return "sha256:" + Hash.sha256(secret.getBytes(StandardCharsets.UTF_8));
    }

    private void audience(Audience audience) {
        if (!CompiledPolicy.isResource(audience.id().value())
                && !CompiledPolicy.isResource(audience.tokenAudience())) {
            hint(
                    Check.AUDIENCE_NO_URI,
                    audience,
                    "",
                    "its name is no absolute URI: an issuer may know another audience by it, and `resource` cannot name"
                            + " it");
        }
        for (int i = 0; i < audience.formerTokenAudiences().size(); i++) {
            FormerTokenAudience former = audience.formerTokenAudiences().get(i);
            if (!former.until().isAfter(now)) {
                hint(
                        Check.PAST_TOKEN_AUDIENCE,
                        audience,
                        ".formerTokenAudiences[" + i + "]",
                        "`"
                                + former.value()
                                + "` is not accepted any more since "
                                + former.until());
            }
        }
        int sharing = consenting.getOrDefault(audience.id(), 0);
        if (sharing > MANY_CLIENTS) {
            hint(
                    Check.WIDELY_SHARED_CONSENT,
                    audience,
                    "",
                    sharing
                            + " clients share what users consent to here: who consents for one consents for all of"
                            + " them, and withdraws from all");
        }
    }

    private boolean needsConsent(WholeEntry client, AudienceId target) {
        return client.scopes().stream()
                .anyMatch(name -> isOf(name, target) && kindOf(name) == ScopeKind.CONSENTABLE);
    }

    private @Nullable ScopeKind kindOf(ScopeName name) {
        ScopeDefinition scope = scopes.get(name);
        return scope == null ? null : scope.kind();
    }

    /** Whom an actor token is of no rule says, so any that may delegate makes use of the issuer. */
    private void issuer(TrustedIssuer issuer) {
        boolean presented =
                !issuer.subjectTokenTypes().isEmpty()
                        && allows.stream()
                                .anyMatch(
                                        allow ->
                                                takes(allow, issuer)
                                                        || allow.match()
                                                                .modes()
                                                                .contains(Mode.DELEGATION));
        boolean authenticates =
                clients.values().stream()
                        .map(entry -> ((Client) entry.entry()).authentication())
                        .anyMatch(
                                one ->
                                        one instanceof FederatedJwt federated
                                                && federated.issuer().equals(issuer.issuer()));
        if (!presented && !authenticates) {
            hint(
                    Check.UNUSED_ISSUER,
                    issuer,
                    "",
                    "no rule takes its tokens, and no client authenticates with them");
        }
    }
}

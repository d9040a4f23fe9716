// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.narrows.events.decision.Decision.Deny;
import org.narrows.events.decision.Decision.Permit;
import org.narrows.events.decision.Exchange.Parameter;
import org.narrows.events.decision.Exchange.Target;
import org.narrows.events.decision.PresentedToken.MayAct;
import org.narrows.events.decision.PresentedToken.Origin;
import org.narrows.events.policy.Algorithm;
import org.narrows.events.policy.Audience;
import org.narrows.events.policy.Audience.BindingRequirement;
import org.narrows.events.policy.Audience.FormerTokenAudience;
import org.narrows.events.policy.ClaimDefinition;
import org.narrows.events.policy.Client;
import org.narrows.events.policy.Client.ExcessScope;
import org.narrows.events.policy.ClientAuthentication.ClientSecret;
import org.narrows.events.policy.ClientTokens;
import org.narrows.events.policy.KeySource;
import org.narrows.events.policy.Rule;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.policy.Rule.Conditions;
import org.narrows.events.policy.Rule.Match;
import org.narrows.events.policy.Rule.Mode;
import org.narrows.events.policy.ScopeDefinition;
import org.narrows.events.policy.ScopeDefinition.ScopeKind;
import org.narrows.events.policy.SubjectTokenType;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.state.Policy;
import org.narrows.events.state.Row;
import org.narrows.events.state.Row.AliasRow;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.state.Row.ClaimRow;
import org.narrows.events.state.Row.ClientRow;
import org.narrows.events.state.Row.ConsentRow;
import org.narrows.events.state.Row.ConsentedScope;
import org.narrows.events.state.Row.GapRow;
import org.narrows.events.state.Row.IssuerRow;
import org.narrows.events.state.Row.MembershipRow;
import org.narrows.events.state.Row.PolicyRow;
import org.narrows.events.state.Row.QuarantineRow;
import org.narrows.events.state.Row.RuleRow;
import org.narrows.events.state.Row.ScopeRow;
import org.narrows.events.state.Row.Standing;
import org.narrows.events.state.Row.SubjectRevocationRow;
import org.narrows.events.state.Row.UserRow;
import org.narrows.events.state.Row.Via;
import org.narrows.events.state.Suspension;
import org.narrows.events.state.UserFacts;
import org.narrows.events.value.Alias;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.Confirmation;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.LogId;
import org.narrows.events.value.Position;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;

/**
 * What the log added up to, written row by row: {@code given(…).when(exchange).thenPermits(…)}. A
 * row written again replaces the one with its key; each is given at the next seq.
 */
final class Given {
    static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
    static final IssuerUrl OURS = new IssuerUrl("https://narrows.example.com");
    static final IssuerUrl LOGIN = new IssuerUrl("https://login.example.com");
    static final IssuerUrl PARTNER = new IssuerUrl("https://partner.example.com");
    static final User ALICE = new User(LOGIN, "alice");
    static final User ROBOT = new User(LOGIN, "robot");
    static final LogId LOG = new LogId("log");

    private final Map<Row.Key, Row> rows = new LinkedHashMap<>();
    private final Set<TokenRef> revoked = new HashSet<>();
    private long seq;
    private Optional<CompiledPolicy> compiled = Optional.empty();
    private long compiledAt;

    static Given nothing() {
        return new Given();
    }

    /** The policy of the README: orders-service swaps for an invoice of alice's. */
    static Given sample() {
        return nothing()
                .issuer(LOGIN, "login", true)
                .audience("orders-api")
                .audience("billing-api")
                .scope("invoice.read", "billing-api", ScopeKind.CONSENTABLE)
                .scope("invoice.list", "billing-api", ScopeKind.GRANTABLE)
                .client("orders-service", "orders-api", "billing-api", "invoice.read invoice.list")
                .rule("orders-to-billing", "orders-api", "billing-api", "orders.read: invoice.read")
                .consent(ALICE, "billing-api", "invoice.read");
    }

    Given copy() {
        Given copy = new Given();
        copy.rows.putAll(rows);
        copy.revoked.addAll(revoked);
        copy.seq = seq;
        return copy;
    }

    long seq() {
        return seq;
    }

    Collection<Row> rows() {
        return rows.values();
    }

    /** Puts a row at the next seq. */
    Given row(java.util.function.LongFunction<? extends Row> row) {
        Row made = row.apply(++seq);
        rows.put(made.key(), made);
        return this;
    }

    /** Puts a row without a new since: as an edit does. */
    Given edit(Row row) {
        seq++;
        rows.put(row.key(), row);
        return this;
    }

    Given remove(Row.Key key) {
        seq++;
        assertThat(rows.remove(key)).as("%s is there", key).isNotNull();
        return this;
    }

    <R extends Row> List<R> all(Class<R> kind) {
        List<R> found = new ArrayList<>();
        for (Row row : rows.values()) {
            if (kind.isInstance(row)) {
                found.add(kind.cast(row));
            }
        }
        return found;
    }

    Given issuer(IssuerUrl issuer, String alias, boolean primary) {
        return issuer(issuer, alias, primary, Optional.empty());
    }

    Given issuer(IssuerUrl issuer, String alias, boolean primary, Optional<String> audiences) {
        Alias name = new Alias(alias);
        rows.putIfAbsent(
                new AliasRow(issuer, name, primary, 0).key(),
                new AliasRow(issuer, name, primary, seq + 1));
        return row(
                since ->
                        new IssuerRow(
                                new TrustedIssuer(
                                        issuer,
                                        name,
                                        primary,
                                        new KeySource.Remote(URI.create(issuer + "/keys")),
                                        new TreeSet<>(Algorithm.DEFAULT),
                                        new TreeSet<>(List.of(SubjectTokenType.values())),
                                        new TreeSet<>(TrustedIssuer.DEFAULT_REQUIRE_TYPE),
                                        audiences.map(
                                                names ->
                                                        set(
                                                                Arrays.stream(names.split(" ", -1))
                                                                        .map(AudienceId::new)
                                                                        .toList())),
                                        TrustedIssuer.DEFAULT_SCOPES_FROM,
                                        new ClientTokens.OwnSubject()),
                                since));
    }

    private static <T extends Comparable<T>> java.util.SortedSet<T> set(Collection<T> values) {
        return new TreeSet<>(values);
    }

    Given audience(String id) {
        return audience(anAudience(id));
    }

    Given audience(AudienceBuilder audience) {
        return row(since -> new AudienceRow(audience.build(), since));
    }

    static AudienceBuilder anAudience(String id) {
        return new AudienceBuilder(id);
    }

    Given scope(String scope, String audience, ScopeKind kind) {
        return row(
                since ->
                        new ScopeRow(
                                new ScopeDefinition(
                                        new ScopeName(scope),
                                        audience.isEmpty()
                                                ? Optional.empty()
                                                : Optional.of(new AudienceId(audience)),
                                        kind,
                                        Optional.of("a name"),
                                        Optional.of("a description")),
                                since));
    }

    Given claim(String claim, String audience) {
        return row(
                since ->
                        new ClaimRow(
                                new ClaimDefinition(
                                        claim,
                                        audience.isEmpty()
                                                ? Optional.empty()
                                                : Optional.of(new AudienceId(audience))),
                                since));
    }

    /** A client that refuses excess scope; audiences and scopes parted by spaces. */
    Given client(String id, String home, String audiences, String scopes) {
        return client(id, home, audiences, scopes, ExcessScope.REFUSE, Map.of());
    }

    Given client(
            String id,
            String home,
            String audiences,
            String scopes,
            ExcessScope onExcess,
            Map<IssuerUrl, String> knownAs) {
        return row(
                since ->
                        new ClientRow(
                                new Client(
                                        new ClientId(id),
                                        new AudienceId(home),
                                        new ClientSecret(new TreeSet<>(Set.of("sha256:x"))),
                                        new TreeMap<>(knownAs),
                                        onExcess),
                                Optional.of(since),
                                each(scopes, ScopeName::new, since),
                                each(audiences, AudienceId::new, since),
                                since));
    }

    private static <K extends Comparable<K>> SortedMap<K, Long> each(
            String names, java.util.function.Function<String, K> name, long since) {
        SortedMap<K, Long> map = new TreeMap<>();
        for (String one : names.split(" ", -1)) {
            if (!one.isEmpty()) {
                map.put(name.apply(one), since);
            }
        }
        return map;
    }

    Given editClient(String id, UnaryOperator<ClientRow> change) {
        ClientRow before = client(id);
        return edit(change.apply(before));
    }

    ClientRow client(String id) {
        for (ClientRow row : all(ClientRow.class)) {
            if (row.entry().id().value().equals(id)) {
                return row;
            }
        }
        throw new AssertionError("no client " + id);
    }

    /** An allow rule with the defaults; the map as {@code a: x y, b: z}. */
    Given rule(String id, String from, String to, String scopes) {
        return rule(allow(id, from, to, scopes));
    }

    Given rule(RuleBuilder rule) {
        return row(since -> new RuleRow(rule.build(), since));
    }

    static RuleBuilder allow(String id, String from, String to, String scopes) {
        return new RuleBuilder(id, from, to, Optional.of(scopes));
    }

    static RuleBuilder deny(String id, String from, String to) {
        return new RuleBuilder(id, from, to, Optional.empty());
    }

    Given consent(User user, String audience, String scopes) {
        AudienceId id = new AudienceId(audience);
        return row(
                since -> {
                    SortedMap<ScopeName, ConsentedScope> given = new TreeMap<>();
                    long began = since;
                    Row before = rows.get(new ConsentRow(user, id, new TreeMap<>(), 0).key());
                    if (before instanceof ConsentRow consent) {
                        given.putAll(consent.scopes());
                        began = consent.since();
                    }
                    for (String scope : scopes.split(" ", -1)) {
                        given.putIfAbsent(
                                new ScopeName(scope),
                                new ConsentedScope(new ClientId("consent-page"), since));
                    }
                    return new ConsentRow(user, id, given, began);
                });
    }

    Given withdraw(User user, String audience) {
        return remove(new ConsentRow(user, new AudienceId(audience), new TreeMap<>(), 0).key());
    }

    Given member(User user, String audience) {
        return member(user, audience, Map.of());
    }

    Given member(User user, String audience, Map<String, String> claims) {
        AudienceId id = new AudienceId(audience);
        return row(
                since -> {
                    Row before = rows.get(membership(user, id, new Standing.Barred(), 0).key());
                    boolean barred =
                            before instanceof MembershipRow row
                                    && row.standing() instanceof Standing.Barred;
                    return membership(
                            user,
                            id,
                            new Standing.Member(
                                    Via.ADMIN,
                                    new TreeMap<>(claims),
                                    barred ? Optional.of(since) : Optional.empty()),
                            since);
                });
    }

    Given bar(User user, String audience) {
        return row(
                since -> membership(user, new AudienceId(audience), new Standing.Barred(), since));
    }

    private static MembershipRow membership(
            User user, AudienceId audience, Standing standing, long since) {
        return new MembershipRow(user, audience, standing, since);
    }

    Given revokeSubject(User user, Instant notBefore) {
        return row(since -> new SubjectRevocationRow(user, notBefore, Optional.empty(), since));
    }

    Given revokeToken(IssuerUrl issuer, String tokenId) {
        seq++;
        revoked.add(new TokenRef(issuer, tokenId));
        return this;
    }

    Given suspend(Suspension... names) {
        return row(since -> new QuarantineRow(List.of(names), since));
    }

    Given lost(long first, long last) {
        return row(since -> new GapRow(first, last, since));
    }

    Given nothingMore(long events) {
        seq += events;
        return this;
    }

    /** The policy rows compiled; once for as long as nothing changes, as a node does. */
    CompiledPolicy policy() {
        if (compiled.isEmpty() || compiledAt != seq) {
            List<PolicyRow> policy = new ArrayList<>();
            for (Row row : rows.values()) {
                if (row instanceof PolicyRow small) {
                    policy.add(small);
                }
            }
            compiled = Optional.of(CompiledPolicy.of(Policy.of(policy), OURS));
            compiledAt = seq;
        }
        return compiled.get();
    }

    /** The snapshot that a node would read for these users and tokens, and no more. */
    PolicySnapshot snapshot(CompiledPolicy policy, Set<User> users, Set<TokenRef> tokens) {
        Map<User, UserFacts> facts = new HashMap<>();
        for (User user : users) {
            List<UserRow> mine = new ArrayList<>();
            for (Row row : rows.values()) {
                if (row instanceof UserRow of && of.user().equals(user)) {
                    mine.add(of);
                }
            }
            facts.put(user, UserFacts.of(user, mine));
        }
        Set<TokenRef> gone = new HashSet<>(revoked);
        gone.retainAll(tokens);
        return new PolicySnapshot(new Position(LOG, seq), policy, facts, gone);
    }

    PolicySnapshot snapshot(Exchange exchange) {
        CompiledPolicy policy = policy();
        return snapshot(
                policy, Decider.usersOf(exchange, policy), Decider.tokensOf(exchange, policy));
    }

    PolicySnapshot snapshot(PresentedToken token) {
        CompiledPolicy policy = policy();
        return snapshot(
                policy,
                TokenActivity.usersOf(token, policy),
                TokenActivity.tokensOf(token, policy));
    }

    List<TokenActivity.Lapse> lapses(PresentedToken token, Instant now) {
        return TokenActivity.lapses(token, snapshot(token), now);
    }

    boolean isActive(PresentedToken token) {
        return lapses(token, NOW).isEmpty();
    }

    Decision decide(Exchange exchange, Instant now) {
        return Decider.decide(exchange, snapshot(exchange), now);
    }

    When when(ExchangeBuilder exchange) {
        return new When(decide(exchange.build(), NOW));
    }

    When when(ExchangeBuilder exchange, Instant now) {
        return new When(decide(exchange.build(), now));
    }

    /** The token that a permit of this exchange would give, presented again. */
    PresentedToken issue(ExchangeBuilder exchange, String jti) {
        return presented(when(exchange).permit().terms(), jti, NOW);
    }

    /** An issued token as a later request presents it. */
    static PresentedToken presented(TokenTerms terms, String jti, Instant issuedAt) {
        return new PresentedToken(
                new TokenRef(OURS, jti),
                new Origin.Own(
                        terms.client().value(),
                        terms.provenance().hops().getLast().seq(),
                        terms.lineage(),
                        terms.provenance()),
                terms.party(),
                terms.kind(),
                false,
                new TreeSet<>(terms.audiences()),
                Optional.empty(),
                terms.scopes(),
                Optional.of(issuedAt),
                terms.expiresAt(),
                terms.actors(),
                Optional.empty(),
                terms.boundTo(),
                terms.authTime(),
                terms.acr(),
                terms.amr(),
                terms.claims());
    }

    /** A decision, to be compared whole. */
    record When(Decision decision) {
        Permit permit() {
            assertThat(decision).isInstanceOf(Permit.class);
            return (Permit) decision;
        }

        void thenDenied(Reason... reasons) {
            assertThat(decision).isEqualTo(new Deny(List.of(reasons)));
        }

        /** The codes of all reasons, each once, in order. */
        void thenDeniedFor(String... codes) {
            assertThat(decision).isInstanceOf(Deny.class);
            assertThat(((Deny) decision).reasons().stream().map(Reason::code).distinct())
                    .as("%s", decision)
                    .containsExactly(codes);
        }

        TokenTerms thenPermits(String scopes) {
            assertThat(decision).as("%s", decision).isInstanceOf(Permit.class);
            assertThat(permit().terms().scopes()).isEqualTo(Scopes.parse(scopes));
            return permit().terms();
        }
    }

    static TokenBuilder token(User party) {
        return new TokenBuilder(party);
    }

    static ExchangeBuilder exchange() {
        return new ExchangeBuilder();
    }

    /** A foreign access token of a user for orders-api, unless told otherwise. */
    static final class TokenBuilder {
        private final User party;
        private String id = "root";
        private ActorKind kind = ActorKind.USER;
        private boolean idToken;
        private Set<String> audiences = Set.of("orders-api");
        private Optional<String> azp = Optional.empty();
        private Scopes scopes = Scopes.of("orders.read");
        private Optional<Instant> issuedAt = Optional.of(NOW.minusSeconds(30));
        private Instant expiresAt = NOW.plus(Duration.ofHours(1));
        private List<String> actors = List.of();
        private Optional<MayAct> mayAct = Optional.empty();
        private Optional<Confirmation> boundTo = Optional.empty();
        private Optional<Instant> authTime = Optional.empty();
        private Optional<String> acr = Optional.empty();
        private Set<String> amr = Set.of();
        private Map<String, String> claims = Map.of();

        private TokenBuilder(User party) {
            this.party = party;
        }

        TokenBuilder id(String value) {
            id = value;
            return this;
        }

        TokenBuilder aboutClient() {
            kind = ActorKind.CLIENT;
            return this;
        }

        TokenBuilder idToken(String... aud) {
            idToken = true;
            audiences = Set.of(aud);
            scopes = Scopes.of("openid");
            return this;
        }

        TokenBuilder audiences(String... aud) {
            audiences = Set.of(aud);
            return this;
        }

        TokenBuilder azp(String value) {
            azp = Optional.of(value);
            return this;
        }

        TokenBuilder scopes(String value) {
            scopes = Scopes.parse(value);
            return this;
        }

        TokenBuilder issuedAt(Optional<Instant> value) {
            issuedAt = value;
            return this;
        }

        TokenBuilder expiresAt(Instant value) {
            expiresAt = value;
            return this;
        }

        TokenBuilder actors(String... names) {
            actors = List.of(names);
            return this;
        }

        TokenBuilder mayAct(Optional<String> issuer, Optional<String> subject, String... others) {
            mayAct = Optional.of(new MayAct(issuer, subject, new TreeSet<>(Set.of(others))));
            return this;
        }

        TokenBuilder boundTo(Confirmation key) {
            boundTo = Optional.of(key);
            return this;
        }

        TokenBuilder authenticated(Instant when, String acrValue, String... amrValues) {
            authTime = Optional.of(when);
            acr = Optional.of(acrValue);
            amr = Set.of(amrValues);
            return this;
        }

        TokenBuilder claims(Map<String, String> values) {
            claims = values;
            return this;
        }

        PresentedToken build() {
            return new PresentedToken(
                    new TokenRef(party.issuer(), id),
                    new Origin.Foreign(party.issuer()),
                    party,
                    kind,
                    idToken,
                    new TreeSet<>(audiences),
                    azp,
                    scopes,
                    issuedAt,
                    expiresAt,
                    actors,
                    mayAct,
                    boundTo,
                    authTime,
                    acr,
                    new TreeSet<>(amr),
                    new TreeMap<>(claims));
        }
    }

    /** orders-service asks for billing-api with alice's token, unless told otherwise. */
    static final class ExchangeBuilder {
        private ClientId client = new ClientId("orders-service");
        private PresentedToken subject = token(ALICE).build();
        private Optional<PresentedToken> actor = Optional.empty();
        private List<Target> targets = List.of(new Target(Parameter.AUDIENCE, "billing-api"));
        private Optional<Scopes> requested = Optional.empty();
        private List<Confirmation> proven = List.of();

        ExchangeBuilder by(String id) {
            client = new ClientId(id);
            return this;
        }

        ExchangeBuilder of(TokenBuilder token) {
            return of(token.build());
        }

        ExchangeBuilder of(PresentedToken token) {
            subject = token;
            return this;
        }

        ExchangeBuilder actor(TokenBuilder token) {
            return actor(token.build());
        }

        ExchangeBuilder actor(PresentedToken token) {
            actor = Optional.of(token);
            return this;
        }

        ExchangeBuilder to(String... audiences) {
            targets =
                    Arrays.stream(audiences)
                            .map(name -> new Target(Parameter.AUDIENCE, name))
                            .toList();
            return this;
        }

        ExchangeBuilder toResource(String resource) {
            List<Target> more = new ArrayList<>(targets);
            more.add(new Target(Parameter.RESOURCE, resource));
            targets = more;
            return this;
        }

        ExchangeBuilder scope(String scopes) {
            requested = Optional.of(Scopes.parse(scopes));
            return this;
        }

        ExchangeBuilder proving(Confirmation... keys) {
            proven = List.of(keys);
            return this;
        }

        Exchange build() {
            return new Exchange(client, subject, actor, targets, requested, proven);
        }
    }

    /** An audience with the defaults. */
    static final class AudienceBuilder {
        private final String id;
        private String tokenAudience;
        private List<FormerTokenAudience> former = List.of();
        private boolean signUp = true;
        private boolean invitations;
        private Duration maxLifetime = Audience.DEFAULT_MAX_LIFETIME;
        private BindingRequirement binding = BindingRequirement.NONE;
        private Set<String> labels = Set.of();

        private AudienceBuilder(String id) {
            this.id = id;
            this.tokenAudience = id;
        }

        AudienceBuilder tokenAudience(String value) {
            tokenAudience = value;
            return this;
        }

        AudienceBuilder former(String value, Instant until) {
            former = List.of(new FormerTokenAudience(value, until));
            return this;
        }

        AudienceBuilder entry(boolean bySignUp, boolean byInvitation) {
            signUp = bySignUp;
            invitations = byInvitation;
            return this;
        }

        AudienceBuilder maxLifetime(Duration value) {
            maxLifetime = value;
            return this;
        }

        AudienceBuilder binding(BindingRequirement value) {
            binding = value;
            return this;
        }

        AudienceBuilder labels(String... values) {
            labels = Set.of(values);
            return this;
        }

        Audience build() {
            return new Audience(
                    new AudienceId(id),
                    tokenAudience,
                    former,
                    Optional.empty(),
                    signUp,
                    invitations,
                    maxLifetime,
                    Optional.empty(),
                    binding,
                    new TreeSet<>(labels));
        }
    }

    /** A rule with the defaults of its effect. */
    static final class RuleBuilder {
        private final RuleId id;
        private final AudienceId from;
        private final AudienceId to;
        private final Optional<String> scopes;
        private Optional<Set<ClientId>> clients = Optional.empty();
        private Optional<Set<IssuerUrl>> issuers = Optional.empty();
        private Set<Mode> modes;
        private Set<ActorKind> actors;
        private Optional<Duration> maxLifetime = Optional.empty();
        private int depth = 1;
        private boolean rebind;
        private boolean combinable;
        private Optional<Instant> notBefore = Optional.empty();
        private Optional<Instant> notAfter = Optional.empty();
        private Conditions conditions = Conditions.NONE;

        private RuleBuilder(String id, String from, String to, Optional<String> scopes) {
            this.id = new RuleId(id);
            this.from = new AudienceId(from);
            this.to = new AudienceId(to);
            this.scopes = scopes;
            this.modes = scopes.isPresent() ? Set.of(Mode.IMPERSONATION) : Set.of(Mode.values());
            this.actors =
                    scopes.isPresent() ? Set.of(ActorKind.CLIENT) : Set.of(ActorKind.values());
        }

        RuleBuilder clients(String... ids) {
            clients = Optional.of(Set.copyOf(Arrays.stream(ids).map(ClientId::new).toList()));
            return this;
        }

        RuleBuilder issuers(IssuerUrl... values) {
            issuers = Optional.of(Set.of(values));
            return this;
        }

        RuleBuilder modes(Mode... values) {
            modes = Set.of(values);
            return this;
        }

        RuleBuilder actors(ActorKind... values) {
            actors = Set.of(values);
            return this;
        }

        RuleBuilder maxLifetime(Duration value) {
            maxLifetime = Optional.of(value);
            return this;
        }

        RuleBuilder depth(int value) {
            depth = value;
            return this;
        }

        RuleBuilder rebind() {
            rebind = true;
            return this;
        }

        RuleBuilder combinable() {
            combinable = true;
            return this;
        }

        RuleBuilder window(Optional<Instant> begins, Optional<Instant> ends) {
            notBefore = begins;
            notAfter = ends;
            return this;
        }

        RuleBuilder conditions(Set<String> acr, Set<String> amr, Optional<Duration> age) {
            conditions =
                    new Conditions(
                            acr.isEmpty() ? Optional.empty() : Optional.of(new TreeSet<>(acr)),
                            amr.isEmpty() ? Optional.empty() : Optional.of(new TreeSet<>(amr)),
                            age);
            return this;
        }

        Rule build() {
            Match match =
                    new Match(
                            from,
                            to,
                            clients.map(TreeSet::new),
                            issuers.map(TreeSet::new),
                            new TreeSet<>(modes),
                            new TreeSet<>(actors),
                            notBefore,
                            notAfter,
                            conditions);
            if (scopes.isEmpty()) {
                return new Rule.Deny(id, match);
            }
            SortedMap<ScopeName, Scopes> map = new TreeMap<>();
            for (String pair : scopes.get().split(", *", -1)) {
                String[] sides = pair.split(": *", -1);
                map.put(new ScopeName(sides[0]), Scopes.parse(sides[1]));
            }
            return new Rule.Allow(id, match, map, maxLifetime, depth, rebind, combinable);
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.events.decision.Given.LOGIN;
import static org.narrows.events.decision.Given.NOW;
import static org.narrows.events.decision.Given.PARTNER;
import static org.narrows.events.decision.Given.allow;
import static org.narrows.events.decision.Given.deny;
import static org.narrows.events.decision.Given.exchange;
import static org.narrows.events.decision.Given.token;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.narrows.events.decision.Decision.Basis;
import org.narrows.events.decision.Decision.Permit;
import org.narrows.events.decision.Given.ExchangeBuilder;
import org.narrows.events.decision.Given.TokenBuilder;
import org.narrows.events.decision.PresentedToken.Origin;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.policy.Rule.Mode;
import org.narrows.events.policy.ScopeDefinition.ScopeKind;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.state.Row.ClientRow;
import org.narrows.events.state.Row.IssuerRow;
import org.narrows.events.state.Row.ScopeRow;
import org.narrows.events.state.Suspension;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.Confirmation;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.User;

/** Who can get a token for an audience, beside what the decision itself says. */
class WhoCanTest {
    private static final int CHAIN = 3;
    private static final int SEEDS = 12;

    private static List<WhoCan.Line> into(String audience, Given given) {
        return WhoCan.into(new AudienceId(audience), given.policy(), NOW);
    }

    private static WhoCan.Line line(String client, String from, String rule, String scopes) {
        return new WhoCan.Line(
                new ClientId(client),
                new AudienceId(from),
                List.of(new RuleId(rule)),
                Scopes.parse(scopes));
    }

    private static final WhoCan.Line ORDERS =
            line("orders-service", "orders-api", "orders-to-billing", "invoice.read");

    @Test
    void a_client_that_a_rule_allows_can_with_the_scopes_that_all_of_them_say() {
        assertThat(into("billing-api", Given.sample())).containsExactly(ORDERS);
        assertThat(into("orders-api", Given.sample())).isEmpty();
    }

    @Test
    void one_that_is_disabled_or_lost_its_target_or_its_scopes_cannot() {
        assertThat(
                        into(
                                "billing-api",
                                Given.sample()
                                        .editClient(
                                                "orders-service",
                                                row ->
                                                        new ClientRow(
                                                                row.entry(),
                                                                Optional.empty(),
                                                                row.scopes(),
                                                                row.audiences(),
                                                                row.since()))))
                .isEmpty();
        assertThat(
                        into(
                                "billing-api",
                                Given.sample()
                                        .client(
                                                "orders-service",
                                                "orders-api",
                                                "",
                                                "invoice.read")))
                .isEmpty();
        assertThat(
                        into(
                                "billing-api",
                                Given.sample()
                                        .client(
                                                "orders-service",
                                                "orders-api",
                                                "billing-api",
                                                "invoice.list")))
                .isEmpty();
    }

    @Test
    void a_rule_outside_its_window_gives_nothing() {
        assertThat(
                        into(
                                "billing-api",
                                Given.sample()
                                        .rule(
                                                allow(
                                                                "orders-to-billing",
                                                                "orders-api",
                                                                "billing-api",
                                                                "orders.read: invoice.read")
                                                        .window(
                                                                Optional.of(NOW.plusSeconds(1)),
                                                                Optional.empty()))))
                .isEmpty();
    }

    @Test
    void a_denial_of_everything_leaves_a_client_out_and_one_of_some_does_not() {
        assertThat(
                        into(
                                "billing-api",
                                Given.sample().rule(deny("no", "orders-api", "billing-api"))))
                .isEmpty();
        assertThat(
                        into(
                                "billing-api",
                                Given.sample()
                                        .rule(
                                                deny("no", "orders-api", "billing-api")
                                                        .issuers(LOGIN))))
                .isEmpty();
        assertThat(
                        into(
                                "billing-api",
                                Given.sample()
                                        .issuer(PARTNER, "partner", false)
                                        .rule(
                                                deny("no", "orders-api", "billing-api")
                                                        .issuers(LOGIN))))
                .containsExactly(ORDERS);
        assertThat(
                        into(
                                "billing-api",
                                Given.sample()
                                        .rule(
                                                deny("no", "orders-api", "billing-api")
                                                        .modes(Mode.DELEGATION))))
                .containsExactly(ORDERS);
        assertThat(
                        into(
                                "billing-api",
                                Given.sample()
                                        .rule(
                                                deny("no", "orders-api", "billing-api")
                                                        .conditions(
                                                                Set.of(),
                                                                Set.of("pwd"),
                                                                Optional.empty()))))
                .containsExactly(ORDERS);
    }

    @Test
    void a_denial_whose_conditions_every_permitted_token_meets_leaves_it_out() {
        Given strict =
                Given.sample()
                        .rule(
                                allow(
                                                "orders-to-billing",
                                                "orders-api",
                                                "billing-api",
                                                "orders.read: invoice.read")
                                        .conditions(
                                                Set.of("mfa"),
                                                Set.of("hwk"),
                                                Optional.of(Duration.ofMinutes(5))));
        assertThat(
                        into(
                                "billing-api",
                                strict.copy()
                                        .rule(
                                                deny("no", "orders-api", "billing-api")
                                                        .conditions(
                                                                Set.of("mfa", "pwd"),
                                                                Set.of("hwk"),
                                                                Optional.of(
                                                                        Duration.ofMinutes(5))))))
                .isEmpty();
        assertThat(
                        into(
                                "billing-api",
                                strict.copy()
                                        .rule(
                                                deny("no", "orders-api", "billing-api")
                                                        .conditions(
                                                                Set.of(),
                                                                Set.of(),
                                                                Optional.of(
                                                                        Duration.ofMinutes(4))))))
                .containsExactly(ORDERS);
    }

    @Test
    void what_a_malformed_record_holds_still_is_left_out() {
        for (Suspension held :
                List.of(
                        new Suspension.OfRule(new RuleId("orders-to-billing")),
                        new Suspension.OfClient(new ClientId("orders-service")),
                        new Suspension.OfAudience(new AudienceId("orders-api")),
                        new Suspension.OfAudience(new AudienceId("billing-api")),
                        new Suspension.OfIssuer(LOGIN),
                        new Suspension.OfScope(
                                new org.narrows.events.value.ScopeName("invoice.read")),
                        new Suspension.OfEverything(Optional.empty()))) {
            assertThat(into("billing-api", Given.sample().suspend(held))).as("%s", held).isEmpty();
        }
    }

    @Test
    void where_no_issuer_may_issue_for_the_home_only_exchanges_bring_tokens_there() {
        Given given =
                Given.sample()
                        .issuer(LOGIN, "login", true, Optional.of("orders-api"))
                        .audience("ledger-api")
                        .scope("ledger.read", "ledger-api", ScopeKind.GRANTABLE)
                        .client("billing-service", "billing-api", "ledger-api", "ledger.read");
        assertThat(
                        into(
                                "ledger-api",
                                given.copy()
                                        .rule(
                                                "billing-to-ledger",
                                                "billing-api",
                                                "ledger-api",
                                                "invoice.read: ledger.read")))
                .as("a chain of two is not permitted by a depth of one")
                .isEmpty();
        assertThat(
                        into(
                                "ledger-api",
                                given.copy()
                                        .rule(
                                                allow(
                                                                "billing-to-ledger",
                                                                "billing-api",
                                                                "ledger-api",
                                                                "invoice.read: ledger.read")
                                                        .depth(2))))
                .containsExactly(
                        line("billing-service", "billing-api", "billing-to-ledger", "ledger.read"));
        assertThat(
                        into(
                                "ledger-api",
                                given.copy()
                                        .rule(
                                                allow(
                                                                "billing-to-ledger",
                                                                "billing-api",
                                                                "ledger-api",
                                                                "invoice.write: ledger.read")
                                                        .depth(2))))
                .as("no token of ours holds that scope")
                .isEmpty();
    }

    static LongStream seeds() {
        return LongStream.range(0, SEEDS);
    }

    /** Both ways: nobody is listed for nothing, and whoever is permitted anything is listed. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void it_lists_exactly_those_for_whom_some_exchange_is_permitted(long seed) {
        Given given = World.from(seed).given().copy();
        everyoneConsents(given);
        Map<AudienceId, Map<ClientId, Gained>> permitted = permitted(given);
        for (AudienceRow audience : given.all(AudienceRow.class)) {
            AudienceId id = audience.entry().id();
            Map<ClientId, Gained> gained = permitted.getOrDefault(id, Map.of());
            List<WhoCan.Line> lines = into(id.value(), given);
            assertThat(lines.stream().map(WhoCan.Line::client))
                    .as("into %s", id)
                    .containsExactlyElementsOf(gained.keySet());
            for (WhoCan.Line line : lines) {
                Gained of = gained.get(line.client());
                assertThat(line.scopes()).as("%s into %s", line.client(), id).isEqualTo(of.scopes);
                assertThat(line.rules()).containsAll(of.rules);
                assertThat(line.from())
                        .isEqualTo(given.client(line.client().value()).entry().audience());
            }
        }
    }

    private static final class Gained {
        private Scopes scopes = Scopes.NONE;
        private final Set<RuleId> rules = new HashSet<>();
    }

    private static void everyoneConsents(Given given) {
        String scopes =
                String.join(
                        " ",
                        given.all(ScopeRow.class).stream()
                                .map(row -> row.entry().scope().value())
                                .toList());
        for (IssuerRow issuer : given.all(IssuerRow.class)) {
            User user = new User(issuer.entry().issuer(), "eve");
            for (AudienceRow audience : given.all(AudienceRow.class)) {
                given.consent(user, audience.entry().id().value(), scopes);
                given.member(user, audience.entry().id().value());
            }
        }
    }

    /** Tries every client at every target with every kind of token, and then with what it got. */
    private static Map<AudienceId, Map<ClientId, Gained>> permitted(Given given) {
        Map<AudienceId, Map<ClientId, Gained>> permitted = new LinkedHashMap<>();
        Map<String, PresentedToken> tokens = new LinkedHashMap<>();
        PolicySnapshot snapshot = given.snapshot(given.policy(), everyone(given), Set.of());
        List<PresentedToken> next = foreign(given);
        for (int hop = 0; hop < CHAIN && !next.isEmpty(); hop++) {
            Map<String, PresentedToken> issued = new LinkedHashMap<>();
            for (PresentedToken subject : next) {
                for (ExchangeBuilder asked : exchanges(given, subject)) {
                    if (Decider.decide(asked.build(), snapshot, NOW) instanceof Permit permit) {
                        note(permit, permitted);
                        String kind = kindOf(permit.terms());
                        if (tokens.get(kind) == null) {
                            PresentedToken token =
                                    Given.presented(permit.terms(), "t" + tokens.size(), NOW);
                            tokens.put(kind, token);
                            issued.put(kind, token);
                        }
                    }
                }
            }
            next = List.copyOf(issued.values());
        }
        return permitted;
    }

    private static Set<User> everyone(Given given) {
        Set<User> users = new HashSet<>();
        for (IssuerRow issuer : given.all(IssuerRow.class)) {
            for (String subject :
                    List.of("eve", "zoe", "actor-0", "actor-1", "actor-2", "actor-3", "actor-4")) {
                users.add(new User(issuer.entry().issuer(), subject));
            }
        }
        return users;
    }

    private static void note(Permit permit, Map<AudienceId, Map<ClientId, Gained>> permitted) {
        Basis basis = permit.basis().getFirst();
        Gained gained =
                permitted
                        .computeIfAbsent(basis.target(), _ -> new TreeMap<>())
                        .computeIfAbsent(permit.terms().client(), _ -> new Gained());
        gained.scopes = gained.scopes.or(permit.terms().scopes());
        gained.rules.add(basis.rule());
    }

    /** What a later exchange can see of a token. */
    private static String kindOf(TokenTerms terms) {
        return List.of(
                        terms.audiences(),
                        terms.party(),
                        terms.kind(),
                        terms.acr(),
                        terms.boundTo(),
                        !terms.actors().isEmpty(),
                        terms.scopes(),
                        terms.lineage().size())
                .toString();
    }

    private static List<PresentedToken> foreign(Given given) {
        List<PresentedToken> tokens = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        given.all(AudienceRow.class).forEach(row -> names.add(row.entry().tokenAudience()));
        for (IssuerRow issuer : given.all(IssuerRow.class)) {
            for (String audience : names) {
                for (boolean delegated : List.of(false, true)) {
                    for (ActorKind kind : ActorKind.values()) {
                        for (boolean authenticated : List.of(false, true)) {
                            TokenBuilder token =
                                    aToken(
                                            new User(issuer.entry().issuer(), "eve"),
                                            audience,
                                            kind);
                            if (delegated) {
                                token.actors("partner|zoe");
                            }
                            if (authenticated) {
                                token.authenticated(NOW.minusSeconds(30), "mfa", "hwk");
                            }
                            tokens.add(token.build());
                        }
                    }
                }
            }
        }
        return tokens;
    }

    private static TokenBuilder aToken(User user, String audience, ActorKind kind) {
        TokenBuilder token =
                token(user)
                        .audiences(audience)
                        .scopes(
                                "root.a root.b read-0 read-1 read-2 read-3 write-0 write-1 write-2 write-3")
                        .expiresAt(NOW.plus(Duration.ofHours(1)));
        return kind == ActorKind.CLIENT ? token.aboutClient() : token;
    }

    private static List<ExchangeBuilder> exchanges(Given given, PresentedToken subject) {
        List<ExchangeBuilder> all = new ArrayList<>();
        for (ClientRow client : given.all(ClientRow.class)) {
            String home =
                    given.policy()
                            .audience(client.entry().audience())
                            .orElseThrow()
                            .entry()
                            .tokenAudience();
            if (!subject.audiences().contains(home)) {
                continue;
            }
            for (AudienceId target : client.audiences().keySet()) {
                for (String scope : scopesOf(given, target)) {
                    for (Optional<PresentedToken> actor : actors(given, home, subject)) {
                        ExchangeBuilder asked =
                                exchange()
                                        .by(client.entry().id().value())
                                        .of(subject)
                                        .to(target.value());
                        asked.proving(
                                subject.boundTo().isPresent()
                                        ? subject.boundTo().get()
                                        : keyFor(given, target));
                        if (!scope.isEmpty()) {
                            asked.scope(scope);
                        }
                        actor.ifPresent(asked::actor);
                        all.add(asked);
                    }
                }
            }
        }
        return all;
    }

    /** None asked for, and each alone. */
    private static List<String> scopesOf(Given given, AudienceId target) {
        List<String> scopes = new ArrayList<>(List.of(""));
        given.all(ScopeRow.class).stream()
                .filter(row -> row.entry().isOf(target))
                .forEach(row -> scopes.add(row.entry().scope().value()));
        return scopes;
    }

    private static Confirmation keyFor(Given given, AudienceId target) {
        return switch (given.policy().audience(target).orElseThrow().entry().requireBinding()) {
            case NONE, DPOP, ANY -> new Confirmation.DpopKey("k1");
            case MTLS -> new Confirmation.Certificate("c1");
        };
    }

    private static List<Optional<PresentedToken>> actors(
            Given given, String home, PresentedToken subject) {
        List<Optional<PresentedToken>> actors = new ArrayList<>(List.of(Optional.empty()));
        for (IssuerRow issuer : given.all(IssuerRow.class)) {
            boolean may =
                    issuer.entry().audiences().isEmpty()
                            || issuer.entry().audiences().get().stream()
                                    .anyMatch(
                                            id ->
                                                    given.policy()
                                                            .audience(id)
                                                            .orElseThrow()
                                                            .entry()
                                                            .tokenAudience()
                                                            .equals(home));
            if (may) {
                for (ActorKind kind : ActorKind.values()) {
                    User who = new User(issuer.entry().issuer(), "actor-" + actorsOf(subject));
                    actors.add(Optional.of(aToken(who, home, kind).id("actor").build()));
                }
                return actors;
            }
        }
        return actors;
    }

    private static int actorsOf(PresentedToken subject) {
        return subject.origin() instanceof Origin.Own ? subject.actors().size() : 0;
    }

    /** Worlds in which nobody can, or only by one exchange, would prove little. */
    @Test
    void the_worlds_hold_clients_that_can_only_by_a_chain() {
        int lines = 0;
        int restricted = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            Given given = World.from(seed).given();
            for (AudienceRow audience : given.all(AudienceRow.class)) {
                lines += into(audience.entry().id().value(), given).size();
            }
            restricted +=
                    given.all(IssuerRow.class).stream()
                                    .anyMatch(row -> row.entry().audiences().isPresent())
                            ? 1
                            : 0;
        }
        assertThat(lines).isGreaterThan(50);
        assertThat(restricted).isGreaterThan(1);
    }
}

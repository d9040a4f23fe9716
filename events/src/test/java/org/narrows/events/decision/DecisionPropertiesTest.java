// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.events.decision.Given.NOW;
import static org.narrows.events.decision.Given.OURS;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.narrows.events.decision.Decision.Basis;
import org.narrows.events.decision.Decision.Deny;
import org.narrows.events.decision.Decision.Permit;
import org.narrows.events.decision.Provenance.Hop;
import org.narrows.events.decision.World.PermittedExchange;
import org.narrows.events.policy.Rule;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.policy.Rule.Allow;
import org.narrows.events.policy.Rule.Match;
import org.narrows.events.policy.Rule.Mode;
import org.narrows.events.policy.ScopeDefinition.ScopeKind;
import org.narrows.events.state.Row;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.state.Row.ClientRow;
import org.narrows.events.state.Row.ConsentRow;
import org.narrows.events.state.Row.IssuerRow;
import org.narrows.events.state.Row.MembershipRow;
import org.narrows.events.state.Row.RuleRow;
import org.narrows.events.state.Row.ScopeRow;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;

/** What holds for every policy, every user and every exchange. */
class DecisionPropertiesTest {
    private static final int EXCHANGES = 40;

    static LongStream seeds() {
        return LongStream.range(0, 80);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void nothing_is_permitted_without_a_rule_that_allows_it_and_none_that_denies(long seed) {
        World world = World.from(seed);
        for (int i = 0; i < EXCHANGES; i++) {
            Exchange exchange = world.anyExchange().build();
            if (world.given().decide(exchange, NOW) instanceof Permit permit) {
                assertThat(permit.basis()).isNotEmpty();
                for (Basis basis : permit.basis()) {
                    Rule taken = rule(world, basis).entry();
                    assertThat(taken).isInstanceOf(Allow.class);
                    assertThat(matches(taken, world, exchange, basis.target())).isTrue();
                    assertThat(exchange.subject().origin())
                            .isInstanceOf(PresentedToken.Origin.Foreign.class);
                    assertThat(denies(world, exchange, basis.target())).isFalse();
                }
            }
        }
    }

    private static RuleRow rule(World world, Basis basis) {
        return world.given().all(RuleRow.class).stream()
                .filter(row -> row.entry().id().equals(basis.rule()))
                .findFirst()
                .orElseThrow();
    }

    private static boolean denies(World world, Exchange exchange, AudienceId target) {
        return world.given().all(RuleRow.class).stream()
                .anyMatch(
                        row ->
                                row.entry() instanceof Rule.Deny
                                        && matches(row.entry(), world, exchange, target)
                                        && (exchange.actor().isPresent()
                                                || row.entry().match().actors().size() == 2));
    }

    /** What a rule says, read once more and independently. */
    private static boolean matches(Rule rule, World world, Exchange exchange, AudienceId target) {
        Match match = rule.match();
        PresentedToken subject = exchange.subject();
        Mode mode =
                exchange.actor().isPresent()
                                || subject.mayAct().isPresent()
                                || !subject.actors().isEmpty()
                        ? Mode.DELEGATION
                        : Mode.IMPERSONATION;
        boolean recent =
                match.conditions().maxAuthAge().isEmpty()
                        || subject.authTime()
                                .filter(
                                        at ->
                                                !at.plus(match.conditions().maxAuthAge().get())
                                                        .isBefore(NOW))
                                .isPresent();
        return match.from().equals(home(world, exchange))
                && match.to().equals(target)
                && match.clients().map(all -> all.contains(exchange.client())).orElse(true)
                && match.issuers().map(all -> all.contains(subject.party().issuer())).orElse(true)
                && match.modes().contains(mode)
                && exchange.actor().map(a -> match.actors().contains(a.kind())).orElse(true)
                && match.notBefore().map(at -> !at.isAfter(NOW)).orElse(true)
                && match.notAfter().map(at -> at.isAfter(NOW)).orElse(true)
                && match.conditions()
                        .acr()
                        .map(any -> subject.acr().isPresent() && any.contains(subject.acr().get()))
                        .orElse(true)
                && recent;
    }

    private static AudienceId home(World world, Exchange exchange) {
        return world.given().client(exchange.client().value()).entry().audience();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void what_is_granted_is_within_every_cap(long seed) {
        World world = World.from(seed);
        for (int i = 0; i < EXCHANGES; i++) {
            Exchange exchange = world.anyExchange().build();
            if (world.given().decide(exchange, NOW) instanceof Permit permit) {
                TokenTerms terms = permit.terms();
                ClientRow client = world.given().client(exchange.client().value());
                assertThat(terms.scopes().isEmpty()).isFalse();
                assertThat(client.scopes().keySet()).containsAll(terms.scopes().names());
                assertThat(client.audiences().keySet()).containsAll(terms.targets());
                exchange.requested()
                        .filter(asked -> !asked.isEmpty())
                        .ifPresent(asked -> assertThat(asked).containsAll(terms.scopes()));
                assertThat(terms.expiresAt())
                        .isAfter(NOW)
                        .isBeforeOrEqualTo(exchange.subject().expiresAt());
                exchange.actor()
                        .ifPresent(
                                actor ->
                                        assertThat(terms.expiresAt())
                                                .isBeforeOrEqualTo(actor.expiresAt()));
                for (ScopeName scope : terms.scopes()) {
                    assertThat(permit.basis())
                            .anyMatch(basis -> mayHave(world, exchange, basis, scope, permit));
                }
                permit.basis().forEach(basis -> withinRule(world, exchange, basis, terms));
            }
        }
    }

    private static boolean mayHave(
            World world, Exchange exchange, Basis basis, ScopeName name, Permit permit) {
        ScopeRow scope =
                world.given().all(ScopeRow.class).stream()
                        .filter(row -> row.entry().scope().equals(name))
                        .findFirst()
                        .orElseThrow();
        boolean client = exchange.subject().kind() == ActorKind.CLIENT;
        boolean ofKind =
                switch (scope.entry().kind()) {
                    case GRANTABLE -> true;
                    case CLIENT -> client;
                    case CONSENTABLE ->
                            !client
                                    && world.given().all(ConsentRow.class).stream()
                                            .anyMatch(
                                                    row ->
                                                            row.user()
                                                                            .equals(
                                                                                    exchange.subject()
                                                                                            .party())
                                                                    && row.audience()
                                                                            .equals(basis.target())
                                                                    && row.scopes()
                                                                            .containsKey(name));
                };
        boolean ofTarget =
                scope.entry()
                        .audience()
                        .map(basis.target()::equals)
                        .orElse(permit.basis().size() == 1);
        return ofKind
                && ofTarget
                && ((Allow) rule(world, basis).entry())
                        .worth(exchange.subject().scopes())
                        .contains(name);
    }

    private static void withinRule(World world, Exchange exchange, Basis basis, TokenTerms terms) {
        Allow rule = (Allow) rule(world, basis).entry();
        AudienceRow target =
                world.given().all(AudienceRow.class).stream()
                        .filter(row -> row.entry().id().equals(basis.target()))
                        .findFirst()
                        .orElseThrow();
        assertThat(terms.lineage().size()).isLessThanOrEqualTo(rule.maxChainDepth());
        assertThat(terms.expiresAt()).isBeforeOrEqualTo(NOW.plus(target.entry().maxLifetime()));
        rule.maxLifetime()
                .ifPresent(most -> assertThat(terms.expiresAt()).isBeforeOrEqualTo(NOW.plus(most)));
        rule.match()
                .notAfter()
                .ifPresent(end -> assertThat(terms.expiresAt()).isBeforeOrEqualTo(end));
        assertThat(terms.targets().size() == 1 || rule.combinable()).isTrue();
        assertThat(Question.meets(target.entry().requireBinding(), terms.boundTo())).isTrue();
        exchange.subject()
                .boundTo()
                .ifPresent(
                        key -> {
                            assertThat(terms.boundTo()).isPresent();
                            assertThat(terms.boundTo().get().equals(key) || rule.rebind()).isTrue();
                            assertThat(exchange.proven()).contains(terms.boundTo().get());
                        });
        if (exchange.subject().kind() == ActorKind.USER) {
            Optional<Row.Standing> standing =
                    world.given().all(MembershipRow.class).stream()
                            .filter(
                                    row ->
                                            row.user().equals(exchange.subject().party())
                                                    && row.audience().equals(basis.target()))
                            .map(MembershipRow::standing)
                            .findFirst();
            assertThat(standing).isNotEqualTo(Optional.of(new Row.Standing.Barred()));
            assertThat(standing.isPresent() || target.entry().signUpEnabled()).isTrue();
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void a_deny_rule_refuses_whatever_was_permitted(long seed) {
        World world = World.from(seed);
        for (int i = 0; i < 10; i++) {
            Optional<PermittedExchange> permitted = world.permitted(40);
            if (permitted.isPresent()) {
                Given given = world.given().copy();
                AudienceId target = world.pick(permitted.get().permit().terms().targets());
                given.rule(
                        Given.deny(
                                "stop",
                                home(world, permitted.get().exchange()).value(),
                                target.value()));
                Decision decision = given.decide(permitted.get().exchange(), NOW);
                assertThat(decision).isInstanceOf(Deny.class);
                assertThat(((Deny) decision).reasons())
                        .extracting(Reason::code)
                        .containsExactly("denied");
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void along_a_chain_scopes_go_by_map_only_and_all_else_only_narrows(long seed) {
        World world = World.from(seed);
        for (int i = 0; i < 25; i++) {
            Optional<PermittedExchange> permitted = world.permitted(20);
            Instant now = NOW;
            int id = 0;
            while (permitted.isPresent()) {
                TokenTerms before = permitted.get().permit().terms();
                PresentedToken issued = Given.presented(before, "hop-" + i + "-" + id++, now);
                assertThat(world.given().lapses(issued, now)).isEmpty();
                now = now.plusSeconds(1);
                permitted = step(world, issued, now);
                if (permitted.isPresent()) {
                    narrower(world, issued, before, permitted.get());
                }
            }
        }
    }

    private static Optional<PermittedExchange> step(
            World world, PresentedToken issued, Instant now) {
        for (int tries = 0; tries < 15; tries++) {
            Exchange next = world.next(issued).build();
            if (world.given().decide(next, now) instanceof Permit permit) {
                return Optional.of(new PermittedExchange(next, permit));
            }
        }
        return Optional.empty();
    }

    private static void narrower(
            World world, PresentedToken issued, TokenTerms before, PermittedExchange next) {
        TokenTerms terms = next.permit().terms();
        assertThat(terms.expiresAt()).isBeforeOrEqualTo(before.expiresAt());
        assertThat(terms.lineage()).hasSize(before.lineage().size() + 1);
        assertThat(terms.lineage().subList(0, before.lineage().size())).isEqualTo(before.lineage());
        assertThat(terms.lineage().getLast()).isEqualTo(issued.ref().tokenId());
        assertThat(terms.party()).isEqualTo(before.party());
        assertThat(terms.subject()).isEqualTo(before.subject());
        assertThat(terms.kind()).isEqualTo(before.kind());
        int added = next.exchange().actor().isPresent() ? 1 : 0;
        assertThat(terms.actors().subList(added, terms.actors().size())).isEqualTo(before.actors());
        assertThat(terms.provenance().rootIssuedAt()).isEqualTo(before.provenance().rootIssuedAt());
        int hops = before.provenance().hops().size();
        assertThat(terms.provenance().hops()).hasSize(hops + 1);
        assertThat(terms.provenance().hops().subList(0, hops))
                .isEqualTo(before.provenance().hops());
        assertThat(terms.provenance().actors())
                .hasSize(before.provenance().actors().size() + added);
        before.boundTo().ifPresent(_ -> assertThat(terms.boundTo()).isPresent());
        Scopes worth = Scopes.NONE;
        for (Basis basis : next.permit().basis()) {
            Allow rule = (Allow) rule(world, basis).entry();
            worth = worth.or(rule.worth(before.scopes()));
            assertThat(terms.lineage().size()).isLessThanOrEqualTo(rule.maxChainDepth());
        }
        assertThat(worth).containsAll(terms.scopes());
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void every_denial_has_a_reason_and_an_error(long seed) {
        World world = World.from(seed);
        for (int i = 0; i < EXCHANGES; i++) {
            if (world.given().decide(world.anyExchange().build(), NOW) instanceof Deny deny) {
                assertThat(deny.reasons()).isNotEmpty().doesNotHaveDuplicates();
                for (Reason reason : deny.reasons()) {
                    assertThat(DecisionRecord.RecordedReason.of(reason).reason())
                            .as("%s, recorded and read back", reason)
                            .contains(reason);
                }
                assertThat(deny.reasons())
                        .anyMatch(reason -> reason.refusal() == deny.refusal())
                        .allMatch(reason -> reason.refusal().compareTo(deny.refusal()) >= 0);
                assertThat(deny.consentRequired().isPresent())
                        .isEqualTo(
                                deny.reasons().stream()
                                        .allMatch(r -> r.code().equals("consent_missing")));
            }
        }
    }

    /** Giving what `consent_required` names is all it takes. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void where_consent_is_all_that_is_missing_it_is_all_it_takes(long seed) {
        World world = World.from(seed);
        for (int i = 0; i < EXCHANGES; i++) {
            Exchange exchange = world.anyExchange().build();
            if (world.given().decide(exchange, NOW) instanceof Deny deny
                    && deny.consentRequired().isPresent()) {
                Given given = world.given().copy();
                deny.consentRequired()
                        .get()
                        .forEach(
                                (audience, scopes) ->
                                        given.consent(
                                                exchange.subject().party(),
                                                audience.value(),
                                                scopes.toString()));
                assertThat(given.decide(exchange, NOW)).isInstanceOf(Permit.class);
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void without_any_one_thing_it_stands_on_a_token_is_over_for_good(long seed) {
        World world = World.from(seed);
        for (int i = 0; i < 2; i++) {
            Optional<PermittedExchange> permitted = world.permitted(40);
            for (int hop = 0; permitted.isPresent(); hop++) {
                PresentedToken issued =
                        Given.presented(permitted.get().permit().terms(), "hop-" + hop, NOW);
                Given given = world.given();
                foundations(given, issued)
                        .forEach(
                                (what, ending) -> {
                                    Given ended = given.copy();
                                    ending.take().accept(ended);
                                    assertThat(ended.lapses(issued, NOW))
                                            .as("without %s", what)
                                            .anyMatch(lapse -> !lapse.temporary());
                                    ending.giveAgain().accept(ended);
                                    assertThat(ended.isActive(issued))
                                            .as("with %s again", what)
                                            .isFalse();
                                });
                permitted = step(world, issued, NOW);
            }
        }
    }

    /** How one thing ends, and how the same thing is given again. */
    private record Ending(Consumer<Given> take, Consumer<Given> giveAgain) {}

    /** All that the token stands on, read from its own claims. */
    private static Map<String, Ending> foundations(Given given, PresentedToken issued) {
        Map<String, Ending> all = new LinkedHashMap<>();
        PresentedToken.Origin.Own own = (PresentedToken.Origin.Own) issued.origin();
        hops(given, own.provenance().hops(), issued.party(), issued.kind(), all);
        List<String> ids = new ArrayList<>(own.lineage());
        own.provenance().actors().forEach(actor -> ids.addAll(actor.lineage()));
        ids.add(issued.ref().tokenId());
        for (String id : ids) {
            TokenRef ref = given.policy().tokenOf(id).orElseThrow();
            all.put(
                    "token " + id,
                    new Ending(g -> g.revokeToken(ref.issuer(), ref.tokenId()), _ -> {}));
            if (!ref.issuer().equals(OURS)) {
                renewable(all, issuerRow(given, ref.issuer()));
            }
        }
        List<User> users = new ArrayList<>();
        users.add(issued.party());
        for (String actor : issued.actors()) {
            users.add(given.policy().userNamed(actor).orElseThrow());
        }
        for (User user : users) {
            all.put("user " + user, new Ending(g -> g.revokeSubject(user, NOW), _ -> {}));
        }
        return all;
    }

    private static Row issuerRow(Given given, IssuerUrl issuer) {
        return given.all(IssuerRow.class).stream()
                .filter(row -> row.entry().issuer().equals(issuer))
                .findFirst()
                .orElseThrow();
    }

    private static void hops(
            Given given, List<Hop> hops, User user, ActorKind kind, Map<String, Ending> all) {
        for (Hop hop : hops) {
            ClientRow client = given.client(hop.client().value());
            renewable(all, client);
            all.put("enabled " + hop.client(), edited(client, false, true, true));
            all.put("scopes of " + hop.client(), edited(client, true, false, true));
            all.put("targets of " + hop.client(), edited(client, true, true, false));
            for (int i = 0; i < hop.to().size(); i++) {
                AudienceId target = hop.to().get(i);
                AudienceId home = client.entry().audience();
                given.all(AudienceRow.class).stream()
                        .filter(row -> List.of(target, home).contains(row.entry().id()))
                        .forEach(row -> renewable(all, row));
                Basis basis = new Basis(target, hop.rules().get(i));
                given.all(RuleRow.class).stream()
                        .filter(row -> row.entry().id().equals(basis.rule()))
                        .forEach(row -> renewable(all, row));
                if (kind == ActorKind.USER) {
                    all.put(
                            "membership in " + target,
                            new Ending(
                                    g -> g.bar(user, target.value()),
                                    g -> g.member(user, target.value())));
                    consents(given, hop, user, target, all);
                }
            }
        }
    }

    private static void consents(
            Given given, Hop hop, User user, AudienceId target, Map<String, Ending> all) {
        for (ScopeRow scope : given.all(ScopeRow.class)) {
            if (scope.entry().kind() == ScopeKind.CONSENTABLE
                    && hop.scope().contains(scope.entry().scope())
                    && scope.entry().isOf(target)) {
                all.put(
                        "consent at " + target,
                        new Ending(
                                g -> g.withdraw(user, target.value()),
                                g ->
                                        g.consent(
                                                user,
                                                target.value(),
                                                scope.entry().scope().value())));
            }
        }
    }

    private static void renewable(Map<String, Ending> all, Row row) {
        all.put(
                row.key().toString(),
                new Ending(
                        given -> given.remove(row.key()),
                        given ->
                                given.row(
                                        since -> TokenActivityScenariosTest.renewed(row, since))));
    }

    /** Disables the client, or takes all its scopes or targets, and gives them again. */
    private static Ending edited(
            ClientRow client, boolean enabled, boolean scopes, boolean targets) {
        return new Ending(
                given ->
                        given.edit(
                                new ClientRow(
                                        client.entry(),
                                        enabled ? client.enabledSince() : Optional.empty(),
                                        scopes ? client.scopes() : new TreeMap<>(),
                                        targets ? client.audiences() : new TreeMap<>(),
                                        client.since())),
                given -> {
                    ClientRow anew =
                            (ClientRow) TokenActivityScenariosTest.renewed(client, given.seq() + 1);
                    given.edit(
                            new ClientRow(
                                    client.entry(),
                                    enabled ? client.enabledSince() : anew.enabledSince(),
                                    scopes ? client.scopes() : anew.scopes(),
                                    targets ? client.audiences() : anew.audiences(),
                                    client.since()));
                });
    }

    /** Worlds that permit nothing, or everything, would prove nothing. */
    @Test
    void the_worlds_permit_and_deny_and_their_chains_are_long() {
        int permits = 0;
        int denials = 0;
        int longest = 0;
        Set<String> codes = new TreeSet<>();
        for (long seed = 0; seed < 80; seed++) {
            World world = World.from(seed);
            for (int i = 0; i < EXCHANGES; i++) {
                switch (world.given().decide(world.anyExchange().build(), NOW)) {
                    case Permit _ -> permits++;
                    case Deny deny -> {
                        denials++;
                        deny.reasons().forEach(reason -> codes.add(reason.code()));
                    }
                }
            }
            Optional<PermittedExchange> permitted = world.permitted(40);
            for (int hop = 1; permitted.isPresent(); hop++) {
                longest = Math.max(longest, hop);
                permitted =
                        step(
                                world,
                                Given.presented(permitted.get().permit().terms(), "h" + hop, NOW),
                                NOW);
            }
        }
        assertThat(permits).isGreaterThan(200);
        assertThat(denials).isGreaterThan(200);
        assertThat(longest).isGreaterThanOrEqualTo(3);
        assertThat(codes).hasSizeGreaterThan(14);
    }
}

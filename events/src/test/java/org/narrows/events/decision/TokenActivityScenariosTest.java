// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.events.decision.Given.ALICE;
import static org.narrows.events.decision.Given.LOGIN;
import static org.narrows.events.decision.Given.NOW;
import static org.narrows.events.decision.Given.OURS;
import static org.narrows.events.decision.Given.PARTNER;
import static org.narrows.events.decision.Given.allow;
import static org.narrows.events.decision.Given.anAudience;
import static org.narrows.events.decision.Given.deny;
import static org.narrows.events.decision.Given.exchange;
import static org.narrows.events.decision.Given.sample;
import static org.narrows.events.decision.Given.token;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.narrows.events.decision.TokenActivity.Lapse;
import org.narrows.events.policy.Client.ExcessScope;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.policy.Rule.Mode;
import org.narrows.events.policy.ScopeDefinition.ScopeKind;
import org.narrows.events.state.Row;
import org.narrows.events.state.Row.ClientRow;
import org.narrows.events.state.RowKind;
import org.narrows.events.state.Suspension;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.User;

/**
 * Each thing that a token stands on. The token under test is the second of a chain: alice's, by
 * orders-service with a carrier's token as actor, then by billing-service; the carrier's token is
 * ours too, and stands on an exchange of its own.
 */
class TokenActivityScenariosTest {
    private static final User CARRIER = new User(PARTNER, "carrier");

    private static final Given WORLD = world();
    private static final PresentedToken CARRIERS =
            WORLD.issue(
                    exchange()
                            .by("gateway")
                            .of(token(CARRIER).id("carrier-root").audiences("gate").scopes("go"))
                            .to("orders-api"),
                    "carrier-token");
    private static final PresentedToken FIRST =
            WORLD.issue(exchange().of(token(ALICE)).actor(CARRIERS), "first");
    private static final PresentedToken SECOND =
            WORLD.issue(exchange().by("billing-service").of(FIRST).to("ledger-api"), "second");

    private static Given world() {
        return sample().issuer(PARTNER, "partner", false)
                .audience("gate")
                .audience(anAudience("ledger-api").entry(false, false))
                .scope("orders.carry", "orders-api", ScopeKind.CONSENTABLE)
                .scope("ledger.read", "ledger-api", ScopeKind.CONSENTABLE)
                .client("gateway", "gate", "orders-api", "orders.carry")
                .client("billing-service", "billing-api", "ledger-api", "ledger.read")
                .rule("gate-to-orders", "gate", "orders-api", "go: orders.carry")
                .rule(
                        allow(
                                        "orders-to-billing",
                                        "orders-api",
                                        "billing-api",
                                        "orders.read: invoice.read")
                                .modes(Mode.DELEGATION)
                                .actors(ActorKind.USER))
                .rule(
                        allow(
                                        "billing-to-ledger",
                                        "billing-api",
                                        "ledger-api",
                                        "invoice.read: ledger.read")
                                .modes(Mode.DELEGATION)
                                .depth(2)
                                .conditions(Set.of(), Set.of(), Optional.empty()))
                .member(ALICE, "ledger-api")
                .consent(ALICE, "ledger-api", "ledger.read")
                .consent(CARRIER, "orders-api", "orders.carry");
    }

    @Test
    void a_token_is_active_the_moment_it_is_issued() {
        assertThat(WORLD.lapses(SECOND, NOW)).isEmpty();
        assertThat(SECOND.actors()).containsExactly("partner|carrier");
    }

    private static Arguments ends(String what, Consumer<Given> ending, Consumer<Given> again) {
        return Arguments.of(what, ending, again);
    }

    private static Consumer<Given> removed(RowKind kind, String name) {
        return given -> given.remove(new Row.Key(kind, "", name));
    }

    private static Row before(RowKind kind, String name) {
        for (Row row : WORLD.rows()) {
            if (row.key().equals(new Row.Key(kind, "", name))) {
                return row;
            }
        }
        throw new AssertionError("no " + kind + " " + name);
    }

    /** Takes an entry away, and gives the very same again. */
    private static Arguments entry(RowKind kind, String name) {
        return ends(
                kind + " " + name,
                removed(kind, name),
                given -> given.row(since -> renewed(before(kind, name), since)));
    }

    static Row renewed(Row row, long since) {
        return switch (row) {
            case Row.IssuerRow issuer -> new Row.IssuerRow(issuer.entry(), since);
            case Row.AudienceRow audience -> new Row.AudienceRow(audience.entry(), since);
            case Row.ScopeRow scope -> new Row.ScopeRow(scope.entry(), since);
            case Row.RuleRow rule -> new Row.RuleRow(rule.entry(), since);
            case ClientRow client ->
                    new ClientRow(
                            client.entry(),
                            client.enabledSince().map(_ -> since),
                            anew(client.scopes(), since),
                            anew(client.audiences(), since),
                            since);
            default -> throw new AssertionError("not of the policy: " + row);
        };
    }

    private static <K extends Comparable<K>> SortedMap<K, Long> anew(Map<K, Long> map, long since) {
        TreeMap<K, Long> renewed = new TreeMap<>();
        map.keySet().forEach(key -> renewed.put(key, since));
        return renewed;
    }

    private static Consumer<Given> client(
            String id,
            Optional<Long> enabled,
            Map<ScopeName, Long> scopes,
            Map<AudienceId, Long> to) {
        return given ->
                given.editClient(
                        id,
                        row ->
                                new ClientRow(
                                        row.entry(),
                                        enabled,
                                        new TreeMap<>(scopes),
                                        new TreeMap<>(to),
                                        row.since()));
    }

    static Stream<Arguments> what_it_stands_on() {
        ClientRow orders = WORLD.client("orders-service");
        long later = WORLD.seq() + 2;
        return Stream.of(
                entry(RowKind.ISSUER, LOGIN.value()),
                entry(RowKind.ISSUER, PARTNER.value()),
                entry(RowKind.AUDIENCE, "gate"),
                entry(RowKind.AUDIENCE, "orders-api"),
                entry(RowKind.AUDIENCE, "billing-api"),
                entry(RowKind.AUDIENCE, "ledger-api"),
                entry(RowKind.SCOPE, "invoice.read"),
                entry(RowKind.SCOPE, "ledger.read"),
                entry(RowKind.SCOPE, "orders.carry"),
                entry(RowKind.CLIENT, "gateway"),
                entry(RowKind.CLIENT, "orders-service"),
                entry(RowKind.CLIENT, "billing-service"),
                entry(RowKind.RULE, "gate-to-orders"),
                entry(RowKind.RULE, "orders-to-billing"),
                entry(RowKind.RULE, "billing-to-ledger"),
                ends(
                        "a client enabled",
                        client(
                                "orders-service",
                                Optional.empty(),
                                orders.scopes(),
                                orders.audiences()),
                        client(
                                "orders-service",
                                Optional.of(later),
                                orders.scopes(),
                                orders.audiences())),
                ends(
                        "a client's scope",
                        client(
                                "orders-service",
                                orders.enabledSince(),
                                Map.of(),
                                orders.audiences()),
                        client(
                                "orders-service",
                                orders.enabledSince(),
                                Map.of(new ScopeName("invoice.read"), later),
                                orders.audiences())),
                ends(
                        "a client's target",
                        client("orders-service", orders.enabledSince(), orders.scopes(), Map.of()),
                        client(
                                "orders-service",
                                orders.enabledSince(),
                                orders.scopes(),
                                Map.of(new AudienceId("billing-api"), later))),
                ends(
                        "the first consent",
                        given -> given.withdraw(ALICE, "billing-api"),
                        given -> given.consent(ALICE, "billing-api", "invoice.read")),
                ends(
                        "the second consent",
                        given -> given.withdraw(ALICE, "ledger-api"),
                        given -> given.consent(ALICE, "ledger-api", "ledger.read")),
                ends(
                        "the actor's consent",
                        given -> given.withdraw(CARRIER, "orders-api"),
                        given -> given.consent(CARRIER, "orders-api", "orders.carry")),
                ends(
                        "an open membership",
                        given -> given.bar(ALICE, "billing-api"),
                        given -> given.member(ALICE, "billing-api")),
                ends(
                        "a closed membership",
                        given -> given.bar(ALICE, "ledger-api"),
                        given -> given.member(ALICE, "ledger-api")),
                ends(
                        "the actor's membership",
                        given -> given.bar(CARRIER, "orders-api"),
                        given -> given.member(CARRIER, "orders-api")),
                ends("itself", given -> given.revokeToken(OURS, "second"), _ -> {}),
                ends("its parent", given -> given.revokeToken(OURS, "first"), _ -> {}),
                ends("its root", given -> given.revokeToken(LOGIN, "root"), _ -> {}),
                ends("the actor token", given -> given.revokeToken(OURS, "carrier-token"), _ -> {}),
                ends(
                        "the actor's root",
                        given -> given.revokeToken(PARTNER, "carrier-root"),
                        _ -> {}),
                ends("its user", given -> given.revokeSubject(ALICE, NOW), _ -> {}),
                ends("its actor", given -> given.revokeSubject(CARRIER, NOW), _ -> {}),
                ends("its position", given -> given.lost(WORLD.seq(), WORLD.seq()), _ -> {}));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("what_it_stands_on")
    void what_was_ended_stays_ended(String what, Consumer<Given> ending, Consumer<Given> again) {
        Given given = WORLD.copy();
        ending.accept(given);
        assertThat(given.lapses(SECOND, NOW)).as(what).anyMatch(lapse -> !lapse.temporary());
        again.accept(given);
        assertThat(given.lapses(SECOND, NOW)).as("%s again", what).isNotEmpty();
    }

    private static Arguments holds(String what, Consumer<Given> hold) {
        return Arguments.of(what, hold);
    }

    static Stream<Arguments> what_holds_it_for_a_time() {
        return Stream.of(
                holds(
                        "a deny rule of the first hop",
                        given -> given.rule(deny("stop", "orders-api", "billing-api"))),
                holds(
                        "a deny rule of the second hop",
                        given ->
                                given.rule(
                                        deny("stop", "billing-api", "ledger-api")
                                                .clients("billing-service"))),
                holds(
                        "a deny rule of the actor's hop",
                        given -> given.rule(deny("stop", "gate", "orders-api"))),
                holds(
                        "a deny rule for the kind of actor",
                        given ->
                                given.rule(
                                        deny("stop", "orders-api", "billing-api")
                                                .actors(ActorKind.USER))),
                suspends(new Suspension.OfClient(new ClientId("orders-service"))),
                suspends(new Suspension.OfClient(new ClientId("gateway"))),
                suspends(new Suspension.OfRule(new RuleId("orders-to-billing"))),
                suspends(new Suspension.OfAudience(new AudienceId("billing-api"))),
                suspends(new Suspension.OfScope(new ScopeName("invoice.read"))),
                suspends(new Suspension.OfIssuer(LOGIN)),
                suspends(new Suspension.OfIssuer(PARTNER)),
                suspends(new Suspension.OfUser(ALICE, Optional.empty())),
                suspends(new Suspension.OfUser(ALICE, Optional.of(new AudienceId("billing-api")))),
                suspends(new Suspension.OfUser(CARRIER, Optional.empty())),
                suspends(new Suspension.OfToken("first")),
                suspends(new Suspension.OfEverything(Optional.empty())));
    }

    private static Arguments suspends(Suspension name) {
        return holds(name.toString(), given -> given.suspend(name));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("what_holds_it_for_a_time")
    void what_is_held_is_inactive_for_that_time_only(String what, Consumer<Given> hold) {
        Given given = WORLD.copy();
        Set<Row> before = Set.copyOf(given.rows());
        hold.accept(given);
        assertThat(given.lapses(SECOND, NOW)).as(what).isNotEmpty().allMatch(Lapse::temporary);
        List<Row> added = given.rows().stream().filter(row -> !before.contains(row)).toList();
        added.forEach(row -> given.remove(row.key()));
        assertThat(given.lapses(SECOND, NOW)).isEmpty();
    }

    @Test
    void a_window_and_a_condition_hold_it_for_a_time() {
        Instant ends = NOW.plusSeconds(60);
        Given given =
                sample().rule(
                                allow(
                                                "orders-to-billing",
                                                "orders-api",
                                                "billing-api",
                                                "orders.read: invoice.read")
                                        .conditions(
                                                Set.of(),
                                                Set.of(),
                                                Optional.of(Duration.ofSeconds(20))));
        PresentedToken issued =
                given.issue(
                        exchange().of(token(ALICE).authenticated(NOW.minusSeconds(10), "x")),
                        "first");
        assertThat(given.lapses(issued, NOW.plusSeconds(10))).isEmpty();
        assertThat(given.lapses(issued, NOW.plusSeconds(11)))
                .containsExactly(
                        new Lapse(
                                "condition `maxAuthAge` of rule `orders-to-billing` is not met",
                                true));
        long since = given.seq();
        given.edit(
                new Row.RuleRow(
                        allow(
                                        "orders-to-billing",
                                        "orders-api",
                                        "billing-api",
                                        "orders.read: invoice.read")
                                .window(Optional.empty(), Optional.of(ends))
                                .build(),
                        since));
        assertThat(given.lapses(issued, ends.minusMillis(1))).isEmpty();
        assertThat(given.lapses(issued, ends))
                .containsExactly(new Lapse("rule `orders-to-billing` is outside its window", true));
    }

    /** An edit that narrows may keep the rule's since where the log's judge says so. */
    @Test
    void a_rule_as_it_now_reads_must_still_allow_it() {
        Given.RuleBuilder rule =
                allow("orders-to-billing", "orders-api", "billing-api", "orders.read: invoice.read")
                        .modes(Mode.DELEGATION)
                        .actors(ActorKind.USER);
        rewritten(rule, true);
        rewritten(rule.depth(8).maxLifetime(Duration.ofSeconds(1)), true);
        rewritten(rule.clients("orders-service"), true);
        rewritten(rule.clients("another"), false);
        rewritten(rule.clients("orders-service").issuers(LOGIN), true);
        rewritten(rule.issuers(PARTNER), false);
        rewritten(rule.issuers(LOGIN).modes(Mode.IMPERSONATION), false);
        rewritten(rule.modes(Mode.DELEGATION).actors(ActorKind.CLIENT), false);
        rewritten(
                allow("orders-to-billing", "orders-api", "billing-api", "orders.read: invoice.list")
                        .modes(Mode.DELEGATION)
                        .actors(ActorKind.USER),
                false);
    }

    private static void rewritten(Given.RuleBuilder rule, boolean active) {
        Given given = WORLD.copy().edit(new Row.RuleRow(rule.build(), 1));
        assertThat(given.isActive(SECOND)).isEqualTo(active);
    }

    @Test
    void an_edit_that_keeps_since_keeps_the_token() {
        Given given =
                WORLD.copy()
                        .edit(
                                new Row.AudienceRow(
                                        anAudience("billing-api").tokenAudience("renamed").build(),
                                        1));
        assertThat(given.isActive(SECOND)).isTrue();
        given.client("unrelated", "orders-api", "", "", ExcessScope.NARROW, Map.of(LOGIN, "other"));
        assertThat(given.isActive(SECOND)).isTrue();
    }

    @Test
    void becoming_a_member_after_an_open_exchange_keeps_the_token() {
        assertThat(WORLD.copy().member(ALICE, "billing-api").isActive(SECOND)).isTrue();
    }

    @Test
    void closing_an_audience_keeps_the_tokens_of_its_members() {
        Given given = WORLD.copy();
        given.edit(new Row.AudienceRow(anAudience("billing-api").entry(false, false).build(), 1));
        assertThat(given.isActive(SECOND)).isTrue();
    }

    @Test
    void a_token_from_a_later_position_is_held_until_the_node_is_there() {
        Given ahead = WORLD.copy().nothingMore(1);
        PresentedToken issued =
                ahead.issue(exchange().by("billing-service").of(FIRST).to("ledger-api"), "later");
        assertThat(WORLD.lapses(issued, NOW))
                .containsExactly(
                        new Lapse("the token is from a later position than this node's", true));
        assertThat(ahead.lapses(issued, NOW)).isEmpty();
    }

    @Test
    void a_token_expires() {
        assertThat(WORLD.lapses(SECOND, SECOND.expiresAt()))
                .containsExactly(new Lapse("the token has expired", false));
    }

    @Test
    void an_actor_named_by_the_first_token_itself_is_as_old_as_that_token() {
        Given given = WORLD.copy();
        PresentedToken issued =
                given.issue(
                        exchange().of(token(ALICE).actors("robot")).actor(CARRIERS), "with-act");
        assertThat(issued.actors()).containsExactly("partner|carrier", "robot");
        assertThat(given.isActive(issued)).isTrue();
        given.revokeSubject(Given.ROBOT, NOW);
        assertThat(given.isActive(issued)).isFalse();
    }

    /** The actor of an actor: its entry follows that of the actor token which it was used for. */
    @Test
    void an_actors_actor_is_followed_too() {
        IssuerUrl third = new IssuerUrl("https://third.example.com");
        User helper = new User(third, "helper");
        Given given =
                WORLD.copy()
                        .issuer(third, "third", false)
                        .rule(
                                allow("gate-to-orders", "gate", "orders-api", "go: orders.carry")
                                        .modes(Mode.DELEGATION)
                                        .actors(ActorKind.CLIENT));
        PresentedToken carriers =
                given.issue(
                        exchange()
                                .by("gateway")
                                .of(token(CARRIER).id("c2").audiences("gate").scopes("go"))
                                .actor(token(helper).id("h").aboutClient().audiences("gate"))
                                .to("orders-api"),
                        "carrier-2");
        PresentedToken first = given.issue(exchange().actor(carriers), "first-2");
        PresentedToken second =
                given.issue(
                        exchange().by("billing-service").of(first).to("ledger-api"), "second-2");
        assertThat(second.actors()).containsExactly("partner|carrier");
        assertThat(given.isActive(second)).isTrue();
        assertThat(given.copy().revokeToken(third, "h").isActive(second)).isFalse();
        assertThat(given.copy().revokeToken(PARTNER, "c2").isActive(second)).isFalse();
        assertThat(
                        given.copy()
                                .remove(new Row.Key(RowKind.ISSUER, "", third.value()))
                                .isActive(second))
                .isFalse();
    }

    @Test
    void a_foreign_token_lapses_with_itself_its_user_and_its_issuer() {
        PresentedToken foreign = token(ALICE).build();
        assertThat(WORLD.lapses(foreign, NOW)).isEmpty();
        assertThat(WORLD.copy().revokeToken(LOGIN, "root").isActive(foreign)).isFalse();
        assertThat(WORLD.copy().revokeSubject(ALICE, NOW).isActive(foreign)).isFalse();
        assertThat(
                        WORLD.copy()
                                .remove(new Row.Key(RowKind.ISSUER, "", LOGIN.value()))
                                .isActive(foreign))
                .isFalse();
    }
}

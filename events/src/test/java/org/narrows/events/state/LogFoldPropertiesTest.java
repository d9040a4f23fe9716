// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.narrows.events.event.ConsentEvent.ConsentGranted;
import org.narrows.events.event.ConsentEvent.ConsentWithdrawn;
import org.narrows.events.event.PolicyChange;
import org.narrows.events.event.UserEvent.UserForgotten;
import org.narrows.events.policy.ClientAuthentication.FederatedJwt;
import org.narrows.events.policy.Rule;
import org.narrows.events.policy.Rule.Allow;
import org.narrows.events.state.Folding.Folded;
import org.narrows.events.state.ReadRecord.Signed;
import org.narrows.events.state.ReadRecord.Understood;
import org.narrows.events.state.Row.ClientRow;
import org.narrows.events.state.Row.ConsentRow;
import org.narrows.events.state.Row.RuleRow;
import org.narrows.events.state.Row.ScopeRow;
import org.narrows.events.state.Rows.Version;
import org.narrows.events.state.Verdict.Outcome;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ScopeName;

/** What holds for every history. */
class LogFoldPropertiesTest {
    private static final int RECORDS = 250;

    static LongStream seeds() {
        return LongStream.range(0, 25);
    }

    private static MemoryLog fold(List<ReadRecord> history) {
        MemoryLog log = new MemoryLog(TestLog.FOLD);
        for (ReadRecord record : history) {
            assertThat(log.fold(record)).isInstanceOf(Folded.class);
        }
        return log;
    }

    private static Digests digests(MemoryLog log) {
        return log.state().checkpoint().orElseThrow().digests();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void every_record_has_one_verdict_and_one_seq(long seed) {
        List<ReadRecord> history = World.from(seed).history(RECORDS);
        List<Verdict> verdicts = fold(history).verdicts();
        assertThat(verdicts.stream().map(Verdict::seq))
                .isEqualTo(LongStream.rangeClosed(1, RECORDS).boxed().toList());
        assertThat(verdicts.stream().map(Verdict::outcome).distinct())
                .containsExactlyInAnyOrder(Outcome.values());
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void a_fold_in_batches_equals_a_fold_record_by_record(long seed) {
        List<ReadRecord> history = World.from(seed).history(RECORDS);
        MemoryLog whole = fold(history);
        Random random = new Random(seed);

        MemoryRows stored = new MemoryRows();
        LogState state = LogState.BEFORE_GENESIS;
        List<Verdict> verdicts = new ArrayList<>();
        for (int next = 0; next < history.size(); ) {
            int end = Math.min(history.size(), next + 1 + random.nextInt(40));
            MemoryRows batch = new MemoryRows(stored);
            List<Folded> folded = new ArrayList<>();
            for (ReadRecord record : history.subList(next, end)) {
                Folded one = (Folded) TestLog.FOLD.fold(state, batch, record);
                batch.apply(one, record.valueHash());
                folded.add(one);
                verdicts.add(one.verdict());
                state = one.state();
            }
            for (int i = 0; i < folded.size(); i++) {
                stored.apply(folded.get(i), history.get(next + i).valueHash());
            }
            next = end;
        }

        assertThat(state).isEqualTo(whole.state());
        assertThat(verdicts).isEqualTo(whole.verdicts());
        assertThat(stored.versions()).containsExactlyInAnyOrderElementsOf(whole.rows().versions());
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void a_record_delivered_again_changes_no_row_and_no_since(long seed) {
        List<ReadRecord> history = World.from(seed).history(RECORDS);
        Random random = new Random(seed);
        MemoryLog log = new MemoryLog(TestLog.FOLD);
        for (int i = 0; i < history.size(); i++) {
            log.fold(history.get(i));
            LogState before = log.state();
            Collection<Version> rows = log.rows().versions();
            ReadRecord old = history.get(random.nextInt(i + 1));

            Folded again = (Folded) TestLog.FOLD.fold(before, log.rows(), at(before, old));

            assertThat(again.changes()).isEmpty();
            assertThat(again.verdict().outcome()).isNotEqualTo(Outcome.APPLIED);
            assertThat(again.state().policy()).isEqualTo(before.policy());
            Digests digests = again.state().checkpoint().orElseThrow().digests();
            assertThat(digests.live()).isEqualTo(digests(log).live());
            assertThat(digests.closed()).isEqualTo(digests(log).closed());
            assertThat(log.rows().versions()).isEqualTo(rows);
        }
    }

    /**
     * The record once more, at the state's own time, so that the clock takes nothing away besides.
     */
    private static ReadRecord at(LogState state, ReadRecord record) {
        return new ReadRecord(
                state.checkpoint().orElseThrow().clock(),
                record.valueHash(),
                record.sigHash(),
                record.content());
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void a_withdrawn_consent_never_comes_back_by_replay(long seed) {
        List<ReadRecord> history = World.from(seed).history(RECORDS);
        MemoryLog log = fold(history);
        List<ConsentGranted> granted = new ArrayList<>();
        for (ReadRecord record : history) {
            if (record.content() instanceof Signed signed
                    && signed.body() instanceof Understood(var set)
                    && set.event() instanceof ConsentGranted grant) {
                granted.add(grant);
            }
        }
        for (ConsentGranted grant : granted) {
            log.fold(withdrawalOf(grant, log.state()));
        }

        history.forEach(record -> log.fold(at(log.state(), record)));

        assertThat(log.rows().at(log.state().seq())).noneMatch(ConsentRow.class::isInstance);
    }

    private static ReadRecord withdrawalOf(ConsentGranted grant, LogState state) {
        Checkpoint checkpoint = state.checkpoint().orElseThrow();
        ConsentWithdrawn all =
                new ConsentWithdrawn(grant.user(), grant.audience(), Optional.empty());
        return TestLog.signed(
                checkpoint.clock(),
                TestLog.CONTROL,
                Optional.of(checkpoint.logId().value()),
                TestLog.actorOf(TestLog.CONTROL),
                TestLog.of("withdrawal-" + checkpoint.seq(), all));
    }

    /**
     * A second opinion: a list of consents that ends them as soon as anything under them is ended.
     */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void a_consent_counts_exactly_while_nothing_under_it_was_ended(long seed) {
        MemoryLog log = new MemoryLog(TestLog.FOLD);
        Map<Row.Key, Map<ScopeName, Long>> model = new HashMap<>();
        for (ReadRecord record : World.from(seed).history(RECORDS)) {
            Folded folded = (Folded) log.fold(record);
            long seq = folded.verdict().seq();
            Policy policy = log.state().policy();
            model.forEach(
                    (key, scopes) ->
                            scopes.keySet()
                                    .removeIf(
                                            scope ->
                                                    !isOlder(policy.scopes().get(scope), seq)
                                                            || !isOlder(
                                                                    policy.audiences()
                                                                            .get(
                                                                                    new AudienceId(
                                                                                            key
                                                                                                    .name())),
                                                                    seq)));
            if (folded.verdict().outcome() == Outcome.APPLIED
                    && record.content() instanceof Signed signed
                    && signed.body() instanceof Understood(var set)) {
                switch (set.event()) {
                    case ConsentGranted granted ->
                            granted.scopes()
                                    .forEach(
                                            scope ->
                                                    model.computeIfAbsent(
                                                                    Row.Key.consent(
                                                                            granted.user(),
                                                                            granted.audience()),
                                                                    _ -> new TreeMap<>())
                                                            .putIfAbsent(scope, seq));
                    case ConsentWithdrawn withdrawn -> {
                        Map<ScopeName, Long> held =
                                model.getOrDefault(
                                        Row.Key.consent(withdrawn.user(), withdrawn.audience()),
                                        new TreeMap<>());
                        held.keySet()
                                .removeIf(
                                        scope ->
                                                withdrawn
                                                        .scopes()
                                                        .filter(scopes -> !scopes.contains(scope))
                                                        .isEmpty());
                    }
                    case UserForgotten forgotten ->
                            model.keySet()
                                    .removeIf(key -> key.owner().equals(forgotten.user().key()));
                    default -> {}
                }
            }
            model.forEach(
                    (key, scopes) ->
                            assertThat(counted(log, key))
                                    .as("%s at %s", key, seq)
                                    .isEqualTo(scopes));
        }
    }

    private static boolean isOlder(@Nullable Row row, long seq) {
        return row != null && row.since() < seq;
    }

    /** What counts of a consent by the rule that decisions go by. */
    private static Map<ScopeName, Long> counted(MemoryLog log, Row.Key key) {
        Policy policy = log.state().policy();
        Map<ScopeName, Long> counted = new TreeMap<>();
        log.rows()
                .live(key)
                .map(ConsentRow.class::cast)
                .ifPresent(
                        row ->
                                row.scopes()
                                        .forEach(
                                                (scope, held) -> {
                                                    ScopeRow defined = policy.scopes().get(scope);
                                                    Row.AudienceRow audience =
                                                            policy.audiences().get(row.audience());
                                                    if (defined != null
                                                            && defined.since() <= held.since()
                                                            && audience != null
                                                            && audience.since() <= held.since()) {
                                                        counted.put(scope, held.since());
                                                    }
                                                }));
        return counted;
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void what_was_ended_starts_anew_and_what_holds_keeps_its_since(long seed) {
        MemoryLog log = fold(World.from(seed).history(RECORDS));
        Map<Row.Key, List<Version>> byKey = new HashMap<>();
        for (Version version : log.rows().versions()) {
            byKey.computeIfAbsent(version.row().key(), _ -> new ArrayList<>()).add(version);
        }
        for (List<Version> versions : byKey.values()) {
            versions.sort(Comparator.comparingLong(Version::from));
            Map<String, Long> before = new TreeMap<>();
            long heldUntil = 0;
            for (Version version : versions) {
                Map<String, Long> now = held(version.row());
                Map<String, Long> former = heldUntil == version.from() ? before : Map.of();
                now.forEach(
                        (thing, since) -> {
                            Long was = former.get(thing);
                            if (was == null) {
                                assertThat(since)
                                        .as("%s of %s", thing, version)
                                        .isEqualTo(version.from());
                            } else {
                                // A rule that loses something starts anew, and so does what
                                // users have where what it stood on was ended meanwhile.
                                assertThat(since)
                                        .as("%s of %s", thing, version)
                                        .isIn(was, mayStartAnew(version) ? version.from() : was);
                            }
                        });
                before = now;
                heldUntil = version.to();
            }
        }
    }

    private static boolean mayStartAnew(Version version) {
        RowKind kind = version.row().key().kind();
        return kind == RowKind.RULE || kind.isOfUser();
    }

    /** Everything in a row that has a since of its own. */
    private static Map<String, Long> held(Row row) {
        Map<String, Long> held = new TreeMap<>();
        switch (row) {
            case ClientRow client -> {
                held.put("client", client.since());
                client.enabledSince().ifPresent(since -> held.put("enabled", since));
                client.scopes().forEach((scope, since) -> held.put("scope " + scope, since));
                client.audiences()
                        .forEach((audience, since) -> held.put("audience " + audience, since));
            }
            case ConsentRow consent ->
                    consent.scopes()
                            .forEach((scope, given) -> held.put("scope " + scope, given.since()));
            default -> held.put(row.key().kind().name(), row.since());
        }
        return held;
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void a_rule_that_became_less_has_a_new_since(long seed) {
        MemoryLog log = new MemoryLog(TestLog.FOLD);
        Map<String, RuleRow> last = new HashMap<>();
        for (ReadRecord record : World.from(seed).history(RECORDS)) {
            log.fold(record);
            for (RuleRow now : log.state().policy().rules().values()) {
                RuleRow before = last.put(now.entry().id().value(), now);
                if (before != null && before.since() == now.since()) {
                    assertThat(pairs(now.entry())).containsAll(pairs(before.entry()));
                }
            }
        }
    }

    /** Which client of which issuer may have what in which mode, as far as the rule names them. */
    private static List<String> pairs(Rule rule) {
        List<String> pairs = new ArrayList<>();
        List<String> clients =
                rule.match()
                        .clients()
                        .map(all -> all.stream().map(Object::toString).toList())
                        .orElse(
                                List.of(
                                        "orders-app",
                                        "billing-app",
                                        "stock-app",
                                        "mail-app",
                                        "tool"));
        List<String> issuers =
                rule.match()
                        .issuers()
                        .map(all -> all.stream().map(Object::toString).toList())
                        .orElse(
                                List.of(
                                        "https://login.example.com",
                                        "https://partner.example.com",
                                        "https://third.example.com"));
        List<String> scopes = new ArrayList<>(List.of("-"));
        if (rule instanceof Allow allow) {
            allow.scopes()
                    .forEach(
                            (left, right) ->
                                    right.forEach(scope -> scopes.add(left + ": " + scope)));
        }
        for (String client : clients) {
            for (String issuer : issuers) {
                for (String scope : scopes) {
                    pairs.add(client + " " + issuer + " " + scope);
                }
            }
        }
        return pairs;
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void the_digests_kept_are_the_digests_of_what_is_there(long seed) {
        MemoryLog log = new MemoryLog(TestLog.FOLD);
        int n = 0;
        for (ReadRecord record : World.from(seed).history(RECORDS)) {
            log.fold(record);
            if (n++ % 50 == 0) {
                assertThat(digests(log))
                        .isEqualTo(
                                Digests.of(log.rows().versions(), log.verdicts(), TestLog.ENCODER));
            }
        }
        assertThat(digests(log))
                .isEqualTo(Digests.of(log.rows().versions(), log.verdicts(), TestLog.ENCODER));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void the_policy_held_is_the_policy_of_the_rows(long seed) {
        MemoryLog log = fold(World.from(seed).history(RECORDS));
        assertThat(log.policyAt(RECORDS)).isEqualTo(log.state().policy());
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void the_order_of_changes_in_one_event_does_not_matter(long seed) {
        MemoryLog log = fold(World.from(seed).history(RECORDS));
        World world = World.from(seed + 1_000);
        Random random = new Random(seed);
        for (int i = 0; i < 50; i++) {
            List<PolicyChange> changes = world.changes();
            Effect straight =
                    PolicyFold.judge(log.state().policy(), TestLog.OURS, changes, RECORDS + 1);
            List<PolicyChange> shuffled = new ArrayList<>(changes);
            Collections.shuffle(shuffled, random);
            assertThat(PolicyFold.judge(log.state().policy(), TestLog.OURS, shuffled, RECORDS + 1))
                    .isEqualTo(straight);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void nothing_stands_on_what_is_not_there(long seed) {
        MemoryLog log = new MemoryLog(TestLog.FOLD);
        for (ReadRecord record : World.from(seed).history(RECORDS)) {
            log.fold(record);
            Policy policy = log.state().policy();
            policy.scopes()
                    .values()
                    .forEach(scope -> assertThere(policy, scope.entry().audience()));
            policy.claims()
                    .values()
                    .forEach(claim -> assertThere(policy, claim.entry().audience()));
            for (ClientRow client : policy.clients().values()) {
                assertThat(client.entry().authentication()).isNotInstanceOf(FederatedJwt.class);
                assertThat(policy.audiences()).containsKey(client.entry().audience());
                assertThat(policy.audiences().keySet()).containsAll(client.audiences().keySet());
                assertThat(policy.scopes().keySet()).containsAll(client.scopes().keySet());
            }
            for (RuleRow row : policy.rules().values()) {
                Rule rule = row.entry();
                assertThat(policy.audiences()).containsKeys(rule.match().from(), rule.match().to());
                if (rule instanceof Allow allow) {
                    rule.match()
                            .clients()
                            .ifPresent(
                                    clients -> {
                                        assertThat(clients).isNotEmpty();
                                        assertThat(policy.clients().keySet()).containsAll(clients);
                                    });
                    allow.scopes()
                            .values()
                            .forEach(
                                    right ->
                                            assertThat(policy.scopes().keySet())
                                                    .containsAll(right.names()));
                }
            }
        }
    }

    private static void assertThere(Policy policy, Optional<AudienceId> audience) {
        audience.ifPresent(id -> assertThat(policy.audiences()).containsKey(id));
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.events.state.Entries.*;
import static org.narrows.events.state.Scenario.*;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.narrows.events.event.ChangeSet;
import org.narrows.events.event.ConsentEvent.*;
import org.narrows.events.event.InvitationEvent.*;
import org.narrows.events.event.LogEvent.*;
import org.narrows.events.event.PolicyChange.*;
import org.narrows.events.event.PolicyChanged;
import org.narrows.events.event.QuarantineResolved;
import org.narrows.events.event.RevocationEvent.*;
import org.narrows.events.event.UserEvent.*;
import org.narrows.events.policy.*;
import org.narrows.events.state.Row.*;
import org.narrows.events.state.Verdict.*;
import org.narrows.events.value.*;

/** Who is believed, and what becomes of what is not. */
class AuthorityScenariosTest {
    private static final ConsentGranted GRANT =
            new ConsentGranted(ALICE, BILLING, Scopes.of("invoice.read"), SERVICE);

    @Test
    void a_log_begins_with_the_root_keys_own_record_and_the_admin_audience() {
        TestLog log = TestLog.empty();
        assertThat(log.judge(TestLog.genesis()).outcome()).isEqualTo(Outcome.APPLIED);
        assertThat(log.seq()).isEqualTo(1);
        assertThat(log.policy().audiences()).containsOnlyKeys(Audience.ADMIN);
        assertThat(log.policy().scopes())
                .hasSize(6)
                .allSatisfy((_, row) -> assertThat(row.since()).isEqualTo(1));
        assertThat(log.logId()).isEqualTo(TestLog.genesis().valueHash().toString());
    }

    @Test
    void a_topic_that_begins_otherwise_holds_up() {
        TestLog other = TestLog.opened();
        assertThat(TestLog.empty().append(other.record(TestLog.CONTROL, TestLog.of("x", GRANT))))
                .isInstanceOf(Folding.HeldUp.class);
        LogFold pinnedToAnother = new LogFold(new KeyId("another"), TestLog.ENCODER);
        assertThat(
                        pinnedToAnother.fold(
                                LogState.BEFORE_GENESIS, new MemoryRows(), TestLog.genesis()))
                .isEqualTo(
                        new Folding.HeldUp(
                                "this topic does not begin with a `log.opened` of the root key `another`"));
    }

    @Test
    void a_log_is_opened_once() {
        given().when(TestLog.ROOT, TestLog.opening()).thenRejected("the log is open already");
    }

    @Test
    void an_unreadable_record_is_rejected_and_takes_a_seq() {
        Given given = given();
        long seq = given.log().seq();
        given.when(
                        new ReadRecord(
                                TestLog.START,
                                Hash.ZERO,
                                Hash.ZERO,
                                new ReadRecord.Unreadable("the value is missing")))
                .thenNotAuthentic("the value is missing");
        assertThat(given.log().seq()).isEqualTo(seq + 1);
    }

    @Test
    void a_signature_of_another_key_is_not_authentic_and_claims_no_id() {
        Given given = given();
        ChangeSet set = TestLog.of("x", GRANT);
        given.when(
                        TestLog.signed(
                                given.log().now(),
                                TestLog.CONTROL,
                                "mallory",
                                Optional.of(given.log().logId()),
                                "actor of control",
                                "consent.granted.v1",
                                new ReadRecord.Understood(set)))
                .thenNotAuthentic("the signature does not verify under the key `control`");
        given.when(given.log().record("nobody", set))
                .thenNotAuthentic("the signing key is not known to this log");
        given.when(given.log().record("no key id at all", set))
                .thenNotAuthentic("the signing key is not known to this log");
        given.when(given.log().record(TestLog.CONTROL, set)).thenApplied();
    }

    @Test
    void a_record_of_another_log_is_not_authentic() {
        Given given = given();
        given.when(
                        TestLog.signed(
                                given.log().now(),
                                TestLog.CONTROL,
                                Optional.of("elsewhere"),
                                "actor of control",
                                TestLog.of("x", GRANT)))
                .thenNotAuthentic("the signature is for another log");
        given.when(
                        TestLog.signed(
                                given.log().now(),
                                TestLog.CONTROL,
                                Optional.empty(),
                                "actor of control",
                                TestLog.of("x", GRANT)))
                .thenNotAuthentic("the signature names no log");
    }

    @Test
    void a_key_publishes_the_types_it_was_given_and_no_others() {
        Given given = given();
        given.when(
                        TestLog.ROOT,
                        new KeyAdded(
                                TestLog.key("node", false, Optional.empty(), "token.revoked.v1")))
                .thenApplied();
        given.when("node", GRANT)
                .thenNotAuthentic("the key `node` may not publish `consent.granted.v1`");
        given.when("node", new TokenRevoked(new TokenRef(TestLog.OURS, "t"), TestLog.START))
                .thenApplied();
    }

    @Test
    void only_the_root_key_gives_and_revokes_keys() {
        Given given = given();
        given.when(new KeyRevoked(new KeyId(TestLog.CONTROL)))
                .thenNotAuthentic("the key `control` may not publish `key.revoked.v1`");
        given.when(
                        TestLog.ROOT,
                        new KeyAdded(
                                TestLog.key("greedy", false, Optional.empty(), "key.added.v1")))
                .thenRejected("only the root key publishes `key.added.v1`");
    }

    @Test
    void a_revoked_key_publishes_nothing_more_and_its_id_is_never_given_again() {
        Given given = given();
        given.when(TestLog.ROOT, new KeyRevoked(new KeyId(TestLog.CONTROL))).thenApplied();
        given.when(GRANT).thenNotAuthentic("the key `control` was revoked at seq 4");
        given.when(TestLog.ROOT, new KeyRevoked(new KeyId(TestLog.CONTROL)))
                .thenRejected("the key `control` was revoked at seq 4");
        given.when(TestLog.ROOT, new KeyRevoked(new KeyId("nobody")))
                .thenRejected("there is no key `nobody`");
        given.when(TestLog.ROOT, new KeyAdded(TestLog.key(TestLog.CONTROL, true, Optional.empty())))
                .thenRejected("the key id `control` was given before");
        given.when(TestLog.ROOT, new KeyAdded(TestLog.key(TestLog.ROOT, true, Optional.empty())))
                .thenRejected("the key id `root-thumbprint` was given before");
    }

    @Test
    void a_key_bound_to_audiences_speaks_of_users_at_these_only() {
        Given given = given();
        given.when(
                        TestLog.ROOT,
                        new KeyAdded(
                                TestLog.key(
                                        "page",
                                        false,
                                        Optional.of(List.of("orders-api")),
                                        TestLog.allTypes())))
                .thenApplied();
        given.when("page", GRANT)
                .thenNotAuthentic(
                        "the key `page` may not publish about the audience `billing-api`");
        given.when("page", new UserForgotten(ALICE))
                .thenNotAuthentic("the key `page` may not publish `user.forgotten.v1`");
        given.when("page", new PolicyChanged(List.of(new RuleRetired(RULE))))
                .thenNotAuthentic("the key `page` may not publish `policy.changed.v1`");
        given.when("page", new UserRemoved(ALICE, ORDERS)).thenApplied();
        given.when("page", new InvitationRevoked(invitation(1)))
                .thenRejected("there is no such invitation");
        given.and(new InvitationIssued(invitation(1), BILLING, Optional.empty(), new TreeMap<>()));
        given.when("page", new InvitationRevoked(invitation(1)))
                .thenNotAuthentic(
                        "the key `page` may not publish about the audience `billing-api`");
    }

    private static InvitationId invitation(int n) {
        return new InvitationId("sha256:" + Hash.sha256(new byte[] {(byte) n}));
    }

    @Test
    void the_same_event_again_is_a_duplicate_and_other_bytes_are_rejected() {
        Given given = given();
        ReadRecord record = given.log().record(TestLog.CONTROL, TestLog.of("once", GRANT));
        given.when(record).thenApplied();
        given.when(record).thenDuplicateOf(4);
        given.when(
                        given.log()
                                .record(
                                        TestLog.CONTROL,
                                        TestLog.of(
                                                "once",
                                                new ConsentWithdrawn(
                                                        ALICE, BILLING, Optional.empty()))))
                .thenRejected("the id was given to another event at seq 4");
        given.when(record).thenDuplicateOf(4);
    }

    @Test
    void a_rejected_event_again_is_a_duplicate_that_tells_the_first_verdict() {
        Given given = given();
        ReadRecord record =
                given.log()
                        .record(
                                TestLog.CONTROL,
                                TestLog.of(
                                        "vain",
                                        new PolicyChanged(
                                                List.of(new RuleRetired(new RuleId("typo"))))));
        given.when(record).thenRejected("there is no rule `typo`");
        When again = given.when(record);
        again.thenDuplicateOf(4);
        assertThat(again.verdict().first())
                .contains(new First(4, Outcome.REJECTED, Optional.of("there is no rule `typo`")));
    }

    @Test
    void an_actor_in_the_body_must_be_the_signatures() {
        Given given = given();
        given.when(
                        given.log()
                                .record(
                                        TestLog.CONTROL,
                                        TestLog.byActor(TestLog.of("x", GRANT), "somebody else")))
                .thenRejected(
                        "the event names `somebody else` as its actor, its signature `actor of control`");
        given.when(
                        given.log()
                                .record(
                                        TestLog.CONTROL,
                                        TestLog.byActor(
                                                TestLog.of("y", GRANT), "actor of control")))
                .thenApplied();
    }

    @Test
    void the_root_key_acts_as_itself_and_others_may_act_for_its_holder() {
        Given given = given();
        Optional<String> log = Optional.of(given.log().logId());
        given.when(
                        TestLog.signed(
                                given.log().now(),
                                TestLog.ROOT,
                                log,
                                "somebody",
                                TestLog.of("x", GRANT)))
                .thenNotAuthentic("the root key acts as `narrows|root` only");
        given.when(
                        TestLog.signed(
                                given.log().now(),
                                TestLog.CONTROL,
                                log,
                                "narrows|root",
                                TestLog.of("x", GRANT)))
                .thenApplied();
    }

    @Test
    void a_type_given_to_its_key_but_unknown_here_holds_up_the_log() {
        Given given = given();
        given.when(
                        TestLog.ROOT,
                        new KeyAdded(
                                TestLog.key("newer", false, Optional.empty(), "policy.changed.v2")))
                .thenApplied();
        TestLog log = given.log();
        long seq = log.seq();
        assertThat(log.append(log.unknown("newer", "policy.changed.v2")))
                .isEqualTo(
                        new Folding.HeldUp(
                                "this reader does not know the type `policy.changed.v2` at seq 5"));
        assertThat(log.append(log.unknown(TestLog.ROOT, "log.folded.v1")))
                .isInstanceOf(Folding.HeldUp.class);
        assertThat(log.seq()).isEqualTo(seq);
        given.when(log.unknown(TestLog.CONTROL, "policy.changed.v2"))
                .thenNotAuthentic("the key `control` may not publish `policy.changed.v2`");
    }

    @Test
    void an_expected_position_is_held_to_what_the_event_names() {
        Given given = given();
        TestLog log = given.log();
        given.and(GRANT); // seq 4
        PolicyChanged change = new PolicyChanged(List.of(new RuleRetired(RULE)));
        given.when(log.record(TestLog.CONTROL, TestLog.expecting(TestLog.of("a", change), 2)))
                .thenRejected("what the event names changed at seq 3, after the expected 2");
        given.when(log.record(TestLog.CONTROL, TestLog.expecting(TestLog.of("b", change), 99)))
                .thenRejected("`expectedposition` 99 is after this record");
        given.when(log.record(TestLog.CONTROL, TestLog.expecting(TestLog.of("c", change), 3)))
                .thenApplied();
        ConsentWithdrawn withdrawn = new ConsentWithdrawn(ALICE, BILLING, Optional.empty());
        given.when(log.record(TestLog.CONTROL, TestLog.expecting(TestLog.of("d", withdrawn), 3)))
                .thenRejected("what the event names changed at seq 4, after the expected 3");
        given.when(log.record(TestLog.CONTROL, TestLog.expecting(TestLog.of("e", withdrawn), 4)))
                .thenApplied();
    }

    private static String head(TestLog log) {
        return log.memory().state().checkpoint().orElseThrow().head().toString();
    }

    @Test
    void a_restore_stands_where_it_says_and_leaves_a_gap() {
        TestLog log = given().log();
        new Given(log)
                .when(TestLog.ROOT, new LogRestored("elsewhere", 1_000))
                .thenRejected("the log was restored from another head");
        new Given(log)
                .when(TestLog.ROOT, new LogRestored(head(log), 4))
                .thenRejected("`nextSeq` 4 does not follow seq 4");
        assertThat(log.seq()).isEqualTo(5);
        Verdict verdict = log.publish(TestLog.ROOT, new LogRestored(head(log), 1_000));
        assertThat(verdict.outcome()).isEqualTo(Outcome.APPLIED);
        assertThat(verdict.seq()).isEqualTo(1_000);
        assertThat(log.seq()).isEqualTo(1_000);
        assertThat(log.policy().gaps()).containsExactly(new GapRow(6, 999, 1_000));
        assertThat(log.publish(GRANT).seq()).isEqualTo(1_001);
    }

    @Test
    void a_restore_that_lost_nothing_leaves_no_gap() {
        TestLog log = given().log();
        assertThat(log.publish(TestLog.ROOT, new LogRestored(head(log), 4)).seq()).isEqualTo(4);
        assertThat(log.policy().gaps()).isEmpty();
    }

    @Test
    void a_malformed_restriction_suspends_what_it_names_until_resolved() {
        Given given = given();
        Suspension rule = new Suspension.OfRule(RULE);
        given.when(given.log().malformed(TestLog.CONTROL, "policy.changed.v1", "x", true, rule))
                .thenRejected("data: is not what it should be")
                .holds(new QuarantineRow(List.of(rule), 4));
        given.when(new QuarantineResolved(3)).thenRejected("nothing is suspended by seq 3");
        given.when(new QuarantineResolved(4)).thenApplied().holdsNothing(Row.Key.quarantine(4));
        given.when(new QuarantineResolved(4)).thenRejected("nothing is suspended by seq 4");
    }

    @Test
    void a_malformed_gift_suspends_nothing() {
        Given given = given();
        given.when(given.log().malformed(TestLog.CONTROL, "consent.granted.v1", "x", false))
                .thenRejected("data: is not what it should be");
        assertThat(given.log().policy().quarantine()).isEmpty();
    }

    @Test
    void a_malformed_restriction_suspends_no_more_than_its_key_may_publish_about() {
        Given given = given();
        given.when(
                        TestLog.ROOT,
                        new KeyAdded(
                                TestLog.key(
                                        "page",
                                        false,
                                        Optional.of(List.of("orders-api")),
                                        "consent.withdrawn.v1")))
                .thenApplied();
        given.when(given.log().malformed("page", "consent.withdrawn.v1", "", true))
                .thenRejected("data: is not what it should be");
        given.when(
                        given.log()
                                .malformed(
                                        "page",
                                        "consent.withdrawn.v1",
                                        "",
                                        true,
                                        new Suspension.OfUser(ALICE, Optional.empty())))
                .thenRejected("data: is not what it should be");
        given.when(
                        given.log()
                                .malformed(
                                        "page",
                                        "consent.withdrawn.v1",
                                        "",
                                        true,
                                        new Suspension.OfAudience(BILLING)))
                .thenNotAuthentic("the key `page` may not publish about what the record names");
        given.when(given.log().malformed(TestLog.ROOT, "key.revoked.v1", "", true))
                .thenRejected("data: is not what it should be");
        assertThat(given.log().policy().quarantine().values())
                .containsExactly(
                        new QuarantineRow(
                                List.of(
                                        new Suspension.OfEverything(
                                                Optional.of(Sets.copy(List.of(ORDERS))))),
                                5),
                        new QuarantineRow(
                                List.of(new Suspension.OfUser(ALICE, Optional.of(ORDERS))), 6),
                        new QuarantineRow(
                                List.of(new Suspension.OfEverything(Optional.empty())), 8));
    }

    @Test
    void the_head_is_the_hash_that_the_design_writes() {
        TestLog log = TestLog.empty();
        ReadRecord genesis = TestLog.genesis();
        log.append(genesis);
        byte[] numbers =
                java.nio.ByteBuffer.allocate(16)
                        .putLong(1)
                        .putLong(TestLog.START.toEpochMilli())
                        .array();
        assertThat(head(log))
                .isEqualTo(
                        Hash.sha256(
                                        new byte[32],
                                        numbers,
                                        genesis.valueHash().bytes(),
                                        genesis.sigHash().bytes())
                                .toString());
    }

    @Test
    void the_clock_never_goes_back() {
        TestLog log = given().log();
        log.sleep(Duration.ofHours(-1));
        log.publish(GRANT);
        assertThat(log.memory().state().checkpoint().orElseThrow().clock())
                .isEqualTo(TestLog.START);
    }
}

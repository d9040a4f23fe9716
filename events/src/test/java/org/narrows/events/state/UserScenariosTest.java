// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.events.state.Entries.*;
import static org.narrows.events.state.Scenario.*;

import java.time.Duration;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.narrows.events.event.ConsentEvent.*;
import org.narrows.events.event.InvitationEvent.*;
import org.narrows.events.event.LogEvent.*;
import org.narrows.events.event.PolicyChange;
import org.narrows.events.event.PolicyChange.*;
import org.narrows.events.event.QuarantineResolved;
import org.narrows.events.event.RevocationEvent.*;
import org.narrows.events.event.UserEvent.*;
import org.narrows.events.event.UserEvent.Via;
import org.narrows.events.policy.*;
import org.narrows.events.policy.ScopeDefinition.ScopeKind;
import org.narrows.events.state.Row.*;
import org.narrows.events.state.Verdict.*;
import org.narrows.events.value.*;

/** Consent, membership, invitations, revocations and forgetting. */
class UserScenariosTest {
    private static final ConsentGranted GRANT =
            new ConsentGranted(ALICE, BILLING, Scopes.of("invoice.read"), SERVICE);
    private static final ConsentWithdrawn WITHDRAW =
            new ConsentWithdrawn(ALICE, BILLING, Optional.empty());
    private static final User STRANGER =
            new User(new IssuerUrl("https://stranger.example.com"), "alice");
    private static final User OURS = new User(TestLog.OURS, "alice");
    private static final String OUR_NAME =
            "`https://narrows.example.com` is what this log issues as; users belong to the issuer of their first token";
    private static final PolicyChange LIST =
            new ScopeDefined(scope("invoice.list", "billing-api", ScopeKind.CONSENTABLE));
    private static final PolicyChange SCOPE =
            new ScopeDefined(scope("invoice.read", "billing-api", ScopeKind.CONSENTABLE));
    private static final PolicyChange AUDIENCE = new AudienceDefined(audience("billing-api"));

    private static long sinceOf(Then then, String scope) {
        return then.row(Row.Key.consent(ALICE, BILLING), ConsentRow.class)
                .scopes()
                .get(new ScopeName(scope))
                .since();
    }

    @Test
    void a_consent_is_merged_into_the_one_there_is() {
        Then then =
                given(LIST)
                        .and(GRANT)
                        .when(
                                new ConsentGranted(
                                        ALICE,
                                        BILLING,
                                        Scopes.of("invoice.list", "invoice.read"),
                                        SERVICE))
                        .thenApplied();
        assertThat(sinceOf(then, "invoice.read")).isEqualTo(5);
        assertThat(sinceOf(then, "invoice.list")).isEqualTo(6);
    }

    @Test
    void a_consent_withdrawn_in_part_keeps_the_rest() {
        Given given =
                given(LIST)
                        .and(
                                new ConsentGranted(
                                        ALICE,
                                        BILLING,
                                        Scopes.of("invoice.list", "invoice.read"),
                                        SERVICE));
        Then then =
                given.when(
                                new ConsentWithdrawn(
                                        ALICE, BILLING, Optional.of(Scopes.of("invoice.list"))))
                        .thenApplied();
        assertThat(then.row(Row.Key.consent(ALICE, BILLING), ConsentRow.class).scopes())
                .containsOnlyKeys(INVOICE);
        given.when(new ConsentWithdrawn(ALICE, BILLING, Optional.of(Scopes.of("invoice.read"))))
                .thenApplied()
                .holdsNothing(Row.Key.consent(ALICE, BILLING));
    }

    @Test
    void a_withdrawal_of_nothing_is_applied_and_a_misspelt_one_is_not() {
        given().when(WITHDRAW).thenApplied();
        given().when(new ConsentWithdrawn(ALICE, new AudienceId("typo"), Optional.empty()))
                .thenRejected("there never was an audience `typo`");
        given().when(new ConsentWithdrawn(ALICE, BILLING, Optional.of(Scopes.of("typo"))))
                .thenRejected("there never was a scope `typo`");
        given().when(new ConsentWithdrawn(STRANGER, BILLING, Optional.empty()))
                .thenRejected("the issuer `https://stranger.example.com` was never trusted");
        given().when(new ConsentWithdrawn(OURS, BILLING, Optional.empty())).thenRejected(OUR_NAME);
        given(new AudienceRetired(BILLING)).when(WITHDRAW).thenApplied();
        given(new IssuerDistrusted(new IssuerUrl(LOGIN))).when(WITHDRAW).thenApplied();
    }

    @Test
    void a_consent_given_again_is_a_new_one() {
        Then then = given(GRANT, WITHDRAW).when(GRANT).thenApplied();
        assertThat(sinceOf(then, "invoice.read")).isEqualTo(6);
    }

    @Test
    void a_consent_whose_scope_was_ended_is_a_new_one_when_given_again() {
        Given ended = given(GRANT).and(new ScopeRetired(INVOICE, Optional.of(BILLING))).and(SCOPE);
        assertThat(sinceOf(ended.when(GRANT).thenApplied(), "invoice.read")).isEqualTo(7);
        Given replaced = given(GRANT).and(SCOPE);
        assertThat(sinceOf(replaced.when(GRANT).thenApplied(), "invoice.read")).isEqualTo(4);
    }

    @Test
    void a_consent_whose_audience_was_ended_is_a_new_one_when_given_again() {
        ConsentGranted profile = new ConsentGranted(ALICE, BILLING, Scopes.of("profile"), SERVICE);
        Given given =
                given(new ScopeDefined(scope("profile", "", ScopeKind.CONSENTABLE)))
                        .and(profile)
                        .and(new AudienceRetired(BILLING))
                        .and(AUDIENCE);
        assertThat(sinceOf(given.when(profile).thenApplied(), "profile")).isEqualTo(8);
    }

    @Test
    void a_consent_names_what_is_there() {
        Given given =
                given(new ScopeDefined(scope("grantable", "billing-api", ScopeKind.GRANTABLE)));
        given.when(new ConsentGranted(ALICE, BILLING, Scopes.of("typo"), SERVICE))
                .thenRejected("there is no scope `typo`");
        given.when(new ConsentGranted(ALICE, BILLING, Scopes.of("grantable"), SERVICE))
                .thenRejected("the scope `grantable` is not consentable");
        given.when(new ConsentGranted(ALICE, ORDERS, Scopes.of("invoice.read"), SERVICE))
                .thenRejected("the scope `invoice.read` is not one of the audience `orders-api`");
        given.when(
                        new ConsentGranted(
                                ALICE, BILLING, Scopes.of("invoice.read"), new ClientId("typo")))
                .thenRejected("there is no client `typo`");
        given.when(new ConsentGranted(STRANGER, BILLING, Scopes.of("invoice.read"), SERVICE))
                .thenRejected("the issuer `https://stranger.example.com` is not trusted");
    }

    private static MembershipRow member(Row.Via via, Optional<Long> barLifted, long since) {
        return new MembershipRow(
                ALICE, BILLING, new Standing.Member(via, new TreeMap<>(), barLifted), since);
    }

    @Test
    void a_removal_bars_until_an_admin_lifts_it() {
        Given given = given(new UserRemoved(ALICE, BILLING));
        given.when(new UserAdmitted(ALICE, BILLING, Via.SIGN_UP))
                .thenRejected(
                        "the user was removed from the audience `billing-api`, which a sign-up does not lift")
                .holds(new MembershipRow(ALICE, BILLING, new Standing.Barred(), 4));
        given.when(new UserAdmitted(ALICE, BILLING, Via.ADMIN))
                .thenApplied()
                .holds(member(Row.Via.ADMIN, Optional.of(6L), 6));
        given.when(new UserAdmitted(ALICE, BILLING, Via.SIGN_UP))
                .thenApplied()
                .holds(member(Row.Via.ADMIN, Optional.of(6L), 6));
    }

    @Test
    void a_removal_outlives_its_audience() {
        Given barred = given(new UserRemoved(ALICE, BILLING)).and(new AudienceRetired(BILLING));
        barred.when(new UserRemoved(ALICE, BILLING)).thenApplied();
        barred.and(AUDIENCE)
                .when(new UserAdmitted(ALICE, BILLING, Via.SIGN_UP))
                .thenRejected(
                        "the user was removed from the audience `billing-api`, which a sign-up does not lift");
    }

    @Test
    void a_membership_does_not_outlive_its_audience() {
        given(new UserAdmitted(ALICE, BILLING, Via.ADMIN))
                .and(new AudienceRetired(BILLING))
                .and(AUDIENCE)
                .when(new UserAdmitted(ALICE, BILLING, Via.SIGN_UP))
                .thenApplied()
                .holds(member(Row.Via.SIGN_UP, Optional.empty(), 7));
    }

    @Test
    void sign_up_is_rejected_unless_it_is_open() {
        given(new AudienceDefined(audience("billing-api", "billing-api", false, false)))
                .when(new UserAdmitted(ALICE, BILLING, Via.SIGN_UP))
                .thenRejected("sign-up is not open at the audience `billing-api`");
        given().when(new UserAdmitted(ALICE, new AudienceId("typo"), Via.ADMIN))
                .thenRejected("there is no audience `typo`");
        given().when(new UserRemoved(ALICE, new AudienceId("typo")))
                .thenRejected("there never was an audience `typo`");
    }

    private static InvitationId invitation(int n) {
        return new InvitationId("sha256:" + Hash.sha256(new byte[] {(byte) n}));
    }

    private static InvitationIssued issued(int n) {
        return new InvitationIssued(invitation(n), BILLING, Optional.empty(), new TreeMap<>());
    }

    @Test
    void an_invitation_admits_once_and_lifts_a_removal() {
        Given given = given(new UserRemoved(ALICE, BILLING), issued(1));
        given.when(new InvitationRedeemed(invitation(1), ALICE))
                .thenApplied()
                .holds(member(Row.Via.INVITATION, Optional.of(6L), 6));
        given.when(new InvitationRedeemed(invitation(1), ALICE))
                .thenRejected("the invitation was redeemed before");
        given.when(new InvitationRevoked(invitation(1)))
                .thenRejected("the invitation was redeemed before; remove the user instead");
        given.when(issued(1)).thenRejected("the invitation was issued before");
        given.when(new InvitationRedeemed(invitation(2), ALICE))
                .thenRejected("there is no such invitation");
        given.when(new InvitationRevoked(invitation(2)))
                .thenRejected("there is no such invitation");
    }

    @Test
    void an_invitation_that_ended_does_not_admit() {
        Given expired =
                given(
                        new InvitationIssued(
                                invitation(1),
                                BILLING,
                                Optional.of(TestLog.START.plusSeconds(60)),
                                new TreeMap<>()));
        expired.log().sleep(Duration.ofSeconds(60));
        expired.when(new InvitationRedeemed(invitation(1), ALICE))
                .thenRejected("the invitation has expired");
        given(issued(1), new InvitationRevoked(invitation(1)))
                .when(new InvitationRedeemed(invitation(1), ALICE))
                .thenRejected("the invitation was revoked");
        given(issued(1))
                .and(new AudienceRetired(BILLING))
                .and(AUDIENCE)
                .when(new InvitationRedeemed(invitation(1), ALICE))
                .thenRejected(
                        "the audience `billing-api` was retired after the invitation was issued");
        given(issued(1))
                .and(new AudienceDefined(audience("billing-api", "billing-api", true, false)))
                .when(new InvitationRedeemed(invitation(1), ALICE))
                .thenRejected("invitations are not enabled at the audience `billing-api`");
    }

    @Test
    void an_invitation_that_a_malformed_record_meant_to_revoke_does_not_admit() {
        Given given = given(issued(1));
        given.when(
                        given.log()
                                .malformed(
                                        TestLog.CONTROL,
                                        "invitation.revoked.v1",
                                        "x",
                                        true,
                                        new Suspension.OfInvitation(invitation(1))))
                .thenRejected("data: is not what it should be");
        given.when(new InvitationRedeemed(invitation(1), ALICE))
                .thenRejected("the invitation is suspended by the malformed record at seq 5");
        given.and(new QuarantineResolved(5))
                .when(new InvitationRedeemed(invitation(1), ALICE))
                .thenApplied();
    }

    @Test
    void an_invitations_claims_are_declared_ones_and_go_to_the_member() {
        TreeMap<String, String> claims = new TreeMap<>(java.util.Map.of("plan", "\"gold\""));
        InvitationIssued gold =
                new InvitationIssued(invitation(1), BILLING, Optional.empty(), claims);
        given().when(gold)
                .thenRejected("the claim `plan` is not declared at the audience `billing-api`");
        given(new ClaimDefined(new ClaimDefinition("plan", Optional.of(ORDERS))))
                .when(gold)
                .thenRejected("the claim `plan` is not declared at the audience `billing-api`");
        given(new ClaimDefined(new ClaimDefinition("plan", Optional.empty())))
                .and(gold, new UserAdmitted(ALICE, BILLING, Via.ADMIN))
                .when(new InvitationRedeemed(invitation(1), ALICE))
                .thenApplied()
                .holds(
                        new MembershipRow(
                                ALICE,
                                BILLING,
                                new Standing.Member(Row.Via.INVITATION, claims),
                                6));
    }

    @Test
    void of_several_revocations_the_latest_holds_and_it_leaves_a_day_after_the_end() {
        TokenRef token = new TokenRef(TestLog.OURS, "t");
        Given given =
                given(
                        new TokenRevoked(token, TestLog.START.plusSeconds(60)),
                        new TokenRevoked(token, TestLog.START.plusSeconds(30)),
                        new TokenRevoked(token, TestLog.START.plusSeconds(90)));
        TokenRevocationRow row = new TokenRevocationRow(token, TestLog.START.plusSeconds(90), 4);
        given.log().sleep(Duration.ofDays(1).plusSeconds(89));
        given.when(WITHDRAW).thenApplied().holds(row);
        given.log().sleep(Duration.ofSeconds(1));
        // The clock moves with what is rejected as well.
        given.when(new RuleRetired(new RuleId("typo")))
                .thenRejected("there is no rule `typo`")
                .holdsNothing(row.key());
        given.when(new TokenRevoked(token, TestLog.START)).thenApplied().holdsNothing(row.key());
        given.when(new TokenRevoked(new TokenRef(STRANGER.issuer(), "t"), given.log().now()))
                .thenRejected("the issuer `https://stranger.example.com` was never trusted");
    }

    @Test
    void of_several_revocations_of_a_user_the_latest_holds_for_good() {
        Given given =
                given(
                        new SubjectRevoked(ALICE, TestLog.START.plusSeconds(60)),
                        new SubjectRevoked(ALICE, TestLog.START));
        given.log().sleep(Duration.ofDays(400));
        given.when(WITHDRAW)
                .thenApplied()
                .holds(
                        new SubjectRevocationRow(
                                ALICE, TestLog.START.plusSeconds(60), Optional.empty(), 4));
        given.when(new SubjectRevoked(OURS, TestLog.START)).thenRejected(OUR_NAME);
    }

    @Test
    void a_forgotten_user_leaves_nothing_but_a_bar_for_a_day() {
        ConsentGranted bobs =
                new ConsentGranted(
                        new User(ALICE.issuer(), "bob"),
                        BILLING,
                        Scopes.of("invoice.read"),
                        SERVICE);
        TestLog forgotten =
                given(
                                bobs,
                                GRANT,
                                WITHDRAW,
                                GRANT,
                                new UserRemoved(ALICE, BILLING),
                                new SubjectRevoked(ALICE, TestLog.START))
                        .log();
        TestLog never = given(bobs, WITHDRAW, WITHDRAW, WITHDRAW, WITHDRAW, WITHDRAW).log();
        forgotten.with(new UserForgotten(ALICE));
        never.with(new UserForgotten(ALICE));
        assertThat(forgotten.digests().live()).isEqualTo(never.digests().live());
        assertThat(forgotten.digests().closed()).isEqualTo(never.digests().closed());
        assertThat(forgotten.memory().rows().versionsOf(ALICE.key()))
                .extracting(Rows.Version::row)
                .containsExactly(
                        new SubjectRevocationRow(
                                ALICE,
                                TestLog.START,
                                Optional.of(TestLog.START.plus(Duration.ofDays(1))),
                                10));
        forgotten
                .sleep(Duration.ofDays(1))
                .with(new ConsentWithdrawn(bobs.user(), ORDERS, Optional.empty()));
        assertThat(forgotten.memory().rows().live(Row.Key.subjectRevocation(ALICE))).isEmpty();
    }

    @Test
    void a_forgetting_is_a_change_to_all_that_is_the_users() {
        Given given = given(GRANT, new UserForgotten(ALICE));
        given.when(
                        given.log()
                                .record(
                                        TestLog.CONTROL,
                                        TestLog.expecting(TestLog.of("late", GRANT), 4)))
                .thenRejected("what the event names changed at seq 5, after the expected 4");
    }

    @Test
    void no_reason_names_a_user() {
        TestLog log = given(new UserRemoved(ALICE, BILLING)).log();
        log.publish(new UserAdmitted(ALICE, BILLING, Via.SIGN_UP));
        log.publish(new ConsentGranted(STRANGER, BILLING, Scopes.of("invoice.read"), SERVICE));
        log.publish(new UserForgotten(STRANGER));
        assertThat(log.memory().verdicts())
                .allSatisfy(
                        verdict -> assertThat(verdict.reason().orElse("")).doesNotContain("alice"));
    }
}

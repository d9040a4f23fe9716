// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.events.state.Entries.*;
import static org.narrows.events.state.Scenario.*;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.narrows.events.event.ConsentEvent.*;
import org.narrows.events.event.InvitationEvent.*;
import org.narrows.events.event.LogEvent.*;
import org.narrows.events.event.PolicyChange.*;
import org.narrows.events.event.RevocationEvent.*;
import org.narrows.events.event.UserEvent.*;
import org.narrows.events.policy.*;
import org.narrows.events.policy.ScopeDefinition.ScopeKind;
import org.narrows.events.state.Row.*;
import org.narrows.events.state.Verdict.*;
import org.narrows.events.value.*;

/** What a policy change gives, takes and takes along. */
class PolicyScenariosTest {
    private static final String PARTNER = "https://partner.example.com";

    private static Took took(Kind kind, String id, String... lost) {
        return new Took(kind, id, Optional.empty(), List.of(lost));
    }

    private static Took tookOf(Kind kind, String id, String audience) {
        return new Took(kind, id, Optional.of(audience), List.of());
    }

    @Test
    void an_audience_takes_its_scopes_claims_clients_rules_and_targets() {
        given(
                        new ClaimDefined(new ClaimDefinition("email", Optional.of(BILLING))),
                        new ClientRegistered(client("billing-service", "billing-api")))
                .when(new AudienceRetired(BILLING))
                .thenApplied(
                        tookOf(Kind.SCOPES, "invoice.read", "billing-api"),
                        tookOf(Kind.CLAIMS, "email", "billing-api"),
                        took(Kind.CLIENTS, "billing-service"),
                        took(Kind.CLIENTS, "orders-service", "invoice.read", "billing-api"),
                        took(Kind.RULES, "orders-to-billing"));
    }

    @Test
    void what_the_event_names_itself_was_not_taken_along() {
        given().when(
                        new AudienceRetired(BILLING),
                        new RuleRetired(RULE),
                        new ScopeRetired(INVOICE, Optional.of(BILLING)),
                        new ClientScopeWithdrawn(SERVICE, INVOICE),
                        new ClientAudienceWithdrawn(SERVICE, BILLING))
                .thenApplied();
    }

    @Test
    void a_scope_takes_itself_out_of_clients_and_rules() {
        RuleRow rule =
                given().when(new ScopeRetired(INVOICE, Optional.of(BILLING)))
                        .thenApplied(
                                took(Kind.CLIENTS, "orders-service", "invoice.read"),
                                took(Kind.RULES, "orders-to-billing", "invoice.read"))
                        .policy()
                        .rules()
                        .get(RULE);
        assertThat(((Rule.Allow) rule.entry()).scopes())
                .containsEntry(new ScopeName("orders.read"), Scopes.NONE);
        assertThat(rule.since()).isEqualTo(4);
    }

    @Test
    void a_client_leaves_allow_rules_and_stays_in_deny_rules() {
        Given given =
                given(
                        new ClientRegistered(client("other", "orders-api")),
                        new RuleDefined(
                                forClients(
                                        allow(
                                                "both",
                                                "orders-api",
                                                "billing-api",
                                                "x: invoice.read"),
                                        "orders-service",
                                        "other")),
                        new RuleDefined(
                                forClients(
                                        allow(
                                                "only",
                                                "orders-api",
                                                "billing-api",
                                                "x: invoice.read"),
                                        "other")),
                        new RuleDefined(
                                forClients(deny("never", "orders-api", "billing-api"), "other")));
        Policy policy =
                given.when(new ClientRemoved(new ClientId("other")))
                        .thenApplied(took(Kind.RULES, "both", "other"), took(Kind.RULES, "only"))
                        .policy();
        assertThat(policy.rules()).containsOnlyKeys(RULE, new RuleId("both"), new RuleId("never"));
        assertThat(policy.rules().get(new RuleId("never")).entry().match().clients().orElseThrow())
                .containsExactly(new ClientId("other"));
        assertThat(policy.rules().get(new RuleId("both")).since()).isEqualTo(8);
        // The deny rule may be written again with the name it kept.
        given.when(
                        new RuleDefined(
                                forClients(
                                        deny("never", "orders-api", "billing-api"),
                                        "other",
                                        "orders-service")))
                .thenApplied();
        given.when(
                        new RuleDefined(
                                forClients(deny("another", "orders-api", "billing-api"), "other")))
                .thenRejected("there is no client `other`");
    }

    @Test
    void what_was_not_there_before_cannot_be_taken_away() {
        Given given = given();
        given.when(new IssuerDistrusted(new IssuerUrl(PARTNER)))
                .thenRejected("there is no issuer `https://partner.example.com`");
        given.when(new AudienceRetired(new AudienceId("typo")))
                .thenRejected("there is no audience `typo`");
        given.when(new ScopeRetired(INVOICE, Optional.empty()))
                .thenRejected("there is no scope `invoice.read` that all audiences share");
        given.when(new ClaimRetired("email", Optional.of(BILLING)))
                .thenRejected("there is no claim `email` of the audience `billing-api`");
        given.when(new RuleRetired(new RuleId("typo"))).thenRejected("there is no rule `typo`");
        given.when(new ClientDisabled(new ClientId("typo")))
                .thenRejected("there is no client `typo`");
        given.when(new ClientEnabled(new ClientId("typo")))
                .thenRejected("there is no client `typo`");
        given.when(new ClientRemoved(new ClientId("typo")))
                .thenRejected("there is no client `typo`");
        given.when(new ClientScopeWithdrawn(SERVICE, new ScopeName("typo")))
                .thenRejected("there is no scope `typo`");
        given.when(new ClientAudienceWithdrawn(SERVICE, new AudienceId("typo")))
                .thenRejected("there is no audience `typo`");
        given.when(
                        new ClientRegistered(client("new", "orders-api")),
                        new ClientScopeWithdrawn(new ClientId("new"), INVOICE))
                .thenRejected("there is no client `new`");
    }

    @Test
    void withdrawing_what_exists_and_was_never_given_is_applied_without_effect() {
        Given given = given(new ScopeDefined(scope("list", "billing-api", ScopeKind.GRANTABLE)));
        Digests before = given.log().digests();
        given.when(new ClientScopeWithdrawn(SERVICE, new ScopeName("list"))).thenApplied();
        given.when(new ClientAudienceWithdrawn(SERVICE, ORDERS)).thenApplied();
        given.when(new ClientEnabled(SERVICE)).thenApplied();
        assertThat(given.log().digests().live()).isEqualTo(before.live());
        assertThat(given.log().memory().state().checkpoint().orElseThrow().policyChangedAt())
                .isEqualTo(4);
        given.when(new ClientDisabled(SERVICE)).thenApplied();
        given.when(new ClientDisabled(SERVICE)).thenApplied();
    }

    @Test
    void what_is_given_must_name_what_is_there() {
        Given given = given();
        given.when(new ScopeDefined(scope("s", "typo", ScopeKind.GRANTABLE)))
                .thenRejected("there is no audience `typo`");
        given.when(
                        new ClaimDefined(
                                new ClaimDefinition("email", Optional.of(new AudienceId("typo")))))
                .thenRejected("there is no audience `typo`");
        given.when(new ClientRegistered(client("c", "typo")))
                .thenRejected("there is no audience `typo`");
        given.when(new ClientScopeAllowed(SERVICE, new ScopeName("typo")))
                .thenRejected("there is no scope `typo`");
        given.when(new ClientScopeAllowed(new ClientId("typo"), INVOICE))
                .thenRejected("there is no client `typo`");
        given.when(new ClientAudienceAllowed(SERVICE, new AudienceId("typo")))
                .thenRejected("there is no audience `typo`");
        given.when(new IssuerTrusted(issuer(PARTNER, "partner", false, "typo")))
                .thenRejected("there is no audience `typo`");
        given.when(new RuleDefined(allow("r", "typo", "billing-api", "x: invoice.read")))
                .thenRejected("there is no audience `typo`");
        given.when(new RuleDefined(allow("r", "orders-api", "billing-api", "x: typo")))
                .thenRejected("there is no scope `typo`");
        given.when(new RuleDefined(allow("r", "billing-api", "orders-api", "x: invoice.read")))
                .thenRejected("the scope `invoice.read` is not one of the audience `orders-api`");
        given.when(
                        new RuleDefined(
                                forClients(
                                        allow("r", "billing-api", "billing-api", "x: invoice.read"),
                                        "orders-service")))
                .thenRejected("the client `orders-service` is not at home in `billing-api`");
        given.when(
                        new RuleDefined(
                                forIssuers(
                                        allow("r", "orders-api", "billing-api", "x: invoice.read"),
                                        PARTNER)))
                .thenRejected("the issuer `https://partner.example.com` is not trusted");
        given.when(new ClientRegistered(federated("c", "orders-api", PARTNER, "s")))
                .thenRejected("the issuer `https://partner.example.com` is not trusted");
        given.when(new ClientRegistered(knownAs(client("c", "orders-api"), PARTNER, "there")))
                .thenRejected("the issuer `https://partner.example.com` is not trusted");
    }

    @Test
    void changes_are_judged_by_the_policy_after_the_last_of_them() {
        given().when(
                        new RuleDefined(allow("r", "mail", "mail", "x: mail.send")),
                        new ClientScopeAllowed(new ClientId("mailer"), new ScopeName("mail.send")),
                        new ClientRegistered(client("mailer", "mail")),
                        new ScopeDefined(scope("mail.send", "mail", ScopeKind.GRANTABLE)),
                        new AudienceDefined(audience("mail")))
                .thenApplied();
        given().when(
                        new ClientScopeAllowed(SERVICE, INVOICE),
                        new ScopeRetired(INVOICE, Optional.of(BILLING)))
                .thenRejected("there is no scope `invoice.read`");
        given().when(new ClientEnabled(SERVICE), new AudienceRetired(ORDERS))
                .thenRejected("there is no client `orders-service`");
    }

    @Test
    void no_two_changes_are_about_the_same() {
        given().when(
                        new ClientDisabled(SERVICE),
                        new ClientRegistered(client("orders-service", "orders-api")))
                .thenRejected("two changes are about the same: clients `orders-service`");
        given().when(
                        new ClientScopeAllowed(SERVICE, INVOICE),
                        new ClientScopeWithdrawn(SERVICE, INVOICE))
                .thenRejected(
                        "two changes are about the same: clients `orders-service`, scope `invoice.read`");
    }

    @Test
    void what_is_fixed_once_given_stays() {
        Given given = given(new AudienceDefined(audience("mail")));
        given.when(new ClientRegistered(client("orders-service", "mail")))
                .thenRejected(
                        "the home audience of the client `orders-service` is fixed once given");
        given.when(new ScopeDefined(scope("invoice.read", "mail", ScopeKind.CONSENTABLE)))
                .thenRejected("the scope `invoice.read` belongs to the audience `billing-api`");
        given.when(new ScopeDefined(scope("invoice.read", "billing-api", ScopeKind.GRANTABLE)))
                .thenRejected("the kind of the scope `invoice.read` is fixed once given");
        String fixed =
                "`effect`, `from` and `to` of the rule `orders-to-billing` are fixed once given";
        given.when(new RuleDefined(deny("orders-to-billing", "orders-api", "billing-api")))
                .thenRejected(fixed);
        given.when(
                        new RuleDefined(
                                allow(
                                        "orders-to-billing",
                                        "mail",
                                        "billing-api",
                                        "x: invoice.read")))
                .thenRejected(fixed);
        given.when(new IssuerTrusted(issuer(LOGIN, "login", false)))
                .thenRejected(
                        "whether the issuer `https://login.example.com` is primary is fixed once given");
    }

    @Test
    void given_again_after_its_end_an_entry_may_be_another() {
        Given given = given(new AudienceDefined(audience("mail")), new RuleRetired(RULE));
        given.when(new RuleDefined(deny("orders-to-billing", "mail", "billing-api"))).thenApplied();
        given.when(
                        new AudienceRetired(ORDERS),
                        new ClientRegistered(client("orders-service", "mail")))
                .thenApplied(took(Kind.CLIENTS, "orders-service", "invoice.read", "billing-api"));
        ClientRow client = given.log().policy().clients().get(SERVICE);
        assertThat(client.since()).isEqualTo(given.log().seq());
        assertThat(client.scopes()).isEmpty();
    }

    @Test
    void an_alias_and_being_primary_belong_to_an_issuer_for_good() {
        Given given = given(new IssuerDistrusted(new IssuerUrl(LOGIN)));
        given.when(new IssuerTrusted(issuer(PARTNER, "login", false)))
                .thenRejected(
                        "the alias `login` belongs to the issuer `https://login.example.com` for good");
        given.when(new IssuerTrusted(issuer(PARTNER, "partner", true)))
                .thenRejected("the issuer `https://login.example.com` is the primary one for good");
        given.when(new IssuerTrusted(issuer(LOGIN, "other", true)))
                .thenRejected(
                        "the alias of the issuer `https://login.example.com` is `login` for good");
        given.when(new IssuerTrusted(issuer(LOGIN, "login", true)))
                .thenApplied()
                .holds(new IssuerRow(issuer(LOGIN, "login", true), given.log().seq()));
        TestLog log = TestLog.opened();
        assertThat(
                        log.change(
                                        new IssuerTrusted(issuer(LOGIN, "same", false)),
                                        new IssuerTrusted(issuer(PARTNER, "same", false)))
                                .outcome())
                .isEqualTo(Outcome.REJECTED);
        assertThat(
                        log.change(
                                        new IssuerTrusted(issuer(LOGIN, "a", true)),
                                        new IssuerTrusted(issuer(PARTNER, "b", true)))
                                .outcome())
                .isEqualTo(Outcome.REJECTED);
    }

    @Test
    void nobody_is_trusted_under_our_own_name() {
        given().when(new IssuerTrusted(issuer(TestLog.OURS.value(), "self", false)))
                .thenRejected(
                        "`https://narrows.example.com` is what this log issues as and cannot be trusted as another issuer");
    }

    @Test
    void a_rule_may_keep_an_issuer_that_is_trusted_no_more() {
        Rule rule = forIssuers(allow("r", "orders-api", "billing-api", "x: invoice.read"), LOGIN);
        Given given = given(new RuleDefined(rule), new IssuerDistrusted(new IssuerUrl(LOGIN)));
        given.when(
                        new RuleDefined(
                                forIssuers(
                                        allow(
                                                "r",
                                                "orders-api",
                                                "billing-api",
                                                "x: invoice.read, y: invoice.read"),
                                        LOGIN)))
                .thenApplied();
        given.when(
                        new RuleDefined(
                                forIssuers(
                                        allow("r2", "orders-api", "billing-api", "x: invoice.read"),
                                        LOGIN)))
                .thenRejected("the issuer `https://login.example.com` is not trusted");
    }

    @Test
    void a_name_of_an_audience_is_one_audiences_and_no_clients() {
        Given given = given();
        given.when(new AudienceDefined(audience("mail", "billing-api", true, false)))
                .thenRejected("`billing-api` names the audience `billing-api` already");
        given.when(new AudienceDefined(audience("mail", "orders-service", true, false)))
                .thenRejected("`orders-service` names the client `orders-service`, so no audience");
        given.when(new AudienceDefined(audience("mail", TestLog.OURS.value(), true, false)))
                .thenRejected(
                        "`https://narrows.example.com` is Narrows itself and names no audience");
        given.when(
                        new AudienceDefined(
                                audience(
                                        "mail",
                                        TestLog.OURS.value() + "/token-exchange",
                                        true,
                                        false)))
                .thenRejected(
                        "`https://narrows.example.com/token-exchange` is Narrows itself and names no audience");
        given.when(new ClientRegistered(client("billing-api", "orders-api")))
                .thenRejected("`billing-api` names the audience `billing-api`, so no client");
        given.when(new ClientRegistered(knownAs(client("c", "orders-api"), LOGIN, "billing-api")))
                .thenRejected("`billing-api` names the audience `billing-api`, so no client");
        given.when(
                        new AudienceDefined(audience("a", "same", true, false)),
                        new AudienceDefined(audience("b", "same", true, false)))
                .thenRejected("`same` names the audience `b` already");
        given.when(
                        new AudienceDefined(audience("x")),
                        new ClientRegistered(client("x", "orders-api")))
                .thenRejected("`x` names the client `x`, so no audience");
    }

    @Test
    void a_workload_is_one_client() {
        given(new ClientRegistered(federated("one", "orders-api", LOGIN, "robot")))
                .when(new ClientRegistered(federated("two", "orders-api", LOGIN, "robot")))
                .thenRejected("the workload of the client `two` is registered as the client `one`");
    }

    @Test
    void replacing_an_entry_keeps_its_since_and_what_a_client_has() {
        Given given = given(new ClientDisabled(SERVICE));
        Then then =
                given.when(
                                new ClientRegistered(client("orders-service", "orders-api")),
                                new AudienceDefined(
                                        audience("billing-api", "https://billing", false, false)),
                                new RuleDefined(
                                        allow(
                                                "orders-to-billing",
                                                "orders-api",
                                                "billing-api",
                                                "orders.read: invoice.read, x: invoice.read")))
                        .thenApplied();
        ClientRow client = then.policy().clients().get(SERVICE);
        assertThat(client.enabledSince()).isEmpty();
        assertThat(client.scopes()).containsEntry(INVOICE, 3L);
        assertThat(client.audiences()).containsEntry(BILLING, 3L);
        assertThat(then.policy().audiences().get(BILLING).since()).isEqualTo(3);
        assertThat(then.policy().rules().get(RULE).since()).isEqualTo(3);
    }

    @Test
    void a_rule_that_loses_something_starts_anew_and_one_that_gains_does_not() {
        Rule.Allow sample =
                allow(
                        "orders-to-billing",
                        "orders-api",
                        "billing-api",
                        "orders.read: invoice.read");
        for (Rule less : List.of(forClients(sample, "orders-service"), forIssuers(sample, LOGIN))) {
            Given given = given();
            given.and(new RuleDefined(less));
            assertThat(given.log().policy().rules().get(RULE).since()).isEqualTo(4);
            given.and(new RuleDefined(sample));
            assertThat(given.log().policy().rules().get(RULE).since()).isEqualTo(4);
        }
        Given other =
                given(
                        new RuleDefined(
                                allow(
                                        "orders-to-billing",
                                        "orders-api",
                                        "billing-api",
                                        "x: invoice.read")));
        assertThat(other.log().policy().rules().get(RULE).since()).isEqualTo(4);
    }

    @Test
    void what_a_client_gets_again_it_has_anew() {
        Given given = given();
        given.when(new ClientScopeAllowed(SERVICE, INVOICE)).thenApplied();
        assertThat(given.log().policy().clients().get(SERVICE).scopes()).containsEntry(INVOICE, 3L);
        given.and(
                new ClientScopeWithdrawn(SERVICE, INVOICE),
                new ClientAudienceWithdrawn(SERVICE, BILLING),
                new ClientDisabled(SERVICE));
        given.and(
                new ClientScopeAllowed(SERVICE, INVOICE),
                new ClientAudienceAllowed(SERVICE, BILLING),
                new ClientEnabled(SERVICE));
        ClientRow client = given.log().policy().clients().get(SERVICE);
        assertThat(client.scopes()).containsEntry(INVOICE, 6L);
        assertThat(client.audiences()).containsEntry(BILLING, 6L);
        assertThat(client.enabledSince()).contains(6L);
        assertThat(client.since()).isEqualTo(3);
    }

    @Test
    void a_change_that_cannot_be_made_leaves_all_others_undone() {
        Given given = given();
        Digests before = given.log().digests();
        given.when(new RuleRetired(RULE), new ClientDisabled(new ClientId("typo")))
                .thenRejected("there is no client `typo`");
        assertThat(given.log().digests().live()).isEqualTo(before.live());
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.events.state.Entries.*;
import static org.narrows.events.state.Scenario.*;

import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.narrows.events.event.ConsentEvent.*;
import org.narrows.events.event.InvitationEvent.*;
import org.narrows.events.event.LogEvent.*;
import org.narrows.events.event.PolicyChange;
import org.narrows.events.event.PolicyChange.*;
import org.narrows.events.event.PolicyChanged;
import org.narrows.events.event.RevocationEvent.*;
import org.narrows.events.event.UserEvent.*;
import org.narrows.events.event.UserEvent.Via;
import org.narrows.events.policy.*;
import org.narrows.events.policy.ScopeDefinition.ScopeKind;
import org.narrows.events.state.Row.*;
import org.narrows.events.state.Verdict.*;
import org.narrows.events.value.*;

/** Who may not touch the admin audience must not become somebody who may. */
class AdminTouchScenariosTest {
    private static final ClientId CONSOLE = new ClientId("console");
    private static final String REASON = "the key `plain` may not touch the admin audience";

    /**
     * A rule into the admin audience for `console` of `orders-api`, and a key that may publish all
     * but touch it.
     */
    private static Given withAdminRule() {
        Given given =
                given(
                        new ClientRegistered(client("console", "orders-api")),
                        new ClientAudienceAllowed(CONSOLE, Audience.ADMIN),
                        new ClientScopeAllowed(CONSOLE, new ScopeName("policy:write")),
                        new ScopeDefined(scope("shared", "", ScopeKind.GRANTABLE)),
                        new RuleDefined(
                                forIssuers(
                                        forClients(
                                                allow(
                                                        "admins",
                                                        "orders-api",
                                                        "narrows-admin",
                                                        "admin: policy:write shared"),
                                                "console"),
                                        LOGIN)));
        given.when(
                        TestLog.ROOT,
                        new KeyAdded(
                                TestLog.key("plain", false, Optional.empty(), TestLog.allTypes())))
                .thenApplied();
        return given;
    }

    private static void touches(PolicyChange... changes) {
        withAdminRule().when("plain", new PolicyChanged(List.of(changes))).thenRejected(REASON);
    }

    private static void leavesAlone(PolicyChange change) {
        When when = withAdminRule().when("plain", new PolicyChanged(List.of(change)));
        assertThat(when.verdict().reason()).isEmpty();
    }

    @Test
    void naming_it_touches_it() {
        touches(
                new RuleDefined(
                        forIssuers(
                                forClients(
                                        allow("r", "orders-api", "narrows-admin", "x: policy:read"),
                                        "console"),
                                LOGIN)));
        touches(new RuleRetired(new RuleId("admins")));
        touches(new ClientRegistered(client("other", "narrows-admin")));
        touches(new ClientAudienceAllowed(SERVICE, Audience.ADMIN));
        touches(new ClientScopeAllowed(SERVICE, new ScopeName("log:operate")));
        touches(new ScopeDefined(scope("extra", "narrows-admin", ScopeKind.GRANTABLE)));
        touches(new ClaimDefined(new ClaimDefinition("email", Optional.of(Audience.ADMIN))));
    }

    @Test
    void changing_what_a_rule_into_it_names_touches_it() {
        touches(new IssuerTrusted(issuer(LOGIN, "login", true, "orders-api")));
        touches(new IssuerDistrusted(new IssuerUrl(LOGIN)));
        touches(new ClientRegistered(client("console", "orders-api")));
        touches(new ClientDisabled(CONSOLE));
        touches(new ClientRemoved(CONSOLE));
        touches(new ClientScopeWithdrawn(CONSOLE, new ScopeName("policy:write")));
        touches(new AudienceDefined(audience("orders-api", "https://orders", true, false)));
        touches(new AudienceRetired(ORDERS));
    }

    @Test
    void taking_along_what_is_in_such_a_rule_touches_it() {
        touches(new ScopeRetired(new ScopeName("shared"), Optional.empty()));
    }

    @Test
    void the_issuer_of_such_a_clients_assertions_counts_as_named() {
        String ci = "https://ci.example.com";
        Given given = given(new IssuerTrusted(issuer(ci, "ci", false)));
        given.and(
                new ClientRegistered(federated("robot", "orders-api", ci, "robot")),
                new RuleDefined(
                        forIssuers(
                                forClients(
                                        allow(
                                                "admins",
                                                "orders-api",
                                                "narrows-admin",
                                                "admin: policy:write"),
                                        "robot"),
                                LOGIN)));
        given.when(
                        TestLog.ROOT,
                        new KeyAdded(
                                TestLog.key("plain", false, Optional.empty(), TestLog.allTypes())))
                .thenApplied();
        given.when(
                        "plain",
                        new PolicyChanged(
                                List.of(new IssuerTrusted(issuer(ci, "ci", false, "orders-api")))))
                .thenRejected(REASON);
    }

    @Test
    void what_happens_to_users_there_touches_it() {
        Given given = withAdminRule();
        given.when("plain", new UserAdmitted(ALICE, Audience.ADMIN, Via.ADMIN))
                .thenRejected(REASON);
        given.when("plain", new UserRemoved(ALICE, Audience.ADMIN)).thenRejected(REASON);
        given.when("plain", new ConsentWithdrawn(ALICE, Audience.ADMIN, Optional.empty()))
                .thenRejected(REASON);
        given.when(
                        "plain",
                        new InvitationIssued(
                                new InvitationId("sha256:" + Hash.ZERO),
                                Audience.ADMIN,
                                Optional.empty(),
                                new TreeMap<>()))
                .thenRejected(REASON);
        given.when(new UserAdmitted(ALICE, Audience.ADMIN, Via.ADMIN)).thenApplied();
    }

    @Test
    void everything_else_leaves_it_alone() {
        leavesAlone(new RuleRetired(RULE));
        leavesAlone(new ClientDisabled(SERVICE));
        leavesAlone(new AudienceRetired(BILLING));
        leavesAlone(new ScopeDefined(scope("invoice.write", "billing-api", ScopeKind.GRANTABLE)));
        leavesAlone(new IssuerTrusted(issuer("https://partner.example.com", "partner", false)));
    }

    @Test
    void it_is_never_redefined_and_never_retired() {
        given().when(new AudienceDefined(audience("narrows-admin")))
                .thenRejected("the audience `narrows-admin` is never redefined");
        given().when(new AudienceRetired(Audience.ADMIN))
                .thenRejected("the audience `narrows-admin` is never retired");
        given().when(new ScopeDefined(scope("policy:write", "narrows-admin", ScopeKind.GRANTABLE)))
                .thenRejected("the scope `policy:write` is never redefined");
        given().when(new ScopeRetired(new ScopeName("policy:write"), Optional.of(Audience.ADMIN)))
                .thenRejected("the scope `policy:write` is never retired");
    }

    @Test
    void a_rule_into_it_names_who() {
        String reason =
                "the rule `r` into `narrows-admin` must name its clients and issuers, have `maxChainDepth` 1 and not be combinable";
        Rule rule = allow("r", "orders-api", "narrows-admin", "x: policy:read");
        given().when(new RuleDefined(rule)).thenRejected(reason);
        given().when(new RuleDefined(forClients(rule, "orders-service"))).thenRejected(reason);
        given().when(new RuleDefined(forIssuers(rule, LOGIN))).thenRejected(reason);
        given().when(new RuleDefined(forIssuers(forClients(rule, "orders-service"), LOGIN)))
                .thenApplied();
    }
}

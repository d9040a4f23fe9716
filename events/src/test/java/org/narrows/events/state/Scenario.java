// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.narrows.events.event.Event;
import org.narrows.events.event.PolicyChange;
import org.narrows.events.event.PolicyChange.AudienceDefined;
import org.narrows.events.event.PolicyChange.ClientAudienceAllowed;
import org.narrows.events.event.PolicyChange.ClientRegistered;
import org.narrows.events.event.PolicyChange.ClientScopeAllowed;
import org.narrows.events.event.PolicyChange.IssuerTrusted;
import org.narrows.events.event.PolicyChange.RuleDefined;
import org.narrows.events.event.PolicyChange.ScopeDefined;
import org.narrows.events.event.PolicyChanged;
import org.narrows.events.policy.ScopeDefinition.ScopeKind;
import org.narrows.events.state.Verdict.Outcome;
import org.narrows.events.state.Verdict.Took;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.User;

/**
 * Given a log, when something is published, then this is its verdict: three steps, each giving the
 * next.
 */
final class Scenario {
    static final String LOGIN = "https://login.example.com";
    static final User ALICE = new User(new IssuerUrl(LOGIN), "alice");
    static final AudienceId ORDERS = new AudienceId("orders-api");
    static final AudienceId BILLING = new AudienceId("billing-api");
    static final ClientId SERVICE = new ClientId("orders-service");
    static final ScopeName INVOICE = new ScopeName("invoice.read");
    static final RuleId RULE = new RuleId("orders-to-billing");

    private Scenario() {}

    /** The policy of the README, as one event: published as seq 3. */
    static PolicyChange[] sample() {
        return new PolicyChange[] {
            new IssuerTrusted(Entries.issuer(LOGIN, "login", true)),
            new AudienceDefined(Entries.audience("orders-api")),
            new AudienceDefined(Entries.audience("billing-api")),
            new ScopeDefined(Entries.scope("invoice.read", "billing-api", ScopeKind.CONSENTABLE)),
            new ClientRegistered(Entries.client("orders-service", "orders-api")),
            new ClientScopeAllowed(SERVICE, INVOICE),
            new ClientAudienceAllowed(SERVICE, BILLING),
            new RuleDefined(
                    Entries.allow(
                            "orders-to-billing",
                            "orders-api",
                            "billing-api",
                            "orders.read: invoice.read"))
        };
    }

    static Given given(Event... events) {
        return new Given(TestLog.opened().with(sample()).with(events));
    }

    /** A log that holds the sample and these changes, each an event of its own from seq 4 on. */
    static Given given(PolicyChange first, PolicyChange... more) {
        TestLog log = TestLog.opened().with(sample()).with(first);
        for (PolicyChange change : more) {
            log.with(change);
        }
        return new Given(log);
    }

    record Given(TestLog log) {
        Given and(Event... events) {
            return new Given(log.with(events));
        }

        /** And these changes, as one event. */
        Given and(PolicyChange... changes) {
            return new Given(log.with(changes));
        }

        When when(Event event) {
            return new When(log, log.publish(event));
        }

        /** When these changes are published as one event. */
        When when(PolicyChange... changes) {
            return when(new PolicyChanged(List.of(changes)));
        }

        When when(String kid, Event event) {
            return new When(log, log.publish(kid, event));
        }

        When when(ReadRecord record) {
            return new When(log, log.judge(record));
        }
    }

    record When(TestLog log, Verdict verdict) {
        Then thenApplied(Took... took) {
            assertThat(verdict.reason()).isEmpty();
            assertThat(verdict.outcome()).isEqualTo(Outcome.APPLIED);
            assertThat(verdict.took()).containsExactly(took);
            return new Then(log);
        }

        Then thenRejected(String reason) {
            assertThat(verdict.reason()).contains(reason);
            assertThat(verdict.outcome()).isEqualTo(Outcome.REJECTED);
            assertThat(verdict.claim())
                    .as("what is refused on its merits claims its id")
                    .isPresent();
            return new Then(log);
        }

        Then thenNotAuthentic(String reason) {
            assertThat(verdict.reason()).contains(reason);
            assertThat(verdict.outcome()).isEqualTo(Outcome.REJECTED);
            assertThat(verdict.claim()).as("what is not authentic claims no id").isEmpty();
            return new Then(log);
        }

        Then thenDuplicateOf(long seq) {
            assertThat(verdict.outcome()).isEqualTo(Outcome.DUPLICATE);
            assertThat(verdict.first().orElseThrow().seq()).isEqualTo(seq);
            return new Then(log);
        }
    }

    record Then(TestLog log) {
        Given and() {
            return new Given(log);
        }

        <R extends Row> R row(Row.Key key, Class<R> type) {
            return type.cast(log.memory().rows().live(key).orElseThrow());
        }

        Then holds(Row row) {
            assertThat(log.memory().rows().live(row.key())).contains(row);
            return this;
        }

        Then holdsNothing(Row.Key key) {
            assertThat(log.memory().rows().live(key)).isEmpty();
            return this;
        }

        Policy policy() {
            return log.policy();
        }
    }
}

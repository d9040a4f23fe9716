// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.events.decision.Given.ALICE;
import static org.narrows.events.decision.Given.NOW;
import static org.narrows.events.decision.Given.exchange;
import static org.narrows.events.decision.Given.sample;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.narrows.events.decision.Reason.ConsentMissing;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.Scopes;

class DecisionScenariosTest {
    private static final AudienceId BILLING = new AudienceId("billing-api");

    @Test
    void a_rule_and_a_consent_permit() {
        TokenTerms terms = sample().when(exchange()).thenPermits("invoice.read");
        assertThat(terms.subject()).isEqualTo("alice");
        assertThat(terms.audiences()).containsExactly("billing-api");
        assertThat(terms.lineage()).containsExactly("login|root");
        assertThat(terms.expiresAt()).isEqualTo(NOW.plus(Duration.ofMinutes(5)));
    }

    @Test
    void a_withdrawn_consent_denies() {
        Given.When when = sample().withdraw(ALICE, "billing-api").when(exchange());
        when.thenDenied(new ConsentMissing(BILLING, Scopes.of("invoice.read")));
        assertThat(((Decision.Deny) when.decision()).consentRequired())
                .hasValue(
                        new java.util.TreeMap<>(
                                java.util.Map.of(BILLING, Scopes.of("invoice.read"))));
    }

    @Test
    void an_issued_token_is_active_the_moment_it_is_issued() {
        Given given = sample();
        PresentedToken issued = given.issue(exchange(), "first");
        assertThat(given.lapses(issued, NOW)).isEqualTo(List.of());
    }
}

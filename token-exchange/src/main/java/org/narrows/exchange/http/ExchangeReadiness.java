// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.http;

import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.health.HealthStatus;
import io.micronaut.management.health.indicator.HealthIndicator;
import io.micronaut.management.health.indicator.HealthResult;
import io.micronaut.management.health.indicator.annotation.Readiness;
import jakarta.inject.Singleton;
import java.util.LinkedHashMap;
import java.util.Map;
import org.narrows.exchange.journal.DecisionJournal;
import org.narrows.exchange.mint.SigningKeys;
import org.narrows.exchange.outage.OutageException;
import org.narrows.exchange.policy.PolicyReader;
import org.reactivestreams.Publisher;

/** Ready: a fresh view of the policy, a key to sign with, and a journal that takes decisions. */
@Singleton
@Readiness
final class ExchangeReadiness implements HealthIndicator {
    private final PolicyReader policies;
    private final SigningKeys keys;
    private final DecisionJournal journal;

    ExchangeReadiness(PolicyReader policies, SigningKeys keys, DecisionJournal journal) {
        this.policies = policies;
        this.keys = keys;
        this.journal = journal;
    }

    @Override
    public Publisher<HealthResult> getResult() {
        Map<String, Object> details = new LinkedHashMap<>();
        boolean fresh = true;
        try {
            details.put("position", policies.current().position().toToken());
        } catch (OutageException e) {
            fresh = false;
            details.put("policy", String.valueOf(e.getMessage()));
        }
        details.put("signingKeys", keys.verifying().size());
        details.put("journal", journal.isUsable() ? "usable" : "not usable");
        boolean ready = fresh && journal.isUsable() && !keys.verifying().isEmpty();
        return Publishers.just(
                HealthResult.builder("exchange", ready ? HealthStatus.UP : HealthStatus.DOWN)
                        .details(details)
                        .build());
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import com.github.benmanes.caffeine.cache.Cache;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.cache.CaffeineCacheMetrics;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.narrows.events.value.Position;
import org.narrows.exchange.Outcome.Active;
import org.narrows.exchange.Outcome.Inactive;
import org.narrows.exchange.Outcome.Issued;
import org.narrows.exchange.Outcome.NothingToRevoke;
import org.narrows.exchange.Outcome.Refused;
import org.narrows.exchange.Outcome.Revoked;
import org.narrows.exchange.outage.OutageException.What;
import org.narrows.exchange.policy.FollowingPolicyReader;

/**
 * What operators see of requests: how many, how long, with what outcome; and of the view they are
 * answered from.
 */
public final class ExchangeMetrics {
    private static final String REQUESTS = "narrows.exchange";

    private final MeterRegistry registry;

    public ExchangeMetrics(MeterRegistry registry, FollowingPolicyReader policies) {
        this.registry = registry;
        Gauge.builder(
                        "narrows.policy.age",
                        policies,
                        reader -> reader.age().map(age -> age.toNanos() / 1e9).orElse(Double.NaN))
                .baseUnit("seconds")
                .description("how old the policy is that exchanges are answered from")
                .strongReference(true)
                .register(registry);
        Gauge.builder(
                        "narrows.policy.seq",
                        policies,
                        reader ->
                                reader.position()
                                        .map(Position::seq)
                                        .map(Long::doubleValue)
                                        .orElse(Double.NaN))
                .description("the position of that policy")
                .strongReference(true)
                .register(registry);
        monitor(registry, policies.cache());
    }

    private static <K, V> void monitor(MeterRegistry registry, Cache<K, V> users) {
        CaffeineCacheMetrics.monitor(registry, users, "narrows.users");
    }

    public void answered(Endpoint endpoint, Outcome outcome, long startedAt) {
        switch (outcome) {
            case Issued _ -> time(endpoint, "permit", "none", startedAt);
            case Active _ -> time(endpoint, "active", "none", startedAt);
            case Inactive _ -> time(endpoint, "inactive", "none", startedAt);
            case Revoked _ -> time(endpoint, "revoked", "none", startedAt);
            case NothingToRevoke _ -> time(endpoint, "nothing_to_revoke", "none", startedAt);
            case Refused refused ->
                    time(endpoint, "deny", refused.error().code().text(), startedAt);
        }
    }

    public void refusedAtTheDoor(Endpoint endpoint, int status, long startedAt) {
        time(endpoint, "deny", "http_" + status, startedAt);
    }

    public void unavailable(Endpoint endpoint, What what, long startedAt) {
        time(endpoint, "unavailable", what.text(), startedAt);
    }

    public void failed(Endpoint endpoint, long startedAt) {
        time(endpoint, "failed", "bug", startedAt);
    }

    private void time(Endpoint endpoint, String outcome, String error, long startedAt) {
        Timer.builder(REQUESTS)
                .tag("endpoint", endpoint.text())
                .tag("outcome", outcome)
                .tag("error", error)
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofMillis(1))
                .maximumExpectedValue(Duration.ofSeconds(2))
                .register(registry)
                .record(System.nanoTime() - startedAt, TimeUnit.NANOSECONDS);
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.standalone;

import io.micronaut.context.annotation.Requires;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.health.HealthStatus;
import io.micronaut.management.endpoint.health.HealthEndpoint;
import io.micronaut.management.health.indicator.HealthIndicator;
import io.micronaut.management.health.indicator.HealthResult;
import io.micronaut.management.health.indicator.annotation.Readiness;
import jakarta.inject.Singleton;
import java.util.concurrent.atomic.AtomicBoolean;
import org.reactivestreams.Publisher;

/**
 * Keeps readiness from answering 200 before everything is written and shown that a first start
 * writes and shows.
 */
@Singleton
@Readiness
@Requires(property = "narrows.standalone", value = "true")
@Requires(beans = HealthEndpoint.class)
final class Started implements HealthIndicator {
    private static final AtomicBoolean STARTED = new AtomicBoolean();

    static void now() {
        STARTED.set(true);
    }

    @Override
    public Publisher<HealthResult> getResult() {
        HealthStatus status = STARTED.get() ? HealthStatus.UP : HealthStatus.DOWN;
        return Publishers.just(HealthResult.builder("standalone", status).build());
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.landing;

import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.health.HealthStatus;
import io.micronaut.management.health.indicator.HealthIndicator;
import io.micronaut.management.health.indicator.HealthResult;
import io.micronaut.management.health.indicator.annotation.Readiness;
import jakarta.inject.Singleton;
import java.util.Map;
import org.reactivestreams.Publisher;

/** Not ready while decisions do not land. */
@Singleton
@Readiness
class LandingIndicator implements HealthIndicator {
    private final DecisionLanding landing;

    LandingIndicator(DecisionLanding landing) {
        this.landing = landing;
    }

    @Override
    public Publisher<HealthResult> getResult() {
        String trouble = landing.trouble();
        return Publishers.just(
                HealthResult.builder(
                                "landing", trouble.isEmpty() ? HealthStatus.UP : HealthStatus.DOWN)
                        .details(trouble.isEmpty() ? Map.of() : Map.of("trouble", trouble))
                        .build());
    }
}

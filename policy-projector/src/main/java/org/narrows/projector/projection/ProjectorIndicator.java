// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.projection;

import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.health.HealthStatus;
import io.micronaut.management.health.indicator.HealthIndicator;
import io.micronaut.management.health.indicator.HealthResult;
import io.micronaut.management.health.indicator.annotation.Readiness;
import jakarta.inject.Singleton;
import java.util.Map;
import org.reactivestreams.Publisher;

/** Ready while the log is followed, by this projector or by the one it stands by for. */
@Singleton
@Readiness
class ProjectorIndicator implements HealthIndicator {
    private final Projector projector;

    ProjectorIndicator(Projector projector) {
        this.projector = projector;
    }

    @Override
    public Publisher<HealthResult> getResult() {
        ProjectorState state = projector.state();
        HealthStatus status =
                switch (state) {
                    case ProjectorState.Folding _, ProjectorState.StandingBy _ -> HealthStatus.UP;
                    case ProjectorState.Starting _,
                            ProjectorState.HeldUp _,
                            ProjectorState.Ahead _,
                            ProjectorState.Retrying _,
                            ProjectorState.Stopped _,
                            ProjectorState.Ended _ ->
                            HealthStatus.DOWN;
                };
        return Publishers.just(
                HealthResult.builder("projector", status)
                        .details(Map.of("state", state.toString()))
                        .build());
    }
}

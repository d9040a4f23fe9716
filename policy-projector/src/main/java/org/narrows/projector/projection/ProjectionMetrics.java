// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.projection;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.narrows.events.state.Verdict;
import org.narrows.projector.store.FoldedBatch;
import org.narrows.projector.store.Standing;

/**
 * What an alarm is set on: records by verdict and whether they were authentic, the seq reached, and
 * the age of the last moment at which the projection was known to be complete.
 */
@Singleton
class ProjectionMetrics {
    private final @Nullable MeterRegistry registry;
    private final AtomicLong seq = new AtomicLong();
    private volatile @Nullable Instant caughtUpAt;

    ProjectionMetrics(@Nullable MeterRegistry registry) {
        this.registry = registry;
        if (registry != null) {
            Gauge.builder("narrows.projection.seq", seq, AtomicLong::get).register(registry);
            Gauge.builder("narrows.projection.age.seconds", this, ProjectionMetrics::age)
                    .register(registry);
        }
    }

    void folded(FoldedBatch batch, Standing after) {
        seq.set(after.state().seq());
        if (registry == null) {
            return;
        }
        for (FoldedBatch.Judged judged : batch.records()) {
            Verdict verdict = judged.verdict();
            Counter.builder("narrows.projection.records")
                    .tag("verdict", verdict.outcome().text())
                    .tag("authentic", Boolean.toString(verdict.claim().isPresent()))
                    .register(registry)
                    .increment();
        }
    }

    void caughtUp(Instant clock) {
        caughtUpAt = clock;
    }

    private double age() {
        return Optional.ofNullable(caughtUpAt)
                .map(at -> Duration.between(at, Instant.now()).toMillis() / 1000.0)
                .orElse(Double.NaN);
    }
}

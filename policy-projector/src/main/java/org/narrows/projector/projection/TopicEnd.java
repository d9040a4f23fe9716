// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.projection;

import io.micronaut.context.annotation.Value;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Where the log ends, for lag displays; asked at most once a second. */
@Singleton
public class TopicEnd {
    private final KafkaLogs logs;
    private final Duration keep;
    private @Nullable KafkaLog log;
    private long offset;
    private long askedAt;

    TopicEnd(KafkaLogs logs, @Value("${narrows.projection.end-age:PT0.2S}") Duration keep) {
        this.logs = logs;
        this.keep = keep;
    }

    /** The offset that the next record will have. */
    public synchronized long offset() {
        if (log == null) {
            log = logs.open();
        } else if (System.nanoTime() - askedAt < keep.toNanos()) {
            return offset;
        }
        offset = log.end();
        askedAt = System.nanoTime();
        return offset;
    }

    @PreDestroy
    synchronized void close() {
        if (log != null) {
            log.close();
        }
    }
}

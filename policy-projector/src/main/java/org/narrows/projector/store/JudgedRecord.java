// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.store;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One record of the log with its verdict, as it is stored.
 *
 * @param type the short name, as {@code policy.changed.v1}
 * @param why the event's `reason`
 * @param value base64; null in lists
 * @param sig base64; null in lists
 */
@MappedEntity(value = "log_record", schema = "narrows")
public record JudgedRecord(
        @Id long seq,
        long logOffset,
        long appendTime,
        String outcome,
        @Nullable String reason,
        @Nullable String eventId,
        @Nullable String type,
        @Nullable String actor,
        @Nullable String kid,
        @Nullable String why,
        @Nullable String took,
        @Nullable Long firstSeq,
        @Nullable String firstOutcome,
        @Nullable String firstReason,
        @Nullable String value,
        @Nullable String sig) {
    public Instant time() {
        return Instant.ofEpochMilli(appendTime);
    }
}

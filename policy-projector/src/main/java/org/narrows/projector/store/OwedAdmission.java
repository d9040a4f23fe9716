// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.store;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;

/**
 * A membership that a permit owes to the log.
 *
 * @param eventId of the `user.admitted` that pays it
 * @param client whose exchange was permitted
 */
@MappedEntity(value = "admission_owed", schema = "narrows")
public record OwedAdmission(
        @Id String eventId,
        Instant decidedAt,
        String client,
        String issuer,
        String subject,
        String audience) {}

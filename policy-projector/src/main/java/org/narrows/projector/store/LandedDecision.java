// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.store;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.nio.charset.StandardCharsets;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.events.wire.DecisionCodec;

/** One decision as it was recorded. */
@MappedEntity(value = "decision", schema = "narrows")
public record LandedDecision(@Id String id, String body) {
    /** The record itself. */
    public DecisionRecord decision() {
        return DecisionCodec.decode(body.getBytes(StandardCharsets.UTF_8));
    }
}

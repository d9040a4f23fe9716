// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.store;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.narrows.events.value.Hash;
import org.narrows.events.value.LogId;
import org.narrows.events.value.Position;

/**
 * Where the live generation stands.
 *
 * @param now the database clock when this was read
 */
@MappedEntity(value = "checkpoint", schema = "narrows")
@SuppressWarnings("ArrayRecordComponent") // bytes as they are stored; never compared
public record StoredCheckpoint(
        @Id int generation,
        int foldVersion,
        String logId,
        String issuer,
        String rootKey,
        long seq,
        long nextOffset,
        byte[] head,
        byte[] digestLive,
        byte[] digestClosed,
        byte[] digestVerdicts,
        @Nullable Instant caughtUpAt,
        @Nullable String heldUp,
        Instant now) {
    public LogId log() {
        return new LogId(logId);
    }

    public Position position() {
        return new Position(log(), seq);
    }

    public Hash headHash() {
        return Hash.of(head);
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.store;

import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * One record as Kafka gave it.
 *
 * @param signatures every `sig` header, in order
 */
@SuppressWarnings("ArrayRecordComponent") // bytes as they are stored; never compared
public record LogRecord(
        long offset,
        OptionalInt leaderEpoch,
        Instant appendTime,
        byte @Nullable [] value,
        List<byte @Nullable []> signatures) {
    /** The `sig` headers one after the other, as the chain hashes them; null without one. */
    public byte @Nullable [] signature() {
        if (signatures.isEmpty()) {
            return null;
        }
        if (signatures.size() == 1) {
            return signatures.getFirst();
        }
        java.io.ByteArrayOutputStream joined = new java.io.ByteArrayOutputStream();
        for (byte[] signature : signatures) {
            if (signature != null) {
                joined.writeBytes(signature);
            }
        }
        return joined.toByteArray();
    }
}

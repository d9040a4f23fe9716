// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.nio.ByteBuffer;
import java.time.Instant;
import org.narrows.events.value.Hash;

/** Ties every record to all before it, whatever became of it. */
final class Chain {
    static final Hash START = Hash.ZERO;

    private Chain() {}

    /**
     * {@code SHA-256(head | seq | append time in ms | SHA-256(value) | SHA-256(sig))}, numbers 8
     * bytes big-endian.
     */
    static Hash next(Hash head, long seq, Instant appendTime, Hash valueHash, Hash sigHash) {
        byte[] numbers =
                ByteBuffer.allocate(2 * Long.BYTES)
                        .putLong(seq)
                        .putLong(appendTime.toEpochMilli())
                        .array();
        return Hash.sha256(head.bytes(), numbers, valueHash.bytes(), sigHash.bytes());
    }
}

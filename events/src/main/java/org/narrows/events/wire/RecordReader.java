// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.narrows.events.state.ReadRecord;

/**
 * Reads one record of the log: every byte is treated as hostile, nothing is believed yet. Total:
 * never throws.
 */
public final class RecordReader {
    private RecordReader() {}

    /**
     * Reads a record.
     *
     * @param value the record's value; null for a tombstone
     * @param signatures every `sig` header of the record, in order; a null one counts as empty
     */
    public static ReadRecord read(
            Instant appendTime, byte @Nullable [] value, List<byte @Nullable []> signatures) {
        throw new UnsupportedOperationException("being written: " + appendTime + signatures.size());
    }
}

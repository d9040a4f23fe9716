// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.projection;

import java.util.List;
import java.util.Optional;
import org.narrows.events.state.Checkpoint;
import org.narrows.events.state.LogState;
import org.narrows.events.state.ReadRecord;
import org.narrows.events.state.ReadRecord.Signed;
import org.narrows.events.value.KeyId;
import org.narrows.events.wire.RecordReader;
import org.narrows.projector.store.LogRecord;

/**
 * The records of a batch as the wire reads them: all cores at once, and signatures, which cost
 * most, with them.
 */
final class Reading {
    private Reading() {}

    /** Reads records that come after this state. */
    static List<ReadRecord> all(List<LogRecord> records, LogState state) {
        return records.parallelStream().map(record -> checked(one(record), state)).toList();
    }

    static ReadRecord one(LogRecord record) {
        return RecordReader.read(record.appendTime(), record.value(), record.signatures());
    }

    /**
     * The same record, that knows already whether the key named in it has signed it. Whether to ask
     * is the fold's.
     */
    private static ReadRecord checked(ReadRecord read, LogState state) {
        if (!(read.content() instanceof Signed signed)) {
            return read;
        }
        Optional<String> key = key(signed.signature().kid(), state);
        if (key.isEmpty()) {
            return read;
        }
        String known = key.get();
        boolean good = signed.signedBy().key(known);
        Signed checked =
                new Signed(
                        signed.signature(),
                        asked -> asked.equals(known) ? good : signed.signedBy().key(asked),
                        signed.type(),
                        signed.body());
        return new ReadRecord(read.appendTime(), read.valueHash(), read.sigHash(), checked);
    }

    private static Optional<String> key(String kid, LogState state) {
        Optional<Checkpoint> at = state.checkpoint();
        if (at.isPresent() && at.get().rootKid().value().equals(kid)) {
            return Optional.of(at.get().rootKey());
        }
        try {
            return Optional.ofNullable(state.policy().keys().get(new KeyId(kid)))
                    .map(row -> row.entry().jwk());
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // no key has such a name
        }
    }
}

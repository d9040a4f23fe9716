// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.projection;

import java.util.List;
import org.narrows.events.state.ReadRecord;
import org.narrows.events.wire.RecordReader;
import org.narrows.projector.store.LogRecord;

/** The records of a batch as the wire reads them, all cores at once. */
final class Reading {
    private Reading() {}

    static List<ReadRecord> all(List<LogRecord> records) {
        return records.parallelStream().map(Reading::one).toList();
    }

    static ReadRecord one(LogRecord record) {
        return RecordReader.read(record.appendTime(), record.value(), record.signatures());
    }
}

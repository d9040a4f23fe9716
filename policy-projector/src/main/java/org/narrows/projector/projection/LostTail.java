// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.projection;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.narrows.events.state.Checkpoint;
import org.narrows.events.state.ReadRecord;
import org.narrows.events.state.Row.GapRow;
import org.narrows.events.value.Hash;
import org.narrows.projector.store.LogRecord;
import org.narrows.projector.store.Standing;
import org.narrows.projector.store.UnfitException;

/**
 * Reads a topic again from its first record, after records that were folded went missing or the
 * topic was replaced. It is the same log only if its chain meets our own head at our own seq
 * (DESIGN §3).
 */
final class LostTail {
    private static final Duration POLL = Duration.ofSeconds(1);

    private LostTail() {}

    /**
     * Finds the offset after the record of our own seq.
     *
     * @throws UnfitException when the chain does not meet our head
     */
    static long meet(KafkaLog log, Standing standing) {
        Checkpoint ours =
                standing.state()
                        .checkpoint()
                        .orElseThrow(() -> new UnfitException("the topic is another one"));
        long end = log.end();
        log.seek(0, OptionalInt.empty());
        Hash head = Hash.ZERO;
        long seq = 0;
        long next = 0;
        while (next < end) {
            List<LogRecord> records = log.poll(POLL);
            for (LogRecord record : records) {
                seq = after(seq, standing);
                ReadRecord read = Reading.one(record);
                head = chained(head, seq, read);
                next = record.offset() + 1;
                if (seq == ours.seq()) {
                    if (head.equals(ours.head())) {
                        return next;
                    }
                    throw new UnfitException(
                            "the topic holds another log: at seq %d its head is not ours"
                                    .formatted(seq));
                }
            }
        }
        throw new UnfitException(
                "records already folded are gone: the topic ends at seq %d, we have folded seq %d; only `narrows log restore` helps"
                        .formatted(seq, ours.seq()));
    }

    private static Hash chained(Hash head, long seq, ReadRecord read) {
        byte[] numbers =
                ByteBuffer.allocate(2 * Long.BYTES)
                        .putLong(seq)
                        .putLong(read.appendTime().toEpochMilli())
                        .array();
        return Hash.sha256(head.bytes(), numbers, read.valueHash().bytes(), read.sigHash().bytes());
    }

    /** The next seq, over the gaps that restores left. */
    private static long after(long seq, Standing standing) {
        long next = seq + 1;
        for (GapRow gap : standing.state().policy().gaps()) {
            next = next >= gap.first() && next <= gap.last() ? gap.last() + 1 : next;
        }
        return next;
    }
}

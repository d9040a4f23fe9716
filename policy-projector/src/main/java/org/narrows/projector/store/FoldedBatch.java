// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.store;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.narrows.events.state.Folding.Folded;
import org.narrows.events.state.LogState;
import org.narrows.events.state.ReadRecord;
import org.narrows.events.state.Verdict;

/**
 * The records of one batch as they were folded, one after the other: what one transaction writes.
 */
public final class FoldedBatch {
    /**
     * One record with its verdict and, as evidence, its bytes.
     *
     * @param clock the greatest append time up to this record
     * @param firstOfId whether it is the first authentic record with its event id
     * @param signature the `sig` headers one after the other
     */
    @SuppressWarnings("ArrayRecordComponent") // bytes as they are stored; never compared
    public record Judged(
            long offset,
            Verdict verdict,
            Instant clock,
            boolean firstOfId,
            ReadRecord read,
            byte @Nullable [] value,
            byte @Nullable [] signature) {}

    private final BatchRows rows;
    private final List<Judged> records = new ArrayList<>();
    private LogState state;
    private long nextOffset;
    private OptionalInt leaderEpoch;

    public FoldedBatch(Standing before, BatchRows rows) {
        this.rows = rows;
        this.state = before.state();
        this.nextOffset = before.nextOffset();
        this.leaderEpoch = before.leaderEpoch();
    }

    /** Takes over what the fold gave for the next record. */
    public void add(LogRecord record, ReadRecord read, Folded folded) {
        boolean firstOfId = rows.apply(folded.verdict(), read.valueHash(), folded.changes());
        Instant clock =
                folded.state()
                        .checkpoint()
                        .map(checkpoint -> checkpoint.clock())
                        .orElse(record.appendTime());
        records.add(
                new Judged(
                        record.offset(),
                        folded.verdict(),
                        clock,
                        firstOfId,
                        read,
                        record.value(),
                        record.signature()));
        state = folded.state();
        nextOffset = record.offset() + 1;
        leaderEpoch = record.leaderEpoch();
    }

    public BatchRows rows() {
        return rows;
    }

    public List<Judged> records() {
        return records;
    }

    public LogState state() {
        return state;
    }

    public long nextOffset() {
        return nextOffset;
    }

    public OptionalInt leaderEpoch() {
        return leaderEpoch;
    }
}

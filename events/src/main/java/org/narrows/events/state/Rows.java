// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.narrows.events.value.EventId;
import org.narrows.events.value.Hash;

/**
 * The rows that the fold reads beyond the small policy: only those that its record names. Plain
 * memory and rows fetched for a batch both serve.
 */
public interface Rows {
    Optional<Row> live(Row.Key key);

    /** The seq at which the row under this key last changed, closed rows included; 0 for never. */
    long lastChange(Row.Key key);

    /** Every version of every row of this owner, live and closed. */
    List<Version> versionsOf(String owner);

    /** The live revocations whose time to leave has come: those leaving at or before the clock. */
    List<Row> revocationsLeaving(Instant clock);

    /** What was said of the first authentic record with this id. */
    Optional<FirstRecord> first(EventId id);

    /**
     * One version of a row.
     *
     * @param from the first seq at which it held
     * @param to the first seq at which it held no more; 0 while it is live
     */
    record Version(Row row, long from, long to) {}

    /** The first authentic record with an id. */
    record FirstRecord(Hash valueHash, Verdict.First verdict) {}
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.store;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.narrows.events.state.Row;
import org.narrows.events.state.RowChange;
import org.narrows.events.state.RowChange.Closed;
import org.narrows.events.state.RowChange.Erased;
import org.narrows.events.state.RowChange.Opened;
import org.narrows.events.state.RowChange.Replaced;
import org.narrows.events.state.Rows;
import org.narrows.events.state.Verdict;
import org.narrows.events.value.EventId;
import org.narrows.events.value.Hash;

/**
 * The rows of one batch: what was stored before it, and over that what its records have done so
 * far. Answers the fold, and knows at the end what is to be written. For one thread.
 */
public final class BatchRows implements Rows {
    /** What is stored, asked one by one where the batch did not foresee it. */
    public interface Stored {
        Optional<Version> latest(Row.Key key);

        List<Version> versionsOf(String owner);

        Optional<FirstRecord> first(EventId id);
    }

    /** One version to be written. {@code to} is 0 while it is live. */
    public static final class NewVersion {
        private Row row;
        private final long from;
        private long to;

        private NewVersion(Row row, long from) {
            this.row = row;
            this.from = from;
        }

        public Row row() {
            return row;
        }

        public long from() {
            return from;
        }

        public long to() {
            return to;
        }
    }

    /** The stored live version under this key holds no more from {@code to} on. */
    public record Closing(Row.Key key, long to) {}

    /** One entry of the change feed. */
    public record Change(long seq, int n, Row.Key key) {}

    /**
     * What is known under one key: the stored version that is live, or the one this batch has made.
     */
    private static final class Slot {
        @Nullable Row live;
        long lastChange;
        @Nullable NewVersion made;
    }

    private final Stored stored;
    private final Map<Row.Key, Slot> slots = new HashMap<>();
    private final Set<String> whole = new HashSet<>();
    private final Map<String, List<Version>> histories = new HashMap<>();
    private final Map<EventId, Optional<FirstRecord>> firsts = new HashMap<>();
    private final NavigableMap<Instant, Set<Row.Key>> leaving = new TreeMap<>();

    private final Map<Row.Key, List<NewVersion>> made = new HashMap<>();
    private final Map<Row.Key, Closing> closings = new HashMap<>();
    private final Set<String> erased = new LinkedHashSet<>();
    private final List<Change> changes = new ArrayList<>();

    BatchRows(Stored stored) {
        this.stored = stored;
    }

    // What was fetched.

    /** The latest version under a key. */
    void know(Version latest) {
        Slot slot = new Slot();
        slot.live = latest.to() == 0 ? latest.row() : null;
        slot.lastChange = Math.max(latest.from(), latest.to());
        slots.put(latest.row().key(), slot);
        if (slot.live != null) {
            rememberLeaving(slot.live);
        }
    }

    /** Whatever is not known under this key is not there. */
    void knowAbsent(Row.Key key) {
        slots.putIfAbsent(key, new Slot());
    }

    /** Whatever is not known of this owner is not there. */
    void knowWhole(String owner) {
        whole.add(owner);
    }

    void know(EventId id, Optional<FirstRecord> first) {
        firsts.put(id, first);
    }

    // What the fold asks.

    @Override
    public Optional<Row> live(Row.Key key) {
        return Optional.ofNullable(slot(key).live);
    }

    @Override
    public long lastChange(Row.Key key) {
        return slot(key).lastChange;
    }

    @Override
    public List<Version> versionsOf(String owner) {
        List<Version> versions = new ArrayList<>();
        for (Version version : storedVersionsOf(owner)) {
            Closing closing = version.to() == 0 ? closings.get(version.row().key()) : null;
            versions.add(
                    closing == null
                            ? version
                            : new Version(version.row(), version.from(), closing.to()));
        }
        for (List<NewVersion> ofKey : made.values()) {
            for (NewVersion version : ofKey) {
                if (version.row.key().owner().equals(owner)) {
                    versions.add(new Version(version.row, version.from, version.to));
                }
            }
        }
        return versions;
    }

    @Override
    public List<Row> revocationsLeaving(Instant clock) {
        Set<Row.Key> due = new HashSet<>();
        leaving.headMap(clock, true).values().forEach(due::addAll);
        List<Row> rows = new ArrayList<>();
        for (Row.Key key : due) {
            Row live = slot(key).live;
            if (live != null && live.leavesAt().filter(at -> !at.isAfter(clock)).isPresent()) {
                rows.add(live);
            }
        }
        rows.sort(
                Comparator.comparing((Row row) -> row.key().kind())
                        .thenComparing(row -> row.key().owner())
                        .thenComparing(row -> row.key().name()));
        return rows;
    }

    @Override
    public Optional<FirstRecord> first(EventId id) {
        return firsts.computeIfAbsent(id, stored::first);
    }

    // What a record has done.

    /**
     * Takes over what the fold of one record gave.
     *
     * @return whether it was the first authentic record with its event id
     */
    boolean apply(Verdict verdict, Hash valueHash, List<RowChange> rowChanges) {
        long seq = verdict.seq();
        Set<Row.Key> changed = new LinkedHashSet<>();
        for (RowChange change : rowChanges) {
            switch (change) {
                case Opened(Row row) -> {
                    open(row, seq);
                    changed.add(row.key());
                }
                case Replaced(Row before, Row after) -> {
                    replace(before, after, seq);
                    changed.add(after.key());
                }
                case Closed(Row row) -> {
                    close(row.key(), seq);
                    changed.add(row.key());
                }
                case Erased(String owner) -> changed.addAll(erase(owner));
            }
        }
        int n = 0;
        for (Row.Key key : changed) {
            changes.add(new Change(seq, n++, key));
        }
        Optional<EventId> id = verdict.claim().flatMap(Verdict.Claim::id);
        if (id.isEmpty() || first(id.get()).isPresent()) {
            return false;
        }
        Verdict.First said = new Verdict.First(seq, verdict.outcome(), verdict.reason());
        firsts.put(id.get(), Optional.of(new FirstRecord(valueHash, said)));
        return true;
    }

    private void open(Row row, long seq) {
        NewVersion version = new NewVersion(row, seq);
        Slot slot = slots.computeIfAbsent(row.key(), _ -> new Slot());
        slot.live = row;
        slot.lastChange = seq;
        slot.made = version;
        made.computeIfAbsent(row.key(), _ -> new ArrayList<>()).add(version);
        rememberLeaving(row);
    }

    private void replace(Row before, Row after, long seq) {
        Slot slot = slots.computeIfAbsent(after.key(), _ -> new Slot());
        if (slot.made != null && slot.made.from == seq) {
            slot.made.row = after; // one record, one version
            slot.live = after;
            rememberLeaving(after);
        } else {
            close(before.key(), seq);
            open(after, seq);
        }
    }

    private void close(Row.Key key, long seq) {
        Slot slot = slots.computeIfAbsent(key, _ -> new Slot());
        if (slot.made == null) {
            closings.put(key, new Closing(key, seq));
        } else if (slot.made.from == seq) {
            made.getOrDefault(key, new ArrayList<>()).remove(slot.made);
        } else {
            slot.made.to = seq;
        }
        slot.live = null;
        slot.lastChange = seq;
        slot.made = null;
    }

    private Set<Row.Key> erase(String owner) {
        Set<Row.Key> keys = new LinkedHashSet<>();
        for (Version version : versionsOf(owner)) {
            keys.add(version.row().key());
        }
        erased.add(owner);
        histories.put(owner, List.of());
        whole.add(owner);
        slots.keySet().removeIf(key -> key.owner().equals(owner));
        closings.keySet().removeIf(key -> key.owner().equals(owner));
        made.keySet().removeIf(key -> key.owner().equals(owner));
        return keys;
    }

    private void rememberLeaving(Row row) {
        row.leavesAt()
                .ifPresent(at -> leaving.computeIfAbsent(at, _ -> new HashSet<>()).add(row.key()));
    }

    private Slot slot(Row.Key key) {
        Slot slot = slots.get(key);
        if (slot == null) {
            Optional<Version> latest =
                    whole.contains(key.owner()) ? Optional.empty() : stored.latest(key);
            latest.ifPresentOrElse(this::know, () -> knowAbsent(key));
            slot = slots.get(key);
        }
        if (slot == null) {
            throw new IllegalStateException("a row under another key than asked for");
        }
        return slot;
    }

    private List<Version> storedVersionsOf(String owner) {
        return histories.computeIfAbsent(owner, stored::versionsOf);
    }

    // What is to be written.

    List<NewVersion> newVersions() {
        return made.values().stream().flatMap(List::stream).toList();
    }

    List<Closing> closings() {
        return List.copyOf(closings.values());
    }

    Set<String> erasedOwners() {
        return erased;
    }

    List<Change> changes() {
        return changes;
    }
}

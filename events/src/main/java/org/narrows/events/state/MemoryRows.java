// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.narrows.events.value.EventId;
import org.narrows.events.value.Hash;

/**
 * Rows in plain memory: the oracle of tests and of `log verify`. Laid over other rows it holds what
 * a batch changed and reads the rest through them. Not thread-safe.
 */
public final class MemoryRows implements Rows {
    private final Rows beneath;
    private final Map<Row.Key, List<Version>> versions = new HashMap<>();
    private final Map<String, SortedSet<Row.Key>> keysByOwner = new HashMap<>();
    private final Set<String> erased = new HashSet<>();
    private final SortedMap<Instant, SortedSet<Row.Key>> leaving = new TreeMap<>();
    private final Map<EventId, FirstRecord> firsts = new HashMap<>();

    /** Holds everything itself. */
    public MemoryRows() {
        this(new Nothing());
    }

    /**
     * Lies over other rows.
     *
     * @param beneath asked for whatever has not been changed here; must itself stay as it is
     */
    public MemoryRows(Rows beneath) {
        this.beneath = beneath;
    }

    /** Takes over what the folding of one record changed. */
    public void apply(Folding.Folded folded, Hash valueHash) {
        apply(folded.changes(), folded.verdict(), valueHash);
    }

    /**
     * Takes over what the folding of one record changed.
     *
     * @param valueHash of the record's value, which tells its duplicates from others with its id
     */
    public void apply(List<RowChange> changes, Verdict verdict, Hash valueHash) {
        for (RowChange change : changes) {
            switch (change) {
                case RowChange.Opened(Row row) -> open(row, verdict.seq());
                case RowChange.Replaced(Row before, Row after) -> {
                    close(before, verdict.seq());
                    open(after, verdict.seq());
                }
                case RowChange.Closed(Row row) -> close(row, verdict.seq());
                case RowChange.Erased(String owner) -> erase(owner);
            }
        }
        verdict.claim()
                .flatMap(Verdict.Claim::id)
                .filter(id -> first(id).isEmpty())
                .ifPresent(
                        id ->
                                firsts.put(
                                        id,
                                        new FirstRecord(
                                                valueHash,
                                                new Verdict.First(
                                                        verdict.seq(),
                                                        verdict.outcome(),
                                                        verdict.reason()))));
    }

    private void open(Row row, long seq) {
        own(row.key()).add(new Version(row, seq, 0));
        row.leavesAt()
                .ifPresent(at -> leaving.computeIfAbsent(at, _ -> new TreeSet<>()).add(row.key()));
    }

    private void close(Row row, long seq) {
        List<Version> known = own(row.key());
        Version live = known.removeLast();
        known.add(new Version(live.row(), live.from(), seq));
        forgetLeaving(row);
    }

    private void forgetLeaving(Row row) {
        row.leavesAt()
                .ifPresent(
                        at ->
                                leaving.computeIfPresent(
                                        at,
                                        (_, keys) -> {
                                            keys.remove(row.key());
                                            return keys.isEmpty() ? null : keys;
                                        }));
    }

    private void erase(String owner) {
        for (Row.Key key : keysByOwner.getOrDefault(owner, new TreeSet<>())) {
            versions.getOrDefault(key, List.of()).forEach(version -> forgetLeaving(version.row()));
            versions.remove(key);
        }
        keysByOwner.remove(owner);
        erased.add(owner);
    }

    /** The versions held here, with the one that lies live beneath, which is about to change. */
    private List<Version> own(Row.Key key) {
        return versions.computeIfAbsent(
                key,
                _ -> {
                    if (key.kind().isOfUser()) {
                        keysByOwner.computeIfAbsent(key.owner(), _ -> new TreeSet<>()).add(key);
                    }
                    List<Version> known = new ArrayList<>();
                    if (!isErased(key)) {
                        beneath.live(key)
                                .ifPresent(
                                        row ->
                                                known.add(
                                                        new Version(
                                                                row, beneath.lastChange(key), 0)));
                    }
                    return known;
                });
    }

    private boolean isErased(Row.Key key) {
        return key.kind().isOfUser() && erased.contains(key.owner());
    }

    @Override
    public Optional<Row> live(Row.Key key) {
        List<Version> known = versions.get(key);
        if (known != null) {
            return known.isEmpty() || known.getLast().to() != 0
                    ? Optional.empty()
                    : Optional.of(known.getLast().row());
        }
        return isErased(key) ? Optional.empty() : beneath.live(key);
    }

    @Override
    public long lastChange(Row.Key key) {
        List<Version> known = versions.get(key);
        if (known != null && !known.isEmpty()) {
            return Math.max(known.getLast().from(), known.getLast().to());
        }
        return isErased(key) ? 0 : beneath.lastChange(key);
    }

    @Override
    public List<Version> versionsOf(String owner) {
        List<Version> all = new ArrayList<>();
        if (!erased.contains(owner)) {
            for (Version version : beneath.versionsOf(owner)) {
                if (version.to() != 0 || !versions.containsKey(version.row().key())) {
                    all.add(version);
                }
            }
        }
        keysByOwner
                .getOrDefault(owner, new TreeSet<>())
                .forEach(key -> all.addAll(versions.getOrDefault(key, List.of())));
        return all;
    }

    @Override
    public List<Row> revocationsLeaving(Instant clock) {
        List<Row> rows = new ArrayList<>();
        for (Row row : beneath.revocationsLeaving(clock)) {
            if (!versions.containsKey(row.key()) && !isErased(row.key())) {
                rows.add(row);
            }
        }
        for (Map.Entry<Instant, SortedSet<Row.Key>> due : leaving.entrySet()) {
            if (due.getKey().isAfter(clock)) {
                break;
            }
            due.getValue().forEach(key -> live(key).ifPresent(rows::add));
        }
        return rows;
    }

    @Override
    public Optional<FirstRecord> first(EventId id) {
        FirstRecord known = firsts.get(id);
        return known != null ? Optional.of(known) : beneath.first(id);
    }

    /** Every version held here, live and closed. */
    public Collection<Version> versions() {
        return versions.values().stream().flatMap(List::stream).toList();
    }

    /** The rows held here as they stood at this seq. */
    public List<Row> at(long seq) {
        return versions().stream()
                .filter(
                        version ->
                                version.from() <= seq && (version.to() == 0 || version.to() > seq))
                .map(Version::row)
                .toList();
    }

    /** What a log without records holds. */
    private record Nothing() implements Rows {
        @Override
        public Optional<Row> live(Row.Key key) {
            return Optional.empty();
        }

        @Override
        public long lastChange(Row.Key key) {
            return 0;
        }

        @Override
        public List<Version> versionsOf(String owner) {
            return List.of();
        }

        @Override
        public List<Row> revocationsLeaving(Instant clock) {
            return List.of();
        }

        @Override
        public Optional<FirstRecord> first(EventId id) {
            return Optional.empty();
        }
    }
}

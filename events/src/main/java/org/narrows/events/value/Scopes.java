// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.value;

import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A set of scopes in order of their names; one named twice is there once. */
public final class Scopes implements Iterable<ScopeName> {
    public static final Scopes NONE = new Scopes(List.of());

    private final List<ScopeName> sorted;

    private Scopes(List<ScopeName> sorted) {
        this.sorted = sorted;
    }

    public static Scopes of(Collection<ScopeName> names) {
        if (names.isEmpty()) {
            return NONE;
        }
        return names.size() == 1
                ? new Scopes(List.copyOf(names))
                : new Scopes(names.stream().distinct().sorted().toList());
    }

    public static Scopes of(String... names) {
        return of(Arrays.stream(names).map(ScopeName::new).toList());
    }

    /**
     * Reads a `scope` parameter or claim (RFC 6749 §3.3): names parted by single spaces.
     *
     * @throws IllegalArgumentException when a name is malformed or empty
     */
    public static Scopes parse(String text) {
        return text.isEmpty() ? NONE : of(text.split(" ", -1));
    }

    public boolean isEmpty() {
        return sorted.isEmpty();
    }

    public int size() {
        return sorted.size();
    }

    public boolean contains(ScopeName name) {
        return indexOf(name) >= 0;
    }

    public boolean containsAll(Scopes others) {
        for (int i = 0; i < others.size(); i++) {
            if (!contains(others.sorted.get(i))) {
                return false;
            }
        }
        return true;
    }

    public Scopes and(Scopes others) {
        return keep(others::contains);
    }

    /** What is in this or the other set, in one pass over both. */
    public Scopes or(Scopes others) {
        if (others.isEmpty()) {
            return this;
        }
        if (isEmpty()) {
            return others;
        }
        ScopeName[] both = new ScopeName[size() + others.size()];
        int count = 0;
        int mine = 0;
        int theirs = 0;
        while (mine < size() && theirs < others.size()) {
            int order = sorted.get(mine).compareTo(others.sorted.get(theirs));
            both[count++] = order <= 0 ? sorted.get(mine) : others.sorted.get(theirs);
            mine += order <= 0 ? 1 : 0;
            theirs += order >= 0 ? 1 : 0;
        }
        while (mine < size()) {
            both[count++] = sorted.get(mine++);
        }
        while (theirs < others.size()) {
            both[count++] = others.sorted.get(theirs++);
        }
        return ofSorted(both, count);
    }

    public Scopes without(Scopes others) {
        return others.isEmpty() ? this : keep(name -> !others.contains(name));
    }

    /** Those wanted; the same object where that is all of them. */
    public Scopes keep(Predicate<ScopeName> wanted) {
        int kept = 0;
        while (kept < size() && wanted.test(sorted.get(kept))) {
            kept++;
        }
        if (kept == size()) {
            return this;
        }
        ScopeName[] some = new ScopeName[size()];
        for (int i = 0; i < kept; i++) {
            some[i] = sorted.get(i);
        }
        for (int i = kept + 1; i < size(); i++) {
            if (wanted.test(sorted.get(i))) {
                some[kept++] = sorted.get(i);
            }
        }
        return ofSorted(some, kept);
    }

    private static Scopes ofSorted(ScopeName[] names, int count) {
        return count == 0 ? NONE : new Scopes(List.of(Arrays.copyOf(names, count)));
    }

    /** Where the name stands, by halving; negative when it does not. */
    private int indexOf(ScopeName name) {
        int low = 0;
        int high = size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = sorted.get(middle).compareTo(name);
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }

    public Stream<ScopeName> stream() {
        return sorted.stream();
    }

    public List<ScopeName> names() {
        return sorted;
    }

    @Override
    public Iterator<ScopeName> iterator() {
        return sorted.iterator();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Scopes scopes && sorted.equals(scopes.sorted);
    }

    @Override
    public int hashCode() {
        return sorted.hashCode();
    }

    /** The `scope` value: names parted by single spaces. */
    @Override
    public String toString() {
        return sorted.stream().map(ScopeName::value).collect(Collectors.joining(" "));
    }
}

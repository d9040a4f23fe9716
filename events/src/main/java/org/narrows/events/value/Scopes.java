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
        return names.isEmpty() ? NONE : new Scopes(names.stream().distinct().sorted().toList());
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
        return sorted.contains(name);
    }

    public boolean containsAll(Scopes others) {
        return sorted.containsAll(others.sorted);
    }

    public Scopes and(Scopes others) {
        return keep(others::contains);
    }

    public Scopes or(Scopes others) {
        return others.isEmpty()
                ? this
                : of(Stream.concat(sorted.stream(), others.sorted.stream()).toList());
    }

    public Scopes without(Scopes others) {
        return keep(name -> !others.contains(name));
    }

    public Scopes keep(Predicate<ScopeName> wanted) {
        return sorted.stream().allMatch(wanted)
                ? this
                : of(sorted.stream().filter(wanted).toList());
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

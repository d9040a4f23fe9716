// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.policy;

import java.util.Collection;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Sorted copies that nobody can change, so that equal policies print, hash and compare alike. */
public final class Sets {
    private Sets() {}

    public static <T extends Comparable<? super T>> SortedSet<T> copy(Collection<T> values) {
        return values.isEmpty()
                ? Collections.emptySortedSet()
                : Collections.unmodifiableSortedSet(new TreeSet<>(values));
    }

    public static <K extends Comparable<? super K>, V> SortedMap<K, V> copy(
            java.util.Map<K, V> values) {
        return values.isEmpty()
                ? Collections.emptySortedMap()
                : Collections.unmodifiableSortedMap(new TreeMap<>(values));
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** What somebody may have meant who mistyped a name. */
final class NearestName {
    private NearestName() {}

    /** `; did you mean …?` where one of the names is near, else nothing. */
    static String hint(String mistyped, Collection<String> names) {
        return of(mistyped, names).map(name -> "; did you mean `" + name + "`?").orElse("");
    }

    private static Optional<String> of(String mistyped, Collection<String> names) {
        int near = Math.max(2, mistyped.length() / 3);
        return names.stream()
                .filter(name -> !name.equals(mistyped) && distance(mistyped, name) <= near)
                .min(
                        Comparator.<String>comparingInt(name -> distance(mistyped, name))
                                .thenComparing(Comparator.naturalOrder()));
    }

    /** Levenshtein's: how many characters to add, take away or replace. */
    private static int distance(String from, String to) {
        int[] previous = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int[] current = new int[to.length() + 1];
            current[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = previous[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(replaced, Math.min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[to.length()];
    }
}

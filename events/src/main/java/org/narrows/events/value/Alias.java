// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.value;

import java.util.regex.Pattern;

/**
 * The short name of an issuer in the `sub` of issued tokens: `alias|sub`; {@code [a-z0-9-]{1,32}}.
 */
public record Alias(String value) implements Comparable<Alias> {
    /** The name Narrows keeps for itself, as in `narrows|root`. */
    public static final String RESERVED = "narrows";

    private static final Pattern FORM = Pattern.compile("[a-z0-9-]{1,32}");

    public Alias {
        if (!hasForm(value)) {
            throw new IllegalArgumentException("an alias must match [a-z0-9-]{1,32}");
        }
        if (value.equals(RESERVED)) {
            throw new IllegalArgumentException("the alias `narrows` is taken");
        }
    }

    /** Whether this is written as aliases are. */
    public static boolean hasForm(String value) {
        return FORM.matcher(value).matches();
    }

    @Override
    public int compareTo(Alias other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}

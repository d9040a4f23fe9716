// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.value;

/** One scope token (RFC 6749 §3.3): visible ASCII without quote and backslash. */
public record ScopeName(String value) implements Comparable<ScopeName> {
    public ScopeName {
        Text.visible("a scope", value);
    }

    @Override
    public int compareTo(ScopeName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}

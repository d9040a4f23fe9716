// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.value;

/** The `kid` of a key that signs events; given once in the life of a log. */
public record KeyId(String value) implements Comparable<KeyId> {
    public KeyId {
        Text.visible("a key id", value);
    }

    @Override
    public int compareTo(KeyId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}

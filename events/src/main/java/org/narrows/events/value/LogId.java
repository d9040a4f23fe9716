// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.value;

/** The identity of a log: base64url SHA-256 of its genesis record's value. */
public record LogId(String value) implements Comparable<LogId> {
    public LogId {
        Text.visible("a log id", value);
    }

    @Override
    public int compareTo(LogId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.value;

/** The stable name of an audience; compared byte for byte, need not resolve. */
public record AudienceId(String value) implements Comparable<AudienceId> {
    public AudienceId {
        Text.visible("an audience id", value);
    }

    @Override
    public int compareTo(AudienceId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}

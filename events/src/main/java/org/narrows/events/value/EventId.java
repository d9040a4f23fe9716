// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.value;

/**
 * A CloudEvents `id`: one event, however often it is sent. Any unique text will do, 1 to 512
 * characters without control characters; longer than other names, as the control plane's own ids
 * hold an audience id.
 */
public record EventId(String value) implements Comparable<EventId> {
    public static final int MAX_LENGTH = 512;

    public EventId {
        Text.printable("an event id", value, MAX_LENGTH);
    }

    @Override
    public int compareTo(EventId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}

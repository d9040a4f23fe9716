// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.value;

/** A CloudEvents `id`: one event, however often it is sent. */
public record EventId(String value) implements Comparable<EventId> {
    public EventId {
        Text.visible("an event id", value);
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

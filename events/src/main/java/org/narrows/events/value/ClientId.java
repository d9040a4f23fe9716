// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.value;

/** A client's `client_id` (RFC 6749 §2.2). */
public record ClientId(String value) implements Comparable<ClientId> {
    public ClientId {
        Text.visible("a client id", value);
    }

    @Override
    public int compareTo(ClientId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}

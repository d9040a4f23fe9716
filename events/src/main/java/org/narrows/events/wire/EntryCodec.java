// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.narrows.events.policy.Entry;
import org.narrows.events.policy.Kind;

/** Policy entries as admins write them: the same members in files, events, answers and rows. */
public final class EntryCodec {
    private EntryCodec() {}

    /** The entry with every default left out. */
    public static ObjectNode encode(Entry entry) {
        throw new UnsupportedOperationException("being written: " + entry);
    }

    /**
     * Reads an entry strictly.
     *
     * @param path what the paths of errors begin with
     * @throws MalformedException naming the path of the member that is wrong
     */
    public static Entry decode(Kind kind, JsonNode json, String path) {
        throw new UnsupportedOperationException("being written: " + kind + json + path);
    }
}

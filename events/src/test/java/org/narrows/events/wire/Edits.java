// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Breaks golden events one member at a time. */
final class Edits {
    private Edits() {}

    /**
     * A golden event with one member set, or taken away.
     *
     * @param file without folder and ending
     * @param pointer RFC 6901
     * @param value JSON; empty takes the member away
     */
    static byte[] edited(String file, String pointer, String value) {
        JsonNode event = Json.parse(Golden.text("events/" + file + ".json"));
        JsonPointer at = JsonPointer.compile(pointer);
        JsonNode parent = event.at(at.head());
        String member = at.last().getMatchingProperty();
        if (parent instanceof ObjectNode object) {
            if (value.isEmpty()) {
                object.remove(member);
            } else {
                object.set(member, Json.parse(value));
            }
        } else {
            ArrayNode array = (ArrayNode) parent;
            int index = at.last().getMatchingIndex();
            if (index == array.size()) {
                array.add(Json.parse(value));
            } else {
                array.set(index, Json.parse(value));
            }
        }
        return Json.canonicalBytes(event);
    }
}

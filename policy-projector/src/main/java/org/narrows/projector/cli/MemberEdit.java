// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * How one member of an entry changes, for people: of a list what joins and what leaves it, of a map
 * the same for each of its keys, of anything else what it was and what it becomes.
 */
final class MemberEdit {
    private static final int LONGEST_VALUE = 60;

    private MemberEdit() {}

    /** What a value is, cut where it gets long. */
    static String shown(JsonNode value) {
        if (value.isMissingNode()) {
            return "not written";
        }
        String text = value.isTextual() ? value.asText() : Json.compact(value);
        return text.length() <= LONGEST_VALUE ? text : text.substring(0, LONGEST_VALUE - 1) + "…";
    }

    static String of(JsonNode before, JsonNode after) {
        // A list that is not written is not always an empty one: without clients a rule is for all.
        if (before.isArray() && after.isArray()) {
            return ofLists(before, after);
        }
        return before.isObject() && after.isObject()
                ? ofMaps(before, after)
                : shown(before) + " -> " + shown(after);
    }

    private static String ofLists(JsonNode before, JsonNode after) {
        List<String> edits = new ArrayList<>();
        Set<JsonNode> was = items(before);
        Set<JsonNode> becomes = items(after);
        becomes.stream()
                .filter(item -> !was.contains(item))
                .forEach(item -> edits.add("+ " + shown(item)));
        was.stream()
                .filter(item -> !becomes.contains(item))
                .forEach(item -> edits.add("- " + shown(item)));
        return edits.isEmpty() ? shown(before) + " -> " + shown(after) : String.join(", ", edits);
    }

    private static Set<JsonNode> items(JsonNode list) {
        Set<JsonNode> items = new LinkedHashSet<>();
        list.forEach(items::add);
        return items;
    }

    private static String ofMaps(JsonNode before, JsonNode after) {
        List<String> edits = new ArrayList<>();
        Set<String> keys = new LinkedHashSet<>();
        before.fieldNames().forEachRemaining(keys::add);
        after.fieldNames().forEachRemaining(keys::add);
        for (String key : keys) {
            JsonNode from = before.path(key);
            JsonNode to = after.path(key);
            if (from.isMissingNode()) {
                edits.add("+ " + key + ": " + shown(to));
            } else if (to.isMissingNode()) {
                edits.add("- " + key);
            } else if (!from.equals(to)) {
                edits.add(key + ": " + of(from, to));
            }
        }
        return String.join(", ", edits);
    }
}

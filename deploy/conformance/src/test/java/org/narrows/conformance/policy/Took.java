// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.policy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a change took along, whole or in part.
 *
 * @param kind as the sections of policy files are called
 * @param lost what of it; empty when all of it is gone
 */
record Took(String kind, String id, Set<String> lost) {
    Took(String kind, String id, String... lost) {
        this(kind, id, Set.of(lost));
    }

    /** What a verdict says. */
    static List<Took> of(JsonNode verdict) {
        List<Took> all = new ArrayList<>();
        for (JsonNode took : verdict.path("took")) {
            Set<String> lost = new TreeSet<>();
            took.path("lost").forEach(part -> lost.add(part.asText()));
            all.add(new Took(took.path("kind").asText(), took.path("id").asText(), lost));
        }
        return all;
    }
}

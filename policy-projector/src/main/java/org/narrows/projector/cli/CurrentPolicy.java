// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.SortedMap;
import java.util.TreeMap;
import org.narrows.events.policy.Kind;
import org.narrows.events.wire.MalformedException;

/**
 * The policy in force at one seq, as the control plane tells it.
 *
 * @param seq the position at which all of it was read
 */
public record CurrentPolicy(long seq, SortedMap<EntryName, WholeEntry> entries) {
    /** Reads all of it at the head of the log. */
    public static CurrentPolicy read(ControlPlane controlPlane) {
        long seq = controlPlane.get("/status").path("position").path("seq").asLong();
        SortedMap<EntryName, WholeEntry> entries = new TreeMap<>();
        for (Kind kind : Kind.values()) {
            for (JsonNode item : controlPlane.list("/" + kind.section() + "?at=" + seq)) {
                WholeEntry entry = entry(kind, item);
                entries.put(entry.name(), entry);
            }
        }
        return new CurrentPolicy(seq, entries);
    }

    /** An entry out of an answer, which says more of it than a file would. */
    static WholeEntry entry(Kind kind, JsonNode item) {
        ObjectNode written = ((ObjectNode) item).deepCopy();
        written.retain(Members.of(kind));
        try {
            return WholeEntry.read(kind, written, kind.section());
        } catch (MalformedException e) {
            throw CommandFailure.unreachable(
                    "the control plane told an entry that this `narrows` does not understand: "
                            + e.getMessage());
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.narrows.events.decision.Provenance;

/** The `provenance` claim of issued tokens. */
public final class ProvenanceCodec {
    private ProvenanceCodec() {}

    public static ObjectNode encode(Provenance provenance) {
        throw new UnsupportedOperationException("being written: " + provenance);
    }

    /**
     * Reads the claim back.
     *
     * @throws MalformedException naming the path of the member that is wrong
     */
    public static Provenance decode(JsonNode claim) {
        throw new UnsupportedOperationException("being written: " + claim);
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.store;

import java.time.Instant;

/**
 * Remembers the ids of proofs, in every process and through restarts, so that none serves twice.
 */
@FunctionalInterface
public interface UsedProofs {
    /**
     * Uses an id up.
     *
     * @param namespace what the id is unique among
     * @param until from when on the proof is refused for its age
     * @return whether this was the first use
     */
    boolean use(String namespace, String jti, Instant until);
}

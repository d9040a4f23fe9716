// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.proof;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.narrows.events.policy.Sets;
import org.narrows.events.value.Confirmation;
import org.narrows.events.wire.DpopProof;

/**
 * What the sender of one request holds.
 *
 * @param found what was found out about it, for the journal
 */
public record Possession(List<Confirmation> proven, SortedMap<String, String> found) {
    public Possession {
        proven = List.copyOf(proven);
        found = Sets.copy(found);
    }

    /** Of a request with this proof. */
    public static Possession of(Optional<DpopProof> proof) {
        return new Possession(
                proof.stream()
                        .<Confirmation>map(held -> new Confirmation.DpopKey(held.jkt()))
                        .toList(),
                new TreeMap<>(
                        proof.map(held -> Map.of("dpop_signature", held.algorithm().name()))
                                .orElse(Map.of())));
    }
}

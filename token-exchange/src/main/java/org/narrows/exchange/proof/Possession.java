// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.proof;

import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.narrows.events.policy.Sets;
import org.narrows.events.value.Confirmation;
import org.narrows.events.value.Hash;
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

    /**
     * Of a request with this proof, over a connection with this certificate.
     *
     * @param certificates the sender's own first; the others are nobody's here
     */
    public static Possession of(Optional<DpopProof> proof, List<X509Certificate> certificates) {
        List<Confirmation> proven = new ArrayList<>();
        proof.ifPresent(held -> proven.add(new Confirmation.DpopKey(held.jkt())));
        certificates.stream()
                .findFirst()
                .ifPresent(own -> proven.add(new Confirmation.Certificate(thumbprint(own))));
        return new Possession(
                proven,
                new TreeMap<>(
                        proof.map(held -> Map.of("dpop_signature", held.algorithm().name()))
                                .orElse(Map.of())));
    }

    /** RFC 8705 §3.1. */
    private static String thumbprint(X509Certificate certificate) {
        try {
            return Hash.sha256(certificate.getEncoded()).toString();
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException(e); // it was read from this very form
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import java.security.cert.X509Certificate;
import java.util.List;

/**
 * What came with a request beside its form and its credentials, as the transport tells it: what the
 * sender may prove possession with.
 *
 * @param proofs the `DPoP` headers
 * @param certificates the sender's certificate first, and what it sent along to lead to a root
 */
public record Transport(List<String> proofs, List<X509Certificate> certificates) {
    public Transport {
        proofs = List.copyOf(proofs);
        certificates = List.copyOf(certificates);
    }

    /** Never a proof. */
    @Override
    public String toString() {
        return "Transport[]";
    }
}

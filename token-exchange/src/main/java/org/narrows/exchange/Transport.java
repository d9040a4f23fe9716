// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import java.util.List;

/**
 * What came with a request beside its form and its credentials, as the transport tells it: what the
 * sender may prove possession with.
 *
 * @param proofs the `DPoP` headers
 */
public record Transport(List<String> proofs) {
    public Transport {
        proofs = List.copyOf(proofs);
    }
}

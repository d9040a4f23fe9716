// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.client;

import java.time.Instant;

/** Remembers the ids of proofs, on every node and through restarts, so that none is used twice. */
@FunctionalInterface
public interface ProofGuard {
    /**
     * Uses an id up.
     *
     * @param issuer who gave the id; two issuers' equal ids are two
     * @return whether this was the first use
     * @throws org.narrows.exchange.outage.OutageException when that cannot be known
     */
    boolean use(String issuer, String jti, Instant expiresAt);
}

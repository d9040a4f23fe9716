// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.time.Instant;
import org.narrows.events.value.Hash;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.KeyId;
import org.narrows.events.value.LogId;
import org.narrows.events.value.Position;

/**
 * Where a fold stands: all of it that is not rows.
 *
 * @param rootKey public JWK of the root, as canonical JSON, from genesis
 * @param rootKid its RFC 7638 thumbprint
 * @param issuer what Narrows itself issues as, from genesis
 * @param clock the greatest append time so far
 * @param head of the chain at {@code seq}
 * @param policyChangedAt the seq at which the policy last changed
 */
public record Checkpoint(
        LogId logId,
        String rootKey,
        KeyId rootKid,
        IssuerUrl issuer,
        long seq,
        Instant clock,
        Hash head,
        Digests digests,
        long policyChangedAt) {
    public Position position() {
        return new Position(logId, seq);
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import org.narrows.events.value.LogId;

/**
 * Signs records with one publisher key: a detached JWS (RFC 7515 appendix F, RFC 7797) over the
 * exact value bytes.
 */
public final class EventSigner {
    private final String privateJwk;

    private EventSigner(String privateJwk) {
        this.privateJwk = privateJwk;
    }

    /**
     * A signer.
     *
     * @param privateJwk a private P-256 or Ed25519 JWK with its `kid`
     * @throws MalformedException when it is none
     */
    public static EventSigner of(String privateJwk) {
        return new EventSigner(privateJwk);
    }

    /** The value of the `sig` header for a record of this log. */
    public String sign(byte[] value, LogId log, String actor) {
        throw new UnsupportedOperationException(
                "being written: " + privateJwk.length() + value.length + log + actor);
    }

    /** The value of the `sig` header for genesis, which names no log yet. */
    public String signGenesis(byte[] value, String actor) {
        throw new UnsupportedOperationException("being written: " + value.length + actor);
    }
}

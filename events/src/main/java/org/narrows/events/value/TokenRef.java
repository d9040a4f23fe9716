// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.value;

/**
 * One token: who issued it and its `jti`, or in the place of a missing one `sha256:` and the
 * base64url SHA-256 of {@code header.payload}, never of the signature, which can be re-spelled.
 */
public record TokenRef(IssuerUrl issuer, String tokenId) {
    public TokenRef {
        Text.printable("a token id", tokenId);
    }

    /** One text for one token. */
    public String key() {
        return issuer.value() + "|" + tokenId;
    }

    @Override
    public String toString() {
        return key();
    }
}

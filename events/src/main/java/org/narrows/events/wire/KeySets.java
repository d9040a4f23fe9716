// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import java.security.PublicKey;
import java.util.List;
import java.util.Optional;

/**
 * Public keys as JWK and JWK Sets (RFC 7517): strict where they are registered, tolerant where they
 * are fetched.
 */
public final class KeySets {
    private KeySets() {}

    /** A public key of a set. `alg` and `use` as the set says, for the verifier to hold to. */
    public record PublicJwk(
            Optional<String> kid,
            Optional<String> algorithm,
            Optional<String> use,
            PublicKey key) {}

    /**
     * The keys of a set that can verify signatures: `oct`, private, small and off-curve keys, and
     * kinds this reader does not know, are passed over.
     *
     * @throws MalformedException when the text is no JWK Set, or one beyond the bounds (1 MiB, 100
     *     keys)
     */
    public static List<PublicJwk> usable(String jwks) {
        throw new UnsupportedOperationException("being written: " + jwks);
    }

    /** The RFC 7638 SHA-256 thumbprint of a public or private JWK. */
    public static String thumbprint(String jwk) {
        throw new UnsupportedOperationException("being written: " + jwk);
    }

    /** The public part of a private JWK, as canonical JSON, `kid` kept. */
    public static String publicPart(String privateJwk) {
        throw new UnsupportedOperationException("being written: " + privateJwk);
    }
}

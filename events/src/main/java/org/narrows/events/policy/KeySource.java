// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.policy;

import java.net.URI;

/** Where the public keys of an issuer or a client come from. */
public sealed interface KeySource {
    /**
     * Keys that stand in the policy itself: a JWK Set (RFC 7517 §5) of public keys, as canonical
     * JSON.
     */
    record Inline(String jwks) implements KeySource {}

    /** Keys fetched from this URI only; https, or http on loopback where a node allows that. */
    record Remote(URI jwksUri) implements KeySource {}
}

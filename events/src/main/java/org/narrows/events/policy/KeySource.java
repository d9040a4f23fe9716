// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.policy;

import java.net.URI;
import java.util.regex.Pattern;

/** Where the public keys of an issuer or a client come from. */
public sealed interface KeySource {
    /**
     * Keys that stand in the policy itself: a JWK Set (RFC 7517 §5) of public keys, as canonical
     * JSON.
     */
    record Inline(String jwks) implements KeySource {}

    /** Keys fetched from this URI only; https, or http on loopback where a node allows that. */
    record Remote(URI jwksUri) implements KeySource {}

    /** The names of this machine for itself, as they may stand in a URI. */
    Pattern LOOPBACK = Pattern.compile("localhost|127(?:\\.\\d{1,3}){3}|\\[::1\\]");

    /**
     * Whether keys may be fetched from there: over https, or from this machine itself over plain
     * http. The policy is held to it, and so is every node at every fetch.
     */
    static boolean mayServe(URI uri, boolean loopbackAllowed) {
        String host = uri.getHost();
        if (host == null) {
            return false;
        }
        return "https".equals(uri.getScheme())
                || ("http".equals(uri.getScheme())
                        && loopbackAllowed
                        && LOOPBACK.matcher(host).matches());
    }
}

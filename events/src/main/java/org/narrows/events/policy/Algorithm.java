// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.policy;

import java.util.Optional;
import java.util.Set;

/**
 * The signature algorithms (RFC 7518 §3.1, RFC 8037) that a policy may list; all of them
 * asymmetric.
 */
public enum Algorithm {
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    ES512,
    EdDSA;

    /** What an issuer that lists none may use. */
    public static final Set<Algorithm> DEFAULT = Set.of(RS256, PS256, ES256, EdDSA);

    public static Optional<Algorithm> named(String alg) {
        for (Algorithm algorithm : values()) {
            if (algorithm.name().equals(alg)) {
                return Optional.of(algorithm);
            }
        }
        return Optional.empty();
    }
}

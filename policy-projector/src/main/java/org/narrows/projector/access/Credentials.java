// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.access;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a request shows: an access token under one of two schemes, and what proves that it is its
 * bearer's.
 *
 * @param proofs every `DPoP` header
 */
public record Credentials(Scheme scheme, String token, List<String> proofs, Target target) {
    /** How a token is shown: RFC 6750 §2.1, or RFC 9449 §7.1. */
    public enum Scheme {
        BEARER,
        DPOP
    }

    /**
     * What is asked for.
     *
     * @param path as the request spells it, without its query
     */
    public record Target(String method, String path) {}

    public Credentials {
        proofs = List.copyOf(proofs);
    }

    /**
     * Reads the values of a request's `Authorization` and `DPoP` headers; empty when it does not
     * show exactly one token under one of these schemes.
     */
    public static Optional<Credentials> of(
            List<String> authorization, List<String> proofs, Target target) {
        if (authorization.size() != 1) {
            return Optional.empty();
        }
        String header = authorization.getFirst();
        int space = Math.max(header.indexOf(' '), 0);
        String token = header.substring(space).strip();
        return switch (header.substring(0, space).toUpperCase(Locale.ROOT)) {
            case "BEARER" -> Optional.of(new Credentials(Scheme.BEARER, token, proofs, target));
            case "DPOP" -> Optional.of(new Credentials(Scheme.DPOP, token, proofs, target));
            default -> Optional.empty();
        };
    }

    /** Never the token. */
    @Override
    public String toString() {
        return "Credentials[" + scheme + "]";
    }
}

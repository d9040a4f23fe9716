// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.token;

import java.util.List;
import java.util.Optional;
import org.narrows.events.policy.KeySource;
import org.narrows.exchange.outage.Deadline;
import org.narrows.exchange.outage.OutageException;

/** The keys of issuers and clients, from the policy itself or fetched. */
public interface IssuerKeys {
    /**
     * The keys of a source at this moment.
     *
     * @param kid the key that is looked for; a set that lacks it may be fetched again
     * @throws OutageException when no set can be had that is recent enough to be trusted
     */
    List<TrustedKey> of(KeySource source, Optional<String> kid, Deadline deadline);

    /**
     * Checks a signature.
     *
     * @throws BadTokenException when no key of the source made it
     */
    default void verify(StrictJwt jwt, KeySource source, Deadline deadline)
            throws BadTokenException {
        Optional<String> kid = jwt.keyId();
        verify(jwt, candidates(of(source, kid, deadline), kid));
    }

    /**
     * A token that names its key is checked with that one, or where no key has that name with the
     * nameless ones.
     */
    static List<TrustedKey> candidates(List<TrustedKey> keys, Optional<String> kid) {
        if (kid.isEmpty()) {
            return keys;
        }
        List<TrustedKey> named = keys.stream().filter(key -> key.kid().equals(kid)).toList();
        return named.isEmpty() ? keys.stream().filter(key -> key.kid().isEmpty()).toList() : named;
    }

    /** Checks a signature with these keys, of which only those that suit the algorithm count. */
    static void verify(StrictJwt jwt, List<TrustedKey> candidates) throws BadTokenException {
        // A token without `kid` would otherwise cost one verification for each key of a large set.
        int tries = 0;
        for (TrustedKey key : candidates) {
            if (key.suits(jwt.algorithm()) && tries++ < MAX_TRIES && key.signed(jwt)) {
                return;
            }
        }
        throw new BadTokenException("is not signed by a key of its issuer");
    }

    int MAX_TRIES = 8;
}

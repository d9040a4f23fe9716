// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.token;

import java.util.List;
import java.util.Optional;
import org.narrows.events.policy.KeySource;
import org.narrows.events.wire.BadTokenException;
import org.narrows.events.wire.StrictJwt;
import org.narrows.events.wire.TrustedKey;
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
        TrustedKey.verify(jwt, of(source, jwt.keyId(), deadline));
    }
}

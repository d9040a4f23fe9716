// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.revoke;

import java.time.Instant;
import org.narrows.events.event.RevocationEvent.TokenRevoked;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.EventId;
import org.narrows.events.value.LogId;
import org.narrows.exchange.outage.Deadline;

/** Puts revocations into the log. What they come to is for the fold to say. */
@FunctionalInterface
public interface RevocationLog {
    /**
     * Publishes one revocation. Back when the log has taken it, which is before its verdict.
     *
     * @param actor who asked
     * @throws org.narrows.exchange.outage.OutageException when the log does not say in time that it
     *     took it; it may have
     */
    void publish(
            EventId id,
            TokenRevoked revoked,
            ClientId actor,
            LogId log,
            Instant now,
            Deadline deadline);
}

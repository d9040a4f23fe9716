// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.journal;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.UUID;

/** Ids of decisions: UUIDv7 (RFC 9562 §5.7), so that their order is nearly the order in time. */
public final class DecisionIds {
    private static final long VERSION_7 = 0x7000L;
    private static final long VARIANT = 0x8000_0000_0000_0000L;

    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    public DecisionIds(InstantSource clock) {
        this.clock = clock;
    }

    public String next() {
        long high = (clock.millis() << 16) | VERSION_7 | (random.nextInt() & 0xfff);
        long low = VARIANT | (random.nextLong() >>> 2);
        return new UUID(high, low).toString();
    }
}

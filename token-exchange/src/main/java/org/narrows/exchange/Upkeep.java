// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import io.micronaut.scheduling.annotation.Scheduled;
import jakarta.inject.Singleton;
import org.narrows.exchange.client.PostgresProofGuard;
import org.narrows.exchange.mint.SigningKeys;
import org.narrows.exchange.outage.OutageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is done now and then, beside the exchanges. */
@Singleton
final class Upkeep {
    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);

    private final SigningKeys keys;
    private final PostgresProofGuard guard;

    Upkeep(SigningKeys keys, PostgresProofGuard guard) {
        this.keys = keys;
        this.guard = guard;
    }

    /**
     * The file is small, and looking at it is the one way that works with every kind of mounted
     * secret.
     */
    @Scheduled(fixedDelay = "1s")
    void rereadSigningKeys() {
        keys.reload();
    }

    @Scheduled(fixedDelay = "1m", initialDelay = "1m")
    void forgetUsedProofs() {
        try {
            guard.sweep();
        } catch (OutageException e) {
            LOG.warn("used proofs are not forgotten: {}", e.getMessage());
        }
    }
}

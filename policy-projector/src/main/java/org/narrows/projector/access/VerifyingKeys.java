// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.access;

import io.micronaut.context.annotation.Context;
import io.micronaut.scheduling.annotation.Scheduled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.narrows.events.wire.MalformedException;
import org.narrows.events.wire.SigningKeySet;
import org.narrows.events.wire.TrustedKey;
import org.narrows.projector.ProjectorConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys that verify what Narrows has issued: the public parts of those that token-exchange signs
 * with, from a file of the same form. A broken file changes nothing.
 */
@Context
public class VerifyingKeys {
    private static final Logger LOG = LoggerFactory.getLogger(VerifyingKeys.class);
    private static final int MAX_BYTES = 1024 * 1024;

    private final Optional<Path> file;
    private volatile List<TrustedKey> keys = List.of();
    private byte[] seen = {};

    /**
     * Reads the file, where one is configured.
     *
     * @throws IllegalStateException when it cannot be read or holds no such set
     */
    VerifyingKeys(ProjectorConfiguration configuration) {
        this.file = configuration.signingKeys();
        try {
            if (file.isPresent()) {
                read(file.get());
            } else {
                LOG.info(
                        "NARROWS_SIGNING_KEYS is not set: tokens that Narrows issued are not accepted"
                                + " here, only those of the root key");
            }
        } catch (IOException | MalformedException e) {
            throw new IllegalStateException(
                    "the signing keys `" + file.get() + "` are not usable: " + e.getMessage(), e);
        }
    }

    /** None where no file is configured. */
    List<TrustedKey> keys() {
        return keys;
    }

    /** Takes over what is in the file now: a key that is gone from it verifies no more. */
    @Scheduled(fixedDelay = "1s", initialDelay = "1s")
    void reread() {
        try {
            if (file.isPresent() && read(file.get())) {
                LOG.info("the keys of tokens that Narrows issues have changed");
            }
        } catch (IOException | MalformedException e) {
            LOG.error(
                    "the signing keys in the file are not usable, the old ones stay: {}",
                    e.getMessage());
        }
    }

    private synchronized boolean read(Path file) throws IOException {
        if (Files.size(file) > MAX_BYTES) {
            throw new IOException("the file is larger than 1 MiB");
        }
        byte[] bytes = Files.readAllBytes(file);
        if (Arrays.equals(bytes, seen)) {
            return false;
        }
        seen = bytes;
        keys = SigningKeySet.read(bytes).verifying();
        return true;
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.proof;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The nonces that a proof must hold (RFC 9449 §8): the minute in which one was given, and a MAC
 * over it. Every node that has the secrets accepts what any other gave, and none keeps anything.
 */
public final class DpopNonces {
    /** How long a nonce is accepted after the minute it was given in. */
    public static final Duration ACCEPTED_FOR = Duration.ofMinutes(5);

    /** The clock of the node that gave it may be ahead of ours. */
    private static final long MINUTES_AHEAD = 1;

    private static final int MAC_BYTES = 16;
    private static final int BYTES = Long.BYTES + MAC_BYTES;

    private final Supplier<List<byte[]>> secrets;

    /**
     * Nonces of these secrets.
     *
     * @param secrets the same on every node; the first makes nonces, all accept them
     */
    public DpopNonces(Supplier<List<byte[]>> secrets) {
        this.secrets = secrets;
    }

    /** The nonce of this minute. */
    public String current(Instant now) {
        byte[] nonce = nonce(secrets.get().getFirst(), minute(now));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(nonce);
    }

    /** Whether some node gave this nonce, not long ago. */
    public boolean isAccepted(String text, Instant now) {
        byte[] presented;
        try {
            presented = Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            return false;
        }
        if (presented.length != BYTES) {
            return false;
        }
        long given = ByteBuffer.wrap(presented).getLong();
        long present = minute(now);
        if (given < present - ACCEPTED_FOR.toMinutes() || given > present + MINUTES_AHEAD) {
            return false;
        }
        boolean ours = false;
        for (byte[] secret : secrets.get()) {
            ours |= MessageDigest.isEqual(presented, nonce(secret, given));
        }
        return ours;
    }

    private static long minute(Instant now) {
        return Math.floorDiv(now.getEpochSecond(), Duration.ofMinutes(1).toSeconds());
    }

    private static byte[] nonce(byte[] secret, long minute) {
        try {
            byte[] text = ByteBuffer.allocate(Long.BYTES).putLong(minute).array();
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, mac.getAlgorithm()));
            return ByteBuffer.allocate(BYTES)
                    .put(text)
                    .put(Arrays.copyOf(mac.doFinal(text), MAC_BYTES))
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}

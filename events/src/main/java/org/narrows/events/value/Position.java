// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.value;

/**
 * A place in one log. Its text is the consistency token: opaque to others, without spaces, safe in
 * a header.
 *
 * @param seq dense ordinal given by the fold, genesis being 1; 0 is before the first record
 */
public record Position(LogId logId, long seq) {
    /** A seq is a JSON number that every reader holds exactly. */
    public static final long MAX_SEQ = (1L << 53) - 1;

    public Position {
        if (seq < 0 || seq > MAX_SEQ) {
            throw new IllegalArgumentException("a seq is a number from 0 to 2^53-1");
        }
    }

    /** The consistency token of this position. */
    public String toToken() {
        return logId.value() + "." + seq;
    }

    /**
     * Reads a consistency token.
     *
     * @throws IllegalArgumentException when the text is none
     */
    public static Position ofToken(String token) {
        int dot = token.lastIndexOf('.');
        String digits = token.substring(dot + 1);
        if (dot < 1 || !isSeq(digits)) {
            throw new IllegalArgumentException("this is no consistency token");
        }
        return new Position(new LogId(token.substring(0, dot)), Long.parseLong(digits));
    }

    /** Whether the text is a seq: decimal, without sign and leading zeros, at most 15 digits. */
    public static boolean isSeq(String digits) {
        return digits.equals("0")
                || (!digits.isEmpty()
                        && digits.length() <= 15
                        && digits.charAt(0) != '0'
                        && digits.chars().allMatch(c -> c >= '0' && c <= '9'));
    }

    @Override
    public String toString() {
        return toToken();
    }
}

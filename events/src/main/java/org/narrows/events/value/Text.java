// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.value;

/** The bounds that every piece of text from outside is held to. */
final class Text {
    static final int MAX_LENGTH = 255;

    private Text() {}

    /**
     * Visible ASCII without quote and backslash, 1 to 255 characters: safe in a header, a log line
     * and RFC 6749 §5.2.
     */
    static String visible(String what, String value) {
        return checked(what, value, MAX_LENGTH, false);
    }

    /**
     * Like {@link #visible}, but with spaces and any printable character: names that issuers give.
     */
    static String printable(String what, String value) {
        return printable(what, value, MAX_LENGTH);
    }

    static String printable(String what, String value, int max) {
        return checked(what, value, max, true);
    }

    private static String checked(String what, String value, int max, boolean anyPrintable) {
        if (value.isEmpty() || value.length() > max) {
            throw new IllegalArgumentException(what + " must have 1 to " + max + " characters");
        }
        boolean allowed =
                anyPrintable
                        ? value.codePoints().allMatch(Text::isPrintable)
                        : value.chars()
                                .allMatch(c -> c > 0x20 && c < 0x7f && c != '"' && c != '\\');
        if (!allowed) {
            throw new IllegalArgumentException(
                    what
                            + (anyPrintable
                                    ? " must not hold control characters or unpaired surrogates"
                                    : " must be visible ASCII without spaces, quotes and backslashes"));
        }
        return value;
    }

    private static boolean isPrintable(int codePoint) {
        return !Character.isISOControl(codePoint)
                && (codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE);
    }
}

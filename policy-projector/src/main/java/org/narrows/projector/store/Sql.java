// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.store;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Texts as PostgreSQL can hold them. */
public final class Sql {
    private Sql() {}

    /** PostgreSQL holds neither NUL nor half a surrogate pair; a hostile record may hold both. */
    public static String text(String text) {
        boolean fit = true;
        for (int i = 0; i < text.length() && fit; i++) {
            char c = text.charAt(i);
            fit = c != 0 && !Character.isSurrogate(c);
        }
        if (fit) {
            return text;
        }
        StringBuilder mended = new StringBuilder(text.length());
        text.codePoints()
                .map(
                        c ->
                                c == 0
                                                || (c >= Character.MIN_SURROGATE
                                                        && c <= Character.MAX_SURROGATE)
                                        ? 0xFFFD
                                        : c)
                .forEach(mended::appendCodePoint);
        return mended.toString();
    }

    static @Nullable String text(Optional<String> text) {
        return text.map(Sql::text).orElse(null);
    }
}

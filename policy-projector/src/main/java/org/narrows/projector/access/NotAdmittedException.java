// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.access;

import java.util.Locale;

/** Credentials that let nobody in: 401. Why is for our log, not for whoever showed them. */
public final class NotAdmittedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /** What is told: the `error` of RFC 6750 §3.1, or of RFC 9449 §7.1. */
    public enum Kind {
        INVALID_TOKEN,
        INVALID_DPOP_PROOF;

        /** As on the wire. */
        public String error() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    NotAdmittedException(Kind kind, String why) {
        super(why, null, false, false);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}

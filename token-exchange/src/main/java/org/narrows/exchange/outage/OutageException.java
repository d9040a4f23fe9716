// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.outage;

import java.time.Duration;

/** Narrows cannot answer now: 503, no token. The message is fit for strangers. */
public final class OutageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What is out, as metrics name it. */
    public enum What {
        STALE_POLICY,
        POSITION_NOT_REACHED,
        STORE,
        ISSUER_KEYS,
        JOURNAL,
        LOG,
        OVERLOADED,
        OUT_OF_TIME;

        public String text() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    private final What what;

    public OutageException(What what, String problem) {
        super(problem);
        this.what = what;
    }

    public OutageException(What what, String problem, Throwable cause) {
        super(problem, cause);
        this.what = what;
    }

    public What what() {
        return what;
    }

    /** When asking again makes sense: the `Retry-After` of the answer. */
    public Duration retryAfter() {
        return Duration.ofSeconds(1);
    }
}

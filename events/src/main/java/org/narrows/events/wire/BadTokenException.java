// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

/**
 * A token that is not accepted. The message goes on after "the subject token …" and is fit for its
 * bearer.
 */
public final class BadTokenException extends Exception {
    private static final long serialVersionUID = 1L;

    public BadTokenException(String problem) {
        super(problem, null, false, false);
    }

    /** What is wrong, as the rest of a sentence. */
    public String problem() {
        return String.valueOf(getMessage());
    }
}

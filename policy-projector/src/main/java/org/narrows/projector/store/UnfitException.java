// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.store;

/** The projector must not go on with what it found; the message says why and what helps. */
public final class UnfitException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UnfitException(String message) {
        super(message);
    }
}

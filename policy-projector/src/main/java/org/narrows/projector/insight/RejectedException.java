// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.insight;

/** An event of a candidate that the fold would reject. */
public final class RejectedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int index;

    RejectedException(int index, String reason) {
        super(reason);
        this.index = index;
    }

    /** Which of the events, from 0. */
    public int index() {
        return index;
    }
}

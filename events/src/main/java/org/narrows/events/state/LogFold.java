// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import org.narrows.events.value.KeyId;

/**
 * The only judge of the log: {@code fold(state, record) -> (state, verdict)}. Pure and total: no
 * clock but the records' append times, no I/O but the rows it is given.
 */
public final class LogFold {
    /**
     * Raised when the fold itself changes its mind; a projection is built by one fold version from
     * genesis.
     */
    public static final int VERSION = 1;

    private final KeyId pinnedRoot;
    private final RowEncoder encoder;

    /**
     * A fold for logs of one root.
     *
     * @param pinnedRoot RFC 7638 thumbprint of the root key, from configuration
     */
    public LogFold(KeyId pinnedRoot, RowEncoder encoder) {
        this.pinnedRoot = pinnedRoot;
        this.encoder = encoder;
    }

    /** Folds one record. Rows must be as they stand at {@code state}. */
    public Folding fold(LogState state, Rows rows, ReadRecord record) {
        throw new UnsupportedOperationException("being written: " + pinnedRoot + encoder);
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import org.narrows.events.value.Hash;

/**
 * Three order-free, incrementally kept hashes: of the live rows, of the closed ones, of the
 * verdicts with their ids.
 */
public record Digests(Hash live, Hash closed, Hash verdicts) {
    public static final Digests EMPTY = new Digests(Hash.ZERO, Hash.ZERO, Hash.ZERO);
}

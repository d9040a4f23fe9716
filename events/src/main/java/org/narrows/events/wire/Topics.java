// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

/** Names on the wire. */
public final class Topics {
    /** The one log of policy and consent: one partition, forever. */
    public static final String LOG = "narrows.log";

    /** Every decision, recorded before anyone is told; its key is the decision id. */
    public static final String DECISIONS = "narrows.decisions";

    /** The record header that holds the detached signature. */
    public static final String SIGNATURE_HEADER = "sig";

    /** The largest value of one record of the log: 8 MiB. */
    public static final int MAX_VALUE_BYTES = 8 * 1024 * 1024;

    private Topics() {}
}

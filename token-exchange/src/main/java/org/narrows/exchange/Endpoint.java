// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import java.util.Locale;

/** The endpoints that clients authenticate to. */
public enum Endpoint {
    TOKEN_EXCHANGE,
    INTROSPECT,
    REVOKE;

    /** As metrics and the log name it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}

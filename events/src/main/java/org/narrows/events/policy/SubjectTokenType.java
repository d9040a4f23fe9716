// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.policy;

import java.util.Locale;

/** What the tokens of an issuer may be presented as (RFC 8693 §3). */
public enum SubjectTokenType {
    ACCESS_TOKEN,
    JWT,
    ID_TOKEN;

    /** The short name in policy files: `access_token`. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The identifier on the wire (RFC 8693 §3). */
    public String urn() {
        return "urn:ietf:params:oauth:token-type:" + text();
    }
}

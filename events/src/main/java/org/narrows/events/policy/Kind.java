// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.policy;

/** The sections of the policy, named as in the files that admins write. */
public enum Kind {
    ISSUERS,
    AUDIENCES,
    SCOPES,
    CLAIMS,
    CLIENTS,
    RULES;

    /** The section's name, as in YAML and in paths: `clients`. */
    public String section() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}

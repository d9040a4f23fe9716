// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

/** The kinds of rows. The order and the names are stored: add at the end, never rename. */
public enum RowKind {
    ISSUER,
    ALIAS,
    AUDIENCE,
    SCOPE,
    CLAIM,
    CLIENT,
    RULE,
    KEY,
    QUARANTINE,
    GAP,
    CONSENT,
    MEMBERSHIP,
    SUBJECT_REVOCATION,
    INVITATION,
    TOKEN_REVOCATION;

    /** Whether rows of this kind are the small policy, held whole by every reader. */
    public boolean isPolicy() {
        return compareTo(GAP) <= 0;
    }

    /**
     * Whether rows of this kind are what `policy.changed` speaks of: issuers to rules, with the
     * aliases.
     */
    public boolean isPolicyEntry() {
        return compareTo(RULE) <= 0;
    }

    /** Whether rows of this kind belong to one user, who is the key's owner. */
    public boolean isOfUser() {
        return this == CONSENT || this == MEMBERSHIP || this == SUBJECT_REVOCATION;
    }
}

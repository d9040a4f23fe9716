// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.admin;

import java.util.Locale;
import org.narrows.events.value.ScopeName;

/** What an admin token may be good for (DESIGN §7). */
enum AdminScope {
    POLICY_WRITE,
    CONSENT_WRITE,
    LOG_OPERATE,
    POLICY_READ,
    CONSENT_READ,
    DECISION_READ;

    /** As in the token: `policy:write`. */
    ScopeName scope() {
        return new ScopeName(name().toLowerCase(Locale.ROOT).replace('_', ':'));
    }
}

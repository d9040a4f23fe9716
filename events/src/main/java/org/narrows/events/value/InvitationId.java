// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.value;

import java.util.regex.Pattern;

/**
 * An invitation: `sha256:` and the base64url SHA-256 of its code. The code itself is a secret and
 * never in the log.
 */
public record InvitationId(String value) {
    private static final Pattern FORM =
            Pattern.compile("sha256:[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]");

    public InvitationId {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "an invitation is `sha256:` and the base64url SHA-256 of its code");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}

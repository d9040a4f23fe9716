// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.oauth;

import java.util.Optional;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.Scopes;

/**
 * An error answer (RFC 6749 §5.2, RFC 8693 §2.2.2): what a client developer needs, and nothing
 * about policies, keys or other clients.
 *
 * @param description visible ASCII and spaces, without quote and backslash
 * @param consentRequired what the user would have to consent to, when that is all that is missing
 */
public record OAuthError(Code code, String description, Optional<ConsentRequired> consentRequired) {
    public OAuthError {
        if (!description.chars().allMatch(c -> c >= 0x20 && c < 0x7f && c != '"' && c != '\\')) {
            throw new IllegalArgumentException(
                    "an error description holds visible ASCII without quote and backslash");
        }
    }

    public static OAuthError of(Code code, String description) {
        return new OAuthError(code, description, Optional.empty());
    }

    /** The consent whose lack alone stands in the way. */
    public record ConsentRequired(AudienceId audience, Scopes scopes) {}

    /** The `error` values that the token endpoint gives, each with its status. */
    public enum Code {
        INVALID_REQUEST(400),
        INVALID_CLIENT(401),
        UNAUTHORIZED_CLIENT(400),
        UNSUPPORTED_GRANT_TYPE(400),
        INVALID_TARGET(400),
        INVALID_SCOPE(400),
        INVALID_DPOP_PROOF(400),
        USE_DPOP_NONCE(400);

        private final int status;

        Code(int status) {
            this.status = status;
        }

        public int status() {
            return status;
        }

        /** The value on the wire. */
        public String text() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }
}

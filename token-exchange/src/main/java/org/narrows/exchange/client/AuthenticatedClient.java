// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.client;

import java.time.Instant;
import java.util.Optional;
import org.narrows.events.state.Row.ClientRow;
import org.narrows.events.value.ClientId;

/**
 * A client that proved who it is. Only {@link ClientAuthenticator} makes one.
 *
 * @param method the `token_endpoint_auth_method` it used
 * @param once the id that its proof may be used once by
 */
public record AuthenticatedClient(ClientRow row, String method, Optional<ProofId> once) {
    public ClientId id() {
        return row.entry().id();
    }

    public boolean isEnabled() {
        return row.enabledSince().isPresent();
    }

    /** The `jti` of a client assertion, and when the assertion is over. */
    public record ProofId(String jti, Instant expiresAt) {}
}

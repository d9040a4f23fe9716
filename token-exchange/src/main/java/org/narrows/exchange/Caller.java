// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import java.time.Instant;
import org.narrows.exchange.client.AuthenticatedClient;
import org.narrows.exchange.oauth.OAuthError.Code;
import org.narrows.exchange.oauth.Refusal;
import org.narrows.exchange.oauth.Result;
import org.narrows.exchange.policy.PolicyView;

/**
 * A request of a client that proved who it is, and the one view of the policy that answers it. Only
 * {@link Callers} makes one.
 *
 * @param now the one reading of the clock
 */
public record Caller(Asked asked, AuthenticatedClient client, PolicyView view, Instant now) {
    static final String CLIENT_DISABLED = "the client is disabled";

    /** Whether it may be answered at all: the client is enabled, and its headers can be read. */
    Result<Caller> admitted() {
        if (!client.isEnabled()) {
            return Result.err(
                    Refusal.of(Code.UNAUTHORIZED_CLIENT, Refusal.CLIENT_DISABLED, CLIENT_DISABLED));
        }
        if (!Callers.isConsistencyReadable(asked, view)) {
            return Result.err(
                    Refusal.parameter(
                            "the header `Narrows-Consistency` is no position of this log"));
        }
        return Result.ok(this);
    }

    /** What is answered, with the position it is answered at. */
    Answer answer(Outcome outcome) {
        return new Answer(outcome, view.position());
    }
}

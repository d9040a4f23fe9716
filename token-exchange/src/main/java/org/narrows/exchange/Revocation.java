// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import java.util.List;
import java.util.Optional;
import org.narrows.events.event.RevocationEvent.TokenRevoked;
import org.narrows.events.value.EventId;
import org.narrows.events.wire.IssuedTokens.Identity;
import org.narrows.exchange.Outcome.NothingToRevoke;
import org.narrows.exchange.Outcome.Refused;
import org.narrows.exchange.Outcome.Revoked;
import org.narrows.exchange.oauth.Refusal;
import org.narrows.exchange.oauth.Result.Err;
import org.narrows.exchange.oauth.Result.Ok;
import org.narrows.exchange.policy.PolicyReader;
import org.narrows.exchange.policy.PolicyView;
import org.narrows.exchange.request.TokenRequest;
import org.narrows.exchange.revoke.RevocationLog;
import org.narrows.exchange.token.TokenVerifier;

/**
 * Ends a token, and with it all that derive from it, when the client asks that it was issued to
 * (RFC 7009). Any other token is left as it is, and nobody learns which of them exist.
 */
public final class Revocation {
    private final Callers callers;
    private final TokenVerifier tokens;
    private final RevocationLog log;
    private final PolicyReader policies;

    public Revocation(
            Callers callers, TokenVerifier tokens, RevocationLog log, PolicyReader policies) {
        this.callers = callers;
        this.tokens = tokens;
        this.log = log;
        this.policies = policies;
    }

    /** Answers one revocation, once it is in force here; the answer's position says since when. */
    public Answer revoke(Asked asked) {
        return callers.answer(asked, this::revoke);
    }

    private Answer revoke(Caller caller) {
        return switch (caller.admitted().then(_ -> TokenRequest.parse(caller.asked().form()))) {
            case Ok<TokenRequest>(TokenRequest(String token)) ->
                    ownedBy(caller, token)
                            .map(owned -> revoked(owned, caller))
                            .orElseGet(() -> caller.answer(new NothingToRevoke()));
            case Err<TokenRequest>(Refusal refusal) -> caller.answer(Refused.of(refusal));
        };
    }

    /** The token, when there is something of it that this caller can end. */
    private Optional<Identity> ownedBy(Caller caller, String token) {
        return tokens.identify(token)
                .filter(identity -> identity.clientId().equals(caller.client().id().value()))
                .filter(identity -> caller.now().isBefore(identity.expiresAt()));
    }

    private Answer revoked(Identity token, Caller caller) {
        PolicyView view = caller.view();
        if (!view.isRevoked(token.ref())) {
            log.publish(
                    new EventId(caller.asked().decisionId()),
                    new TokenRevoked(token.ref(), token.expiresAt()),
                    caller.client().id(),
                    view.position().logId(),
                    caller.now(),
                    caller.asked().deadline());
            view =
                    policies.viewWhere(
                            newer -> newer.isRevoked(token.ref()), caller.asked().deadline());
        }
        view.assertFreshFor(List.of());
        return new Answer(new Revoked(), view.position());
    }
}

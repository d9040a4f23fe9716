// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import java.util.List;
import java.util.Optional;
import org.narrows.events.decision.CompiledPolicy;
import org.narrows.events.decision.PresentedToken;
import org.narrows.events.decision.PresentedToken.Origin;
import org.narrows.events.decision.TokenActivity;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.value.AudienceId;
import org.narrows.events.wire.BadTokenException;
import org.narrows.events.wire.IssuedTokens;
import org.narrows.exchange.Outcome.Active;
import org.narrows.exchange.Outcome.Inactive;
import org.narrows.exchange.Outcome.Refused;
import org.narrows.exchange.oauth.Refusal;
import org.narrows.exchange.oauth.Result.Err;
import org.narrows.exchange.oauth.Result.Ok;
import org.narrows.exchange.policy.PolicyView;
import org.narrows.exchange.request.TokenRequest;
import org.narrows.exchange.token.TokenVerifier;

/**
 * Whether a token is active, for the one it is meant for (RFC 7662): by its own claims and one view
 * of the policy.
 *
 * <p>Whatever keeps the token from being active, the answer is the same, so that nobody learns of a
 * token that is not theirs.
 */
public final class Introspection {
    private final Callers callers;
    private final TokenVerifier tokens;

    public Introspection(Callers callers, TokenVerifier tokens) {
        this.callers = callers;
        this.tokens = tokens;
    }

    /** Answers one introspection. */
    public Answer introspect(Asked asked) {
        return callers.answer(asked, caller -> caller.answer(introspect(caller)));
    }

    private Outcome introspect(Caller caller) {
        return switch (caller.admitted().then(_ -> TokenRequest.parse(caller.asked().form()))) {
            case Ok<TokenRequest>(TokenRequest(String token)) ->
                    tokens.openOwn(token)
                            .<Outcome>map(signed -> judged(signed, caller))
                            .orElseGet(Inactive::new);
            case Err<TokenRequest>(Refusal refusal) -> Refused.of(refusal);
        };
    }

    private static Outcome judged(IssuedTokens.Signed signed, Caller caller) {
        PolicyView view = caller.view();
        // A token of ours is a consistency token too: no older policy than its own may judge it.
        view.assertReached(signed.policySeq());
        Optional<PresentedToken> active =
                read(signed, caller)
                        .filter(token -> isMeantFor(caller, token))
                        .filter(token -> isActive(token, caller));
        view.assertFreshFor(active.map(Introspection::targets).orElse(List.of()));
        return active.<Outcome>map(token -> new Active(token, signed.jwt()))
                .orElseGet(Inactive::new);
    }

    private static Optional<PresentedToken> read(IssuedTokens.Signed signed, Caller caller) {
        try {
            return Optional.of(IssuedTokens.read(signed, caller.view().policy(), caller.now()));
        } catch (BadTokenException e) {
            return Optional.empty();
        }
    }

    private static boolean isMeantFor(Caller caller, PresentedToken token) {
        return caller.view()
                .policy()
                .audience(caller.client().row().entry().audience())
                .map(AudienceRow::entry)
                .filter(home -> CompiledPolicy.isAudienceOf(home, token.audiences(), caller.now()))
                .isPresent();
    }

    private static boolean isActive(PresentedToken token, Caller caller) {
        return TokenActivity.lapses(token, caller.view().snapshotFor(token), caller.now())
                .isEmpty();
    }

    /** Whose own bounds on the age of the policy an answer must keep. */
    private static List<AudienceId> targets(PresentedToken token) {
        return switch (token.origin()) {
            case Origin.Own own -> own.provenance().hops().getLast().to();
            case Origin.Foreign _ -> List.of();
        };
    }
}

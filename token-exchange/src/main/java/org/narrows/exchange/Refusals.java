// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.narrows.events.decision.Decision.Deny;
import org.narrows.events.decision.DecisionRecord.RecordedReason;
import org.narrows.events.decision.Reason;
import org.narrows.exchange.oauth.OAuthError;
import org.narrows.exchange.oauth.OAuthError.Code;
import org.narrows.exchange.oauth.OAuthError.ConsentRequired;
import org.narrows.exchange.oauth.Refusal;

/** From the reasons of a denial to the one error that the client is told. */
final class Refusals {
    /**
     * One text for targets that are unknown and for those that are forbidden, whatever forbids
     * them.
     */
    private static final String TARGET =
            "the target is unknown, or no token for it is given to this client";

    private Refusals() {}

    static Refusal of(Deny deny) {
        Reason first = first(deny.reasons());
        return new Refusal(
                new OAuthError(code(first), description(first), consentRequired(deny.reasons())),
                deny.reasons().stream()
                        .map(reason -> new RecordedReason(reason.code(), reason.evidence()))
                        .toList());
    }

    /**
     * Of several objections the first in the order of {@link Reason.Refusal}. Where a target may
     * not be named at all, nothing that only its own rules can say comes before that: it would say
     * that the target exists.
     */
    private static Reason first(List<Reason> reasons) {
        boolean hidden = reasons.stream().anyMatch(Refusals::hidesTarget);
        return reasons.stream()
                .filter(reason -> !(hidden && isOfTarget(reason)))
                .min(Comparator.comparing(Reason::refusal))
                .orElseThrow();
    }

    private static boolean hidesTarget(Reason reason) {
        return reason instanceof Reason.TargetUnknown || reason instanceof Reason.TargetNotAllowed;
    }

    private static boolean isOfTarget(Reason reason) {
        return reason instanceof Reason.ChainTooDeep || reason instanceof Reason.BindingMissing;
    }

    private static Code code(Reason reason) {
        return switch (reason.refusal()) {
            case UNAUTHORIZED_CLIENT -> Code.UNAUTHORIZED_CLIENT;
            case INVALID_REQUEST -> Code.INVALID_REQUEST;
            case INVALID_TARGET -> Code.INVALID_TARGET;
            case INVALID_SCOPE -> Code.INVALID_SCOPE;
        };
    }

    private static String description(Reason reason) {
        return switch (reason) {
            case Reason.ClientDisabled _ -> Caller.CLIENT_DISABLED;
            case Reason.SubjectAudience _ -> "the subject token is not meant for this client";
            case Reason.ActorAudience _ -> "the actor token is not meant for this client";
            case Reason.MayActMismatch _ ->
                    "the subject token names another actor than the actor token";
            case Reason.ActorRepeated _ -> "the actor has acted in this chain before";
            case Reason.ChainTooDeep _ -> "the subject token was exchanged too often already";
            case Reason.TokenNotActive _ -> "the subject or actor token is no longer active";
            case Reason.BindingMissing _ -> "proof of possession is missing";
            case Reason.TargetUnknown _,
                    Reason.TargetNotAllowed _,
                    Reason.NoRule _,
                    Reason.ModeNotAllowed _,
                    Reason.ActorNotAllowed _,
                    Reason.OutsideWindow _,
                    Reason.ConditionNotMet _,
                    Reason.Denied _,
                    Reason.NotAMember _,
                    Reason.NotCombinable _,
                    Reason.Suspended _ ->
                    TARGET;
            case Reason.ScopesNotPermitted _ -> "a scope is not permitted, or none is left";
            case Reason.ConsentMissing _ -> "the user has not consented";
        };
    }

    /** Only when consent is all that is missing; of several targets the first. */
    private static Optional<ConsentRequired> consentRequired(List<Reason> reasons) {
        if (!reasons.stream().allMatch(Reason.ConsentMissing.class::isInstance)) {
            return Optional.empty();
        }
        return reasons.stream()
                .map(Reason.ConsentMissing.class::cast)
                .findFirst()
                .map(missing -> new ConsentRequired(missing.audience(), missing.scopes()));
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import java.util.Optional;
import org.narrows.events.policy.Rule.Mode;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.Scopes;

/**
 * Why an exchange is refused, with the evidence. For the journal and admins; clients see only
 * {@link #code}'s class.
 */
public sealed interface Reason {
    /** The name in records and answers, such as `consent_missing`. */
    String code();

    /** Which error of the token endpoint it gives (RFC 8693 §2.2.2). */
    Refusal refusal();

    /**
     * The error codes that a denial can give; of several objections the first in this order is
     * shown.
     */
    enum Refusal {
        INVALID_REQUEST,
        INVALID_TARGET,
        INVALID_SCOPE
    }

    /** The subject token was not made for this requester, or its issuer may not issue for it. */
    record SubjectAudience(String detail) implements Reason {
        @Override
        public String code() {
            return "subject_audience";
        }

        @Override
        public Refusal refusal() {
            return Refusal.INVALID_REQUEST;
        }
    }

    /** The actor token was not made for this requester, or its issuer may not issue for it. */
    record ActorAudience(String detail) implements Reason {
        @Override
        public String code() {
            return "actor_audience";
        }

        @Override
        public Refusal refusal() {
            return Refusal.INVALID_REQUEST;
        }
    }

    /**
     * The actor token is not the one that the subject token's `may_act` names, or there is none.
     */
    record MayActMismatch(String detail) implements Reason {
        @Override
        public String code() {
            return "may_act_mismatch";
        }

        @Override
        public Refusal refusal() {
            return Refusal.INVALID_REQUEST;
        }
    }

    /** The actor is in the chain already. */
    record ActorRepeated(String actor) implements Reason {
        @Override
        public String code() {
            return "actor_repeated";
        }

        @Override
        public Refusal refusal() {
            return Refusal.INVALID_REQUEST;
        }
    }

    /** The issued token's lineage would be longer than the rule permits. */
    record ChainTooDeep(int depth, int permitted) implements Reason {
        @Override
        public String code() {
            return "chain_too_deep";
        }

        @Override
        public Refusal refusal() {
            return Refusal.INVALID_REQUEST;
        }
    }

    /** The subject or actor token, or what it stands on, is over. */
    record TokenNotActive(String which, String detail) implements Reason {
        @Override
        public String code() {
            return "token_not_active";
        }

        @Override
        public Refusal refusal() {
            return Refusal.INVALID_REQUEST;
        }
    }

    /** The token is bound to a key that was not proven, or the target asks for a bound token. */
    record BindingMissing(String detail) implements Reason {
        @Override
        public String code() {
            return "binding_missing";
        }

        @Override
        public Refusal refusal() {
            return Refusal.INVALID_REQUEST;
        }
    }

    /** No audience of that name, or none named and not exactly one meant. */
    record TargetUnknown(String target) implements Reason {
        @Override
        public String code() {
            return "target_unknown";
        }

        @Override
        public Refusal refusal() {
            return Refusal.INVALID_TARGET;
        }
    }

    /** The audience is not among those that the client may ask for. */
    record TargetNotAllowed(AudienceId target) implements Reason {
        @Override
        public String code() {
            return "target_not_allowed";
        }

        @Override
        public Refusal refusal() {
            return Refusal.INVALID_TARGET;
        }
    }

    /** No rule allows this client to exchange from its home to the target. */
    record NoRule(AudienceId from, AudienceId to) implements Reason {
        @Override
        public String code() {
            return "no_rule";
        }

        @Override
        public Refusal refusal() {
            return Refusal.INVALID_TARGET;
        }
    }

    /** No allowing rule names this mode. */
    record ModeNotAllowed(AudienceId to, Mode mode) implements Reason {
        @Override
        public String code() {
            return "mode";
        }

        @Override
        public Refusal refusal() {
            return Refusal.INVALID_TARGET;
        }
    }

    /** No allowing rule accepts what the actor token is about. */
    record ActorNotAllowed(AudienceId to) implements Reason {
        @Override
        public String code() {
            return "actor";
        }

        @Override
        public Refusal refusal() {
            return Refusal.INVALID_TARGET;
        }
    }

    /** Every rule that would allow is outside its window. */
    record OutsideWindow(RuleId rule) implements Reason {
        @Override
        public String code() {
            return "window";
        }

        @Override
        public Refusal refusal() {
            return Refusal.INVALID_TARGET;
        }
    }

    /**
     * The subject token does not say what the rule's conditions ask of the user's authentication.
     */
    record ConditionNotMet(RuleId rule, String condition) implements Reason {
        @Override
        public String code() {
            return "condition";
        }

        @Override
        public Refusal refusal() {
            return Refusal.INVALID_TARGET;
        }
    }

    /** A deny rule matches. */
    record Denied(RuleId rule) implements Reason {
        @Override
        public String code() {
            return "denied";
        }

        @Override
        public Refusal refusal() {
            return Refusal.INVALID_TARGET;
        }
    }

    /**
     * The user is no member of the target and cannot become one by asking, or was removed from it.
     */
    record NotAMember(AudienceId audience, boolean barred) implements Reason {
        @Override
        public String code() {
            return "not_a_member";
        }

        @Override
        public Refusal refusal() {
            return Refusal.INVALID_TARGET;
        }
    }

    /** These targets may not share one token. */
    record NotCombinable(AudienceId audience, Optional<RuleId> rule) implements Reason {
        @Override
        public String code() {
            return "not_combinable";
        }

        @Override
        public Refusal refusal() {
            return Refusal.INVALID_TARGET;
        }
    }

    /**
     * A malformed event that meant to restrict names something of this exchange; an admin must
     * decide.
     */
    record Suspended(long seq) implements Reason {
        @Override
        public String code() {
            return "suspended";
        }

        @Override
        public Refusal refusal() {
            return Refusal.INVALID_TARGET;
        }
    }

    /** These scopes are above a cap, or nothing is left of what was asked. */
    record ScopesNotPermitted(AudienceId audience, Scopes scopes) implements Reason {
        @Override
        public String code() {
            return "scopes_not_permitted";
        }

        @Override
        public Refusal refusal() {
            return Refusal.INVALID_SCOPE;
        }
    }

    /** The user has not consented to these scopes at the target. */
    record ConsentMissing(AudienceId audience, Scopes scopes) implements Reason {
        @Override
        public String code() {
            return "consent_missing";
        }

        @Override
        public Refusal refusal() {
            return Refusal.INVALID_SCOPE;
        }
    }
}

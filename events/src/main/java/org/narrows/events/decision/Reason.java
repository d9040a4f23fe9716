// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.narrows.events.policy.Rule.Mode;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.Scopes;

/**
 * Why an exchange is refused, with the evidence. For the journal and admins; clients see only the
 * class of {@link #refusal}.
 */
public sealed interface Reason {
    /** The client is disabled, or no longer registered. */
    record ClientDisabled(ClientId client) implements Reason {}

    /** The subject token was not made for this requester, or its issuer may not issue for it. */
    record SubjectAudience(String detail) implements Reason {}

    /** The actor token was not made for this requester, or its issuer may not issue for it. */
    record ActorAudience(String detail) implements Reason {}

    /**
     * The actor token is not the one that the subject token's `may_act` names, or there is none.
     */
    record MayActMismatch(String detail) implements Reason {}

    /** The actor is in the chain already. */
    record ActorRepeated(String actor) implements Reason {}

    /** The issued token's lineage would be longer than the rule permits. */
    record ChainTooDeep(int depth, int permitted) implements Reason {}

    /** The subject or actor token, or what it stands on, is over. */
    record TokenNotActive(String which, String detail) implements Reason {}

    /** The token is bound to a key that was not proven, or the target asks for a bound token. */
    record BindingMissing(String detail) implements Reason {}

    /** No audience of that name; or (then it is empty) none named and not exactly one meant. */
    record TargetUnknown(String target) implements Reason {}

    /** The audience is not among those that the client may ask for. */
    record TargetNotAllowed(AudienceId target) implements Reason {}

    /** No rule allows this client to exchange from its home to the target. */
    record NoRule(AudienceId from, AudienceId to) implements Reason {}

    /** The rule that comes nearest does not name this mode. */
    record ModeNotAllowed(AudienceId to, Mode mode) implements Reason {}

    /** The rule that comes nearest does not accept what the actor token is about. */
    record ActorNotAllowed(AudienceId to) implements Reason {}

    /** The rule that comes nearest is outside its window. */
    record OutsideWindow(RuleId rule) implements Reason {}

    /** The subject token does not say what the rule asks of the user's authentication. */
    record ConditionNotMet(RuleId rule, String condition) implements Reason {}

    /** A deny rule matches. */
    record Denied(RuleId rule) implements Reason {}

    /**
     * The user is no member of the target and cannot become one by asking, or was removed from it.
     */
    record NotAMember(AudienceId audience, boolean barred) implements Reason {}

    /** These targets may not share one token. */
    record NotCombinable(AudienceId audience, Optional<RuleId> rule) implements Reason {}

    /**
     * A malformed event that meant to restrict names something of this exchange; an admin must
     * decide.
     */
    record Suspended(long seq) implements Reason {}

    /** These scopes are above a cap; empty when nothing at all can be granted at the audience. */
    record ScopesNotPermitted(AudienceId audience, Scopes scopes) implements Reason {}

    /** The user has not consented to these scopes at the target. */
    record ConsentMissing(AudienceId audience, Scopes scopes) implements Reason {}

    /**
     * The error codes that a denial can give; of several objections the first in this order is
     * shown.
     */
    enum Refusal {
        UNAUTHORIZED_CLIENT,
        INVALID_REQUEST,
        INVALID_TARGET,
        INVALID_SCOPE;

        /** The code on the wire (RFC 6749 §5.2, RFC 8693 §2.2.2): `invalid_target`. */
        public String code() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The name in records and answers, such as `consent_missing`. */
    default String code() {
        return switch (this) {
            case ClientDisabled _ -> "client_disabled";
            case SubjectAudience _ -> "subject_audience";
            case ActorAudience _ -> "actor_audience";
            case MayActMismatch _ -> "may_act_mismatch";
            case ActorRepeated _ -> "actor_repeated";
            case ChainTooDeep _ -> "chain_too_deep";
            case TokenNotActive _ -> "token_not_active";
            case BindingMissing _ -> "binding_missing";
            case TargetUnknown _ -> "target_unknown";
            case TargetNotAllowed _ -> "target_not_allowed";
            case NoRule _ -> "no_rule";
            case ModeNotAllowed _ -> "mode";
            case ActorNotAllowed _ -> "actor";
            case OutsideWindow _ -> "window";
            case ConditionNotMet _ -> "condition";
            case Denied _ -> "denied";
            case NotAMember _ -> "not_a_member";
            case NotCombinable _ -> "not_combinable";
            case Suspended _ -> "suspended";
            case ScopesNotPermitted _ -> "scopes_not_permitted";
            case ConsentMissing _ -> "consent_missing";
        };
    }

    /** Which error of the token endpoint it gives (RFC 8693 §2.2.2). */
    default Refusal refusal() {
        return switch (this) {
            case ClientDisabled _ -> Refusal.UNAUTHORIZED_CLIENT;
            case SubjectAudience _,
                    ActorAudience _,
                    MayActMismatch _,
                    ActorRepeated _,
                    ChainTooDeep _,
                    TokenNotActive _,
                    BindingMissing _ ->
                    Refusal.INVALID_REQUEST;
            case TargetUnknown _,
                    TargetNotAllowed _,
                    NoRule _,
                    ModeNotAllowed _,
                    ActorNotAllowed _,
                    OutsideWindow _,
                    ConditionNotMet _,
                    Denied _,
                    NotAMember _,
                    NotCombinable _,
                    Suspended _ ->
                    Refusal.INVALID_TARGET;
            case ScopesNotPermitted _, ConsentMissing _ -> Refusal.INVALID_SCOPE;
        };
    }

    /** What it rests on, for records and people: member names to plain text. */
    default Map<String, String> evidence() {
        return switch (this) {
            case ClientDisabled(var client) -> Map.of("client", client.value());
            case SubjectAudience(var detail) -> Map.of("detail", detail);
            case ActorAudience(var detail) -> Map.of("detail", detail);
            case MayActMismatch(var detail) -> Map.of("detail", detail);
            case ActorRepeated(var actor) -> Map.of("actor", actor);
            case ChainTooDeep(var depth, var permitted) ->
                    Map.of(
                            "depth",
                            Integer.toString(depth),
                            "permitted",
                            Integer.toString(permitted));
            case TokenNotActive(var which, var detail) -> Map.of("token", which, "detail", detail);
            case BindingMissing(var detail) -> Map.of("detail", detail);
            case TargetUnknown(var target) -> Map.of("target", target);
            case TargetNotAllowed(var target) -> Map.of("target", target.value());
            case NoRule(var from, var to) -> Map.of("from", from.value(), "to", to.value());
            case ModeNotAllowed(var to, var mode) -> Map.of("to", to.value(), "mode", mode.text());
            case ActorNotAllowed(var to) -> Map.of("to", to.value());
            case OutsideWindow(var rule) -> Map.of("rule", rule.value());
            case ConditionNotMet(var rule, var condition) ->
                    Map.of("rule", rule.value(), "condition", condition);
            case Denied(var rule) -> Map.of("rule", rule.value());
            case NotAMember(var audience, var barred) ->
                    Map.of("audience", audience.value(), "barred", Boolean.toString(barred));
            case NotCombinable(var audience, var rule) ->
                    rule.isEmpty()
                            ? Map.of("audience", audience.value())
                            : Map.of("audience", audience.value(), "rule", rule.get().value());
            case Suspended(var seq) -> Map.of("seq", Long.toString(seq));
            case ScopesNotPermitted(var audience, var scopes) ->
                    Map.of("audience", audience.value(), "scopes", scopes.toString());
            case ConsentMissing(var audience, var scopes) ->
                    Map.of("audience", audience.value(), "scopes", scopes.toString());
        };
    }
}

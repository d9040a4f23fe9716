// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import java.util.stream.Collectors;
import org.narrows.events.decision.Reason;
import org.narrows.events.value.Scopes;

/** Says to an admin in a sentence why an exchange is refused; clients are never told as much. */
final class ReasonSentence {
    private ReasonSentence() {}

    static String of(Reason reason) {
        return switch (reason) {
            case Reason.ClientDisabled(var client) ->
                    "the client `" + client + "` is disabled or not registered";
            case Reason.SubjectAudience(var detail) ->
                    "the subject token is not for this client: " + detail;
            case Reason.ActorAudience(var detail) ->
                    "the actor token is not for this client: " + detail;
            case Reason.MayActMismatch(var detail) ->
                    "the subject token's `may_act` does not let this actor act: " + detail;
            case Reason.ActorRepeated(var actor) -> "`" + actor + "` is in the chain already";
            case Reason.ChainTooDeep(var depth, var permitted) ->
                    "the issued token would derive from "
                            + depth
                            + " tokens, and the rule's `maxChainDepth` is "
                            + permitted;
            case Reason.TokenNotActive(var which, var detail) ->
                    "the " + which + " token is not active: " + detail;
            case Reason.BindingMissing(var detail) -> detail;
            case Reason.TargetUnknown(var target) ->
                    target.isEmpty()
                            ? "no target is named, and the client has not exactly one"
                            : "no audience is called `" + target + "`";
            case Reason.TargetNotAllowed(var target) ->
                    "`" + target + "` is not among the `audiences` of the client";
            case Reason.NoRule(var from, var to) ->
                    "no rule allows this client and issuer to go from `"
                            + from
                            + "` to `"
                            + to
                            + "`";
            case Reason.ModeNotAllowed(var to, var mode) ->
                    "the rule that comes nearest at `"
                            + to
                            + "` does not name the mode `"
                            + mode.text()
                            + "`";
            case Reason.ActorNotAllowed(var to) ->
                    "the rule that comes nearest at `"
                            + to
                            + "` does not take what the actor token is about";
            case Reason.OutsideWindow(var rule) ->
                    "the rule `" + rule + "` is outside `notBefore` and `notAfter`";
            case Reason.ConditionNotMet(var rule, var condition) ->
                    "the subject token does not meet the condition `"
                            + condition
                            + "` of the rule `"
                            + rule
                            + "`";
            case Reason.Denied(var rule) -> "the rule `" + rule + "` denies it";
            case Reason.NotAMember(var audience, var barred) ->
                    barred
                            ? "the user was removed from `" + audience + "`"
                            : "the user is no member of `" + audience + "`, where sign-up is off";
            case Reason.NotCombinable(var audience, var rule) ->
                    "`"
                            + audience
                            + "` may not share a token with the other targets"
                            + rule.map(id -> ": the rule `" + id + "` is not `combinable`")
                                    .orElse(": their `labels` differ");
            case Reason.Suspended(var seq) -> "seq " + seq + " of the log holds it still";
            case Reason.ScopesNotPermitted(var audience, var scopes) ->
                    scopes.isEmpty()
                            ? "nothing that the subject token holds is worth anything at `"
                                    + audience
                                    + "` to this client"
                            : "not permitted at `" + audience + "`: " + shown(scopes);
            case Reason.ConsentMissing(var audience, var scopes) ->
                    "the user has not consented at `" + audience + "` to " + shown(scopes);
        };
    }

    private static String shown(Scopes scopes) {
        return scopes.stream().map(scope -> "`" + scope + "`").collect(Collectors.joining(", "));
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.narrows.events.decision.CompiledPolicy.Cap;
import org.narrows.events.decision.CompiledPolicy.Rules.Naming;
import org.narrows.events.decision.Decider.Grant;
import org.narrows.events.decision.Reason.ActorNotAllowed;
import org.narrows.events.decision.Reason.BindingMissing;
import org.narrows.events.decision.Reason.ChainTooDeep;
import org.narrows.events.decision.Reason.ConditionNotMet;
import org.narrows.events.decision.Reason.ConsentMissing;
import org.narrows.events.decision.Reason.Denied;
import org.narrows.events.decision.Reason.ModeNotAllowed;
import org.narrows.events.decision.Reason.NoRule;
import org.narrows.events.decision.Reason.NotAMember;
import org.narrows.events.decision.Reason.NotCombinable;
import org.narrows.events.decision.Reason.OutsideWindow;
import org.narrows.events.decision.Reason.ScopesNotPermitted;
import org.narrows.events.decision.Reason.Suspended;
import org.narrows.events.policy.Client.ExcessScope;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.policy.Rule.Allow;
import org.narrows.events.policy.Rule.Deny;
import org.narrows.events.policy.Rule.Match;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.state.Row.ScopeRow;
import org.narrows.events.state.UserFacts;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.Confirmation;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.Scopes;

/** Decides what one target of an exchange is granted: by which rule, and how much of it. */
final class TargetDecider {
    private final AudienceRow target;
    private final Question question;
    private final List<Reason> reasons;

    /** What was asked for at this target. */
    private final Optional<Scopes> requested;

    /** All that the client may have here, whatever the rule. */
    private final Scopes cap;

    /** Which of those need the user's consent and do not have it. */
    private final Scopes unconsented;

    private TargetDecider(AudienceRow target, Question question, List<Reason> reasons) {
        this.target = target;
        this.question = question;
        this.reasons = reasons;
        AudienceId id = target.entry().id();
        this.requested =
                question.several() && question.requested().isPresent()
                        ? Optional.of(question.requested().get().keep(this::isOfThisTargetAlone))
                        : question.requested();
        Cap most = question.requester().caps().get(id);
        if (most == null) {
            most = question.policy().capOf(question.requester().client(), id);
        }
        Scopes all = isUser() ? most.users() : most.clientSubjects();
        this.cap = question.several() ? all.keep(this::isOfThisTargetAlone) : all;
        this.unconsented = isUser() ? most.consentable().keep(this::isUnconsented) : Scopes.NONE;
    }

    /** What the target is granted; empty after adding at least one objection. */
    static Optional<Grant> decide(AudienceRow target, Question question, List<Reason> reasons) {
        return new TargetDecider(target, question, reasons).decide();
    }

    private Optional<Grant> decide() {
        int before = reasons.size();
        Naming rules =
                question.policy()
                        .rules(
                                question.requester().home().entry().id(),
                                target.entry().id(),
                                question.exchange().client());
        denied(rules.denyNamed());
        denied(rules.denyAny());
        notAMember().ifPresent(reasons::add);
        Choice choice = new Choice();
        rules.allowNamed().forEach(rule -> consider(rule, choice));
        rules.allowAny().forEach(rule -> consider(rule, choice));
        Optional<Answer> answer = choice.made();
        if (answer.isEmpty()) {
            reasons.add(new NoRule(question.requester().home().entry().id(), target.entry().id()));
            return Optional.empty();
        }
        reasons.addAll(answer.get().objections());
        reasons.addAll(scopesMissing(answer.get()));
        reasons.addAll(scopesSuspended(answer.get()));
        return reasons.size() > before
                ? Optional.empty()
                : Optional.of(
                        new Grant(
                                target,
                                answer.get().rule(),
                                answer.get().granted(),
                                expiryBy(answer.get().rule()),
                                admits()));
    }

    private boolean isUser() {
        return question.exchange().subject().kind() == ActorKind.USER;
    }

    private boolean isOfThisTargetAlone(ScopeName name) {
        Optional<ScopeRow> scope = question.policy().scope(name);
        return scope.isPresent()
                && scope.get().entry().audience().isPresent()
                && scope.get().entry().isOf(target.entry().id());
    }

    private boolean isUnconsented(ScopeName name) {
        Optional<ScopeRow> scope = question.policy().scope(name);
        return scope.isEmpty()
                || UserStanding.consentedSince(question.subjectFacts(), target, scope.get())
                        .isEmpty();
    }

    private void denied(List<Deny> rules) {
        for (Deny rule : rules) {
            if (RuleMatch.denies(
                    rule,
                    question.exchange().subject().party().issuer(),
                    question.mode(),
                    question.exchange().actor().map(PresentedToken::kind),
                    Optional.of(question.exchange().subject()),
                    question.now())) {
                reasons.add(new Denied(rule.id()));
            }
        }
    }

    private Optional<Reason> notAMember() {
        if (!isUser()) {
            return Optional.empty();
        }
        UserFacts facts = question.subjectFacts();
        boolean barred = UserStanding.isBarred(facts, target);
        return barred
                        || (!target.entry().signUpEnabled()
                                && UserStanding.membership(facts, target).isEmpty())
                ? Optional.of(new NotAMember(target.entry().id(), barred))
                : Optional.empty();
    }

    /** Whether the user becomes a member by this permit. */
    private boolean admits() {
        return isUser() && UserStanding.membership(question.subjectFacts(), target).isEmpty();
    }

    /**
     * What one allow rule says.
     *
     * @param reachable what of the asked it could grant with every consent
     * @param granted what of that it grants
     */
    private record Answer(Allow rule, List<Reason> objections, Scopes reachable, Scopes granted) {}

    private void consider(Allow rule, Choice choice) {
        if (!RuleMatch.namesIssuer(rule.match(), question.exchange().subject().party().issuer())) {
            return;
        }
        Scopes reachable = rule.worth(question.exchange().subject().scopes()).and(cap);
        if (requested.isPresent()) {
            reachable = reachable.and(requested.get());
        }
        choice.offer(new Answer(rule, objections(rule), reachable, reachable.without(unconsented)));
    }

    /**
     * The rule taken. Of those without objections it is the one that grants most of what was asked,
     * the first id among equals. Where that is not enough, the one that would grant most with every
     * consent explains the denial, since it is the one to consent for; where every rule objects, it
     * is the one that objects least.
     */
    private final class Choice {
        private @Nullable Answer granting;
        private @Nullable Answer explaining;

        void offer(Answer answer) {
            if (answer.objections().isEmpty()
                    && (granting == null || grantsMore(answer, granting))) {
                granting = answer;
            }
            if (explaining == null || explainsBetter(answer, explaining)) {
                explaining = answer;
            }
        }

        Optional<Answer> made() {
            return granting != null && scopesMissing(granting).isEmpty()
                    ? Optional.of(granting)
                    : Optional.ofNullable(explaining);
        }

        private static boolean grantsMore(Answer one, Answer other) {
            int more = one.granted().size() - other.granted().size();
            return more > 0 || (more == 0 && one.rule().id().compareTo(other.rule().id()) < 0);
        }

        private static boolean explainsBetter(Answer one, Answer other) {
            int fewer = other.objections().size() - one.objections().size();
            int more = one.reachable().size() - other.reachable().size();
            return fewer > 0
                    || (fewer == 0 && more > 0)
                    || (fewer == 0 && more == 0 && grantsMore(one, other));
        }
    }

    /** Why a rule that names the client and the issuer does not allow this exchange. */
    private List<Reason> objections(Allow rule) {
        Match match = rule.match();
        List<Reason> objections = new ArrayList<>(0);
        if (!match.modes().contains(question.mode())) {
            objections.add(new ModeNotAllowed(target.entry().id(), question.mode()));
        }
        Optional<PresentedToken> actor = question.exchange().actor();
        if (actor.isPresent() && !match.actors().contains(actor.get().kind())) {
            objections.add(new ActorNotAllowed(target.entry().id()));
        }
        if (question.lineage().size() > rule.maxChainDepth()) {
            objections.add(new ChainTooDeep(question.lineage().size(), rule.maxChainDepth()));
        }
        if (!RuleMatch.inWindow(match, question.now())) {
            objections.add(new OutsideWindow(rule.id()));
        }
        for (String condition :
                RuleMatch.unmet(
                        match.conditions(), question.exchange().subject(), question.now())) {
            objections.add(new ConditionNotMet(rule.id(), condition));
        }
        if (subjectKeyMissing(rule)) {
            objections.add(new BindingMissing("the subject token's key was not proven"));
        }
        if (question.several() && !rule.combinable()) {
            objections.add(new NotCombinable(target.entry().id(), Optional.of(rule.id())));
        }
        question.policy()
                .suspensions()
                .rule(rule.id())
                .ifPresent(seq -> objections.add(new Suspended(seq)));
        return objections;
    }

    /**
     * A bound subject without its key needs a rule that lets the requester's own take its place.
     */
    private boolean subjectKeyMissing(Allow rule) {
        Optional<Confirmation> bound = question.exchange().subject().boundTo();
        return bound.isPresent()
                && !question.binding().equals(bound)
                && (!rule.rebind() || question.binding().isEmpty());
    }

    private List<Reason> scopesMissing(Answer answer) {
        Scopes unconsentedHere = answer.reachable().and(unconsented);
        if (requested.isPresent()
                && !requested.get().isEmpty()
                && question.onExcessScope() == ExcessScope.REFUSE) {
            if (answer.granted().size() == requested.get().size()) {
                return List.of();
            }
            List<Reason> missing = new ArrayList<>();
            Scopes unreachable = requested.get().without(answer.reachable());
            if (!unreachable.isEmpty()) {
                missing.add(new ScopesNotPermitted(target.entry().id(), unreachable));
            }
            if (!unconsentedHere.isEmpty()) {
                missing.add(new ConsentMissing(target.entry().id(), unconsentedHere));
            }
            return missing;
        }
        if (!answer.granted().isEmpty()) {
            return List.of();
        }
        // Consent would make this exchange pass: then consent is all that is missing.
        return unconsentedHere.isEmpty()
                ? List.of(
                        new ScopesNotPermitted(target.entry().id(), requested.orElse(Scopes.NONE)))
                : List.of(new ConsentMissing(target.entry().id(), unconsentedHere));
    }

    private List<Reason> scopesSuspended(Answer answer) {
        if (question.policy().suspensions().isEmpty()) {
            return List.of();
        }
        List<Reason> suspended = new ArrayList<>();
        for (ScopeName name : answer.reachable()) {
            question.policy()
                    .suspensions()
                    .scope(name)
                    .ifPresent(seq -> suspended.add(new Suspended(seq)));
        }
        return suspended;
    }

    /** As soon as the rule, the audience or the rule's window says. */
    private Instant expiryBy(Allow rule) {
        Duration lifetime = target.entry().maxLifetime();
        if (rule.maxLifetime().isPresent() && rule.maxLifetime().get().compareTo(lifetime) < 0) {
            lifetime = rule.maxLifetime().get();
        }
        Instant latest = question.latestExpiry();
        return question.within(
                lifetime,
                rule.match().notAfter().isPresent()
                        ? Question.earlier(latest, rule.match().notAfter().get())
                        : latest);
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.narrows.events.decision.CompiledPolicy.Requester;
import org.narrows.events.decision.Decision.Basis;
import org.narrows.events.decision.Decision.Deny;
import org.narrows.events.decision.Decision.Permit;
import org.narrows.events.decision.Exchange.Target;
import org.narrows.events.decision.PresentedToken.MayAct;
import org.narrows.events.decision.PresentedToken.Origin;
import org.narrows.events.decision.Provenance.ActorProvenance;
import org.narrows.events.decision.Provenance.Hop;
import org.narrows.events.decision.Reason.ActorAudience;
import org.narrows.events.decision.Reason.ActorRepeated;
import org.narrows.events.decision.Reason.BindingMissing;
import org.narrows.events.decision.Reason.ClientDisabled;
import org.narrows.events.decision.Reason.MayActMismatch;
import org.narrows.events.decision.Reason.NotCombinable;
import org.narrows.events.decision.Reason.OutsideWindow;
import org.narrows.events.decision.Reason.ScopesNotPermitted;
import org.narrows.events.decision.Reason.SubjectAudience;
import org.narrows.events.decision.Reason.Suspended;
import org.narrows.events.decision.Reason.TargetNotAllowed;
import org.narrows.events.decision.Reason.TargetUnknown;
import org.narrows.events.decision.Reason.TokenNotActive;
import org.narrows.events.decision.TokenActivity.Lapse;
import org.narrows.events.policy.Audience.BindingRequirement;
import org.narrows.events.policy.Client.ExcessScope;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.policy.Rule.Allow;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.state.Row.MembershipRow;
import org.narrows.events.state.Row.ScopeRow;
import org.narrows.events.state.Row.Standing.Member;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;

/**
 * Decides exchanges. Pure: same arguments, same answer; no clock, no store, no log.
 *
 * <p>Every check is a function of its own that gives an objection or none. A denial lists all
 * objections; there is one way to a permit, and it begins where there are none.
 */
public final class Decider {
    /** Raised when the decision itself changes its mind, so that `explain` can say so. */
    public static final int VERSION = 1;

    private Decider() {}

    /**
     * Decides one exchange: may this client swap this token for a narrow one, and how narrow must
     * it be?
     */
    public static Decision decide(Exchange exchange, PolicySnapshot snapshot, Instant now) {
        Optional<Requester> requester = snapshot.policy().requester(exchange.client());
        if (requester.isEmpty()) {
            return new Deny(List.of(new ClientDisabled(exchange.client())));
        }
        List<Reason> reasons = new ArrayList<>(0);
        List<AudienceRow> targets = targets(exchange, requester.get(), snapshot.policy(), reasons);
        Question question = Question.of(exchange, snapshot, now, requester.get(), targets);

        subjectNotForRequester(question).ifPresent(reasons::add);
        actorNotForRequester(question).ifPresent(reasons::add);
        mayActMismatch(question).ifPresent(reasons::add);
        actorRepeated(question).ifPresent(reasons::add);
        reasons.addAll(notActive("subject", exchange.subject(), question));
        if (exchange.actor().isPresent()) {
            reasons.addAll(notActive("actor", exchange.actor().get(), question));
        }
        actorKeyNotProven(question).ifPresent(reasons::add);
        reasons.addAll(bindingNotMet(question));
        reasons.addAll(labelsDiffer(targets));
        reasons.addAll(suspended(question));
        scopesOfNoTarget(question).ifPresent(reasons::add);

        List<Grant> grants = new ArrayList<>(targets.size());
        for (AudienceRow target : targets) {
            TargetDecider.decide(target, question, reasons).ifPresent(grants::add);
        }
        return reasons.isEmpty()
                ? permit(question, grants)
                : new Deny(List.copyOf(new LinkedHashSet<>(reasons)));
    }

    /**
     * The users whose facts the decision reads: the subject's, the actor's, and those of everyone
     * in their `act`.
     */
    public static Set<User> usersOf(Exchange exchange, CompiledPolicy policy) {
        Set<User> users = TokenActivity.usersOf(exchange.subject(), policy);
        exchange.actor().ifPresent(actor -> users.addAll(TokenActivity.usersOf(actor, policy)));
        return users;
    }

    /**
     * The tokens whose revocation the decision asks about: subject, actor and all their ancestors.
     */
    public static Set<TokenRef> tokensOf(Exchange exchange, CompiledPolicy policy) {
        Set<TokenRef> tokens = TokenActivity.tokensOf(exchange.subject(), policy);
        exchange.actor().ifPresent(actor -> tokens.addAll(TokenActivity.tokensOf(actor, policy)));
        return tokens;
    }

    /** The audiences that the exchange means, each once, whether it may have them or not. */
    public static List<AudienceId> targetsOf(Exchange exchange, CompiledPolicy policy) {
        return policy
                .requester(exchange.client())
                .map(requester -> targets(exchange, requester, policy, new ArrayList<>()))
                .orElse(List.of())
                .stream()
                .map(target -> target.entry().id())
                .toList();
    }

    /** The targets meant, each once; those that cannot be are objections. */
    private static List<AudienceRow> targets(
            Exchange exchange, Requester requester, CompiledPolicy policy, List<Reason> reasons) {
        if (exchange.targets().isEmpty()) {
            Optional<AudienceRow> only = onlyTarget(requester, policy);
            if (only.isEmpty()) {
                reasons.add(new TargetUnknown(""));
                return List.of();
            }
            return List.of(only.get());
        }
        List<AudienceRow> targets = new ArrayList<>(exchange.targets().size());
        for (Target named : exchange.targets()) {
            Optional<AudienceRow> target = policy.named(named);
            if (target.isEmpty()) {
                reasons.add(new TargetUnknown(named.value()));
            } else if (!targets.contains(target.get())) {
                targets.add(target.get());
                if (!requester.caps().containsKey(target.get().entry().id())) {
                    reasons.add(new TargetNotAllowed(target.get().entry().id()));
                }
            }
        }
        return targets;
    }

    private static Optional<AudienceRow> onlyTarget(Requester requester, CompiledPolicy policy) {
        return requester.caps().size() == 1
                ? policy.audience(requester.caps().keySet().iterator().next())
                : Optional.empty();
    }

    private static Optional<Reason> subjectNotForRequester(Question question) {
        return notForRequester(question.exchange().subject(), question).map(SubjectAudience::new);
    }

    private static Optional<Reason> actorNotForRequester(Question question) {
        return question.exchange().actor().isEmpty()
                ? Optional.empty()
                : notForRequester(question.exchange().actor().get(), question)
                        .map(ActorAudience::new);
    }

    /** A token must have been made for its requester's home, by an issuer that may do so. */
    private static Optional<String> notForRequester(PresentedToken token, Question question) {
        AudienceRow home = question.requester().home();
        if (token.origin() instanceof Origin.Foreign(IssuerUrl issuer)) {
            // One that is trusted no longer is an objection of its own.
            Optional<TrustedIssuer> trusted =
                    question.policy().issuer(issuer).map(row -> row.entry());
            if (trusted.isPresent()
                    && trusted.get().audiences().isPresent()
                    && !trusted.get().audiences().get().contains(home.entry().id())) {
                return Optional.of("its issuer may not issue for `" + home.entry().id() + "`");
            }
            if (token.idToken()) {
                String requester = question.requester().client().entry().knownAs(issuer);
                return isIdTokenOf(requester, token)
                        ? Optional.empty()
                        : Optional.of("the id token is not for `" + requester + "`");
            }
        }
        return CompiledPolicy.isAudienceOf(home.entry(), token.audiences(), question.now())
                ? Optional.empty()
                : Optional.of("its `aud` does not hold `" + home.entry().tokenAudience() + "`");
    }

    private static boolean isIdTokenOf(String requester, PresentedToken token) {
        return (token.audiences().size() == 1 && token.audiences().contains(requester))
                || (token.authorizedParty().isPresent()
                        && token.authorizedParty().get().equals(requester));
    }

    /** `may_act` (RFC 8693 §4.4) names who may act; nobody may who is not all that it says. */
    private static Optional<Reason> mayActMismatch(Question question) {
        PresentedToken subject = question.exchange().subject();
        if (subject.mayAct().isEmpty()) {
            return Optional.empty();
        }
        if (question.exchange().actor().isEmpty()) {
            return Optional.of(new MayActMismatch("there is no actor token"));
        }
        MayAct mayAct = subject.mayAct().get();
        User actor = question.exchange().actor().get().party();
        if (!mayAct.otherMembers().isEmpty()) {
            return Optional.of(
                    new MayActMismatch("member `" + mayAct.otherMembers().first() + "`"));
        }
        String issuer = mayAct.issuer().orElse(subject.ref().issuer().value());
        return actor.issuer().value().equals(issuer)
                        && mayAct.subject().isPresent()
                        && mayAct.subject().get().equals(actor.subject())
                ? Optional.empty()
                : Optional.of(new MayActMismatch("it names another actor"));
    }

    private static Optional<Reason> actorRepeated(Question question) {
        return question.actorName().isPresent()
                        && question.exchange()
                                .subject()
                                .actors()
                                .contains(question.actorName().get())
                ? Optional.of(new ActorRepeated(question.actorName().get()))
                : Optional.empty();
    }

    private static List<Reason> notActive(String which, PresentedToken token, Question question) {
        List<Lapse> lapses = TokenActivity.lapses(token, question.snapshot(), question.now());
        if (lapses.isEmpty()) {
            return List.of();
        }
        List<Reason> reasons = new ArrayList<>();
        for (Lapse lapse : lapses) {
            reasons.add(new TokenNotActive(which, lapse.detail()));
        }
        return reasons;
    }

    /** A bound actor token is as good as its key; `boundSubject` speaks of the subject's only. */
    private static Optional<Reason> actorKeyNotProven(Question question) {
        return question.exchange().actor().isPresent()
                        && question.exchange().actor().get().boundTo().isPresent()
                        && !question.exchange()
                                .proven()
                                .contains(question.exchange().actor().get().boundTo().get())
                ? Optional.of(new BindingMissing("the actor token's key was not proven"))
                : Optional.empty();
    }

    private static List<Reason> bindingNotMet(Question question) {
        List<Reason> reasons = List.of();
        for (AudienceRow target : question.targets()) {
            BindingRequirement required = target.entry().requireBinding();
            if (!Question.meets(required, question.binding())) {
                reasons = new ArrayList<>(reasons);
                reasons.add(
                        new BindingMissing(
                                "`"
                                        + target.entry().id()
                                        + "` requires binding `"
                                        + required.text()
                                        + "`"));
            }
        }
        return reasons;
    }

    /** Only equally labelled targets may share a token: else each sees a token of the other's. */
    private static List<Reason> labelsDiffer(List<AudienceRow> targets) {
        List<Reason> reasons = List.of();
        for (int i = 1; i < targets.size(); i++) {
            if (!targets.get(i).entry().labels().equals(targets.getFirst().entry().labels())) {
                reasons = new ArrayList<>(reasons);
                reasons.add(new NotCombinable(targets.get(i).entry().id(), Optional.empty()));
            }
        }
        return reasons;
    }

    /** What malformed records hold still of who asks, for whom, and where. */
    private static List<Reason> suspended(Question question) {
        Suspensions suspensions = question.policy().suspensions();
        if (suspensions.isEmpty()) {
            return List.of();
        }
        Set<Long> seqs = new TreeSet<>();
        AudienceId home = question.requester().home().entry().id();
        suspensions.everything().ifPresent(seqs::add);
        suspensions.client(question.exchange().client()).ifPresent(seqs::add);
        suspensions.audience(home).ifPresent(seqs::add);
        List<PresentedToken> tokens = new ArrayList<>();
        tokens.add(question.exchange().subject());
        question.exchange().actor().ifPresent(tokens::add);
        for (PresentedToken token : tokens) {
            if (token.origin() instanceof Origin.Foreign(IssuerUrl issuer)) {
                // What a token of ours stands on is a matter of its activity.
                suspensions.token(token.ref().tokenId()).ifPresent(seqs::add);
                suspensions.issuer(issuer).ifPresent(seqs::add);
            }
            for (AudienceRow target : question.targets()) {
                suspensions.user(token.party(), target.entry().id()).ifPresent(seqs::add);
            }
        }
        for (AudienceRow target : question.targets()) {
            suspensions.audience(target.entry().id()).ifPresent(seqs::add);
        }
        List<Reason> reasons = new ArrayList<>();
        seqs.forEach(seq -> reasons.add(new Suspended(seq)));
        return reasons;
    }

    /** With several targets each scope belongs to exactly one; what belongs to none is refused. */
    private static Optional<Reason> scopesOfNoTarget(Question question) {
        if (!question.several()
                || question.requested().isEmpty()
                || question.targets().size() < 2
                || question.onExcessScope() == ExcessScope.NARROW) {
            return Optional.empty();
        }
        Scopes homeless = question.requested().get().keep(name -> !belongs(name, question));
        return homeless.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new ScopesNotPermitted(
                                question.targets().getFirst().entry().id(), homeless));
    }

    private static boolean belongs(ScopeName name, Question question) {
        Optional<ScopeRow> scope = question.policy().scope(name);
        if (scope.isEmpty() || scope.get().entry().audience().isEmpty()) {
            return false;
        }
        for (AudienceRow target : question.targets()) {
            if (scope.get().entry().isOf(target.entry().id())) {
                return true;
            }
        }
        return false;
    }

    /** What one target is granted. */
    record Grant(
            AudienceRow target, Allow rule, Scopes scopes, Instant expiresAt, boolean admits) {}

    /** The one way to a permit. */
    private static Decision permit(Question question, List<Grant> grants) {
        Instant expiresAt = question.latestExpiry();
        Scopes scopes = Scopes.NONE;
        List<Basis> basis = new ArrayList<>(grants.size());
        List<AudienceId> admits = new ArrayList<>(0);
        for (Grant grant : grants) {
            expiresAt = Question.earlier(expiresAt, grant.expiresAt());
            scopes = scopes.or(grant.scopes());
            basis.add(new Basis(grant.target().entry().id(), grant.rule().id()));
            if (grant.admits()) {
                admits.add(grant.target().entry().id());
            }
        }
        // A token's times are whole seconds (RFC 7519 §2), and this one is never longer than meant.
        expiresAt = expiresAt.truncatedTo(ChronoUnit.SECONDS);
        if (!question.now().isBefore(expiresAt)) {
            return new Deny(List.of(noTimeLeft(question, grants)));
        }
        return new Permit(terms(question, basis, scopes, expiresAt, admits), basis, admits);
    }

    /** What ends within the second leaves nothing to issue. */
    private static Reason noTimeLeft(Question question, List<Grant> grants) {
        Instant latest = question.latestExpiry().truncatedTo(ChronoUnit.SECONDS);
        return question.now().isBefore(latest)
                ? new OutsideWindow(grants.getFirst().rule().id())
                : new TokenNotActive("subject", "the token expires within the second");
    }

    private static TokenTerms terms(
            Question question,
            List<Basis> basis,
            Scopes scopes,
            Instant expiresAt,
            List<AudienceId> admits) {
        Exchange exchange = question.exchange();
        PresentedToken subject = exchange.subject();
        List<AudienceId> targets = new ArrayList<>(basis.size());
        List<String> audiences = new ArrayList<>(basis.size());
        List<RuleId> rules = new ArrayList<>(basis.size());
        for (int i = 0; i < basis.size(); i++) {
            targets.add(basis.get(i).target());
            rules.add(basis.get(i).rule());
            audiences.add(question.targets().get(i).entry().tokenAudience());
        }
        Hop hop =
                new Hop(
                        exchange.client(),
                        targets,
                        rules,
                        scopes,
                        question.snapshot().position().seq(),
                        question.mode(),
                        exchange.actor().map(PresentedToken::kind),
                        !admits.isEmpty());
        return new TokenTerms(
                subject.party(),
                question.policy().nameOf(subject.party()).orElseThrow(),
                subject.kind(),
                exchange.client(),
                targets,
                audiences,
                scopes,
                expiresAt,
                actors(question),
                question.lineage(),
                provenance(question, hop),
                question.binding(),
                subject.authTime(),
                subject.acr(),
                subject.amr(),
                claims(question));
    }

    /** The subject's chain, and the new actor in front of it (RFC 8693 §4.1). */
    private static List<String> actors(Question question) {
        List<String> before = question.exchange().subject().actors();
        if (question.actorName().isEmpty()) {
            return before;
        }
        List<String> actors = new ArrayList<>(before.size() + 1);
        actors.add(question.actorName().get());
        actors.addAll(before);
        return actors;
    }

    private static Provenance provenance(Question question, Hop hop) {
        PresentedToken subject = question.exchange().subject();
        List<Hop> hops = new ArrayList<>();
        List<ActorProvenance> actors = new ArrayList<>(0);
        if (subject.origin() instanceof Origin.Own own) {
            hops.addAll(own.provenance().hops());
            actors.addAll(own.provenance().actors());
        }
        hops.add(hop);
        if (question.exchange().actor().isPresent()) {
            // Its own entry, then those of the actor tokens that it stands on itself.
            PresentedToken actor = question.exchange().actor().get();
            actors.add(
                    new ActorProvenance(
                            question.lineageOf(actor), rootIssuedAt(actor), hopsOf(actor)));
            if (actor.origin() instanceof Origin.Own own) {
                actors.addAll(own.provenance().actors());
            }
        }
        return new Provenance(rootIssuedAt(subject), hops, actors);
    }

    private static long rootIssuedAt(PresentedToken token) {
        return switch (token.origin()) {
            case Origin.Own own -> own.provenance().rootIssuedAt();
            case Origin.Foreign _ ->
                    token.issuedAt().isPresent() ? token.issuedAt().get().getEpochSecond() : 0;
        };
    }

    private static List<Hop> hopsOf(PresentedToken token) {
        return switch (token.origin()) {
            case Origin.Own own -> own.provenance().hops();
            case Origin.Foreign _ -> List.of();
        };
    }

    /** Declared claims only: the subject token's, and over them what an invitation assigned. */
    private static SortedMap<String, String> claims(Question question) {
        SortedMap<String, String> claims = new TreeMap<>();
        for (Map.Entry<String, String> claim : question.exchange().subject().claims().entrySet()) {
            if (isDeclared(claim.getKey(), question)) {
                claims.put(claim.getKey(), claim.getValue());
            }
        }
        if (question.exchange().subject().kind() == ActorKind.USER) {
            claims.putAll(assigned(question));
        }
        return claims;
    }

    /** A token for several targets carries only what every one of them may see. */
    private static boolean isDeclared(String claim, Question question) {
        for (AudienceRow target : question.targets()) {
            if (!question.policy().declares(claim, target.entry().id())) {
                return false;
            }
        }
        return question.policy().suspensions().claim(claim).isEmpty();
    }

    private static Map<String, String> assigned(Question question) {
        Map<String, String> assigned = new TreeMap<>();
        for (AudienceRow target : question.targets()) {
            Optional<MembershipRow> membership =
                    UserStanding.membership(question.subjectFacts(), target);
            if (membership.isPresent() && membership.get().standing() instanceof Member member) {
                for (Map.Entry<String, String> claim : member.claims().entrySet()) {
                    if (isDeclared(claim.getKey(), question)) {
                        assigned.putIfAbsent(claim.getKey(), claim.getValue());
                    }
                }
            }
        }
        return assigned;
    }
}

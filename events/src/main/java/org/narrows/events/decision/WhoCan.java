// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.narrows.events.decision.CompiledPolicy.Cap;
import org.narrows.events.decision.CompiledPolicy.Requester;
import org.narrows.events.decision.CompiledPolicy.Rules.Naming;
import org.narrows.events.policy.ClientTokens;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.policy.Rule.Allow;
import org.narrows.events.policy.Rule.Conditions;
import org.narrows.events.policy.Rule.Deny;
import org.narrows.events.policy.Rule.Mode;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.state.Row.IssuerRow;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.Scopes;

/**
 * Which clients can get a token for an audience at all: those for which some exchange is permitted,
 * if only the user consents and is a member. What {@link Decider} would refuse of every exchange is
 * left out: a rule that no token of a trusted issuer can meet, also not by way of other exchanges,
 * one that a deny rule overrules whatever the token says, what malformed records suspend.
 *
 * <p>Answers by one policy: tokens that an older policy issued are not thought of. Whether an actor
 * token, a proof or an authentication that a rule asks for can be had is not asked.
 */
public final class WhoCan {
    private final CompiledPolicy policy;
    private final Instant now;
    private final Map<AudienceId, Map<Bearer, List<Arrival>>> arrivals = new HashMap<>();

    private WhoCan(CompiledPolicy policy, Instant now) {
        this.policy = policy;
        this.now = now;
    }

    /**
     * One client that can.
     *
     * @param from its home audience
     * @param rules those of which one permits it
     * @param scopes all that these rules together give at most; one exchange is given what one of
     *     them gives
     */
    public record Line(ClientId client, AudienceId from, List<RuleId> rules, Scopes scopes) {
        public Line {
            rules = List.copyOf(rules);
        }
    }

    /**
     * Everyone who can get a token for the audience, in the order of their ids.
     *
     * @param now by which windows of rules are judged
     */
    public static List<Line> into(AudienceId target, CompiledPolicy policy, Instant now) {
        WhoCan can = new WhoCan(policy, now);
        if (can.policy.suspensions().everything().isPresent() || can.isSuspended(target)) {
            return List.of();
        }
        can.tokensOfIssuers();
        can.tokensOfOurs();
        return can.lines(target);
    }

    /** Whose token it is, as far as rules ask: {@code delegated} when it names actors. */
    private record Bearer(IssuerUrl issuer, ActorKind kind, boolean delegated) {}

    /**
     * Subject tokens for an audience.
     *
     * @param depth of the lineage of what is made from them
     * @param holding what they may hold at most; empty for whatever their issuer likes
     */
    private record Arrival(int depth, Optional<Scopes> holding) {}

    private boolean isSuspended(AudienceId audience) {
        return policy.suspensions().audience(audience).isPresent();
    }

    private List<Requester> requesters() {
        List<Requester> able = new ArrayList<>();
        for (ClientId id : policy.policy().clients().keySet()) {
            Optional<Requester> requester = policy.requester(id);
            if (requester.isPresent()
                    && policy.suspensions().client(id).isEmpty()
                    && !isSuspended(requester.get().home().entry().id())) {
                able.add(requester.get());
            }
        }
        return able;
    }

    private void tokensOfIssuers() {
        for (IssuerRow row : policy.policy().issuers().values()) {
            TrustedIssuer issuer = row.entry();
            if (issuer.subjectTokenTypes().isEmpty()
                    || policy.suspensions().issuer(issuer.issuer()).isPresent()) {
                continue;
            }
            for (AudienceId home : policy.policy().audiences().keySet()) {
                if (issuer.audiences().isEmpty() || issuer.audiences().get().contains(home)) {
                    for (ActorKind kind : kinds(issuer.clients())) {
                        for (boolean delegated : List.of(false, true)) {
                            arrivals.computeIfAbsent(home, _ -> new HashMap<>())
                                    .put(
                                            new Bearer(issuer.issuer(), kind, delegated),
                                            List.of(new Arrival(1, Optional.empty())));
                        }
                    }
                }
            }
        }
    }

    private static List<ActorKind> kinds(ClientTokens clients) {
        return switch (clients) {
            case ClientTokens.Never _ -> List.of(ActorKind.USER);
            case ClientTokens.All _ -> List.of(ActorKind.CLIENT);
            case ClientTokens.OwnSubject _, ClientTokens.Marked _ -> List.of(ActorKind.values());
        };
    }

    /**
     * Where an issuer may not issue itself its users' tokens still come by exchanges: one more
     * exchange at each turn, and no more turns than a lineage may be long. Where it may, a token of
     * its own can be all that one of ours can.
     */
    private void tokensOfOurs() {
        boolean everywhere =
                policy.policy().issuers().values().stream()
                        .allMatch(row -> row.entry().audiences().isEmpty());
        List<Requester> requesters = everywhere ? List.of() : requesters();
        boolean more = !everywhere;
        for (int depth = 1; more && depth < Allow.MAX_CHAIN_DEPTH; depth++) {
            Map<AudienceId, Map<Bearer, Scopes>> issued = new HashMap<>();
            for (Requester requester : requesters) {
                for (AudienceId target : requester.caps().keySet()) {
                    exchanged(requester, target, depth, issued);
                }
            }
            more = false;
            for (Map.Entry<AudienceId, Map<Bearer, Scopes>> at : issued.entrySet()) {
                Map<Bearer, List<Arrival>> there =
                        arrivals.computeIfAbsent(at.getKey(), _ -> new HashMap<>());
                for (Map.Entry<Bearer, Scopes> token : at.getValue().entrySet()) {
                    List<Arrival> known = there.getOrDefault(token.getKey(), List.of());
                    if (known.stream().noneMatch(arrival -> arrival.holding().isEmpty())) {
                        List<Arrival> longer = new ArrayList<>(known);
                        longer.add(new Arrival(depth + 1, Optional.of(token.getValue())));
                        there.put(token.getKey(), longer);
                        more = true;
                    }
                }
            }
        }
    }

    /** Adds what the exchanges of one client give, of subject tokens of this depth. */
    private void exchanged(
            Requester requester,
            AudienceId target,
            int depth,
            Map<AudienceId, Map<Bearer, Scopes>> issued) {
        if (policy.audience(target).isEmpty() || isSuspended(target)) {
            return;
        }
        AudienceId home = requester.home().entry().id();
        Naming rules = policy.rules(home, target, requester.client().entry().id());
        for (Allow rule : allowing(rules)) {
            arrivals.getOrDefault(home, Map.of())
                    .forEach(
                            (bearer, all) -> {
                                for (Arrival arrival : all) {
                                    Scopes scopes =
                                            arrival.depth() == depth
                                                    ? scopes(
                                                            rule, requester, target, bearer,
                                                            arrival)
                                                    : Scopes.NONE;
                                    if (scopes.isEmpty()) {
                                        continue;
                                    }
                                    for (boolean delegated : results(rule, rules, bearer)) {
                                        issued.computeIfAbsent(target, _ -> new HashMap<>())
                                                .merge(
                                                        new Bearer(
                                                                bearer.issuer(),
                                                                bearer.kind(),
                                                                delegated),
                                                        scopes,
                                                        Scopes::or);
                                    }
                                }
                            });
        }
    }

    private List<Line> lines(AudienceId target) {
        List<Line> lines = new ArrayList<>();
        for (Requester requester : requesters()) {
            if (!requester.caps().containsKey(target)) {
                continue;
            }
            AudienceId home = requester.home().entry().id();
            Naming rules = policy.rules(home, target, requester.client().entry().id());
            Set<RuleId> permitting = new TreeSet<>();
            Scopes given = Scopes.NONE;
            for (Allow rule : allowing(rules)) {
                for (Map.Entry<Bearer, List<Arrival>> token :
                        arrivals.getOrDefault(home, Map.of()).entrySet()) {
                    Bearer bearer = token.getKey();
                    if (results(rule, rules, bearer).isEmpty()) {
                        continue;
                    }
                    for (Arrival arrival : token.getValue()) {
                        Scopes scopes = scopes(rule, requester, target, bearer, arrival);
                        if (!scopes.isEmpty()) {
                            permitting.add(rule.id());
                            given = given.or(scopes);
                        }
                    }
                }
            }
            if (!permitting.isEmpty()) {
                lines.add(
                        new Line(
                                requester.client().entry().id(),
                                home,
                                List.copyOf(permitting),
                                given));
            }
        }
        return lines;
    }

    private List<Allow> allowing(Naming rules) {
        List<Allow> allowing = new ArrayList<>();
        for (List<Allow> some : List.of(rules.allowNamed(), rules.allowAny())) {
            for (Allow rule : some) {
                if (RuleMatch.inWindow(rule.match(), now)
                        && policy.suspensions().rule(rule.id()).isEmpty()) {
                    allowing.add(rule);
                }
            }
        }
        return allowing;
    }

    /** What the rule gives for such a token at most. */
    private Scopes scopes(
            Allow rule, Requester requester, AudienceId target, Bearer bearer, Arrival arrival) {
        Cap cap = requester.caps().get(target);
        if (cap == null || arrival.depth() > rule.maxChainDepth()) {
            return Scopes.NONE;
        }
        Scopes worth = Scopes.NONE;
        if (arrival.holding().isPresent()) {
            worth = rule.worth(arrival.holding().get());
        } else {
            for (Scopes some : rule.scopes().values()) {
                worth = worth.or(some);
            }
        }
        return worth.and(bearer.kind() == ActorKind.USER ? cap.users() : cap.clientSubjects())
                .keep(name -> policy.suspensions().scope(name).isEmpty());
    }

    /** Whether what is issued names actors: for every way in which the rule lets it be issued. */
    private Set<Boolean> results(Allow rule, Naming rules, Bearer bearer) {
        Set<Boolean> results = new HashSet<>();
        if (!RuleMatch.namesIssuer(rule.match(), bearer.issuer())) {
            return results;
        }
        Mode alone = bearer.delegated() ? Mode.DELEGATION : Mode.IMPERSONATION;
        if (rule.match().modes().contains(alone)
                && !denied(rule, rules, bearer, alone, Optional.empty())) {
            results.add(bearer.delegated());
        }
        for (ActorKind actor : rule.match().actors()) {
            if (rule.match().modes().contains(Mode.DELEGATION)
                    && !denied(rule, rules, bearer, Mode.DELEGATION, Optional.of(actor))) {
                results.add(true);
            }
        }
        return results;
    }

    /** Whether a deny rule refuses every token that meets the conditions of the allow rule. */
    private boolean denied(
            Allow allow, Naming rules, Bearer bearer, Mode mode, Optional<ActorKind> actor) {
        for (List<Deny> some : List.of(rules.denyNamed(), rules.denyAny())) {
            for (Deny rule : some) {
                if (metBy(rule.match().conditions(), allow.match().conditions())
                        && RuleMatch.denies(
                                rule, bearer.issuer(), mode, actor, Optional.empty(), now)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether whatever meets the other conditions meets these. */
    private static boolean metBy(Conditions these, Conditions others) {
        return within(others.acr(), these.acr())
                && within(others.amr(), these.amr())
                && (these.maxAuthAge().isEmpty()
                        || (others.maxAuthAge().isPresent()
                                && others.maxAuthAge().get().compareTo(these.maxAuthAge().get())
                                        <= 0));
    }

    private static boolean within(
            Optional<SortedSet<String>> some, Optional<SortedSet<String>> all) {
        return all.isEmpty() || (some.isPresent() && all.get().containsAll(some.get()));
    }
}

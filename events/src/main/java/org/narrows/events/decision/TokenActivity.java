// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.narrows.events.decision.PresentedToken.Origin;
import org.narrows.events.decision.Provenance.ActorProvenance;
import org.narrows.events.decision.Provenance.Hop;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.policy.Rule.Allow;
import org.narrows.events.policy.Rule.Deny;
import org.narrows.events.policy.Rule.Match;
import org.narrows.events.policy.ScopeDefinition.ScopeKind;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.state.Row.ClientRow;
import org.narrows.events.state.Row.IssuerRow;
import org.narrows.events.state.Row.RuleRow;
import org.narrows.events.state.Row.ScopeRow;
import org.narrows.events.state.UserFacts;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;

/**
 * Whether a token still stands on everything that it was issued by. Answered from the token's own
 * claims and one snapshot, so that a token is active the moment it is issued, and what was ended
 * stays ended: everything must have held unbroken since the seq of the exchange that used it.
 */
public final class TokenActivity {
    private final PolicySnapshot snapshot;
    private final CompiledPolicy policy;
    private final Suspensions suspensions;
    private final Instant now;
    private final List<Lapse> lapses = new ArrayList<>(0);

    private TokenActivity(PolicySnapshot snapshot, Suspensions suspensions, Instant now) {
        this.snapshot = snapshot;
        this.policy = snapshot.policy();
        this.suspensions = suspensions;
        this.now = now;
    }

    /**
     * Why a token is not active.
     *
     * @param detail for the journal and admins
     * @param temporary whether the token is active again when what holds it still has passed
     */
    public record Lapse(String detail, boolean temporary) {}

    /**
     * Everything that keeps the token from being active; nothing when it is. Of a foreign token:
     * its expiry, its revocation, its subject's, and its issuer's trust.
     *
     * @param token one whose signature is good; the snapshot holds what {@link #usersOf} and {@link
     *     #tokensOf} name
     */
    public static List<Lapse> lapses(PresentedToken token, PolicySnapshot snapshot, Instant now) {
        // What is suspended of an exchange with a foreign token is an objection to the exchange.
        Suspensions suspensions =
                switch (token.origin()) {
                    case Origin.Own _ -> snapshot.policy().suspensions();
                    case Origin.Foreign _ -> Suspensions.NONE;
                };
        TokenActivity activity = new TokenActivity(snapshot, suspensions, now);
        activity.examine(token);
        return activity.lapses;
    }

    /** The users whose facts {@link #lapses} reads: the subject and everyone in `act`. */
    public static Set<User> usersOf(PresentedToken token, CompiledPolicy policy) {
        Set<User> users = new LinkedHashSet<>();
        users.add(token.party());
        for (String actor : token.actors()) {
            policy.userNamed(actor).ifPresent(users::add);
        }
        return users;
    }

    /**
     * The tokens whose revocation {@link #lapses} asks about: itself, its ancestors, and those of
     * every actor token used along the way.
     */
    public static Set<TokenRef> tokensOf(PresentedToken token, CompiledPolicy policy) {
        Set<TokenRef> tokens = new LinkedHashSet<>();
        tokens.add(token.ref());
        if (token.origin() instanceof Origin.Own own) {
            addTokens(own.lineage(), policy, tokens);
            for (ActorProvenance actor : own.provenance().actors()) {
                addTokens(actor.lineage(), policy, tokens);
            }
        }
        return tokens;
    }

    private static void addTokens(
            List<String> lineage, CompiledPolicy policy, Set<TokenRef> tokens) {
        for (String id : lineage) {
            policy.tokenOf(id).ifPresent(tokens::add);
        }
    }

    private void examine(PresentedToken token) {
        if (!now.isBefore(token.expiresAt())) {
            ended("the token has expired");
        }
        suspensions.everything().ifPresent(this::suspended);
        notRevoked(token.ref());
        switch (token.origin()) {
            case Origin.Foreign(var issuer) -> examineForeign(token, issuer);
            case Origin.Own own -> examineOwn(token, own);
        }
    }

    private void examineForeign(PresentedToken token, IssuerUrl issuer) {
        trustedSince(issuer, Long.MAX_VALUE);
        long issuedAt = token.issuedAt().map(Instant::getEpochSecond).orElse(0L);
        partyNotRevoked(token.party(), issuedAt);
        for (String actor : token.actors()) {
            namedNotRevoked(actor, issuedAt);
        }
    }

    private void examineOwn(PresentedToken token, Origin.Own own) {
        Provenance provenance = own.provenance();
        if (own.policySeq() > snapshot.position().seq()) {
            held("the token is from a later position than this node's");
            return;
        }
        if (provenance.hops().isEmpty()) {
            ended("the provenance of the token is empty");
            return;
        }
        lineageNotRevoked(own.lineage());
        trustedSince(token.party().issuer(), provenance.hops().getFirst().seq());
        partyNotRevoked(token.party(), provenance.rootIssuedAt());
        Chain chain =
                new Chain(
                        Optional.of(token.party()),
                        token.kind(),
                        token.party().issuer(),
                        Optional.of(token));
        hopsStand(provenance.hops(), chain);
        actorsStand(token, provenance);
    }

    /**
     * The chain that some hops belong to.
     *
     * @param user whose consents and memberships it stands on; empty where no claim names the user
     * @param authenticated the token that says how the user authenticated, where there is one
     */
    private record Chain(
            Optional<User> user,
            ActorKind kind,
            IssuerUrl root,
            Optional<PresentedToken> authenticated) {}

    /**
     * The entries of {@code provenance.actors} are in the order of the hops that used them, each
     * followed by those of its own hops; the `act` claim names the first kind, the latest first,
     * and after them those that stood in the first token already.
     */
    private void actorsStand(PresentedToken token, Provenance provenance) {
        int used = 0;
        for (Hop hop : provenance.hops()) {
            used += hop.actor().isPresent() ? 1 : 0;
        }
        List<String> names = token.actors();
        for (int i = used; i < names.size(); i++) {
            namedNotRevoked(names.get(i), provenance.rootIssuedAt());
        }
        Iterator<ActorProvenance> entries = provenance.actors().iterator();
        int next = used;
        for (Hop hop : provenance.hops()) {
            if (hop.actor().isPresent()) {
                next--;
                if (next >= names.size()) {
                    ended("an actor is missing in the `act` of the token");
                    return;
                }
                Optional<User> user = policy.userNamed(names.get(next));
                if (user.isEmpty()) {
                    ended("an actor of the token is of an issuer that was never trusted");
                }
                actorStands(entries, hop, user);
            }
        }
    }

    private void actorStands(Iterator<ActorProvenance> entries, Hop usedBy, Optional<User> user) {
        if (!entries.hasNext() || usedBy.actor().isEmpty()) {
            ended("an actor is missing in the provenance of the token");
            return;
        }
        ActorProvenance actor = entries.next();
        lineageNotRevoked(actor.lineage());
        Optional<TokenRef> first =
                actor.lineage().isEmpty()
                        ? Optional.empty()
                        : policy.tokenOf(actor.lineage().getFirst());
        if (first.isEmpty()) {
            return; // said by lineageNotRevoked, or an empty lineage
        }
        IssuerUrl root = first.get().issuer();
        long accepted = actor.hops().isEmpty() ? usedBy.seq() : actor.hops().getFirst().seq();
        trustedSince(root, accepted);
        user.ifPresent(known -> partyNotRevoked(known, actor.issuedAt()));
        hopsStand(actor.hops(), new Chain(user, usedBy.actor().get(), root, Optional.empty()));
        for (Hop hop : actor.hops()) {
            if (hop.actor().isPresent()) {
                actorStands(entries, hop, Optional.empty());
            }
        }
    }

    private void hopsStand(List<Hop> hops, Chain chain) {
        Optional<Scopes> before = Optional.empty();
        for (Hop hop : hops) {
            hopStands(hop, before, chain);
            before = Optional.of(hop.scope());
        }
    }

    /**
     * One exchange of the chain, by the policy as it is now.
     *
     * @param before what the token held that was exchanged; a foreign one's scopes are not known
     */
    private void hopStands(Hop hop, Optional<Scopes> before, Chain chain) {
        if (policy.isLost(hop.seq())) {
            ended("the position of an exchange was lost in a restore");
        }
        Optional<ClientRow> client = policy.client(hop.client());
        if (client.isEmpty() || !clientHeld(client.get(), hop)) {
            ended("client `" + hop.client() + "` has lost what it exchanged with");
            return;
        }
        suspensions.client(hop.client()).ifPresent(this::suspended);
        AudienceId from = client.get().entry().audience();
        audienceHeld(from, hop.seq());
        for (int i = 0; i < hop.to().size(); i++) {
            Optional<AudienceRow> target = audienceHeld(hop.to().get(i), hop.seq());
            if (target.isPresent()) {
                targetStands(hop, hop.rules().get(i), from, target.get(), before, chain);
            }
        }
        for (ScopeName name : hop.scope()) {
            suspensions.scope(name).ifPresent(this::suspended);
        }
    }

    private static boolean clientHeld(ClientRow client, Hop hop) {
        if (client.since() > hop.seq()
                || client.enabledSince().isEmpty()
                || client.enabledSince().get() > hop.seq()) {
            return false;
        }
        for (ScopeName name : hop.scope()) {
            if (client.scopes().getOrDefault(name, Long.MAX_VALUE) > hop.seq()) {
                return false;
            }
        }
        for (AudienceId target : hop.to()) {
            if (client.audiences().getOrDefault(target, Long.MAX_VALUE) > hop.seq()) {
                return false;
            }
        }
        return true;
    }

    private Optional<AudienceRow> audienceHeld(AudienceId id, long seq) {
        suspensions.audience(id).ifPresent(this::suspended);
        Optional<AudienceRow> audience = policy.audience(id);
        if (audience.isEmpty() || audience.get().since() > seq) {
            ended("audience `" + id + "` was retired");
            return Optional.empty();
        }
        return audience;
    }

    private void targetStands(
            Hop hop,
            RuleId ruleId,
            AudienceId from,
            AudienceRow target,
            Optional<Scopes> before,
            Chain chain) {
        Scopes scopes = scopesOf(target, hop);
        ruleStands(hop, ruleId, from, target.entry().id(), scopes, before, chain);
        noneDenies(hop, from, target.entry().id(), chain);
        if (chain.user().isPresent()) {
            User user = chain.user().get();
            suspensions.user(user, target.entry().id()).ifPresent(this::suspended);
            if (chain.kind() == ActorKind.USER) {
                standingHeld(snapshot.factsOf(user), hop, target, scopes);
            }
        }
    }

    /** Those scopes of the hop that are for this target, which are all of them if it is alone. */
    private Scopes scopesOf(AudienceRow target, Hop hop) {
        return hop.to().size() == 1
                ? hop.scope()
                : hop.scope()
                        .keep(
                                name ->
                                        policy.scope(name)
                                                .filter(
                                                        scope ->
                                                                scope.entry()
                                                                        .isOf(target.entry().id()))
                                                .isPresent());
    }

    private void ruleStands(
            Hop hop,
            RuleId id,
            AudienceId from,
            AudienceId to,
            Scopes scopes,
            Optional<Scopes> before,
            Chain chain) {
        Optional<RuleRow> row = policy.rule(id);
        if (row.isEmpty()
                || row.get().since() > hop.seq()
                || !(row.get().entry() instanceof Allow rule)
                || !allows(rule, hop, from, to, scopes, before, chain)) {
            ended("rule `" + id + "` no longer allows it");
            return;
        }
        suspensions.rule(id).ifPresent(this::suspended);
        if (!RuleMatch.inWindow(rule.match(), now)) {
            held("rule `" + id + "` is outside its window");
        }
        if (chain.authenticated().isPresent()) {
            for (String unmet :
                    RuleMatch.unmet(rule.match().conditions(), chain.authenticated().get(), now)) {
                held("condition `" + unmet + "` of rule `" + id + "` is not met");
            }
        }
    }

    private static boolean allows(
            Allow rule,
            Hop hop,
            AudienceId from,
            AudienceId to,
            Scopes scopes,
            Optional<Scopes> before,
            Chain chain) {
        Match match = rule.match();
        return match.from().equals(from)
                && match.to().equals(to)
                && (match.clients().isEmpty() || match.clients().get().contains(hop.client()))
                && RuleMatch.namesIssuer(match, chain.root())
                && match.modes().contains(hop.mode())
                && (hop.actor().isEmpty() || match.actors().contains(hop.actor().get()))
                && worthOf(rule, before).containsAll(scopes);
    }

    private static Scopes worthOf(Allow rule, Optional<Scopes> before) {
        if (before.isPresent()) {
            return rule.worth(before.get());
        }
        Scopes worth = Scopes.NONE;
        for (Scopes some : rule.scopes().values()) {
            worth = worth.or(some);
        }
        return worth;
    }

    private void noneDenies(Hop hop, AudienceId from, AudienceId to, Chain chain) {
        CompiledPolicy.Rules.Naming rules = policy.rules(from, to, hop.client());
        noneDenies(rules.denyNamed(), hop, chain);
        noneDenies(rules.denyAny(), hop, chain);
    }

    private void noneDenies(List<Deny> rules, Hop hop, Chain chain) {
        for (Deny rule : rules) {
            if (RuleMatch.denies(
                    rule, chain.root(), hop.mode(), hop.actor(), chain.authenticated(), now)) {
                held("rule `" + rule.id() + "` denies it");
            }
        }
    }

    private void standingHeld(UserFacts facts, Hop hop, AudienceRow target, Scopes scopes) {
        if (!UserStanding.hasHeldSince(facts, target, hop.seq(), hop.open())) {
            ended("the user was removed from `" + target.entry().id() + "`");
        }
        for (ScopeName name : scopes) {
            Optional<ScopeRow> scope = policy.scope(name);
            if (scope.isEmpty() || scope.get().since() > hop.seq()) {
                ended("scope `" + name + "` was retired");
            } else if (scope.get().entry().kind() == ScopeKind.CONSENTABLE
                    && UserStanding.consentedSince(facts, target, scope.get())
                                    .orElse(Long.MAX_VALUE)
                            > hop.seq()) {
                ended("the consent to `" + name + "` was withdrawn");
            }
        }
    }

    private void trustedSince(IssuerUrl issuer, long seq) {
        Optional<IssuerRow> trusted = policy.issuer(issuer);
        if (trusted.isEmpty() || trusted.get().since() > seq) {
            ended("issuer `" + issuer + "` is no longer trusted");
        }
        suspensions.issuer(issuer).ifPresent(this::suspended);
    }

    private void lineageNotRevoked(List<String> lineage) {
        if (lineage.isEmpty()) {
            ended("the lineage of the token is empty");
        }
        for (String id : lineage) {
            Optional<TokenRef> token = policy.tokenOf(id);
            if (token.isPresent()) {
                notRevoked(token.get());
            } else {
                ended("an ancestor is of an issuer that was never trusted");
            }
        }
    }

    private void notRevoked(TokenRef token) {
        if (snapshot.revoked().contains(token)) {
            ended("token `" + token.tokenId() + "` was revoked");
        }
        suspensions.token(token.tokenId()).ifPresent(this::suspended);
    }

    /** Someone whom the first token's own `act` names: known by that token, so as old as it. */
    private void namedNotRevoked(String name, long issuedAt) {
        Optional<User> user = policy.userNamed(name);
        if (user.isPresent()) {
            partyNotRevoked(user.get(), issuedAt);
        } else {
            ended("an actor of the token is of an issuer that was never trusted");
        }
    }

    private void partyNotRevoked(User party, long issuedAt) {
        UserFacts facts = snapshot.factsOf(party);
        if (facts.revocation().isPresent()
                && Instant.ofEpochSecond(issuedAt).isBefore(facts.revocation().get().notBefore())) {
            ended("the tokens of user `" + party + "` were revoked");
        }
    }

    private void ended(String detail) {
        lapses.add(new Lapse(detail, false));
    }

    private void held(String detail) {
        lapses.add(new Lapse(detail, true));
    }

    private void suspended(long seq) {
        held("the record at " + seq + " suspends what it stands on");
    }
}

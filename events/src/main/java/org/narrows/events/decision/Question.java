// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.narrows.events.decision.CompiledPolicy.Requester;
import org.narrows.events.decision.Exchange.Target;
import org.narrows.events.decision.PresentedToken.Origin;
import org.narrows.events.policy.Audience.BindingRequirement;
import org.narrows.events.policy.Client.ExcessScope;
import org.narrows.events.policy.Rule.Mode;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.state.UserFacts;
import org.narrows.events.value.Confirmation;
import org.narrows.events.value.Confirmation.Certificate;
import org.narrows.events.value.Confirmation.DpopKey;
import org.narrows.events.value.Scopes;

/**
 * An exchange beside the policy it is judged by, with what several checks ask for worked out once.
 *
 * @param targets those that exist, each once
 * @param several whether more than one target was named, known or not
 * @param requested what was asked for; empty when nothing particular was
 * @param lineage of the token that would be issued
 * @param actorName the actor token's party in the naming of issued tokens
 * @param binding what the token would be bound to; with a bound subject whose key was not proven
 *     only a rule can let it be another key
 */
record Question(
        Exchange exchange,
        PolicySnapshot snapshot,
        Instant now,
        Requester requester,
        List<AudienceRow> targets,
        boolean several,
        Optional<Scopes> requested,
        Mode mode,
        List<String> lineage,
        Optional<String> actorName,
        Optional<Confirmation> binding) {

    static Question of(
            Exchange exchange,
            PolicySnapshot snapshot,
            Instant now,
            Requester requester,
            List<AudienceRow> targets) {
        return new Question(
                exchange,
                snapshot,
                now,
                requester,
                targets,
                isSeveral(exchange, targets, snapshot.policy()),
                exchange.requested().isPresent() && exchange.requested().get().isEmpty()
                        ? Optional.empty()
                        : exchange.requested(),
                modeOf(exchange),
                lineageOf(exchange.subject(), snapshot.policy()),
                exchange.actor().isEmpty()
                        ? Optional.empty()
                        : snapshot.policy().nameOf(exchange.actor().get().party()),
                bindingOf(exchange, targets));
    }

    private static boolean isSeveral(
            Exchange exchange, List<AudienceRow> targets, CompiledPolicy policy) {
        int meant = targets.size();
        if (exchange.targets().size() > 1) {
            for (Target named : exchange.targets()) {
                meant += policy.named(named).isEmpty() ? 1 : 0;
            }
        }
        return meant > 1;
    }

    CompiledPolicy policy() {
        return snapshot.policy();
    }

    ExcessScope onExcessScope() {
        return requester.client().entry().onExcessScope();
    }

    UserFacts subjectFacts() {
        return snapshot.factsOf(exchange.subject().party());
    }

    /** No token outlives the tokens it was made from. */
    Instant latestExpiry() {
        Instant subject = exchange.subject().expiresAt();
        return exchange.actor().isEmpty()
                ? subject
                : earlier(subject, exchange.actor().get().expiresAt());
    }

    List<String> lineageOf(PresentedToken token) {
        return lineageOf(token, policy());
    }

    static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }

    /** The earlier of now plus the lifetime, however long that is, and the cap. */
    Instant within(Duration lifetime, Instant cap) {
        return Duration.between(now, cap).compareTo(lifetime) <= 0 ? cap : now.plus(lifetime);
    }

    private static Mode modeOf(Exchange exchange) {
        return exchange.actor().isEmpty()
                        && exchange.subject().actors().isEmpty()
                        && exchange.subject().mayAct().isEmpty()
                ? Mode.IMPERSONATION
                : Mode.DELEGATION;
    }

    /** The token's ancestors and its own id: the lineage of what is made from it. */
    private static List<String> lineageOf(PresentedToken token, CompiledPolicy policy) {
        List<String> lineage = new ArrayList<>();
        if (token.origin() instanceof Origin.Own own) {
            lineage.addAll(own.lineage());
        }
        // An issuer that was never trusted has no alias; its tokens are not active, and so go no
        // further than this.
        lineage.add(policy.lineageIdOf(token.ref()).orElse(token.ref().tokenId()));
        return lineage;
    }

    /** A bound subject's own key where it is proven, else what the requester brings itself. */
    private static Optional<Confirmation> bindingOf(Exchange exchange, List<AudienceRow> targets) {
        Optional<Confirmation> bound = exchange.subject().boundTo();
        if (bound.isPresent() && exchange.proven().contains(bound.get())) {
            return bound;
        }
        Optional<Confirmation> certificate = Optional.empty();
        for (Confirmation proven : exchange.proven()) {
            switch (proven) {
                case DpopKey _ -> {
                    return Optional.of(proven);
                }
                case Certificate _ -> certificate = Optional.of(proven);
            }
        }
        // A certificate may be there for the sake of the connection alone.
        return bound.isPresent() || asksForCertificate(targets) ? certificate : Optional.empty();
    }

    private static boolean asksForCertificate(List<AudienceRow> targets) {
        for (AudienceRow target : targets) {
            switch (target.entry().requireBinding()) {
                case MTLS, ANY -> {
                    return true;
                }
                case NONE, DPOP -> {}
            }
        }
        return false;
    }

    static boolean meets(BindingRequirement required, Optional<Confirmation> binding) {
        return switch (required) {
            case NONE -> true;
            case ANY -> binding.isPresent();
            case DPOP -> binding.isPresent() && binding.get() instanceof DpopKey;
            case MTLS -> binding.isPresent() && binding.get() instanceof Certificate;
        };
    }
}

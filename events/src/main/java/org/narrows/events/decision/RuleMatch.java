// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.policy.Rule.Conditions;
import org.narrows.events.policy.Rule.Deny;
import org.narrows.events.policy.Rule.Match;
import org.narrows.events.policy.Rule.Mode;
import org.narrows.events.value.IssuerUrl;

/** Whether a rule speaks of an exchange, or of a hop that was exchanged earlier. */
final class RuleMatch {
    /** How far ahead a user's authentication may lie: the skew that `iat` is allowed. */
    private static final Duration SKEW = Duration.ofSeconds(60);

    private RuleMatch() {}

    static boolean namesIssuer(Match match, IssuerUrl root) {
        return match.issuers().isEmpty() || match.issuers().get().contains(root);
    }

    static boolean inWindow(Match match, Instant now) {
        return (match.notBefore().isEmpty() || !now.isBefore(match.notBefore().get()))
                && (match.notAfter().isEmpty() || now.isBefore(match.notAfter().get()));
    }

    /** The conditions that the token does not meet, by the names they have in policy files. */
    static List<String> unmet(Conditions conditions, PresentedToken token, Instant now) {
        if (conditions.equals(Conditions.NONE)) {
            return List.of();
        }
        List<String> unmet = new ArrayList<>();
        if (conditions.acr().isPresent()
                && (token.acr().isEmpty() || !conditions.acr().get().contains(token.acr().get()))) {
            unmet.add("acr");
        }
        if (conditions.amr().isPresent()
                && Collections.disjoint(token.amr(), conditions.amr().get())) {
            unmet.add("amr");
        }
        if (conditions.maxAuthAge().isPresent()
                && !isRecent(token.authTime(), conditions.maxAuthAge().get(), now)) {
            unmet.add("maxAuthAge");
        }
        return unmet;
    }

    /** An authentication in the future is not recent: it would satisfy any age for ever. */
    private static boolean isRecent(Optional<Instant> authTime, Duration maxAge, Instant now) {
        return authTime.isPresent()
                && Duration.between(authTime.get(), now).compareTo(maxAge) <= 0
                && !authTime.get().isAfter(now.plus(SKEW));
    }

    /**
     * Whether a deny rule that names the client matches. Without an actor token it matches only if
     * it is about every kind of actor, which is its default.
     *
     * @param authenticated the token that says how the user authenticated; where none is at hand
     *     any condition counts as met, as guessing would be allowing
     */
    static boolean denies(
            Deny rule,
            IssuerUrl root,
            Mode mode,
            Optional<ActorKind> actor,
            Optional<PresentedToken> authenticated,
            Instant now) {
        Match match = rule.match();
        return namesIssuer(match, root)
                && match.modes().contains(mode)
                && (actor.isPresent()
                        ? match.actors().contains(actor.get())
                        : match.actors().size() == ActorKind.values().length)
                && inWindow(match, now)
                && (authenticated.isEmpty()
                        || unmet(match.conditions(), authenticated.get(), now).isEmpty());
    }
}

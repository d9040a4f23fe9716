// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.narrows.events.state.Row.QuarantineRow;
import org.narrows.events.state.Suspension;
import org.narrows.events.state.Suspension.OfAudience;
import org.narrows.events.state.Suspension.OfClaim;
import org.narrows.events.state.Suspension.OfClient;
import org.narrows.events.state.Suspension.OfEverything;
import org.narrows.events.state.Suspension.OfIssuer;
import org.narrows.events.state.Suspension.OfRule;
import org.narrows.events.state.Suspension.OfScope;
import org.narrows.events.state.Suspension.OfToken;
import org.narrows.events.state.Suspension.OfUser;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.User;

/**
 * What malformed records hold still. Nearly always nothing, so a list serves; every question
 * answers with the seq of the record to blame.
 */
final class Suspensions {
    static final Suspensions NONE = new Suspensions(List.of());

    private final List<Suspended> all;

    private Suspensions(List<Suspended> all) {
        this.all = all;
    }

    private record Suspended(Suspension name, long seq) {}

    static Suspensions of(Collection<QuarantineRow> rows) {
        List<Suspended> all = new ArrayList<>();
        for (QuarantineRow row : rows) {
            for (Suspension name : row.names()) {
                all.add(new Suspended(name, row.since()));
            }
        }
        return new Suspensions(List.copyOf(all));
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    Optional<Long> everything() {
        return first(name -> name instanceof OfEverything(var only) && only.isEmpty());
    }

    Optional<Long> client(ClientId client) {
        return first(name -> name instanceof OfClient(var held) && held.equals(client));
    }

    Optional<Long> rule(RuleId rule) {
        return first(name -> name instanceof OfRule(var held) && held.equals(rule));
    }

    Optional<Long> issuer(IssuerUrl issuer) {
        return first(name -> name instanceof OfIssuer(var held) && held.equals(issuer));
    }

    Optional<Long> audience(AudienceId audience) {
        return first(
                name ->
                        (name instanceof OfAudience(var held) && held.equals(audience))
                                || (name instanceof OfEverything(var only)
                                        && only.isPresent()
                                        && only.get().contains(audience)));
    }

    Optional<Long> scope(ScopeName scope) {
        return first(name -> name instanceof OfScope(var held) && held.equals(scope));
    }

    Optional<Long> claim(String claim) {
        return first(name -> name instanceof OfClaim(var held) && held.equals(claim));
    }

    Optional<Long> user(User user, AudienceId at) {
        return first(
                name ->
                        name instanceof OfUser(var held, var only)
                                && held.equals(user)
                                && (only.isEmpty() || only.get().equals(at)));
    }

    /** A token by its bare id: the malformed record may not have said whose it is. */
    Optional<Long> token(String tokenId) {
        return first(name -> name instanceof OfToken(var held) && held.equals(tokenId));
    }

    private Optional<Long> first(Predicate<Suspension> wanted) {
        for (int i = 0; i < all.size(); i++) {
            if (wanted.test(all.get(i).name())) {
                return Optional.of(all.get(i).seq());
            }
        }
        return Optional.empty();
    }
}

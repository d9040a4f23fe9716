// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.narrows.events.policy.Audience;
import org.narrows.events.policy.ClaimDefinition;
import org.narrows.events.policy.Client;
import org.narrows.events.policy.Rule;
import org.narrows.events.policy.ScopeDefinition;
import org.narrows.events.policy.TrustedIssuer;

/**
 * Says before it happens what goes with an entry that is taken away (the fold decides; its verdict
 * says it again).
 */
final class TakenAlong {
    private TakenAlong() {}

    static List<String> by(WholeEntry taken, Collection<WholeEntry> all) {
        List<String> along = new ArrayList<>();
        for (WholeEntry other : all) {
            switch (taken.entry()) {
                case Audience audience -> withAudience(audience, other, along);
                case ScopeDefinition scope -> withScope(scope, other, along);
                case Client client -> withClient(client, other, along);
                case TrustedIssuer _, ClaimDefinition _, Rule _ -> {}
            }
        }
        return along;
    }

    private static void withAudience(Audience audience, WholeEntry other, List<String> along) {
        boolean whole =
                switch (other.entry()) {
                    case ScopeDefinition scope ->
                            scope.audience().filter(audience.id()::equals).isPresent();
                    case ClaimDefinition claim ->
                            claim.audience().filter(audience.id()::equals).isPresent();
                    case Client client -> client.audience().equals(audience.id());
                    case Rule rule ->
                            rule.match().from().equals(audience.id())
                                    || rule.match().to().equals(audience.id());
                    case TrustedIssuer _, Audience _ -> false;
                };
        if (whole) {
            along.add(other.name().toString());
        } else if (other.audiences().contains(audience.id())) {
            along.add("target " + audience.id().value() + " of " + other.name());
        }
    }

    private static void withScope(ScopeDefinition scope, WholeEntry other, List<String> along) {
        boolean mapped =
                other.entry() instanceof Rule.Allow allow
                        && allow.scopes().values().stream()
                                .anyMatch(worth -> worth.contains(scope.scope()));
        if (mapped || other.scopes().contains(scope.scope())) {
            along.add("scope " + scope.scope().value() + " of " + other.name());
        }
    }

    private static void withClient(Client client, WholeEntry other, List<String> along) {
        if (other.entry() instanceof Rule.Allow allow) {
            allow.match()
                    .clients()
                    .filter(named -> named.contains(client.id()))
                    .ifPresent(
                            named ->
                                    along.add(
                                            named.size() == 1
                                                    ? other.name().toString()
                                                    : "client "
                                                            + client.id().value()
                                                            + " of "
                                                            + other.name()));
        }
    }
}

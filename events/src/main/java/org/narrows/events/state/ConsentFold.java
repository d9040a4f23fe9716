// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.narrows.events.event.ConsentEvent;
import org.narrows.events.event.ConsentEvent.ConsentGranted;
import org.narrows.events.event.ConsentEvent.ConsentWithdrawn;
import org.narrows.events.policy.ScopeDefinition.ScopeKind;
import org.narrows.events.state.Row.ConsentRow;
import org.narrows.events.state.Row.ConsentedScope;
import org.narrows.events.state.Row.ScopeRow;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ScopeName;

/**
 * What users allow. A consent that was ended, or whose scope or audience was, starts anew when it
 * is given again.
 */
final class ConsentFold {
    private ConsentFold() {}

    static Effect judge(Moment moment, ConsentEvent event) {
        return switch (event) {
            case ConsentGranted granted -> granted(moment, granted);
            case ConsentWithdrawn withdrawn -> withdrawn(moment, withdrawn);
        };
    }

    private static Effect granted(Moment moment, ConsentGranted event) {
        Optional<String> objection =
                moment.noUser(event.user())
                        .or(() -> moment.noAudience(event.audience()))
                        .or(
                                () ->
                                        moment.policy().clients().containsKey(event.client())
                                                ? Optional.empty()
                                                : Optional.of(
                                                        "there is no client `"
                                                                + event.client()
                                                                + "`"))
                        .or(
                                () ->
                                        event.scopes().stream()
                                                .flatMap(
                                                        scope ->
                                                                notConsentable(
                                                                        moment.policy(),
                                                                        scope,
                                                                        event.audience())
                                                                        .stream())
                                                .findFirst());
        if (objection.isPresent()) {
            return new Effect.Refused(objection.get());
        }
        Optional<ConsentRow> before = before(moment, event);
        SortedMap<ScopeName, ConsentedScope> scopes = new TreeMap<>();
        before.ifPresent(
                row ->
                        row.scopes()
                                .forEach(
                                        (scope, held) -> {
                                            if (counts(moment, event.audience(), scope, held)) {
                                                scopes.put(scope, held);
                                            }
                                        }));
        long since =
                scopes.isEmpty()
                        ? moment.seq()
                        : before.map(ConsentRow::since).orElse(moment.seq());
        for (ScopeName scope : event.scopes()) {
            scopes.putIfAbsent(scope, new ConsentedScope(event.client(), moment.seq()));
        }
        return Effect.putting(
                before, new ConsentRow(event.user(), event.audience(), scopes, since));
    }

    private static Optional<String> notConsentable(
            Policy policy, ScopeName name, AudienceId audience) {
        ScopeRow scope = policy.scopes().get(name);
        if (scope == null) {
            return Optional.of("there is no scope `" + name + "`");
        }
        if (!scope.entry().isOf(audience)) {
            return Optional.of(
                    "the scope `" + name + "` is not one of the audience `" + audience + "`");
        }
        return scope.entry().kind() == ScopeKind.CONSENTABLE
                ? Optional.empty()
                : Optional.of("the scope `" + name + "` is not consentable");
    }

    /**
     * A consent counts only while its scope and its audience have held unbroken since it was given.
     */
    private static boolean counts(
            Moment moment, AudienceId audience, ScopeName scope, ConsentedScope held) {
        ScopeRow row = moment.policy().scopes().get(scope);
        return row != null
                && row.since() <= held.since()
                && moment.holdsSince(audience, held.since());
    }

    private static Effect withdrawn(Moment moment, ConsentWithdrawn event) {
        Optional<ConsentRow> before = before(moment, event);
        Optional<String> objection =
                moment.neverAUser(event.user())
                        .or(() -> moment.neverAnAudience(event.audience()))
                        .or(
                                () ->
                                        event.scopes().stream()
                                                .flatMap(scopes -> scopes.stream())
                                                .filter(scope -> neverAScope(moment, scope))
                                                .map(
                                                        scope ->
                                                                "there never was a scope `"
                                                                        + scope
                                                                        + "`")
                                                .findFirst());
        if (objection.isPresent()) {
            return new Effect.Refused(objection.get());
        }
        if (before.isEmpty()) {
            return Effect.NOTHING;
        }
        SortedMap<ScopeName, ConsentedScope> left = new TreeMap<>();
        if (event.scopes().isPresent()) {
            left.putAll(before.get().scopes());
            event.scopes().get().forEach(scope -> left.remove(scope));
        }
        if (left.isEmpty()) {
            return Effect.changing(new RowChange.Closed(before.get()));
        }
        return Effect.putting(
                before, new ConsentRow(event.user(), event.audience(), left, before.get().since()));
    }

    private static boolean neverAScope(Moment moment, ScopeName scope) {
        return !moment.policy().scopes().containsKey(scope)
                && moment.rows().lastChange(Row.Key.scope(scope)) == 0;
    }

    private static Optional<ConsentRow> before(Moment moment, ConsentEvent event) {
        return moment.live(Row.Key.consent(event.user(), event.audience()), ConsentRow.class);
    }
}

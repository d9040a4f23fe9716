// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.insight;

import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.narrows.events.decision.CompiledPolicy;
import org.narrows.events.decision.Decider;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.events.decision.DecisionRecord.RecordedReason;
import org.narrows.events.decision.Exchange;
import org.narrows.events.decision.PresentedToken;
import org.narrows.events.decision.PresentedToken.Origin;
import org.narrows.events.decision.Provenance.ActorProvenance;
import org.narrows.events.decision.Provenance.Hop;
import org.narrows.events.policy.Rule;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.policy.Rule.Match;
import org.narrows.events.state.Row;
import org.narrows.events.state.Row.ClientRow;
import org.narrows.events.state.Row.ConsentRow;
import org.narrows.events.state.Row.RuleRow;
import org.narrows.events.state.RowKind;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.User;
import org.narrows.projector.insight.DecidingEvent.Subject;
import org.narrows.projector.store.JudgedRecord;
import org.narrows.projector.store.LiveLog;
import org.narrows.projector.store.LiveRows;
import org.narrows.projector.store.StoredRow;

/**
 * Finds the events behind a decision: of everything that it read, or missed, the event since which
 * it holds unbroken and the last one that changed it.
 */
@Singleton
class DecidingEvents {
    private static final int MANY = 10_000;

    private final LiveRows rows;
    private final LiveLog log;

    DecidingEvents(LiveRows rows, LiveLog log) {
        this.rows = rows;
        this.log = log;
    }

    /**
     * The events, in order.
     *
     * @param policy as it was at the decision's position
     */
    List<DecidingEvent> of(DecisionRecord decision, CompiledPolicy policy) {
        long seq = decision.position().seq();
        Set<ScopeName> scopes = scopes(decision);
        SortedMap<Long, Set<Subject>> seqs = new TreeMap<>();
        for (Row.Key key : keys(decision, policy, scopes)) {
            rows.latest(key.kind().name(), key.owner(), key.name(), seq)
                    .ifPresent(
                            version ->
                                    seqs(version, seq, decision.targets(), scopes)
                                            .forEach(
                                                    at ->
                                                            seqs.computeIfAbsent(
                                                                            at,
                                                                            _ ->
                                                                                    new LinkedHashSet<>())
                                                                    .add(subject(key))));
        }
        if (seqs.isEmpty()) {
            return List.of();
        }
        List<DecidingEvent> events = new ArrayList<>();
        for (JudgedRecord record : log.atSeqs(seqs.keySet())) {
            events.add(
                    new DecidingEvent(
                            record, List.copyOf(seqs.getOrDefault(record.seq(), Set.of()))));
        }
        return events;
    }

    private static Subject subject(Row.Key key) {
        return switch (key.kind()) {
            case ISSUER, ALIAS -> new Subject("issuers", key.name());
            case AUDIENCE -> new Subject("audiences", key.name());
            case SCOPE -> new Subject("scopes", key.name());
            case CLAIM -> new Subject("claims", key.name());
            case CLIENT -> new Subject("clients", key.name());
            case RULE -> new Subject("rules", key.name());
            case CONSENT -> new Subject("consents", key.name());
            case MEMBERSHIP -> new Subject("memberships", key.name());
            case QUARANTINE -> new Subject("quarantine", key.name());
            case TOKEN_REVOCATION, SUBJECT_REVOCATION ->
                    new Subject(
                            "revocations",
                            key.kind() == RowKind.TOKEN_REVOCATION ? "token" : "subject");
            case KEY, GAP, INVITATION ->
                    throw new IllegalStateException("a decision does not read " + key.kind());
        };
    }

    /** The seqs at which what a version shows began to hold, and changed last. */
    private static Set<Long> seqs(
            StoredRow version, long upTo, List<AudienceId> targets, Set<ScopeName> scopes) {
        Set<Long> seqs = new LinkedHashSet<>();
        seqs.add(version.since());
        seqs.add(version.fromSeq());
        Long ended = version.toSeq();
        if (ended != null && ended <= upTo) {
            seqs.add(ended);
            return seqs;
        }
        switch (version.row()) {
            case ClientRow client -> {
                client.enabledSince().ifPresent(seqs::add);
                client.scopes()
                        .forEach(
                                (scope, since) -> {
                                    if (scopes.contains(scope)) {
                                        seqs.add(since);
                                    }
                                });
                client.audiences()
                        .forEach(
                                (audience, since) -> {
                                    if (targets.contains(audience)) {
                                        seqs.add(since);
                                    }
                                });
            }
            case ConsentRow consent ->
                    consent.scopes()
                            .forEach(
                                    (scope, consented) -> {
                                        if (scopes.contains(scope)) {
                                            seqs.add(consented.since());
                                        }
                                    });
            case Row _ -> {
                // The row holds as a whole.
            }
        }
        return seqs;
    }

    /** The scopes that were asked for, granted, or found wanting. */
    private static Set<ScopeName> scopes(DecisionRecord decision) {
        Set<ScopeName> scopes = new LinkedHashSet<>();
        decision.exchange()
                .flatMap(Exchange::requested)
                .ifPresent(requested -> scopes.addAll(requested.names()));
        decision.granted().ifPresent(granted -> scopes.addAll(granted.names()));
        for (RecordedReason reason : decision.reasons()) {
            String named = reason.evidence().get("scopes");
            if (named != null) {
                scopes.addAll(Scopes.parse(named).names());
            }
        }
        return scopes;
    }

    private Set<Row.Key> keys(
            DecisionRecord decision, CompiledPolicy policy, Set<ScopeName> scopes) {
        Set<Row.Key> keys = new LinkedHashSet<>();
        keys.add(client(decision.client()));
        Optional<AudienceId> home =
                policy.client(decision.client()).map(row -> row.entry().audience());
        home.ifPresent(audience -> keys.add(Row.Key.audience(audience)));
        decision.targets().forEach(target -> keys.add(Row.Key.audience(target)));
        scopes.forEach(scope -> keys.add(Row.Key.scope(scope)));
        decision.rules().forEach(rule -> keys.add(rule(rule)));
        for (RecordedReason reason : decision.reasons()) {
            evidence(reason, keys);
        }
        if (decision.exchange().isPresent()) {
            Exchange exchange = decision.exchange().get();
            if (!decision.permitted() && home.isPresent()) {
                rulesBetween(decision, home.get(), policy, keys);
            }
            token(exchange.subject(), decision.targets(), keys);
            exchange.actor().ifPresent(actor -> token(actor, List.of(), keys));
            Decider.usersOf(exchange, policy)
                    .forEach(user -> keys.add(Row.Key.subjectRevocation(user)));
            Decider.tokensOf(exchange, policy)
                    .forEach(token -> keys.add(Row.Key.tokenRevocation(token)));
        }
        return keys;
    }

    private static void evidence(RecordedReason reason, Set<Row.Key> keys) {
        String rule = reason.evidence().get("rule");
        if (rule != null) {
            keys.add(new Row.Key(RowKind.RULE, "", rule));
        }
        String seq = reason.evidence().get("seq");
        if (seq != null) {
            keys.add(Row.Key.quarantine(Long.parseLong(seq)));
        }
    }

    /** The rules that were tried in vain; where there was none, those that there had been. */
    private void rulesBetween(
            DecisionRecord decision, AudienceId home, CompiledPolicy policy, Set<Row.Key> keys) {
        int before = keys.size();
        policy.policy().rules().values().stream()
                .map(RuleRow::entry)
                .filter(rule -> matches(rule, decision, home))
                .forEach(rule -> keys.add(rule(rule.id())));
        if (keys.size() == before) {
            for (StoredRow version : rows.retiredRules(decision.position().seq(), MANY)) {
                if (version.row() instanceof RuleRow(Rule rule, var _)
                        && matches(rule, decision, home)) {
                    keys.add(rule(rule.id()));
                }
            }
        }
    }

    private static boolean matches(Rule rule, DecisionRecord decision, AudienceId home) {
        Match match = rule.match();
        return match.from().equals(home)
                && decision.targets().contains(match.to())
                && (match.clients().isEmpty() || match.clients().get().contains(decision.client()));
    }

    /** What a subject or actor token stands on. */
    private static void token(PresentedToken token, List<AudienceId> targets, Set<Row.Key> keys) {
        keys.add(new Row.Key(RowKind.ISSUER, "", token.party().issuer().value()));
        if (token.kind() == ActorKind.USER) {
            standing(token.party(), targets, keys);
        }
        if (token.origin() instanceof Origin.Own own) {
            hops(own.provenance().hops(), keys);
            for (Hop hop : own.provenance().hops()) {
                if (token.kind() == ActorKind.USER) {
                    standing(token.party(), hop.to(), keys);
                }
            }
            for (ActorProvenance actor : own.provenance().actors()) {
                hops(actor.hops(), keys);
            }
        }
    }

    private static void standing(User user, List<AudienceId> targets, Set<Row.Key> keys) {
        for (AudienceId target : targets) {
            keys.add(Row.Key.consent(user, target));
            keys.add(Row.Key.membership(user, target));
        }
    }

    private static void hops(List<Hop> hops, Set<Row.Key> keys) {
        for (Hop hop : hops) {
            keys.add(client(hop.client()));
            hop.to().forEach(audience -> keys.add(Row.Key.audience(audience)));
            hop.rules().forEach(rule -> keys.add(rule(rule)));
            hop.scope().forEach(scope -> keys.add(Row.Key.scope(scope)));
        }
    }

    private static Row.Key client(ClientId client) {
        return new Row.Key(RowKind.CLIENT, "", client.value());
    }

    private static Row.Key rule(RuleId rule) {
        return new Row.Key(RowKind.RULE, "", rule.value());
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.insight;

import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.narrows.events.decision.CompiledPolicy;
import org.narrows.events.decision.Decider;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.events.decision.Exchange;
import org.narrows.events.decision.PolicySnapshot;
import org.narrows.events.event.ChangeSet;
import org.narrows.events.state.UserFacts;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;
import org.narrows.projector.publish.UnavailableException;
import org.narrows.projector.store.LandedDecision;
import org.narrows.projector.store.LandedDecisions;
import org.narrows.projector.store.LiveSnapshots;
import org.narrows.projector.store.LiveSnapshots.LiveSnapshot;
import org.narrows.projector.store.ProjectionStore;

/**
 * What events would have changed of what was asked lately: every recorded exchange is decided twice
 * at its own time, at the head and at the head with the events after it. Changes nothing.
 *
 * <p>All of it is one state of the database, read a page of decisions at a time. What is kept of
 * them grows with the clients, and with the users up to the bound of {@link Difference}. As the
 * state takes a connection and keeps PostgreSQL from cleaning up for as long as it is read, there
 * is one comparison at a time, and it has a deadline.
 */
@Singleton
public class WhatIf {
    private static final int PAGE = 500;

    private final LiveSnapshots snapshots;
    private final LandedDecisions decisions;
    private final ProjectionStore store;
    private final Semaphore one = new Semaphore(1);

    WhatIf(LiveSnapshots snapshots, LandedDecisions decisions, ProjectionStore store) {
        this.snapshots = snapshots;
        this.decisions = decisions;
        this.store = store;
    }

    /**
     * Compares.
     *
     * @param candidate makes the events, in order, once it is known what they come after
     * @param window how far back, from the present of the database
     * @param within how long it may take; looked at after each event and each page of decisions
     * @throws RejectedException naming the first event that the fold would reject
     * @throws UnavailableException while another runs, or when it takes too long
     */
    public Difference of(
            Function<Imagined, List<ChangeSet>> candidate, Duration window, Duration within)
            throws RejectedException {
        if (!one.tryAcquire()) {
            throw new UnavailableException(
                    "this node compares for another request; ask again when that has ended");
        }
        try {
            Deadline deadline = new Deadline(System.nanoTime(), within);
            return snapshots.<Difference, RejectedException>read(
                    head -> {
                        Imagined imagined =
                                Imagined.after(head, store.now(head.head().generation()));
                        List<ChangeSet> events = candidate.apply(imagined);
                        for (int i = 0; i < events.size(); i++) {
                            deadline.check();
                            imagined.add(events.get(i), i);
                        }
                        return compare(head, imagined, head.head().now().minus(window), deadline);
                    });
        } finally {
            one.release();
        }
    }

    private record Deadline(long began, Duration within) {
        void check() {
            if (System.nanoTime() - began >= within.toNanos()) {
                throw new UnavailableException(
                        "this takes longer than " + within + "; ask for a shorter window");
            }
        }
    }

    private Difference compare(
            LiveSnapshot head, Imagined imagined, Instant since, Deadline deadline) {
        Difference difference = new Difference();
        CompiledPolicy after = imagined.policy();
        String last = "";
        List<LandedDecision> page;
        do {
            deadline.check();
            page = decisions.since(since, last, PAGE);
            if (page.isEmpty()) {
                break;
            }
            last = page.getLast().id();
            List<DecisionRecord> records =
                    page.stream()
                            .map(LandedDecision::decision)
                            .filter(record -> record.exchange().isPresent())
                            .filter(record -> record.position().logId().equals(head.head().log()))
                            .toList();
            compare(records, head, imagined, after, difference);
        } while (page.size() == PAGE);
        return difference;
    }

    private static void compare(
            List<DecisionRecord> records,
            LiveSnapshot head,
            Imagined imagined,
            CompiledPolicy after,
            Difference difference) {
        Set<User> users = new HashSet<>();
        Set<TokenRef> tokens = new HashSet<>();
        for (DecisionRecord record : records) {
            for (CompiledPolicy policy : List.of(head.policy(), after)) {
                Exchange exchange = record.exchange().orElseThrow();
                users.addAll(Decider.usersOf(exchange, policy));
                tokens.addAll(Decider.tokensOf(exchange, policy));
            }
        }
        PolicySnapshot before = head.of(users, tokens);
        Map<User, UserFacts> facts = new HashMap<>(before.users());
        facts.replaceAll((user, known) -> imagined.factsOf(user).orElse(known));
        Set<TokenRef> revoked = new HashSet<>(before.revoked());
        tokens.stream().filter(imagined::isRevoked).forEach(revoked::add);
        PolicySnapshot then = new PolicySnapshot(imagined.position(), after, facts, revoked);
        for (DecisionRecord record : records) {
            Exchange exchange = record.exchange().orElseThrow();
            difference.note(
                    record,
                    Outcome.of(Decider.decide(exchange, before, record.now()), List.of()),
                    Outcome.of(Decider.decide(exchange, then, record.now()), List.of()));
        }
    }
}

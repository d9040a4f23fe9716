// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.insight;

import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.narrows.events.decision.Decider;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.events.decision.Exchange;
import org.narrows.events.state.Row;
import org.narrows.events.state.Row.SubjectRevocationRow;
import org.narrows.events.value.User;
import org.narrows.projector.store.LiveRows;
import org.narrows.projector.store.LiveSnapshots;
import org.narrows.projector.store.LiveSnapshots.LiveSnapshot;
import org.narrows.projector.store.StoredRow;

/**
 * Decides recorded exchanges again, by the same code and from the rows as they were. What was found
 * before {@code decide} (forms, signatures, times, proofs) is in the record and taken as given.
 */
@Singleton
public class Explaining {
    private final LiveSnapshots snapshots;
    private final LiveRows rows;
    private final DecidingEvents events;
    private final Clock clock;

    Explaining(LiveSnapshots snapshots, LiveRows rows, DecidingEvents events, Clock clock) {
        this.snapshots = snapshots;
        this.rows = rows;
        this.events = events;
        this.clock = clock;
    }

    /** Explains a decision whose position the head has reached. */
    public Explanation explain(DecisionRecord decision) {
        Outcome recorded = Outcome.recorded(decision);
        long seq = decision.position().seq();
        return snapshots.read(
                head -> {
                    LiveSnapshot then = head.asOf(seq);
                    Outcome again = again(decision, recorded, then, decision.now());
                    return new Explanation(
                            decision,
                            recorded,
                            again,
                            recorded.equals(again) ? List.of() : because(decision, then),
                            head.head().foldVersion(),
                            again(decision, recorded, head, clock.instant()),
                            events.of(decision, then.policy()));
                });
    }

    /** What was refused before it could be decided is refused for the same again. */
    private static Outcome again(
            DecisionRecord decision, Outcome recorded, LiveSnapshot snapshot, Instant now) {
        return decision.exchange()
                .map(exchange -> decide(exchange, snapshot, now))
                .orElse(recorded);
    }

    private static Outcome decide(Exchange exchange, LiveSnapshot snapshot, Instant now) {
        return Outcome.of(
                Decider.decide(
                        exchange,
                        snapshot.of(
                                Decider.usersOf(exchange, snapshot.policy()),
                                Decider.tokensOf(exchange, snapshot.policy())),
                        now),
                Decider.targetsOf(exchange, snapshot.policy()));
    }

    /** All that is known to make a decision another one than it was. */
    private List<String> because(DecisionRecord decision, LiveSnapshot then) {
        List<String> because = new ArrayList<>();
        if (!decision.position().logId().equals(then.head().log())) {
            because.add("it was decided at a position of another log");
        }
        if (decision.decideVersion() != Decider.VERSION) {
            because.add(
                    "it was decided by version "
                            + decision.decideVersion()
                            + " of decide, and this is version "
                            + Decider.VERSION);
        }
        if (decision.foldVersion() != then.head().foldVersion()) {
            because.add(
                    "its rows were folded by version "
                            + decision.foldVersion()
                            + ", and those that are live now by version "
                            + then.head().foldVersion());
        }
        if (then.policy().isLost(decision.position().seq())) {
            because.add("its position was lost in a restore");
        }
        decision.exchange()
                .ifPresent(
                        exchange -> {
                            for (User user : Decider.usersOf(exchange, then.policy())) {
                                if (isForgotten(user, decision.position().seq(), then)) {
                                    because.add(
                                            "a user of it was forgotten since, with all that was known of the user");
                                }
                            }
                        });
        if (because.isEmpty()) {
            because.add("nothing is known that would explain it; this is a fault");
        }
        return because;
    }

    /** A forgetting leaves a revocation that ends by itself, also after it has left. */
    private boolean isForgotten(User user, long since, LiveSnapshot then) {
        Row.Key key = Row.Key.subjectRevocation(user);
        for (StoredRow version :
                rows.versions(key.kind().name(), key.owner(), key.name(), then.head().seq())) {
            if (version.fromSeq() > since
                    && version.row() instanceof SubjectRevocationRow revocation
                    && revocation.leavesAt().isPresent()) {
                return true;
            }
        }
        return false;
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.util.ArrayList;
import java.util.List;
import org.narrows.events.state.Row.PolicyRow;
import org.narrows.events.state.Row.UserRow;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;

/** One log folded in plain memory, with what it added up to at every seq. Not thread-safe. */
public final class MemoryLog {
    private final LogFold fold;
    private final MemoryRows rows = new MemoryRows();
    private final List<Verdict> verdicts = new ArrayList<>();
    private LogState state = LogState.BEFORE_GENESIS;

    public MemoryLog(LogFold fold) {
        this.fold = fold;
    }

    /** Folds one more record; one that holds up the log changes nothing here. */
    public Folding fold(ReadRecord record) {
        Folding folding = fold.fold(state, rows, record);
        if (folding instanceof Folding.Folded folded) {
            rows.apply(folded, record.valueHash());
            verdicts.add(folded.verdict());
            state = folded.state();
        }
        return folding;
    }

    public LogState state() {
        return state;
    }

    public MemoryRows rows() {
        return rows;
    }

    /** In the order of the log. */
    public List<Verdict> verdicts() {
        return List.copyOf(verdicts);
    }

    /** The policy as it stood at this seq. */
    public Policy policyAt(long seq) {
        return Policy.of(
                rows.at(seq).stream()
                        .filter(PolicyRow.class::isInstance)
                        .map(PolicyRow.class::cast)
                        .toList());
    }

    /** What the log said of the user at this seq. */
    public UserFacts factsAt(User user, long seq) {
        return UserFacts.of(
                user,
                rows.versionsOf(user.key()).stream()
                        .filter(
                                version ->
                                        version.from() <= seq
                                                && (version.to() == 0 || version.to() > seq))
                        .map(version -> (UserRow) version.row())
                        .toList());
    }

    /** Whether the token itself was revoked at this seq. */
    public boolean isRevokedAt(TokenRef token, long seq) {
        return rows.at(seq).stream()
                .anyMatch(row -> row.key().equals(Row.Key.tokenRevocation(token)));
    }
}

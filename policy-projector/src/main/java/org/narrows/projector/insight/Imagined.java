// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.insight;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.narrows.events.decision.CompiledPolicy;
import org.narrows.events.event.ChangeSet;
import org.narrows.events.state.Checkpoint;
import org.narrows.events.state.Digests;
import org.narrows.events.state.Folding;
import org.narrows.events.state.LogFold;
import org.narrows.events.state.LogState;
import org.narrows.events.state.MemoryRows;
import org.narrows.events.state.ReadRecord;
import org.narrows.events.state.Row;
import org.narrows.events.state.Row.TokenRevocationRow;
import org.narrows.events.state.Row.UserRow;
import org.narrows.events.state.RowChange;
import org.narrows.events.state.Rows;
import org.narrows.events.state.UserFacts;
import org.narrows.events.state.Verdict;
import org.narrows.events.value.Hash;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.KeyId;
import org.narrows.events.value.Position;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;
import org.narrows.events.wire.AdminTokens;
import org.narrows.events.wire.KeySets;
import org.narrows.events.wire.RowCodec;
import org.narrows.projector.store.LiveSnapshots.LiveSnapshot;
import org.narrows.projector.store.StoredCheckpoint;

/**
 * The live log with events after its head that only this memory knows: folded by the fold itself,
 * as if the root key had signed them now. Not thread-safe.
 */
public final class Imagined {
    private final LogFold fold;
    private final KeyId root;
    private final MemoryRows rows;
    private final Instant now;
    private final Set<String> touched = new HashSet<>();
    private final Set<TokenRef> revoked = new HashSet<>();
    private LogState state;

    private Imagined(KeyId root, MemoryRows rows, LogState state, Instant now) {
        this.fold = new LogFold(root, RowCodec::encode);
        this.root = root;
        this.rows = rows;
        this.state = state;
        this.now = now;
    }

    static Imagined after(LiveSnapshot snapshot, Rows stored) {
        StoredCheckpoint head = snapshot.head();
        KeyId root = new KeyId(KeySets.thumbprint(head.rootKey()));
        Checkpoint checkpoint =
                new Checkpoint(
                        head.log(),
                        head.rootKey(),
                        root,
                        new IssuerUrl(head.issuer()),
                        head.seq(),
                        head.now(),
                        head.headHash(),
                        Digests.EMPTY,
                        head.seq());
        return new Imagined(
                root,
                new MemoryRows(stored),
                new LogState(Optional.of(checkpoint), snapshot.policy().policy()),
                head.now());
    }

    /** What the log adds up to, as far as it is policy. */
    public LogState state() {
        return state;
    }

    /**
     * Folds one event.
     *
     * @param index for the message
     */
    void add(ChangeSet event, int index) throws RejectedException {
        ReadRecord record = record(event);
        switch (fold.fold(state, rows, record)) {
            case Folding.Folded folded -> {
                Verdict verdict = folded.verdict();
                if (verdict.outcome() != Verdict.Outcome.APPLIED) {
                    throw new RejectedException(index, verdict.reason().orElse("rejected"));
                }
                rows.apply(folded, record.valueHash());
                folded.changes().forEach(this::touch);
                state = folded.state();
            }
            case Folding.HeldUp(String reason) -> throw new RejectedException(index, reason);
        }
    }

    private ReadRecord record(ChangeSet event) {
        // Whose it would be, and what its author knew, is not asked of what is only imagined.
        ChangeSet ours =
                new ChangeSet(
                        event.id(),
                        event.source(),
                        event.time(),
                        event.subject(),
                        Optional.empty(),
                        event.reason(),
                        Optional.empty(),
                        event.event());
        return new ReadRecord(
                now,
                Hash.sha256(event.id().value().getBytes(StandardCharsets.UTF_8)),
                Hash.sha256(),
                new ReadRecord.Signed(
                        new ReadRecord.SignatureHeader(
                                "ES256",
                                root.value(),
                                state.checkpoint().map(at -> at.logId().value()),
                                AdminTokens.ROOT),
                        _ -> true,
                        event.type().shortName(),
                        new ReadRecord.Understood(ours)));
    }

    private void touch(RowChange change) {
        switch (change) {
            case RowChange.Opened(TokenRevocationRow row) -> revoked.add(row.token());
            case RowChange.Opened(Row row) -> touched.add(row.key().owner());
            case RowChange.Replaced(Row row, Row _) -> touched.add(row.key().owner());
            case RowChange.Closed(Row row) -> touched.add(row.key().owner());
            case RowChange.Erased(String owner) -> touched.add(owner);
        }
    }

    CompiledPolicy policy() {
        return CompiledPolicy.of(
                state.policy(), state.checkpoint().map(Checkpoint::issuer).orElseThrow());
    }

    Position position() {
        return state.checkpoint().map(Checkpoint::position).orElseThrow();
    }

    /** What is imagined of a user; empty for one whom no event touches. */
    Optional<UserFacts> factsOf(User user) {
        return touched.contains(user.key())
                ? Optional.of(
                        UserFacts.of(
                                user,
                                rows.versionsOf(user.key()).stream()
                                        .filter(version -> version.to() == 0)
                                        .map(version -> (UserRow) version.row())
                                        .toList()))
                : Optional.empty();
    }

    /** Whether an event revokes the token. */
    boolean isRevoked(TokenRef token) {
        return revoked.contains(token);
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.narrows.events.event.ChangeSet;
import org.narrows.events.event.ConsentEvent;
import org.narrows.events.event.Event;
import org.narrows.events.event.InvitationEvent;
import org.narrows.events.event.LogEvent.KeyAdded;
import org.narrows.events.event.LogEvent.KeyRevoked;
import org.narrows.events.event.LogEvent.LogOpened;
import org.narrows.events.event.LogEvent.LogRestored;
import org.narrows.events.event.PolicyChanged;
import org.narrows.events.event.QuarantineResolved;
import org.narrows.events.event.RevocationEvent;
import org.narrows.events.event.UserEvent;
import org.narrows.events.state.Authority.Finding;
import org.narrows.events.state.ReadRecord.Malformed;
import org.narrows.events.state.ReadRecord.Signed;
import org.narrows.events.state.ReadRecord.Understood;
import org.narrows.events.state.ReadRecord.Unknown;
import org.narrows.events.state.ReadRecord.Unreadable;
import org.narrows.events.state.Row.GapRow;
import org.narrows.events.state.Row.QuarantineRow;
import org.narrows.events.state.Rows.FirstRecord;
import org.narrows.events.state.Verdict.Claim;
import org.narrows.events.state.Verdict.First;
import org.narrows.events.state.Verdict.Outcome;
import org.narrows.events.state.Verdict.Took;
import org.narrows.events.value.EventId;
import org.narrows.events.value.KeyId;
import org.narrows.events.value.LogId;
import org.narrows.events.value.Position;

/**
 * The only judge of the log: {@code fold(state, record) -> (state, verdict)}. Pure and total: no
 * clock but the records' append times, no I/O but the rows it is given.
 *
 * <p>Read from {@link #fold} down: is the record authentic, was its id seen before, is it well
 * formed, does it agree with who signed it and with what its author knew, and last what it does.
 * Whoever comes this far has a verdict.
 */
public final class LogFold {
    /**
     * Raised when the fold itself changes its mind; a projection is built by one fold version from
     * genesis.
     */
    public static final int VERSION = 1;

    private final KeyId pinnedRoot;
    private final RowEncoder encoder;

    /**
     * A fold for logs of one root.
     *
     * @param pinnedRoot RFC 7638 thumbprint of the root key, from configuration
     */
    public LogFold(KeyId pinnedRoot, RowEncoder encoder) {
        this.pinnedRoot = pinnedRoot;
        this.encoder = encoder;
    }

    /** Folds one record. Rows must be as they stand at {@code state}. */
    public Folding fold(LogState state, Rows rows, ReadRecord record) {
        if (state.checkpoint().isEmpty()) {
            return begin(rows, record);
        }
        Checkpoint before = state.checkpoint().get();
        Instant clock = later(before.clock(), record.appendTime());
        Moment moment = new Moment(state.policy(), rows, before.issuer(), before.seq() + 1, clock);
        return switch (judge(before, moment, record)) {
            case Judgement.HeldUp(String reason) -> new Folding.HeldUp(reason);
            case Judgement.Judged judged -> finish(state, before, moment, record, judged);
        };
    }

    private Folding begin(Rows rows, ReadRecord record) {
        Optional<LogOpened> opening = Genesis.opening(pinnedRoot, record);
        if (opening.isEmpty()) {
            return new Folding.HeldUp(
                    "this topic does not begin with a `log.opened` of the root key `"
                            + pinnedRoot
                            + "`");
        }
        LogOpened opened = opening.get();
        Checkpoint nothing =
                new Checkpoint(
                        new LogId(record.valueHash().toString()),
                        opened.rootKey(),
                        opened.rootKid(),
                        opened.issuer(),
                        0,
                        record.appendTime(),
                        Chain.START,
                        Digests.EMPTY,
                        0);
        Moment moment =
                new Moment(Policy.EMPTY, rows, opened.issuer(), Genesis.SEQ, record.appendTime());
        Judgement.Judged judged =
                applied(
                        claimOf((Signed) record.content()),
                        Genesis.SEQ,
                        new Effect.Applied(Genesis.rows(), List.of()));
        return finish(LogState.BEFORE_GENESIS, nothing, moment, record, judged);
    }

    /** What became of a record, before it is counted. */
    private sealed interface Judgement {
        record HeldUp(String reason) implements Judgement {}

        record Judged(
                long seq,
                Outcome outcome,
                Optional<String> reason,
                Optional<Claim> claim,
                List<RowChange> changes,
                List<Took> took,
                Optional<First> first)
                implements Judgement {}
    }

    private static Judgement judge(Checkpoint before, Moment moment, ReadRecord record) {
        return switch (record.content()) {
            case Unreadable(String reason) -> notAuthentic(moment, reason);
            case Signed signed ->
                    switch (Authority.judge(before, moment.policy(), moment.rows(), signed)) {
                        case Finding.NotAuthentic(String reason) -> notAuthentic(moment, reason);
                        case Finding.Authentic(Publisher publisher) ->
                                authentic(before, moment, record, signed, publisher);
                    };
        };
    }

    private static Judgement authentic(
            Checkpoint before,
            Moment moment,
            ReadRecord record,
            Signed signed,
            Publisher publisher) {
        Claim claim = claimOf(signed);
        Optional<FirstRecord> first = claim.id().flatMap(moment.rows()::first);
        if (first.isPresent()) {
            return again(moment, claim, record, first.get());
        }
        return switch (signed.body()) {
            case Unknown _ ->
                    new Judgement.HeldUp(
                            "this reader does not know the type `"
                                    + signed.type()
                                    + "` at seq "
                                    + moment.seq());
            case Malformed malformed -> malformed(moment, claim, publisher, malformed);
            case Understood(ChangeSet changeSet) ->
                    understood(before, moment, claim, publisher, changeSet);
        };
    }

    private static Judgement again(
            Moment moment, Claim claim, ReadRecord record, FirstRecord first) {
        First verdict = first.verdict();
        if (!first.valueHash().equals(record.valueHash())) {
            return rejected(
                    moment, claim, "the id was given to another event at seq " + verdict.seq());
        }
        return new Judgement.Judged(
                moment.seq(),
                Outcome.DUPLICATE,
                Optional.of("the same event stands at seq " + verdict.seq()),
                Optional.of(claim),
                List.of(),
                List.of(),
                Optional.of(verdict));
    }

    /** Refused; but what it meant to take away is held still until somebody decides about it. */
    private static Judgement malformed(
            Moment moment, Claim claim, Publisher publisher, Malformed malformed) {
        List<RowChange> suspension =
                malformed.restricts()
                        ? List.of(
                                new RowChange.Opened(
                                        new QuarantineRow(
                                                Authority.suspended(
                                                        publisher, moment.rows(), malformed),
                                                moment.seq())))
                        : List.of();
        return judged(
                moment.seq(),
                Outcome.REJECTED,
                Optional.of(malformed.problem()),
                claim,
                suspension,
                List.of());
    }

    private static Judgement understood(
            Checkpoint before,
            Moment moment,
            Claim claim,
            Publisher publisher,
            ChangeSet changeSet) {
        Event event = changeSet.event();
        Optional<String> objection =
                changeSet
                        .actor()
                        .filter(actor -> !actor.equals(claim.actor()))
                        .map(
                                actor ->
                                        "the event names `"
                                                + actor
                                                + "` as its actor, its signature `"
                                                + claim.actor()
                                                + "`")
                        .or(() -> noAdmin(moment, publisher, claim, event))
                        .or(
                                () ->
                                        changeSet
                                                .expectedPosition()
                                                .flatMap(
                                                        expected ->
                                                                Expectation.missed(
                                                                        before,
                                                                        moment.rows(),
                                                                        event,
                                                                        expected)));
        if (objection.isPresent()) {
            return rejected(moment, claim, objection.get());
        }
        Moment own = event instanceof LogRestored restored ? at(moment, restored, before) : moment;
        return switch (effect(before, own, event)) {
            case Effect.Refused(String reason) -> rejected(moment, claim, reason);
            case Effect.Applied applied -> applied(claim, own.seq(), applied);
        };
    }

    private static Optional<String> noAdmin(
            Moment moment, Publisher publisher, Claim claim, Event event) {
        return publisher.admin()
                        || !AdminTouch.touches(
                                event, moment.policy(), moment.rows(), moment.issuer())
                ? Optional.empty()
                : Optional.of("the key `" + claim.kid() + "` may not touch the admin audience");
    }

    private static Effect effect(Checkpoint before, Moment moment, Event event) {
        return switch (event) {
            case LogOpened _ -> new Effect.Refused("the log is open already");
            case LogRestored restored -> restored(before, moment, restored);
            case KeyAdded added -> KeyFold.added(moment, before.rootKid(), added);
            case KeyRevoked revoked -> KeyFold.revoked(moment, revoked);
            case PolicyChanged changed ->
                    PolicyFold.judge(
                            moment.policy(), moment.issuer(), changed.changes(), moment.seq());
            case ConsentEvent consent -> ConsentFold.judge(moment, consent);
            case UserEvent user -> MembershipFold.judge(moment, user);
            case InvitationEvent invitation -> InvitationFold.judge(moment, invitation);
            case RevocationEvent revocation -> RevocationFold.judge(moment, revocation);
            case QuarantineResolved resolved -> resolved(moment, resolved);
        };
    }

    /** The end of a restore stands where it says, and everything between was lost. */
    private static Moment at(Moment moment, LogRestored restored, Checkpoint before) {
        boolean follows =
                restored.nextSeq() > before.seq() && restored.nextSeq() <= Position.MAX_SEQ;
        long seq = follows ? restored.nextSeq() : moment.seq();
        return new Moment(moment.policy(), moment.rows(), moment.issuer(), seq, moment.clock());
    }

    private static Effect restored(Checkpoint before, Moment moment, LogRestored event) {
        if (!event.head().equals(before.head().toString())) {
            return new Effect.Refused("the log was restored from another head");
        }
        if (event.nextSeq() != moment.seq()) {
            return new Effect.Refused(
                    "`nextSeq` " + event.nextSeq() + " does not follow seq " + before.seq());
        }
        long first = before.seq() + 1;
        return first == moment.seq()
                ? Effect.NOTHING
                : Effect.changing(
                        new RowChange.Opened(new GapRow(first, moment.seq() - 1, moment.seq())));
    }

    private static Effect resolved(Moment moment, QuarantineResolved event) {
        QuarantineRow quarantine = moment.policy().quarantine().get(event.seq());
        return quarantine == null
                ? new Effect.Refused("nothing is suspended by seq " + event.seq())
                : Effect.changing(new RowChange.Closed(quarantine));
    }

    private static Judgement notAuthentic(Moment moment, String reason) {
        return new Judgement.Judged(
                moment.seq(),
                Outcome.REJECTED,
                Optional.of(reason),
                Optional.empty(),
                List.of(),
                List.of(),
                Optional.empty());
    }

    private static Judgement rejected(Moment moment, Claim claim, String reason) {
        return judged(
                moment.seq(), Outcome.REJECTED, Optional.of(reason), claim, List.of(), List.of());
    }

    private static Judgement.Judged applied(Claim claim, long seq, Effect.Applied effect) {
        return judged(
                seq, Outcome.APPLIED, Optional.empty(), claim, effect.changes(), effect.took());
    }

    private static Judgement.Judged judged(
            long seq,
            Outcome outcome,
            Optional<String> reason,
            Claim claim,
            List<RowChange> changes,
            List<Took> took) {
        return new Judgement.Judged(
                seq, outcome, reason, Optional.of(claim), changes, took, Optional.empty());
    }

    private static Claim claimOf(Signed signed) {
        Optional<EventId> id =
                switch (signed.body()) {
                    case Understood(ChangeSet changeSet) -> Optional.of(changeSet.id());
                    case Malformed malformed -> malformed.id();
                    case Unknown _ -> Optional.empty();
                };
        Optional<String> why =
                signed.body() instanceof Understood(ChangeSet changeSet)
                        ? changeSet.reason()
                        : Optional.empty();
        return new Claim(
                id, signed.type(), signed.signature().actor(), signed.signature().kid(), why);
    }

    /**
     * Counts the record: every one takes a seq, moves the clock and the chain, and leaves a
     * verdict.
     */
    private Folding finish(
            LogState state,
            Checkpoint before,
            Moment moment,
            ReadRecord record,
            Judgement.Judged judged) {
        Verdict verdict =
                new Verdict(
                        judged.seq(),
                        record.appendTime(),
                        judged.outcome(),
                        judged.reason(),
                        judged.claim(),
                        judged.took(),
                        judged.first());
        List<RowChange> changes = withLeaving(moment, judged.changes());
        Checkpoint checkpoint =
                new Checkpoint(
                        before.logId(),
                        before.rootKey(),
                        before.rootKid(),
                        before.issuer(),
                        judged.seq(),
                        moment.clock(),
                        Chain.next(
                                before.head(),
                                judged.seq(),
                                record.appendTime(),
                                record.valueHash(),
                                record.sigHash()),
                        before.digests()
                                .after(changes, moment.rows(), encoder, judged.seq(), verdict),
                        changes.stream().anyMatch(LogFold::isOfPolicy)
                                ? judged.seq()
                                : before.policyChangedAt());
        LogState after = new LogState(Optional.of(checkpoint), state.policy().with(changes));
        return new Folding.Folded(after, verdict, changes);
    }

    /**
     * Revocations whose time has come leave with whatever record moves the clock, unless it speaks
     * of them itself.
     */
    private static List<RowChange> withLeaving(Moment moment, List<RowChange> changes) {
        List<Row> leaving = moment.rows().revocationsLeaving(moment.clock());
        if (leaving.isEmpty()) {
            return changes;
        }
        Set<Row.Key> touched = new HashSet<>();
        Set<String> erased = new HashSet<>();
        for (RowChange change : changes) {
            switch (change) {
                case RowChange.Opened(Row row) -> touched.add(row.key());
                case RowChange.Replaced(Row row, Row _) -> touched.add(row.key());
                case RowChange.Closed(Row row) -> touched.add(row.key());
                case RowChange.Erased(String owner) -> erased.add(owner);
            }
        }
        List<RowChange> all = new ArrayList<>(changes);
        for (Row row : leaving) {
            if (!touched.contains(row.key()) && !erased.contains(row.key().owner())) {
                all.add(new RowChange.Closed(row));
            }
        }
        return all;
    }

    private static boolean isOfPolicy(RowChange change) {
        return switch (change) {
            case RowChange.Opened(Row row) -> row.key().kind().isPolicyEntry();
            case RowChange.Replaced(Row row, Row _) -> row.key().kind().isPolicyEntry();
            case RowChange.Closed(Row row) -> row.key().kind().isPolicyEntry();
            case RowChange.Erased _ -> false;
        };
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }
}

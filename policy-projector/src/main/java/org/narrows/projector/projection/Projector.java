// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.projection;

import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Value;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.narrows.events.state.Checkpoint;
import org.narrows.events.state.Folding.Folded;
import org.narrows.events.state.Folding.HeldUp;
import org.narrows.events.state.LogFold;
import org.narrows.events.state.ReadRecord;
import org.narrows.projector.ProjectorConfiguration;
import org.narrows.projector.store.BatchRows;
import org.narrows.projector.store.FencedException;
import org.narrows.projector.store.FoldedBatch;
import org.narrows.projector.store.LogRecord;
import org.narrows.projector.store.ProjectionStore;
import org.narrows.projector.store.Standing;
import org.narrows.projector.store.UnfitException;
import org.narrows.projector.store.Wanted;
import org.narrows.projector.topic.WrongTopicException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the log: one poll, one batch, one fold, one transaction, on one thread of its own. Read
 * {@link #follow} first.
 *
 * <p>Nothing is ever skipped. What fails is tried again from the checkpoint; what must not be gone
 * on with stops it, and then the freshness lease lapses and everybody who relies on it refuses.
 */
@Context
public class Projector {
    private static final Logger LOG = LoggerFactory.getLogger(Projector.class);

    /** How long a poll waits for records. */
    private static final Duration POLL = Duration.ofMillis(100);

    /** How often freshness is established anew while nothing happens. */
    private static final Duration FRESHNESS = Duration.ofMillis(200);

    /** A record further ahead of the database clock than this is not folded until then. */
    private static final Duration AHEAD = Duration.ofMinutes(5);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final KafkaLogs logs;
    private final ProjectionStore store;
    private final LogFold fold;
    private final ProjectorConfiguration configuration;
    private final Advances advances;
    private final ProjectionMetrics metrics;
    private final boolean enabled;
    private final Thread thread;

    private volatile ProjectorState state = new ProjectorState.Starting();
    private volatile boolean ending;
    private long epoch;
    private Duration pause = FIRST_PAUSE;

    Projector(
            KafkaLogs logs,
            ProjectionStore store,
            LogFold fold,
            ProjectorConfiguration configuration,
            Advances advances,
            ProjectionMetrics metrics,
            @Value("${narrows.projection.enabled:true}") boolean enabled) {
        this.logs = logs;
        this.store = store;
        this.fold = fold;
        this.configuration = configuration;
        this.advances = advances;
        this.metrics = metrics;
        this.enabled = enabled;
        this.thread = new Thread(this::run, "projector");
    }

    @PostConstruct
    void start() {
        if (enabled) {
            thread.start();
        }
    }

    /** Finishes the batch in hand and lets another projector take over. */
    @PreDestroy
    void end() throws InterruptedException {
        ending = true;
        synchronized (this) {
            notifyAll();
        }
        thread.join(Duration.ofSeconds(8));
    }

    /** What it is doing. */
    public ProjectorState state() {
        return state;
    }

    private void run() {
        while (!ending) {
            try (KafkaLog log = logs.open()) {
                join(log);
            } catch (FencedException e) {
                LOG.info("{}; standing by", e.getMessage());
            } catch (UnfitException | WrongTopicException e) {
                now(new ProjectorState.Stopped(Objects.requireNonNull(e.getMessage())));
                pause(LONGEST_PAUSE);
            } catch (OffsetOutOfRangeException e) {
                now(
                        new ProjectorState.Stopped(
                                "records already folded are gone from the topic: "
                                        + e.getMessage()));
                pause(LONGEST_PAUSE);
            } catch (RuntimeException e) {
                LOG.warn("the projection failed, trying again from the checkpoint", e);
                now(new ProjectorState.Retrying(String.valueOf(e.getMessage())));
                pause(pause);
                pause =
                        pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
                                ? pause.multipliedBy(2)
                                : LONGEST_PAUSE;
            }
        }
        now(new ProjectorState.Ended());
    }

    /**
     * The first time takes a new epoch; later only whoever was silent for longer than its lease is
     * replaced.
     */
    private void join(KafkaLog log) {
        String topicId = log.check();
        int generation = store.liveGeneration(LogFold.VERSION);
        Optional<Standing> mine = epoch == 0 ? Optional.empty() : store.resume(generation, epoch);
        if (mine.isEmpty() && epoch != 0) {
            now(new ProjectorState.StandingBy());
            while (!store.leaseLapsed(generation)) {
                pause(Duration.ofMillis(500));
                if (ending) {
                    return;
                }
            }
        }
        Standing standing = mine.orElseGet(() -> store.takeOver(generation));
        epoch = standing.epoch();
        follow(log, sameLog(log, standing, topicId), topicId);
    }

    /**
     * Whether the topic still holds what was folded: else only its own head at its own seq proves
     * it.
     */
    private Standing sameLog(KafkaLog log, Standing standing, String topicId) {
        mustBeConfigured(standing.state().checkpoint());
        if (standing.state().checkpoint().isPresent() && log.beginning() > 0) {
            throw new UnfitException(
                    "the first records of topic `" + configuration.logTopic() + "` are gone");
        }
        boolean same = standing.topicId().isEmpty() || standing.topicId().get().equals(topicId);
        if (same && log.end() >= standing.nextOffset()) {
            return standing;
        }
        LOG.error(
                same
                        ? "the topic ends at offset {}, before offset {} that is folded already: reading it again"
                        : "the topic is another one than was folded: reading it again from its first record",
                log.end(),
                standing.nextOffset());
        long next = LostTail.meet(log, standing);
        return store.moved(standing, topicId, next);
    }

    private void mustBeConfigured(Optional<Checkpoint> at) {
        if (at.isEmpty()) {
            return;
        }
        String log = at.get().logId().value();
        String issuer = at.get().issuer().value();
        if (!configuration.logId().orElse(log).equals(log)) {
            throw new UnfitException(
                    "this is log `%s`, configured is `%s`"
                            .formatted(log, configuration.logId().get()));
        }
        if (!configuration.issuer().orElse(issuer).equals(issuer)) {
            throw new UnfitException(
                    "the log was opened for the issuer `%s`, configured is `%s`"
                            .formatted(issuer, configuration.issuer().get()));
        }
    }

    /** One path: poll, batch, fold, one transaction; and how fresh that leaves the projection. */
    private void follow(KafkaLog log, Standing joined, String topicId) {
        Standing standing = joined;
        log.seek(standing.nextOffset(), standing.leaderEpoch());
        now(new ProjectorState.Folding());
        Probe probe = probe(log, standing);
        long checkedAt = System.nanoTime();
        while (!ending) {
            List<LogRecord> polled = log.poll(POLL);
            List<LogRecord> records = upTo(probe.clock().plus(AHEAD), polled, standing);
            Standing before = standing;
            if (!records.isEmpty()) {
                standing = project(standing, records, topicId, probe);
                advances.announce();
            }
            if (!polled.isEmpty() && standing.nextOffset() <= polled.getLast().offset()) {
                log.seek(standing.nextOffset(), standing.leaderEpoch());
                if (standing.nextOffset() == before.nextOffset()) {
                    pause(Duration.ofSeconds(1));
                    probe = probe(log, standing);
                }
            } else {
                probe = fresh(log, standing, probe);
            }
            if (System.nanoTime() - checkedAt > configuration.topicCheckInterval().toNanos()) {
                if (!log.check().equals(topicId)) {
                    throw new UnfitException(
                            "topic `" + configuration.logTopic() + "` was replaced by another one");
                }
                checkedAt = System.nanoTime();
            }
            pause = FIRST_PAUSE;
        }
        store.releaseLease(standing);
    }

    /**
     * Writes how fresh the projection is as soon as that is known, and asks again every so often.
     */
    private Probe fresh(KafkaLog log, Standing standing, Probe last) {
        Probe probe = last;
        if (!probe.noted() && log.position() >= probe.end()) {
            noteCaughtUp(standing, probe);
            probe = probe.done();
        }
        if (probe.noted() && probe.olderThan(FRESHNESS)) {
            probe = probe(log, standing);
            if (log.position() >= probe.end()) {
                noteCaughtUp(standing, probe);
                probe = probe.done();
            }
        }
        return probe;
    }

    private void noteCaughtUp(Standing standing, Probe probe) {
        store.caughtUp(standing, probe.clock());
        metrics.caughtUp(probe.clock());
    }

    private Standing project(
            Standing before, List<LogRecord> records, String topicId, Probe probe) {
        List<ReadRecord> read = Reading.all(records, before.state());
        BatchRows rows = store.fetch(before, Wanted.by(read), clockOf(before, records));
        FoldedBatch batch = new FoldedBatch(before, rows);
        for (int i = 0; i < records.size(); i++) {
            switch (fold.fold(batch.state(), rows, read.get(i))) {
                case Folded folded -> batch.add(records.get(i), read.get(i), folded);
                case HeldUp(String reason) -> {
                    return heldUp(commit(before, batch, topicId, probe), records.get(i), reason);
                }
            }
        }
        Standing after = commit(before, batch, topicId, probe);
        now(new ProjectorState.Folding());
        return after;
    }

    private Standing commit(Standing before, FoldedBatch batch, String topicId, Probe probe) {
        if (batch.records().isEmpty()) {
            return before;
        }
        mustBeConfigured(batch.state().checkpoint());
        Optional<Instant> caughtUpAt =
                batch.nextOffset() >= probe.end() ? Optional.of(probe.clock()) : Optional.empty();
        Standing after = store.commit(before, batch, topicId, caughtUpAt);
        metrics.folded(batch, after);
        caughtUpAt.ifPresent(metrics::caughtUp);
        return after;
    }

    private Standing heldUp(Standing standing, LogRecord record, String reason) {
        String where = "the record at offset " + record.offset() + " holds up the log: " + reason;
        store.heldUp(standing, where);
        now(new ProjectorState.HeldUp(where));
        return standing;
    }

    private List<LogRecord> upTo(Instant latest, List<LogRecord> records, Standing standing) {
        for (int i = 0; i < records.size(); i++) {
            LogRecord record = records.get(i);
            if (record.appendTime().isAfter(latest)) {
                if (i == 0) {
                    now(
                            new ProjectorState.Ahead(
                                    "the record at offset %d was appended at %s, more than %d min ahead of the database clock"
                                            .formatted(
                                                    standing.nextOffset(),
                                                    record.appendTime(),
                                                    AHEAD.toMinutes())));
                }
                return new ArrayList<>(records.subList(0, i));
            }
        }
        return records;
    }

    private static Instant clockOf(Standing standing, List<LogRecord> records) {
        Instant clock = standing.state().checkpoint().map(at -> at.clock()).orElse(Instant.EPOCH);
        for (LogRecord record : records) {
            clock = record.appendTime().isAfter(clock) ? record.appendTime() : clock;
        }
        return clock;
    }

    /**
     * The database clock, read before the leader was asked for its end.
     *
     * @param noted whether it has been written already
     */
    private record Probe(Instant clock, long end, long at, boolean noted) {
        boolean olderThan(Duration age) {
            return System.nanoTime() - at > age.toNanos();
        }

        Probe done() {
            return new Probe(clock, end, at, true);
        }
    }

    private Probe probe(KafkaLog log, Standing standing) {
        Instant clock = store.clock();
        long end = log.end();
        if (end < standing.nextOffset()) {
            throw new UnfitException(
                    "topic `%s` ends at offset %d, before offset %d that is folded already"
                            .formatted(configuration.logTopic(), end, standing.nextOffset()));
        }
        return new Probe(clock, end, System.nanoTime(), false);
    }

    private void now(ProjectorState next) {
        if (!next.equals(state)) {
            switch (next) {
                case ProjectorState.Stopped(String reason) ->
                        LOG.error("the projector stopped: {}", reason);
                case ProjectorState.HeldUp(String reason) -> LOG.error("{}", reason);
                case ProjectorState.Ahead(String reason) -> LOG.error("{}", reason);
                case ProjectorState.Retrying _,
                        ProjectorState.Starting _,
                        ProjectorState.Folding _,
                        ProjectorState.StandingBy _,
                        ProjectorState.Ended _ ->
                        LOG.info("{}", next);
            }
            state = next;
        }
    }

    private synchronized void pause(Duration duration) {
        long end = System.nanoTime() + duration.toNanos();
        try {
            for (long left = duration.toNanos();
                    left > 0 && !ending;
                    left = end - System.nanoTime()) {
                wait(Math.max(1, left / 1_000_000));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            ending = true;
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.narrows.events.state.Folding.Folded;
import org.narrows.events.state.LogFold;
import org.narrows.events.state.ReadRecord;
import org.narrows.events.state.ReadRecord.Signed;
import org.narrows.events.wire.RecordReader;
import org.narrows.projector.store.FoldedBatch;
import org.narrows.projector.store.LogRecord;
import org.narrows.projector.store.ProjectionStore;
import org.narrows.projector.store.Standing;
import org.narrows.projector.store.Wanted;

/**
 * How many events a second become rows: not run by itself; {@code -Dtest=ProjectionSpeed
 * -Dspeed.events=200000}.
 */
class ProjectionSpeed {
    private static final int EVENTS = Integer.getInteger("speed.events", 50_000);

    @Test
    void consents_from_kafka_into_postgresql() throws Exception {
        try (TestLog log = new TestLog().open()) {
            byte[] policy = Sample.policy("policy");
            log.send(policy, log.controlPlane.sign(policy, log.logId, "narrows|root"));
            Random random = new Random(1);
            List<byte[]> values = new ArrayList<>();
            for (int i = 0; i < EVENTS; i++) {
                String subject = "user-" + random.nextInt(EVENTS);
                values.add(
                        random.nextInt(4) == 0
                                ? Sample.withdrawn("event-" + i, subject)
                                : Sample.consent("event-" + i, subject));
            }
            log.sendAll(values);
            long start = System.nanoTime();
            long began = 0;
            long first = 0;
            try (TestLog.Server _ = log.start(Map.of("narrows.landing.enabled", "false"))) {
                long seq = 0;
                while (seq < EVENTS + 3) {
                    Thread.sleep(20);
                    try (var connection = log.connect();
                            var statement = connection.createStatement();
                            var row =
                                    statement.executeQuery("select seq from narrows.checkpoint")) {
                        seq = row.next() ? row.getLong(1) : 0;
                    }
                    if (seq > EVENTS / 2 && began == 0) {
                        began = System.nanoTime();
                        first = seq;
                    }
                }
                long end = System.nanoTime();
                System.out.printf(
                        "%d events in %d ms; the second half at %d events/s%n",
                        EVENTS,
                        (end - start) / 1_000_000,
                        (seq - first) * 1_000_000_000L / (end - began));
            }
        }
    }

    /**
     * What the fold and PostgreSQL take, with signatures that a checkpoint vouches for: reading,
     * folding, writing.
     */
    @Test
    void the_same_without_checking_signatures() throws Exception {
        try (TestLog log = new TestLog().open();
                TestLog.Server server =
                        log.start(
                                Map.of(
                                        "narrows.landing.enabled",
                                        "false",
                                        "narrows.projection.enabled",
                                        "false"))) {
            ProjectionStore store = server.context.getBean(ProjectionStore.class);
            LogFold fold = server.context.getBean(LogFold.class);
            int generation = store.liveGeneration(LogFold.VERSION);
            Standing standing = store.takeOver(generation);
            byte[] genesis = log.genesis;
            List<LogRecord> records = new ArrayList<>();
            records.add(record(0, genesis, log.root.signGenesis(genesis, "narrows|root")));
            byte[] key = log.controlPlaneKeyAdded();
            records.add(record(1, key, log.root.sign(key, log.logId, "narrows|root")));
            byte[] policy = Sample.policy("policy");
            String signature = log.controlPlane.sign(policy, log.logId, "narrows|root");
            records.add(record(2, policy, signature));
            Random random = new Random(1);
            for (int i = 0; i < EVENTS; i++) {
                String subject = "user-" + random.nextInt(EVENTS);
                records.add(
                        record(
                                i + 3,
                                random.nextInt(4) == 0
                                        ? Sample.withdrawn("event-" + i, subject)
                                        : Sample.consent("event-" + i, subject),
                                signature));
            }
            long start = System.nanoTime();
            long reading = 0;
            long fetching = 0;
            long folding = 0;
            long writing = 0;
            for (int from = 0; from < records.size(); from += 5000) {
                List<LogRecord> batch =
                        records.subList(from, Math.min(records.size(), from + 5000));
                long t0 = System.nanoTime();
                List<ReadRecord> read =
                        batch.parallelStream().map(ProjectionSpeed::trusted).toList();
                long t1 = System.nanoTime();
                FoldedBatch folded =
                        new FoldedBatch(
                                standing, store.fetch(standing, Wanted.by(read), Instant.now()));
                long t2 = System.nanoTime();
                for (int i = 0; i < batch.size(); i++) {
                    folded.add(
                            batch.get(i),
                            read.get(i),
                            (Folded) fold.fold(folded.state(), folded.rows(), read.get(i)));
                }
                long t3 = System.nanoTime();
                standing = store.commit(standing, folded, "topic", Optional.empty());
                long t4 = System.nanoTime();
                reading += t1 - t0;
                fetching += t2 - t1;
                folding += t3 - t2;
                writing += t4 - t3;
            }
            System.out.printf(
                    "%d events/s; ms reading %d, fetching %d, folding %d, writing %d%n",
                    EVENTS * 1_000_000_000L / (System.nanoTime() - start),
                    reading / 1_000_000,
                    fetching / 1_000_000,
                    folding / 1_000_000,
                    writing / 1_000_000);
        }
    }

    private static LogRecord record(long offset, byte[] value, String signature) {
        return new LogRecord(
                offset,
                OptionalInt.empty(),
                Instant.now(),
                value,
                List.of(signature.getBytes(StandardCharsets.US_ASCII)));
    }

    private static ReadRecord trusted(LogRecord record) {
        ReadRecord read =
                RecordReader.read(record.appendTime(), record.value(), record.signatures());
        Signed signed = (Signed) read.content();
        return new ReadRecord(
                read.appendTime(),
                read.valueHash(),
                read.sigHash(),
                new Signed(signed.signature(), _ -> true, signed.type(), signed.body()));
    }
}

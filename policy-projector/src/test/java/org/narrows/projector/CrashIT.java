// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.narrows.events.state.Digests;
import org.narrows.events.state.LogFold;
import org.narrows.events.state.MemoryLog;
import org.narrows.events.state.Rows;
import org.narrows.events.state.Verdict;
import org.narrows.events.wire.RecordReader;
import org.narrows.events.wire.RowCodec;
import org.narrows.events.wire.Topics;

/**
 * Projectors that run in processes of their own are killed at random points under a stream of
 * events, with duplicates in it and with two of them overlapping. Nothing may be lost, told twice,
 * or told differently than the pure fold tells it (invariants I2, I3, I4, I9, I11). The same with
 * the fence taken out goes wrong: the test sees what it is there to see.
 */
class CrashIT {
    private static final long SEED = Long.getLong("crash.seed", 20261121);
    private static final int KILLS = Integer.getInteger("crash.kills", 15);

    @Test
    void killed_projectors_lose_nothing_and_say_nothing_twice() throws Exception {
        try (Run run = new Run(SEED, Map.of())) {
            run.killAtRandom(KILLS);
            run.finish();
            assertThat(run.trouble()).as("seed %d", SEED).isEmpty();
        }
    }

    @Test
    void without_the_fence_overlapping_projectors_contradict_each_other() throws Exception {
        try (Run run = new Run(SEED, Map.of("narrows.test.unfenced", "true"))) {
            run.withoutPrimaryKeys();
            run.overlapUntilTrouble(Duration.ofSeconds(60));
            assertThat(run.trouble()).isNotEmpty();
        }
    }

    /**
     * One log, the processes that project it, and everything that must be true of what they write.
     */
    private static final class Run implements AutoCloseable {
        private final Random random;
        private final TestLog log = new TestLog().open();
        private final Map<String, String> more;
        private final List<Process> processes = new ArrayList<>();
        private final List<String> acknowledged = Collections.synchronizedList(new ArrayList<>());
        private final AtomicBoolean ending = new AtomicBoolean();
        private final AtomicReference<String> wentBack = new AtomicReference<>("");
        private final List<Thread> threads = new ArrayList<>();
        private final Path output;

        Run(long seed, Map<String, String> more) throws Exception {
            this.random = new Random(seed);
            this.more = more;
            this.output = Files.createTempFile("projector", ".log");
            byte[] policy = Sample.policy("policy");
            send(policy, "policy");
            launch();
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> seq() >= 3);
            threads.add(Thread.ofPlatform().start(this::stream));
            threads.add(Thread.ofPlatform().start(this::watch));
        }

        /**
         * Events of a few users, some of them sent twice, as a producer that does not know whether
         * it succeeded would.
         */
        private void stream() {
            Random events = new Random(random.nextLong());
            List<byte[]> sent = new ArrayList<>();
            for (int i = 0; !ending.get(); i++) {
                String subject = "user-" + events.nextInt(20);
                String id = "event-" + i;
                byte[] value =
                        switch (events.nextInt(4)) {
                            case 0 -> Sample.withdrawn(id, subject);
                            case 1 -> Sample.admitted(id, subject);
                            default -> Sample.consent(id, subject);
                        };
                send(value, id);
                sent.add(value);
                if (events.nextInt(4) == 0) {
                    byte[] again = sent.get(events.nextInt(sent.size()));
                    log.send(again, log.controlPlane.sign(again, log.logId, "narrows|root"));
                }
                sleep(events.nextInt(12));
            }
        }

        private void send(byte[] value, String id) {
            log.send(value, log.controlPlane.sign(value, log.logId, "narrows|root"));
            acknowledged.add(id);
        }

        /** A position never goes back. */
        private void watch() {
            try (Connection connection = log.connect();
                    PreparedStatement query =
                            connection.prepareStatement(
                                    "select seq, next_offset from narrows.checkpoint")) {
                long seq = 0;
                long offset = 0;
                while (!ending.get()) {
                    try (ResultSet row = query.executeQuery()) {
                        row.next();
                        if (row.getLong(1) < seq || row.getLong(2) < offset) {
                            wentBack.compareAndSet(
                                    "",
                                    "the position went back from seq "
                                            + seq
                                            + " to "
                                            + row.getLong(1));
                        }
                        seq = row.getLong(1);
                        offset = row.getLong(2);
                    }
                    sleep(3);
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }

        /**
         * There is always one that folds, one that it has just fenced off, and two that start: each
         * time another has taken over, one that is at work is killed a moment later.
         */
        void killAtRandom(int kills) throws Exception {
            long epoch = epoch();
            for (int i = 0; i < kills; i++) {
                while (processes.size() < 4) {
                    launch();
                }
                long before = epoch;
                Awaitility.await()
                        .atMost(Duration.ofSeconds(60))
                        .pollInterval(Duration.ofMillis(5))
                        .until(() -> epoch() > before);
                epoch = epoch();
                sleep(random.nextInt(500));
                // The youngest has often only begun to start; the two before it are the ones at
                // work.
                Process victim = processes.remove(random.nextInt(2));
                victim.destroyForcibly(); // SIGKILL
                victim.waitFor();
            }
        }

        /** Projectors come, and none ends. */
        void overlapUntilTrouble(Duration atMost) throws Exception {
            long end = System.nanoTime() + atMost.toNanos();
            while (System.nanoTime() < end && trouble().isEmpty()) {
                if (processes.size() < 3) {
                    launch();
                }
                sleep(3000);
            }
        }

        void finish() throws Exception {
            ending.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
            if (processes.isEmpty()) {
                launch();
            }
            long end = records().size();
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> nextOffset() >= end);
        }

        /** What is wrong with what stands in the database; nothing else than nothing is right. */
        List<String> trouble() throws Exception {
            List<String> trouble = new ArrayList<>();
            MemoryLog memory = new MemoryLog(new LogFold(log.rootKid, RowCodec::encode));
            try (Connection connection = log.connect();
                    Statement statement = connection.createStatement()) {
                connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                connection.setAutoCommit(false);
                long offset;
                Digests digests;
                try (ResultSet row =
                        statement.executeQuery(
                                "select next_offset, digest_live, digest_closed, digest_verdicts from narrows.checkpoint")) {
                    row.next();
                    offset = row.getLong(1);
                    digests =
                            new Digests(
                                    org.narrows.events.value.Hash.of(row.getBytes(2)),
                                    org.narrows.events.value.Hash.of(row.getBytes(3)),
                                    org.narrows.events.value.Hash.of(row.getBytes(4)));
                }
                // Read after the checkpoint, so that they are all there.
                for (ConsumerRecord<byte[], byte[]> record : records().subList(0, (int) offset)) {
                    List<byte[]> signatures = new ArrayList<>();
                    for (Header header : record.headers().headers(Topics.SIGNATURE_HEADER)) {
                        signatures.add(header.value());
                    }
                    memory.fold(
                            RecordReader.read(
                                    Instant.ofEpochMilli(record.timestamp()),
                                    record.value(),
                                    signatures));
                }
                if (!memory.state().checkpoint().orElseThrow().digests().equals(digests)) {
                    trouble.add("the digests differ from those of the pure fold");
                }
                List<String> rows = new ArrayList<>();
                for (Rows.Version version : memory.rows().versions()) {
                    rows.add(
                            "%s %d %d %d %s"
                                    .formatted(
                                            version.row().key(),
                                            version.row().since(),
                                            version.from(),
                                            version.to(),
                                            RowCodec.encode(version.row())));
                }
                List<String> stored =
                        texts(
                                statement,
                                """
                                select 'Key[kind=' || kind || ', owner=' || owner || ', name=' || name || '] ' || since || ' '
                                    || from_seq || ' ' || coalesce(to_seq, 0) || ' ' || body from narrows.row_version
                                """);
                Collections.sort(rows);
                Collections.sort(stored);
                if (!rows.equals(stored)) {
                    trouble.add("the rows differ from those of the pure fold");
                }
                Map<Long, String> verdicts = new HashMap<>();
                for (Verdict verdict : memory.verdicts()) {
                    verdicts.put(
                            verdict.seq(),
                            verdict.outcome().text()
                                    + verdict.first().map(Verdict.First::seq).orElse(0L)
                                    + verdict.claim()
                                            .flatMap(Verdict.Claim::id)
                                            .map(Object::toString)
                                            .orElse(""));
                }
                int told = 0;
                Map<String, Integer> first = new HashMap<>();
                try (ResultSet row =
                        statement.executeQuery(
                                "select seq, log_offset, outcome, coalesce(first_seq, 0), event_id, first_of_id from narrows.log_record")) {
                    while (row.next()) {
                        told++;
                        String said = row.getString(3) + row.getLong(4) + row.getString(5);
                        if (!said.equals(verdicts.get(row.getLong(1)))
                                || row.getLong(2) != row.getLong(1) - 1) {
                            trouble.add(
                                    "seq "
                                            + row.getLong(1)
                                            + " has another verdict than the pure fold gives");
                        }
                        if (row.getBoolean(6)) {
                            first.merge(row.getString(5), 1, Integer::sum);
                        }
                    }
                }
                if (told != verdicts.size()) {
                    trouble.add(told + " verdicts for " + verdicts.size() + " records");
                }
                first.forEach(
                        (id, times) -> {
                            if (times != 1) {
                                trouble.add(id + " has " + times + " verdicts");
                            }
                        });
                if (ending.get()) {
                    for (String id : List.copyOf(acknowledged)) {
                        if (!first.containsKey(id)) {
                            trouble.add(id + " was acknowledged and has no verdict");
                        }
                    }
                }
                trouble.addAll(
                        texts(
                                statement,
                                """
                                with changed as (
                                    select from_seq as seq, kind, owner, name from narrows.row_version
                                    union select to_seq, kind, owner, name from narrows.row_version where to_seq is not null)
                                select 'the change feed has a gap at seq ' || seq from changed
                                where not exists (select from narrows.change c where c.seq = changed.seq
                                    and c.kind = changed.kind and c.owner = changed.owner and c.name = changed.name)
                                """));
                trouble.addAll(
                        texts(
                                statement,
                                """
                                select 'two live rows: ' || kind || ' ' || owner || ' ' || name from narrows.row_version
                                where to_seq is null group by kind, owner, name having count(*) > 1
                                """));
                connection.rollback();
            }
            if (!wentBack.get().isEmpty()) {
                trouble.add(wentBack.get());
            }
            return trouble;
        }

        private static List<String> texts(Statement statement, String query) throws SQLException {
            List<String> texts = new ArrayList<>();
            try (ResultSet row = statement.executeQuery(query)) {
                while (row.next()) {
                    texts.add(row.getString(1));
                }
            }
            return texts;
        }

        private List<ConsumerRecord<byte[], byte[]>> records() {
            TopicPartition partition = new TopicPartition(log.topic, 0);
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            try (KafkaConsumer<byte[], byte[]> consumer =
                    new KafkaConsumer<>(
                            Map.of("bootstrap.servers", log.kafka.bootstrapServers()),
                            new ByteArrayDeserializer(),
                            new ByteArrayDeserializer())) {
                consumer.assign(List.of(partition));
                consumer.seekToBeginning(List.of(partition));
                long end = consumer.endOffsets(List.of(partition)).get(partition);
                while (consumer.position(partition) < end) {
                    records.addAll(consumer.poll(Duration.ofSeconds(1)).records(partition));
                }
            }
            return records;
        }

        private long seq() {
            return number("select seq from narrows.checkpoint");
        }

        private long epoch() {
            return number("select epoch from narrows.checkpoint");
        }

        private long nextOffset() {
            return number("select next_offset from narrows.checkpoint");
        }

        private long number(String query) {
            try (Connection connection = log.connect();
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(query)) {
                return row.next() ? row.getLong(1) : 0;
            } catch (SQLException e) {
                return 0; // the first projector has not made the tables yet
            }
        }

        /** The second guard, so that it is seen what the first one keeps away. */
        void withoutPrimaryKeys() throws Exception {
            try (Connection connection = log.connect();
                    Statement statement = connection.createStatement()) {
                statement.execute("alter table narrows.log_record drop constraint log_record_pkey");
                statement.execute("drop index narrows.log_record_event");
                statement.execute(
                        "alter table narrows.row_version drop constraint row_version_pkey");
                statement.execute(
                        "alter table narrows.row_version drop constraint row_version_check");
                statement.execute("alter table narrows.change drop constraint change_pkey");
            }
        }

        private void launch() throws Exception {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(
                    List.of(
                            "-Xmx160m",
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-Xshare:auto",
                            "--sun-misc-unsafe-memory-access=allow",
                            "--enable-native-access=ALL-UNNAMED",
                            "-cp",
                            System.getProperty("java.class.path"),
                            "org.narrows.projector.ProjectorApplication"));
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.redirectOutput(ProcessBuilder.Redirect.appendTo(new File(output.toString())));
            Map<String, Object> properties = log.properties();
            properties.putAll(more);
            // What only costs time at the start of a process.
            properties.put("narrows.landing.enabled", "false");
            properties.put("micronaut.metrics.enabled", "false");
            properties.put("kafka.health.enabled", "false");
            properties.put(
                    "narrows.projection.max-batch",
                    7); // many small transactions: more places to be killed at
            properties.forEach(
                    (name, value) ->
                            builder.environment()
                                    .put(
                                            name.toUpperCase(java.util.Locale.ROOT)
                                                    .replaceAll("[.-]", "_"),
                                            value.toString()));
            processes.add(builder.start());
        }

        @Override
        public void close() {
            ending.set(true);
            processes.forEach(Process::destroyForcibly);
            try {
                for (Process process : processes) {
                    process.waitFor();
                }
                for (Thread thread : threads) {
                    thread.join();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            log.close();
        }

        private static void sleep(long millis) {
            try {
                Thread.sleep(millis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.landing;

import io.micronaut.configuration.kafka.config.KafkaDefaultConfiguration;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Value;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.narrows.events.wire.DecisionCodec;
import org.narrows.events.wire.MalformedException;
import org.narrows.projector.ProjectorConfiguration;
import org.narrows.projector.landing.DecisionStore.Landed;
import org.narrows.projector.topic.TopicSettings;
import org.narrows.projector.topic.WrongTopicException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lands decisions in PostgreSQL, on a thread of its own. What cannot be landed stops the landing,
 * and readiness says so; nothing is skipped.
 */
@Context
public class DecisionLanding {
    private static final Logger LOG = LoggerFactory.getLogger(DecisionLanding.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration PAUSE = Duration.ofSeconds(2);
    private static final int MOST = 2000;

    private final Map<String, Object> kafka = new HashMap<>();
    private final ProjectorConfiguration configuration;
    private final DecisionStore store;
    private final boolean enabled;
    private final Thread thread;
    private volatile boolean ending;
    private volatile String trouble = "";

    DecisionLanding(
            KafkaDefaultConfiguration kafka,
            ProjectorConfiguration configuration,
            DecisionStore store,
            @Value("${narrows.landing.enabled:true}") boolean enabled) {
        kafka.getConfig().forEach((name, value) -> this.kafka.put(String.valueOf(name), value));
        this.configuration = configuration;
        this.store = store;
        this.enabled = enabled;
        this.thread = new Thread(this::run, "landing");
    }

    @PostConstruct
    void start() {
        if (enabled) {
            thread.start();
        }
    }

    @PreDestroy
    void end() throws InterruptedException {
        ending = true;
        synchronized (this) {
            notifyAll();
        }
        thread.join(Duration.ofSeconds(5));
    }

    /** What keeps decisions from landing; empty when nothing does. */
    public String trouble() {
        return trouble;
    }

    private void run() {
        while (!ending) {
            try {
                land();
            } catch (OffsetOutOfRangeException e) {
                troubled(
                        "decisions were deleted from the topic before they landed: "
                                + e.getMessage());
            } catch (MalformedException e) {
                troubled(String.valueOf(e.getMessage()));
            } catch (WrongTopicException e) {
                troubled(String.valueOf(e.getMessage()));
            } catch (Exception e) {
                // Of any kind: the transaction hands on the database's checked exceptions unsaid.
                LOG.warn("the landing of decisions failed, trying again", e);
                troubled("trying again: " + e.getMessage());
            }
        }
    }

    private void troubled(String what) {
        if (!trouble.equals(what)) {
            LOG.error("decisions do not land: {}", what);
        }
        trouble = what;
        pause();
    }

    private synchronized void pause() {
        long end = System.nanoTime() + PAUSE.toNanos();
        try {
            for (long left = PAUSE.toMillis();
                    left > 0 && !ending;
                    left = (end - System.nanoTime()) / 1_000_000) {
                wait(left);
            }
        } catch (InterruptedException e) {
            ending = true;
            Thread.currentThread().interrupt();
        }
    }

    private void land() {
        String topic = configuration.decisionsTopic();
        String topicId;
        List<TopicPartition> partitions = new ArrayList<>();
        try (Admin admin = Admin.create(kafka)) {
            topicId = TopicSettings.DECISIONS.check(admin, topic).toString();
        }
        try (Consumer consumer = new Consumer(kafka)) {
            consumer.kafka
                    .partitionsFor(topic)
                    .forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
            consumer.kafka.assign(partitions);
            Map<Integer, Long> next = store.nextOffsets(topic, topicId);
            Map<TopicPartition, Long> beginnings = consumer.kafka.beginningOffsets(partitions);
            for (TopicPartition partition : partitions) {
                // A partition that nothing has landed of is landed from what is left of it.
                long from =
                        next.getOrDefault(
                                partition.partition(),
                                Objects.requireNonNull(beginnings.get(partition)));
                next.put(partition.partition(), from);
                consumer.kafka.seek(partition, from);
            }
            store.forget(
                    LocalDate.now(ZoneOffset.UTC)
                            .minusDays(configuration.decisionRetention().toDays()));
            long checkAgain = System.nanoTime() + configuration.topicCheckInterval().toNanos();
            // Leaves every so often: settings are asserted again, new partitions found, old days
            // dropped.
            while (!ending && System.nanoTime() < checkAgain) {
                ConsumerRecords<byte[], byte[]> polled = consumer.kafka.poll(POLL);
                for (TopicPartition partition : polled.partitions()) {
                    long from = Objects.requireNonNull(next.get(partition.partition()));
                    List<ConsumerRecord<byte[], byte[]>> records = polled.records(partition);
                    long to = records.getLast().offset() + 1;
                    if (!store.land(
                            topic, topicId, partition.partition(), from, to, decoded(records))) {
                        return; // somebody else lands: go on from where they are
                    }
                    next.put(partition.partition(), to);
                }
                trouble = "";
            }
        }
    }

    private static List<Landed> decoded(List<ConsumerRecord<byte[], byte[]>> records) {
        List<Landed> decisions = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            String place = "partition " + record.partition() + ", offset " + record.offset();
            if (record.value() == null) {
                throw new MalformedException("", place + " holds no decision");
            }
            try {
                decisions.add(
                        new Landed(
                                DecisionCodec.decode(record.value()),
                                new String(record.value(), StandardCharsets.UTF_8)));
            } catch (MalformedException e) {
                throw new MalformedException("", place + ": " + e.getMessage());
            }
        }
        return decisions;
    }

    /** A consumer that keeps no offsets in Kafka and resets none. */
    private static final class Consumer implements AutoCloseable {
        private final KafkaConsumer<byte[], byte[]> kafka;

        Consumer(Map<String, Object> settings) {
            Map<String, Object> config = new HashMap<>(settings);
            config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
            config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
            config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_uncommitted");
            config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
            config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MOST);
            kafka =
                    new KafkaConsumer<>(
                            config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        }

        @Override
        public void close() {
            kafka.close(CloseOptions.timeout(Duration.ofSeconds(1)));
        }
    }
}

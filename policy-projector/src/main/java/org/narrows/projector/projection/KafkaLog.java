// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.projection;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.narrows.events.wire.Topics;
import org.narrows.projector.store.LogRecord;
import org.narrows.projector.topic.TopicSettings;

/**
 * The one partition of the log. Bytes only: nothing here can fail to read a record, so nothing is
 * ever passed over. Offsets come from the store alone; Kafka keeps none for us.
 */
final class KafkaLog implements AutoCloseable {
    /** How long one question to Kafka may take. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /** As large as the largest message, so that one full of evidence still comes alone. */
    private static final int FETCH_BYTES = 16 * 1024 * 1024;

    private final String topic;
    private final TopicPartition partition;
    private final Admin admin;
    private final KafkaConsumer<byte[], byte[]> consumer;

    KafkaLog(Map<String, Object> kafka, String topic, int maxBatch) {
        this.topic = topic;
        this.partition = new TopicPartition(topic, 0);
        Map<String, Object> adminConfig = new HashMap<>(kafka);
        adminConfig.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis() / 2);
        adminConfig.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
        Map<String, Object> consumerConfig = new HashMap<>(kafka);
        consumerConfig.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        consumerConfig.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        consumerConfig.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_uncommitted");
        consumerConfig.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        consumerConfig.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, maxBatch);
        consumerConfig.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCH_BYTES);
        consumerConfig.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES);
        this.admin = Admin.create(adminConfig);
        try {
            this.consumer =
                    new KafkaConsumer<>(
                            consumerConfig,
                            new ByteArrayDeserializer(),
                            new ByteArrayDeserializer());
        } catch (RuntimeException e) {
            admin.close(Duration.ZERO);
            throw e;
        }
        consumer.assign(List.of(partition));
    }

    /** Asserts the topic's settings and gives its Kafka id. */
    String check() {
        return TopicSettings.LOG.check(admin, topic).toString();
    }

    /** The offset of the first record that is still there. */
    long beginning() {
        return offset(OffsetSpec.earliest());
    }

    /** The offset that the next record will have, as its leader says. */
    long end() {
        return offset(OffsetSpec.latest());
    }

    private long offset(OffsetSpec spec) {
        try {
            ListOffsetsResultInfo found =
                    admin.listOffsets(Map.of(partition, spec))
                            .partitionResult(partition)
                            .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            return found.offset();
        } catch (ExecutionException e) {
            throw new IllegalStateException(
                    "the leader of `" + topic + "` does not say its offsets", e.getCause());
        } catch (TimeoutException e) {
            throw new IllegalStateException("the leader of `" + topic + "` does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /**
     * Goes on from here; with the leader epoch of the record before, a log that was cut behind our
     * back is noticed.
     */
    void seek(long offset, OptionalInt leaderEpoch) {
        Optional<Integer> epoch =
                leaderEpoch.isPresent() ? Optional.of(leaderEpoch.getAsInt()) : Optional.empty();
        consumer.seek(partition, new OffsetAndMetadata(offset, epoch, ""));
    }

    /** The next records, in order; none when none came in this time. */
    List<LogRecord> poll(Duration patience) {
        List<LogRecord> records = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(patience).records(partition)) {
            List<byte @Nullable []> signatures = new ArrayList<>();
            for (Header header : record.headers().headers(Topics.SIGNATURE_HEADER)) {
                signatures.add(header.value());
            }
            records.add(
                    new LogRecord(
                            record.offset(),
                            record.leaderEpoch().map(OptionalInt::of).orElseGet(OptionalInt::empty),
                            Instant.ofEpochMilli(record.timestamp()),
                            record.value(),
                            signatures));
        }
        return records;
    }

    /**
     * The offset up to which everything was read, also what is no record, as the end of a
     * transaction.
     */
    long position() {
        return consumer.position(partition);
    }

    @Override
    public void close() {
        consumer.close(CloseOptions.timeout(Duration.ofSeconds(1)));
        admin.close(Duration.ofSeconds(1));
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedKafkaTest {
    @TempDir Path directory;

    @Test
    void a_second_start_continues_the_same_topic() throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"));
                Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            NewTopic topic =
                    new NewTopic("narrows.log", 1, (short) 1)
                            .configs(
                                    Map.of(
                                            "message.timestamp.type",
                                            "LogAppendTime",
                                            "flush.messages",
                                            "1"));
            admin.createTopics(List.of(topic)).all().get();
            write(kafka, "one");
        }
        try (EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"))) {
            write(kafka, "two");
            assertThat(read(kafka, 2)).containsExactly("one", "two");
        }
    }

    private static void write(EmbeddedKafka kafka, String text) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", kafka.bootstrapServers()),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            producer.send(
                            new ProducerRecord<>(
                                    "narrows.log", text.getBytes(StandardCharsets.UTF_8)))
                    .get();
        }
    }

    private static List<String> read(EmbeddedKafka kafka, int count) {
        List<String> read = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        Map.of("bootstrap.servers", kafka.bootstrapServers()),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer())) {
            List<TopicPartition> log = List.of(new TopicPartition("narrows.log", 0));
            consumer.assign(log);
            consumer.seekToBeginning(log);
            for (int polls = 0; read.size() < count && polls < 50; polls++) {
                consumer.poll(Duration.ofMillis(200))
                        .forEach(
                                record ->
                                        read.add(
                                                new String(
                                                        record.value(), StandardCharsets.UTF_8)));
            }
        }
        return read;
    }
}

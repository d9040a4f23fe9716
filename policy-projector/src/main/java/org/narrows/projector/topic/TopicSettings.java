// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.topic;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * What a topic of ours must be like (DESIGN §3, §9): one place for making it and for asserting it.
 *
 * <p>A cluster is more than one broker. A single broker flushes every write before it acknowledges
 * it, since no other one holds a copy.
 */
public enum TopicSettings {
    /**
     * The log: one partition, kept for ever, in the order and at the times that the broker gives.
     */
    LOG,
    /**
     * The decisions: as safe as the log, for a week or more, on as many partitions as one likes.
     */
    DECISIONS;

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int DECISION_PARTITIONS = 4;
    private static final long A_WEEK = Duration.ofDays(7).toMillis();
    private static final String MAX_MESSAGE_BYTES = Integer.toString(16 * 1024 * 1024);

    /** Makes the topic as it must be; leaves one alone that is there. */
    public void create(Admin admin, String topic) {
        int brokers = brokers(admin);
        Map<String, String> configs = new HashMap<>();
        configs.put("cleanup.policy", "delete");
        configs.put("unclean.leader.election.enable", "false");
        if (brokers > 1) {
            configs.put("min.insync.replicas", "2");
        } else {
            configs.put("flush.messages", "1");
        }
        switch (this) {
            case LOG -> {
                configs.put("retention.ms", "-1");
                configs.put("retention.bytes", "-1");
                configs.put("message.timestamp.type", "LogAppendTime");
                configs.put("max.message.bytes", MAX_MESSAGE_BYTES);
            }
            case DECISIONS -> {
                configs.put("retention.ms", Long.toString(A_WEEK));
                configs.put("retention.bytes", "-1");
            }
        }
        int partitions = this == LOG ? 1 : DECISION_PARTITIONS;
        short replication = (short) (brokers > 1 ? 3 : 1);
        try {
            await(
                    admin.createTopics(
                                    List.of(
                                            new NewTopic(topic, partitions, replication)
                                                    .configs(configs)))
                            .all());
        } catch (TopicExistsException e) {
            return;
        }
    }

    /**
     * Asserts that the topic is as it must be.
     *
     * @return the topic's Kafka id
     * @throws WrongTopicException naming setting, found and wanted, or a topic that is not there
     */
    public Uuid check(Admin admin, String topic) {
        TopicDescription description;
        try {
            description = await(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
        } catch (UnknownTopicOrPartitionException e) {
            throw new WrongTopicException(
                    "topic `" + topic + "` is not there: `narrows log open` makes it", e);
        }
        if (description == null) {
            throw new WrongTopicException("topic `" + topic + "` is not there", null);
        }
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        Config config =
                Objects.requireNonNull(
                        await(admin.describeConfigs(List.of(resource)).all()).get(resource));
        List<String> wrong = new ArrayList<>();
        if (this == LOG && description.partitions().size() != 1) {
            wrong.add(wrong("partitions", Integer.toString(description.partitions().size()), "1"));
        }
        expect(wrong, config, "cleanup.policy", Set.of("delete"));
        expect(wrong, config, "unclean.leader.election.enable", Set.of("false"));
        switch (this) {
            case LOG -> {
                expect(wrong, config, "retention.ms", Set.of("-1"));
                expect(wrong, config, "retention.bytes", Set.of("-1"));
                expect(wrong, config, "message.timestamp.type", Set.of("LogAppendTime"));
                expect(wrong, config, "max.message.bytes", Set.of(MAX_MESSAGE_BYTES));
            }
            case DECISIONS -> {
                long retention = Long.parseLong(value(config, "retention.ms"));
                if (retention >= 0 && retention < A_WEEK) {
                    wrong.add(wrong("retention.ms", Long.toString(retention), A_WEEK + " or more"));
                }
                expect(wrong, config, "retention.bytes", Set.of("-1"));
            }
        }
        if (brokers(admin) > 1) {
            int replication =
                    description.partitions().stream()
                            .mapToInt(partition -> partition.replicas().size())
                            .min()
                            .orElse(0);
            if (replication < 3) {
                wrong.add(wrong("replication", Integer.toString(replication), "3 or more"));
            }
            expect(wrong, config, "min.insync.replicas", Set.of("2"));
        }
        if (!wrong.isEmpty()) {
            throw new WrongTopicException(
                    "topic `" + topic + "`: " + String.join("; ", wrong), null);
        }
        return description.topicId();
    }

    private static void expect(
            List<String> wrong, Config config, String setting, Set<String> wanted) {
        String found = value(config, setting);
        if (!wanted.contains(found)) {
            wrong.add(wrong(setting, found, String.join(" or ", wanted)));
        }
    }

    private static String value(Config config, String setting) {
        return config.get(setting) == null ? "nothing" : config.get(setting).value();
    }

    private static String wrong(String setting, String found, String wanted) {
        return "`" + setting + "` is `" + found + "`, wanted `" + wanted + "`";
    }

    private static int brokers(Admin admin) {
        return await(admin.describeCluster().nodes()).size();
    }

    private static <T> T await(KafkaFuture<T> future) {
        try {
            return future.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            throw new org.apache.kafka.common.errors.TimeoutException(
                    "Kafka did not answer in time", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new org.apache.kafka.common.errors.InterruptException(e);
        }
    }
}

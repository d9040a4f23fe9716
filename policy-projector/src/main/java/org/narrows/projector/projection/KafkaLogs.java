// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.projection;

import io.micronaut.configuration.kafka.config.KafkaDefaultConfiguration;
import io.micronaut.context.annotation.Value;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.Map;
import org.narrows.projector.ProjectorConfiguration;

/** Opens the log with the connection settings of micronaut-kafka. */
@Singleton
class KafkaLogs {
    private final Map<String, Object> kafka = new HashMap<>();
    private final String topic;
    private final int maxBatch;

    KafkaLogs(
            KafkaDefaultConfiguration kafka,
            ProjectorConfiguration configuration,
            @Value("${narrows.projection.max-batch:5000}") int maxBatch) {
        kafka.getConfig().forEach((name, value) -> this.kafka.put(String.valueOf(name), value));
        this.topic = configuration.logTopic();
        this.maxBatch = maxBatch;
    }

    KafkaLog open() {
        return new KafkaLog(kafka, topic, maxBatch);
    }
}

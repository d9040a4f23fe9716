// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.publish;

import io.micronaut.configuration.kafka.annotation.KafkaClient;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.narrows.events.value.LogId;
import org.narrows.events.wire.EventSigner;
import org.narrows.events.wire.Topics;
import org.narrows.projector.ProjectorConfiguration;
import org.narrows.projector.projection.Advances;
import org.narrows.projector.store.JudgedRecord;
import org.narrows.projector.store.LiveCheckpoint;
import org.narrows.projector.store.LiveLog;
import org.narrows.projector.store.StoredCheckpoint;

/** A proposal becomes a signed record on the one log, and waits for what the fold says of it. */
@Singleton
public class Publisher {
    /** How long an answer waits for the verdict. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** How long a wait trusts that the hint will come. */
    private static final Duration POLL = Duration.ofMillis(50);

    private final Producer<byte[], byte[]> producer;
    private final Signing signing;
    private final LiveCheckpoint checkpoint;
    private final LiveLog log;
    private final Advances advances;
    private final String topic;

    Publisher(
            @KafkaClient("log") Producer<byte[], byte[]> producer,
            Signing signing,
            LiveCheckpoint checkpoint,
            LiveLog log,
            Advances advances,
            ProjectorConfiguration configuration) {
        this.producer = producer;
        this.signing = signing;
        this.checkpoint = checkpoint;
        this.log = log;
        this.advances = advances;
        this.topic = configuration.logTopic();
    }

    /** What became of one proposal. */
    public record Published(LogId log, JudgedRecord record) {}

    /**
     * Publishes events in order and waits until each has its verdict.
     *
     * @param values the exact bytes of each, already found good
     * @param actor who asks
     * @throws UnavailableException when there is no verdict in time; sending the same bytes again
     *     is safe
     */
    public List<Published> publish(List<byte[]> values, String actor) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        EventSigner signer =
                signing.signer()
                        .orElseThrow(
                                () ->
                                        new UnavailableException(
                                                "this control plane has no key to publish with"));
        StoredCheckpoint at =
                checkpoint
                        .read()
                        .orElseThrow(() -> new UnavailableException("there is no log yet"));
        if (at.heldUp() != null) {
            throw new UnavailableException(at.heldUp());
        }
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (byte[] value : values) {
            ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, 0, null, value);
            record.headers()
                    .add(
                            Topics.SIGNATURE_HEADER,
                            signer.sign(value, at.log(), actor)
                                    .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            sent.add(producer.send(record));
        }
        List<Long> offsets = new ArrayList<>();
        for (Future<RecordMetadata> each : sent) {
            offsets.add(written(each, deadline));
        }
        Map<Long, JudgedRecord> verdicts = await(offsets, deadline);
        return offsets.stream()
                .map(offset -> Optional.ofNullable(verdicts.get(offset)).orElseThrow())
                .map(record -> new Published(at.log(), record))
                .toList();
    }

    private static long written(Future<RecordMetadata> sent, long deadline) {
        try {
            return sent.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS)
                    .offset();
        } catch (ExecutionException | TimeoutException e) {
            throw new UnavailableException("the log did not take the event", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnavailableException("interrupted", e);
        }
    }

    private Map<Long, JudgedRecord> await(List<Long> offsets, long deadline) {
        Map<Long, JudgedRecord> verdicts = new HashMap<>();
        List<Long> open = new ArrayList<>(offsets);
        while (true) {
            long seen = advances.count();
            for (JudgedRecord record : log.atOffsets(open)) {
                verdicts.put(record.logOffset(), record);
            }
            open.removeAll(verdicts.keySet());
            if (open.isEmpty()) {
                return verdicts;
            }
            if (System.nanoTime() > deadline) {
                throw new UnavailableException(
                        "no verdict in time; sending the same event again is safe");
            }
            try {
                advances.await(seen, POLL);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new UnavailableException("interrupted", e);
            }
        }
    }
}

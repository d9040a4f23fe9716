// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.journal;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.events.wire.DecisionCodec;
import org.narrows.exchange.outage.Deadline;
import org.narrows.exchange.outage.OutageException;
import org.narrows.exchange.outage.OutageException.What;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decisions in a Kafka topic; the key is the decision's id. */
public final class KafkaDecisionJournal implements DecisionJournal, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaDecisionJournal.class);
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    private final Producer<String, byte[]> producer;
    private final String topic;
    private volatile boolean usable;
    private volatile boolean closed;
    private final Thread watch;

    /**
     * A journal that also looks after its topic with a thread of its own, for readiness.
     *
     * @param producer acks=all, and gives up after a second; not closed here
     */
    public KafkaDecisionJournal(Producer<String, byte[]> producer, String topic) {
        this.producer = producer;
        this.topic = topic;
        this.watch = Thread.ofVirtual().name("journal-watch").start(this::watch);
    }

    @Override
    public void record(DecisionRecord decision, Deadline deadline) {
        try {
            Future<RecordMetadata> sent =
                    producer.send(
                            new ProducerRecord<>(
                                    topic, decision.id(), DecisionCodec.encode(decision)));
            sent.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
            usable = true;
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            usable = false;
            LOG.warn("decision {} could not be recorded: {}", decision.id(), e.toString());
            throw new OutageException(What.JOURNAL, "the decision could not be recorded", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OutageException(What.OUT_OF_TIME, "the request took too long", e);
        }
    }

    @Override
    public boolean isUsable() {
        return usable;
    }

    /** Without traffic, the topic's partitions having leaders is the best sign there is. */
    private void watch() {
        while (!closed) {
            try {
                usable =
                        producer.partitionsFor(topic).stream()
                                .allMatch(partition -> partition.leader() != null);
            } catch (KafkaException e) {
                usable = false;
            }
            try {
                Thread.sleep(BETWEEN_LOOKS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        watch.interrupt();
    }
}

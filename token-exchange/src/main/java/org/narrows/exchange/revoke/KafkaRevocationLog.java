// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.revoke;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.narrows.events.event.ChangeSet;
import org.narrows.events.event.RevocationEvent.TokenRevoked;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.EventId;
import org.narrows.events.value.LogId;
import org.narrows.events.wire.EventCodec;
import org.narrows.events.wire.EventSigner;
import org.narrows.events.wire.Topics;
import org.narrows.exchange.outage.Deadline;
import org.narrows.exchange.outage.OutageException;
import org.narrows.exchange.outage.OutageException.What;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Revocations as signed records of the one log, whose only partition is 0. */
public final class KafkaRevocationLog implements RevocationLog {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaRevocationLog.class);

    private final Producer<byte[], byte[]> producer;
    private final String topic;
    private final EventSigner signer;
    private final String source;

    /**
     * A way into the log.
     *
     * @param producer acks=all; not closed here
     * @param signer the key of this node, which may publish {@code token.revoked}
     * @param source the CloudEvents {@code source}: what this service issues as
     */
    public KafkaRevocationLog(
            Producer<byte[], byte[]> producer, String topic, EventSigner signer, String source) {
        this.producer = producer;
        this.topic = topic;
        this.signer = signer;
        this.source = source;
    }

    @Override
    public void publish(
            EventId id,
            TokenRevoked revoked,
            ClientId actor,
            LogId log,
            Instant now,
            Deadline deadline) {
        byte[] value =
                EventCodec.encode(
                        new ChangeSet(
                                id,
                                source,
                                now.toString(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                revoked));
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, 0, null, value);
        record.headers()
                .add(
                        Topics.SIGNATURE_HEADER,
                        signer.sign(value, log, actor.value()).getBytes(StandardCharsets.US_ASCII));
        try {
            producer.send(record).get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            LOG.warn("revocation {} was not taken by the log: {}", id, e.toString());
            throw new OutageException(
                    What.LOG, "the log did not take the revocation; sending it again is safe", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OutageException(What.OUT_OF_TIME, "the request took too long", e);
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.narrows.events.event.ChangeSet;
import org.narrows.events.event.Event;
import org.narrows.events.event.EventType;
import org.narrows.events.event.LogEvent.KeyAdded;
import org.narrows.events.event.LogEvent.LogOpened;
import org.narrows.events.event.LogEvent.PublisherKey;
import org.narrows.events.policy.Sets;
import org.narrows.events.value.EventId;
import org.narrows.events.value.Hash;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.KeyId;
import org.narrows.events.value.LogId;
import org.narrows.events.wire.AdminTokens;
import org.narrows.events.wire.EventCodec;
import org.narrows.events.wire.EventSigner;
import org.narrows.events.wire.KeySets;
import org.narrows.events.wire.Topics;
import org.narrows.projector.topic.TopicSettings;

/**
 * Opens a log: genesis and the keys of the two services, signed by the root key, as the first three
 * records of a topic that is empty. They are sent as one batch, so that a crash leaves all of them
 * or none.
 */
public final class LogOpening {
    private static final String SOURCE = "urn:narrows:log-open";
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int NONCE_BYTES = 16;

    private final String bootstrapServers;
    private final String topic;

    /** For a topic of a cluster; the topic is made as it must be when it is not there. */
    public LogOpening(String bootstrapServers, String topic) {
        this.bootstrapServers = bootstrapServers;
        this.topic = topic;
    }

    /** A log that was opened. */
    public record Opened(LogId id, IssuerUrl issuer, KeyId root) {}

    /** The genesis of the topic's log, if there is one. */
    public Optional<Opened> find() {
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        Map.of(
                                "bootstrap.servers",
                                bootstrapServers,
                                "max.poll.records",
                                "1",
                                "auto.offset.reset",
                                "none",
                                "default.api.timeout.ms",
                                Long.toString(PATIENCE.toMillis())),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            if (consumer.partitionsFor(topic).isEmpty()
                    || consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L) == 0) {
                return Optional.empty();
            }
            consumer.assign(List.of(partition));
            consumer.seek(partition, 0);
            List<ConsumerRecord<byte[], byte[]>> records =
                    consumer.poll(PATIENCE).records(partition);
            if (records.isEmpty() || records.getFirst().value() == null) {
                throw CommandFailure.finding(
                        "topic `" + topic + "` does not begin with a genesis record");
            }
            byte[] genesis = records.getFirst().value();
            if (!(EventCodec.decode(genesis).event() instanceof LogOpened opened)) {
                throw CommandFailure.finding(
                        "topic `" + topic + "` does not begin with a genesis record");
            }
            return Optional.of(new Opened(id(genesis), opened.issuer(), opened.rootKid()));
        }
    }

    /**
     * Opens the log.
     *
     * @param rootKey the root's private JWK
     * @param controlPlaneKey JWK of the control plane, private or public: it may publish all but
     *     `log.*` and `key.*`
     * @param exchangeKey JWK of the exchange nodes, private or public: it may publish
     *     `token.revoked` only
     * @throws CommandFailure when the topic is not empty
     */
    public Opened open(
            String rootKey, IssuerUrl issuer, String controlPlaneKey, String exchangeKey) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
            TopicSettings.LOG.create(admin, topic);
            TopicSettings.LOG.check(admin, topic);
        }
        find().ifPresent(
                        opened -> {
                            throw CommandFailure.finding(
                                    "topic `"
                                            + topic
                                            + "` holds the log `"
                                            + opened.id()
                                            + "` already");
                        });
        KeyId root = new KeyId(KeySets.thumbprint(rootKey));
        EventSigner signer = EventSigner.of(rootKey);
        byte[] genesis = bytes(new LogOpened(KeySets.publicPart(rootKey), root, nonce(), issuer));
        LogId log = id(genesis);
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        records.add(record(genesis, signer.signGenesis(genesis, AdminTokens.ROOT)));
        List<PublisherKey> keys =
                List.of(
                        key(controlPlaneKey, "control plane", allButTheRoots(), true),
                        key(
                                exchangeKey,
                                "exchange node",
                                List.of(EventType.TOKEN_REVOKED.shortName()),
                                false));
        for (PublisherKey key : keys) {
            byte[] added = bytes(new KeyAdded(key));
            records.add(record(added, signer.sign(added, log, AdminTokens.ROOT)));
        }
        send(records);
        return new Opened(log, issuer, root);
    }

    private void send(List<ProducerRecord<byte[], byte[]>> records) {
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        Map.of(
                                "bootstrap.servers",
                                bootstrapServers,
                                "acks",
                                "all",
                                "linger.ms",
                                "1000", // all of them in one batch
                                "batch.size",
                                Integer.toString(1024 * 1024),
                                "request.timeout.ms",
                                "5000",
                                "delivery.timeout.ms",
                                Long.toString(PATIENCE.toMillis())),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            List<Future<RecordMetadata>> sent = records.stream().map(producer::send).toList();
            producer.flush();
            for (Future<RecordMetadata> one : sent) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw CommandFailure.unreachable("Kafka did not take the records: " + e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.unreachable("interrupted");
        }
    }

    private ProducerRecord<byte[], byte[]> record(byte[] value, String signature) {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, 0, null, value);
        record.headers()
                .add(Topics.SIGNATURE_HEADER, signature.getBytes(StandardCharsets.US_ASCII));
        return record;
    }

    private static PublisherKey key(String jwk, String holder, List<String> types, boolean admin) {
        String publicJwk = KeySets.publicPart(jwk);
        return new PublisherKey(
                kid(publicJwk), publicJwk, holder, Sets.copy(types), Optional.empty(), admin);
    }

    private static KeyId kid(String publicJwk) {
        try {
            String kid = Json.read(publicJwk).path("kid").asText();
            if (kid.isEmpty()) {
                throw CommandFailure.invalid("a service's key needs a `kid`");
            }
            return new KeyId(kid);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw CommandFailure.invalid("a service's key is no JWK");
        }
    }

    private static List<String> allButTheRoots() {
        return Arrays.stream(EventType.values())
                .filter(type -> !type.isRootOnly())
                .map(EventType::shortName)
                .collect(Collectors.toList());
    }

    private static byte[] bytes(Event event) {
        Instant now = Clock.systemUTC().instant();
        return EventCodec.encode(
                new ChangeSet(
                        new EventId(Proposal.newId(now).toString()),
                        SOURCE,
                        now.truncatedTo(ChronoUnit.MILLIS).toString(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        event));
    }

    private static String nonce() {
        byte[] random = new byte[NONCE_BYTES];
        new SecureRandom().nextBytes(random);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    }

    private static LogId id(byte[] genesis) {
        return new LogId(Hash.sha256(genesis).toString());
    }
}

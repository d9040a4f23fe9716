// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector;

import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.narrows.embedded.EmbeddedKafka;
import org.narrows.embedded.EmbeddedPostgres;
import org.narrows.embedded.SharedBackends;
import org.narrows.events.event.ChangeSet;
import org.narrows.events.event.Event;
import org.narrows.events.event.EventType;
import org.narrows.events.event.LogEvent.KeyAdded;
import org.narrows.events.event.LogEvent.LogOpened;
import org.narrows.events.event.LogEvent.PublisherKey;
import org.narrows.events.value.EventId;
import org.narrows.events.value.Hash;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.KeyId;
import org.narrows.events.value.LogId;
import org.narrows.events.value.Scopes;
import org.narrows.events.wire.AdminTokens;
import org.narrows.events.wire.EventCodec;
import org.narrows.events.wire.EventSigner;
import org.narrows.events.wire.KeySets;
import org.narrows.events.wire.Topics;
import org.narrows.projector.topic.TopicSettings;

/**
 * A log of its own for one test: topics, a database, a root key, a control plane's key; and ways to
 * write to it.
 */
public final class TestLog implements AutoCloseable {
    public static final IssuerUrl OURS = new IssuerUrl("https://narrows.test.invalid");
    public static final List<String> ADMIN_SCOPES =
            List.of(
                    "policy:write",
                    "consent:write",
                    "log:operate",
                    "policy:read",
                    "consent:read",
                    "decision:read");

    public final EmbeddedKafka kafka;
    public final EmbeddedPostgres postgres;
    public final String database;
    public final String topic;
    public final String decisionsTopic;
    public final String rootKey = newKey("root");
    public final String eventKey = newKey("control-plane");
    public final KeyId rootKid = new KeyId(KeySets.thumbprint(rootKey));
    public final EventSigner root;
    public final EventSigner controlPlane = EventSigner.of(eventKey);
    public LogId logId;
    public byte[] genesis = {};
    public final Path eventKeyFile;
    private final KafkaProducer<byte[], byte[]> producer;
    private final HttpClient http = HttpClient.newHttpClient();

    public TestLog() {
        this(
                SharedBackends.kafka(),
                SharedBackends.postgres(),
                SharedBackends.newDatabase(),
                SharedBackends.newTopicName());
    }

    public TestLog(EmbeddedKafka kafka, EmbeddedPostgres postgres, String database, String topic) {
        this.kafka = kafka;
        this.postgres = postgres;
        this.database = database;
        this.topic = topic;
        this.decisionsTopic = topic + "-decisions";
        this.root =
                EventSigner.of(rootKey.replace("\"kid\":\"root\"", "\"kid\":\"" + rootKid + "\""));
        this.producer =
                new KafkaProducer<>(
                        Map.of(
                                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                                kafka.bootstrapServers(),
                                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                                16 * 1024 * 1024),
                        new ByteArraySerializer(),
                        new ByteArraySerializer());
        try {
            eventKeyFile = Files.createTempFile("event-key", ".jwk");
            Files.writeString(eventKeyFile, eventKey);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes the topics and writes genesis and the control plane's key. */
    public TestLog open() {
        try (Admin admin = admin()) {
            TopicSettings.LOG.create(admin, topic);
            TopicSettings.DECISIONS.create(admin, decisionsTopic);
        }
        genesis =
                event(
                        new LogOpened(
                                KeySets.publicPart(rootJwk()),
                                rootKid,
                                UUID.randomUUID().toString(),
                                OURS));
        logId = new LogId(Hash.sha256(genesis).toString());
        send(genesis, root.signGenesis(genesis, AdminTokens.ROOT));
        give(eventKey, "control-plane", allTypes(), true);
        return this;
    }

    public String rootJwk() {
        return rootKey.replace("\"kid\":\"root\"", "\"kid\":\"" + rootKid + "\"");
    }

    public Admin admin() {
        return Admin.create(
                Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers()));
    }

    public static SortedSet<String> allTypes() {
        return Stream.of(EventType.values())
                .filter(type -> !type.isRootOnly())
                .map(EventType::shortName)
                .collect(java.util.stream.Collectors.toCollection(TreeSet::new));
    }

    /** The event that gives the control plane its key, once more. */
    public byte[] controlPlaneKeyAdded() {
        return event(
                new KeyAdded(
                        new PublisherKey(
                                new KeyId("control-plane"),
                                KeySets.publicPart(eventKey),
                                "control-plane",
                                allTypes(),
                                Optional.empty(),
                                true)));
    }

    /** The root key lets another one publish. */
    public RecordMetadata give(
            String privateJwk, String kid, SortedSet<String> types, boolean admin) {
        return sendSigned(
                root,
                AdminTokens.ROOT,
                new KeyAdded(
                        new PublisherKey(
                                new KeyId(kid),
                                KeySets.publicPart(privateJwk),
                                kid,
                                types,
                                Optional.empty(),
                                admin)));
    }

    public static byte[] event(Event event) {
        return event(UUID.randomUUID().toString(), event);
    }

    public static byte[] event(String id, Event event) {
        return EventCodec.encode(
                new ChangeSet(
                        new EventId(id),
                        "urn:test",
                        Instant.now().toString(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        event));
    }

    public RecordMetadata sendSigned(EventSigner signer, String actor, Event event) {
        byte[] value = event(event);
        return send(value, signer.sign(value, logId, actor));
    }

    public RecordMetadata send(byte[] value, String... signatures) {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, 0, null, value);
        Arrays.stream(signatures)
                .forEach(
                        signature ->
                                record.headers()
                                        .add(
                                                Topics.SIGNATURE_HEADER,
                                                signature.getBytes(StandardCharsets.US_ASCII)));
        try {
            return producer.send(record).get();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Signed by the control plane's key, without waiting for each. */
    public void sendAll(List<byte[]> values) {
        for (byte[] value : values) {
            ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, 0, null, value);
            record.headers()
                    .add(
                            Topics.SIGNATURE_HEADER,
                            controlPlane
                                    .sign(value, logId, AdminTokens.ROOT)
                                    .getBytes(StandardCharsets.US_ASCII));
            var _ = producer.send(record);
        }
        producer.flush();
    }

    public RecordMetadata sendDecision(String id, byte[] value) {
        try {
            return producer.send(
                            new ProducerRecord<>(
                                    decisionsTopic, id.getBytes(StandardCharsets.UTF_8), value))
                    .get();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** What a projector of this log is configured with. */
    public Map<String, Object> properties() {
        Map<String, Object> properties = new HashMap<>();
        properties.put("micronaut.server.port", -1);
        properties.put("narrows.kafka.bootstrap-servers", kafka.bootstrapServers());
        properties.put("narrows.jdbc.url", postgres.jdbcUrl(database));
        properties.put("narrows.jdbc.username", EmbeddedPostgres.SUPERUSER);
        properties.put("narrows.jdbc.password", postgres.password());
        properties.put("narrows.log-topic", topic);
        properties.put("narrows.decisions-topic", decisionsTopic);
        properties.put("narrows.root-thumbprint", rootKid.value());
        properties.put("narrows.event-key", eventKeyFile.toString());
        return properties;
    }

    public Server start() {
        return start(Map.of());
    }

    public Server start(Map<String, Object> more) {
        Map<String, Object> all = properties();
        all.putAll(more);
        ApplicationContext context = ProjectorApplication.start(all);
        return new Server(context);
    }

    public Connection connect() throws java.sql.SQLException {
        return postgres.connect(database);
    }

    public String token(String... scopes) {
        return AdminTokens.mint(
                rootJwk(),
                logId,
                Scopes.of(scopes),
                Instant.now(),
                Instant.now().plus(Duration.ofMinutes(30)));
    }

    /** A projector that runs in this JVM. */
    public final class Server implements AutoCloseable {
        public final ApplicationContext context;
        public final URI uri;

        Server(ApplicationContext context) {
            this.context = context;
            this.uri = context.getBean(EmbeddedServer.class).getURI();
        }

        public HttpResponse<String> get(String path) {
            return send(request(path).GET());
        }

        public HttpResponse<String> publish(byte[] event) {
            HttpResponse<String> answer =
                    send(
                            request("/events")
                                    .header("Content-Type", "application/cloudevents+json")
                                    .POST(HttpRequest.BodyPublishers.ofByteArray(event)));
            if (answer.statusCode() == 200) {
                OpenApi.DOCUMENT.checkEvent(event);
            }
            return answer;
        }

        public HttpRequest.Builder request(String path) {
            return anonymous(path)
                    .header(
                            "Authorization",
                            "Bearer " + token(ADMIN_SCOPES.toArray(String[]::new)));
        }

        public HttpRequest.Builder anonymous(String path) {
            return HttpRequest.newBuilder(URI.create(uri + path)).timeout(Duration.ofSeconds(20));
        }

        public HttpResponse<String> send(HttpRequest.Builder request) {
            try {
                HttpResponse<String> response =
                        http.send(request.build(), HttpResponse.BodyHandlers.ofString());
                OpenApi.DOCUMENT.check(response);
                return response;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() {
            context.close();
        }
    }

    @Override
    public void close() {
        producer.close();
    }

    /** A private P-256 JWK. */
    public static String newKey(String kid) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            var pair = generator.generateKeyPair();
            ECPublicKey pub = (ECPublicKey) pair.getPublic();
            ECPrivateKey key = (ECPrivateKey) pair.getPrivate();
            return "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"%s\",\"x\":\"%s\",\"y\":\"%s\",\"d\":\"%s\"}"
                    .formatted(
                            kid,
                            unsigned(pub.getW().getAffineX()),
                            unsigned(pub.getW().getAffineY()),
                            unsigned(key.getS()));
        } catch (java.security.GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String unsigned(java.math.BigInteger number) {
        byte[] bytes = number.toByteArray();
        byte[] fixed = new byte[32];
        int length = Math.min(bytes.length, 32);
        System.arraycopy(bytes, bytes.length - length, fixed, 32 - length, length);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(fixed);
    }
}

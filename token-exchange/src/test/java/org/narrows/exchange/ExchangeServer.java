// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import com.fasterxml.jackson.databind.JsonNode;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;
import org.narrows.embedded.SharedBackends;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.events.policy.Algorithm;
import org.narrows.events.state.Verdict;
import org.narrows.events.wire.DecisionCodec;
import org.narrows.events.wire.Json;
import org.narrows.events.wire.KeySets;
import org.narrows.events.wire.Topics;

/** The service as it is started, over a log of the test, and requests to it. */
public final class ExchangeServer implements AutoCloseable {
    static final String ISSUER = "https://narrows.example.com";
    static final String GRANT = "urn:ietf:params:oauth:grant-type:token-exchange";
    static final String ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

    final TestLog log;
    final String topic;
    final String logTopic;
    final Path signingKeys;
    final ApplicationContext context;
    final URI uri;
    private final Map<String, DecisionRecord> decisions = new HashMap<>();
    private final KafkaConsumer<String, byte[]> consumer;
    private final KafkaConsumer<byte[], byte[]> published;
    private final HttpClient http = HttpClient.newHttpClient();

    ExchangeServer(TestLog log, Map<String, Object> more) {
        this(log, SharedBackends.kafka().bootstrapServers(), more);
    }

    /** With decisions in a broker of the test's own. */
    ExchangeServer(TestLog log, String kafka, Map<String, Object> more) {
        this.log = log;
        Path eventKey;
        this.topic = SharedBackends.newTopicName();
        this.logTopic = SharedBackends.newTopicName();
        this.consumer =
                new KafkaConsumer<>(
                        Map.of("bootstrap.servers", kafka),
                        new StringDeserializer(),
                        new ByteArrayDeserializer());
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka))) {
            admin.createTopics(
                            List.of(
                                    new NewTopic(topic, 1, (short) 1),
                                    new NewTopic(logTopic, 1, (short) 1)))
                    .all()
                    .get();
            eventKey = Files.createTempFile("event", ".jwk");
            Files.writeString(eventKey, log.exchangeKey());
            signingKeys = Files.createTempFile("signing", ".jwks");
            Files.writeString(
                    signingKeys, "{\"keys\":[" + KeySets.generate(Algorithm.ES256) + "]}");
        } catch (IOException | InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
        Map<String, Object> properties =
                new HashMap<>(
                        Map.of(
                                "micronaut.server.port",
                                0,
                                "micronaut.server.host",
                                "127.0.0.1",
                                "narrows.issuer",
                                log.issuer,
                                "narrows.signing-keys",
                                signingKeys.toString(),
                                "narrows.decisions-topic",
                                topic,
                                "narrows.jdbc.url",
                                log.jdbcUrl(),
                                "narrows.jdbc.username",
                                "postgres",
                                "narrows.jdbc.password",
                                SharedBackends.postgres().password(),
                                "narrows.kafka.bootstrap-servers",
                                kafka));
        properties.put("narrows.event-key", eventKey.toString());
        properties.put("narrows.log-topic", logTopic);
        properties.put("narrows.max-staleness", "PT1H");
        properties.putAll(more);
        context = ExchangeApplication.start(properties);
        uri = context.getBean(EmbeddedServer.class).getURI();
        TopicPartition partition = new TopicPartition(topic, 0);
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        published =
                new KafkaConsumer<>(
                        Map.of("bootstrap.servers", kafka),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer());
        TopicPartition logPartition = new TopicPartition(logTopic, 0);
        published.assign(List.of(logPartition));
        published.seekToBeginning(List.of(logPartition));
    }

    /** Folds what this node has published by now: what the projector does all the time. */
    List<Verdict> project() {
        TopicPartition partition = new TopicPartition(logTopic, 0);
        long end = published.endOffsets(List.of(partition)).get(partition);
        List<Verdict> verdicts = new ArrayList<>();
        while (published.position(partition) < end) {
            for (ConsumerRecord<byte[], byte[]> record : published.poll(Duration.ofSeconds(1))) {
                List<byte[]> signatures = new ArrayList<>();
                record.headers()
                        .headers(Topics.SIGNATURE_HEADER)
                        .forEach(header -> signatures.add(header.value()));
                verdicts.add(log.record(record.value(), signatures));
            }
        }
        return verdicts;
    }

    /** One request that is being put together. */
    Request request() {
        return new Request();
    }

    HttpResponse<String> get(String path) {
        return send(HttpRequest.newBuilder(uri.resolve(path)).build());
    }

    HttpResponse<String> send(HttpRequest request) {
        return send(http, request);
    }

    private static HttpResponse<String> send(HttpClient client, HttpRequest request) {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    static JsonNode json(HttpResponse<String> response) {
        return Json.parse(response.body());
    }

    /** The claims of a token, whoever signed it. */
    static JsonNode claims(String token) {
        return Json.parse(Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]));
    }

    static JsonNode header(String token) {
        return Json.parse(Base64.getUrlDecoder().decode(token.split("\\.", -1)[0]));
    }

    /** What was recorded under this id, by now. */
    Optional<DecisionRecord> decision(String id) {
        TopicPartition partition = new TopicPartition(topic, 0);
        long end = consumer.endOffsets(List.of(partition)).get(partition);
        while (consumer.position(partition) < end) {
            for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                decisions.put(record.key(), DecisionCodec.decode(record.value()));
            }
        }
        return Optional.ofNullable(decisions.get(id));
    }

    final class Request {
        private final List<Map.Entry<String, String>> form = new ArrayList<>();
        private final Map<String, String> headers = new LinkedHashMap<>();
        private final List<Map.Entry<String, String>> moreHeaders = new ArrayList<>();

        Request() {
            headers.put("Content-Type", "application/x-www-form-urlencoded");
        }

        /** An exchange of a subject token, without credentials yet. */
        Request exchange(String subjectToken) {
            return with("grant_type", GRANT)
                    .with("subject_token", subjectToken)
                    .with("subject_token_type", ACCESS_TOKEN);
        }

        Request basic(String id, String secret) {
            String joined = encode(id) + ":" + encode(secret);
            return header(
                    "Authorization",
                    "Basic "
                            + Base64.getEncoder()
                                    .encodeToString(joined.getBytes(StandardCharsets.UTF_8)));
        }

        Request with(String name, String value) {
            form.add(Map.entry(name, value));
            return this;
        }

        Request without(String name) {
            form.removeIf(parameter -> parameter.getKey().equals(name));
            return this;
        }

        Request header(String name, @Nullable String value) {
            if (value == null) {
                headers.remove(name);
            } else {
                headers.put(name, value);
            }
            return this;
        }

        /** One header more, also when there is one of that name. */
        Request alsoHeader(String name, String value) {
            moreHeaders.add(Map.entry(name, value));
            return this;
        }

        String body() {
            StringBuilder body = new StringBuilder();
            form.forEach(
                    parameter ->
                            body.append(body.isEmpty() ? "" : "&")
                                    .append(encode(parameter.getKey()))
                                    .append('=')
                                    .append(encode(parameter.getValue())));
            return body.toString();
        }

        HttpResponse<String> send() {
            return send(body());
        }

        HttpResponse<String> send(String body) {
            return send("/token-exchange", body);
        }

        HttpResponse<String> sendTo(String path) {
            return send(path, body());
        }

        /** Sends it without waiting for the answer. */
        CompletableFuture<HttpResponse<String>> sendAsyncTo(String path) {
            return http.sendAsync(to(path, body()), HttpResponse.BodyHandlers.ofString());
        }

        private HttpResponse<String> send(String path, String body) {
            return ExchangeServer.this.send(to(path, body));
        }

        /** By another client, to another of the server's addresses. */
        HttpResponse<String> send(HttpClient client, URI endpoint) {
            return ExchangeServer.send(client, build(endpoint, body()));
        }

        private HttpRequest to(String path, String body) {
            return build(uri.resolve(path), body);
        }

        private HttpRequest build(URI endpoint, String body) {
            HttpRequest.Builder builder =
                    HttpRequest.newBuilder(endpoint)
                            .POST(HttpRequest.BodyPublishers.ofString(body));
            headers.forEach(builder::header);
            moreHeaders.forEach(header -> builder.header(header.getKey(), header.getValue()));
            return builder.build();
        }
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        context.close();
        consumer.close();
        published.close();
        log.close();
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.narrows.embedded.SharedBackends;
import org.narrows.events.state.LogFold;
import org.narrows.events.state.MemoryLog;
import org.narrows.events.state.Verdict;
import org.narrows.events.value.KeyId;
import org.narrows.events.wire.AdminTokens;
import org.narrows.events.wire.KeySets;
import org.narrows.events.wire.RecordReader;
import org.narrows.events.wire.RowCodec;

class LogOpeningTest {
    private final String topic = SharedBackends.newTopicName();
    private final StringWriter said = new StringWriter();

    @TempDir Path directory;

    @Test
    void an_opened_log_folds_to_two_keys_with_their_authority() throws Exception {
        assertThat(open("--create-root-key")).isZero();

        String rootKey = KeyFiles.read(directory.resolve("root-key.jwk"));
        MemoryLog log = fold(rootKey);
        assertThat(log.verdicts())
                .hasSize(3)
                .allMatch(verdict -> verdict.outcome() == Verdict.Outcome.APPLIED);
        assertThat(log.policyAt(3).keys().values().stream().map(key -> key.entry().holder()))
                .containsExactlyInAnyOrder("control plane", "exchange node");
        assertThat(log.policyAt(3).keys().values())
                .filteredOn(key -> key.entry().holder().equals("exchange node"))
                .allMatch(
                        key ->
                                key.entry().types().equals(java.util.Set.of("token.revoked.v1"))
                                        && !key.entry().admin());
        assertThat(log.policyAt(3).keys().values())
                .filteredOn(key -> key.entry().holder().equals("control plane"))
                .allMatch(
                        key ->
                                key.entry().admin()
                                        && key.entry().types().contains("policy.changed.v1")
                                        && key.entry().types().stream()
                                                .noneMatch(
                                                        type ->
                                                                type.startsWith("log.")
                                                                        || type.startsWith(
                                                                                "key.")));
    }

    @Test
    void private_keys_are_for_their_owner_only() throws Exception {
        open("--create-root-key");
        for (String file : List.of("root-key.jwk", "control-plane-key.jwk", "exchange-key.jwk")) {
            assertThat(
                            PosixFilePermissions.toString(
                                    Files.getPosixFilePermissions(directory.resolve(file))))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void a_topic_that_holds_a_log_is_not_opened_again() throws Exception {
        open("--create-root-key");
        Files.delete(directory.resolve("control-plane-key.jwk"));
        Files.delete(directory.resolve("exchange-key.jwk"));
        assertThat(open()).isEqualTo(1);
        assertThat(said.toString()).contains("holds the log");
    }

    @Test
    void a_root_key_is_made_only_when_that_is_asked_for() {
        assertThat(open()).isEqualTo(2);
        assertThat(said.toString()).contains("root-key.jwk").contains("it is not there");
    }

    @Test
    void the_root_key_makes_admin_tokens_for_its_log() throws Exception {
        open("--create-root-key");
        String rootKey = KeyFiles.read(directory.resolve("root-key.jwk"));
        var log =
                new LogOpening(SharedBackends.kafka().bootstrapServers(), topic)
                        .find()
                        .orElseThrow()
                        .id();
        said.getBuffer().setLength(0);

        int status =
                run(
                        "admin-token",
                        "--root-key",
                        file("root-key.jwk"),
                        "--log",
                        log.value(),
                        "--scope",
                        "policy:read");

        assertThat(status).isZero();
        assertThat(
                        AdminTokens.verify(
                                said.toString().strip(),
                                KeySets.publicPart(rootKey),
                                log,
                                Instant.now()))
                .hasValueSatisfying(
                        token -> assertThat(token.scopes().toString()).isEqualTo("policy:read"));
    }

    @Test
    void a_token_that_would_live_longer_than_an_hour_is_not_made() {
        assertThat(run("admin-token", "--root-key", "x", "--log", "y", "--for", "PT61M"))
                .isEqualTo(2);
    }

    private int open(String... more) {
        List<String> args =
                new ArrayList<>(
                        List.of(
                                "log",
                                "open",
                                "--root-key=" + file("root-key.jwk"),
                                "--issuer=https://tokens.example.com",
                                "--bootstrap-servers=" + SharedBackends.kafka().bootstrapServers(),
                                "--topic=" + topic,
                                "--control-plane-key=" + file("control-plane-key.jwk"),
                                "--exchange-key=" + file("exchange-key.jwk")));
        args.addAll(Arrays.asList(more));
        return run(args.toArray(String[]::new));
    }

    private int run(String... args) {
        PrintWriter out = new PrintWriter(said, true);
        return Narrows.run(out, out, args);
    }

    private String file(String name) {
        return directory.resolve(name).toString();
    }

    private MemoryLog fold(String rootKey) {
        MemoryLog log =
                new MemoryLog(
                        new LogFold(new KeyId(KeySets.thumbprint(rootKey)), RowCodec::encode));
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        Map.of("bootstrap.servers", SharedBackends.kafka().bootstrapServers()),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            while (consumer.position(partition) < 3) {
                consumer.poll(Duration.ofMillis(200))
                        .forEach(
                                record ->
                                        log.fold(
                                                RecordReader.read(
                                                        Instant.ofEpochMilli(record.timestamp()),
                                                        record.value(),
                                                        StreamSupport.stream(
                                                                        record.headers()
                                                                                .headers("sig")
                                                                                .spliterator(),
                                                                        false)
                                                                .map(Header::value)
                                                                .toList())));
            }
        }
        return log;
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.narrows.embedded.EmbeddedKafka;
import org.narrows.embedded.SharedBackends;
import org.narrows.events.wire.EventSigner;
import org.narrows.projector.projection.Projector;
import org.narrows.projector.projection.ProjectorState;
import org.narrows.projector.topic.TopicSettings;

/** What the projector does with what comes, and with what must not be. */
class ProjectionIT {
    private static final JsonMapper JSON = new JsonMapper();

    @Test
    void hostile_records_change_nothing_and_each_leaves_a_rejected_verdict_with_a_reason()
            throws Exception {
        try (TestLog log = new TestLog().open();
                TestLog other = new TestLog().open();
                TestLog.Server server = log.start()) {
            String weak = TestLog.newKey("weak");
            log.give(weak, "weak", new TreeSet<>(List.of("token.revoked.v1")), false);
            byte[] policy = Sample.policy("policy");
            log.send(policy, sign(log, policy));
            byte[] grant = Sample.consent("forged", "alice");
            long seq = 4;
            await().until(() -> server.get("/log/4").statusCode() == 200);
            JsonNode live = digests(server);

            log.send(grant); // unsigned
            log.send(
                    grant,
                    EventSigner.of(weak)
                            .sign(grant, log.logId, "narrows|root")); // a key without authority
            log.send(
                    grant,
                    EventSigner.of(TestLog.newKey("control-plane"))
                            .sign(grant, log.logId, "x")); // a false key
            log.send(grant, sign(other, grant)); // signed for another log, by its key
            log.send(
                    grant,
                    log.controlPlane.sign(
                            grant, other.logId, "narrows|root")); // replayed from another log
            byte[] twice =
                    new String(grant, StandardCharsets.UTF_8)
                            .replace(
                                    "\"audience\":\"billing-api\"",
                                    "\"audience\":\"billing-api\",\"audience\":\"orders-api\"")
                            .getBytes(StandardCharsets.UTF_8);
            log.send(twice, sign(log, twice)); // duplicate JSON keys
            log.send(null); // no value
            log.send(null, sign(log, grant));
            log.send(new byte[0], sign(log, grant)); // empty
            byte[] large = new byte[8 * 1024 * 1024 + 1];
            log.send(large, sign(log, large)); // oversize
            log.send(grant, sign(log, grant), sign(log, grant)); // two signatures
            byte[] changed = Sample.consent("forged", "mallory");
            log.send(changed, sign(log, grant)); // a signature over other bytes
            byte[] root = Sample.event("forged", "key.revoked.v1", "{\"kid\":\"control-plane\"}");
            log.send(root, sign(log, root)); // only the root key does that
            byte[] noJson = {(byte) 0xff, 0x00, 0x01};
            log.send(noJson, sign(log, noJson), "not a signature");

            long last = seq + 14;
            await().until(() -> server.get("/log/" + last).statusCode() == 200);
            while (seq < last) {
                JsonNode record = JSON.readTree(server.get("/log/" + ++seq).body());
                assertThat(record.path("verdict").asText())
                        .as(record.toString())
                        .isEqualTo("rejected");
                assertThat(record.path("reason").asText()).as(record.toString()).isNotEmpty();
                assertThat(record.has("id")).as(record.toString()).isFalse();
            }
            assertThat(digests(server).path("live")).isEqualTo(live.path("live"));
            assertThat(digests(server).path("closed")).isEqualTo(live.path("closed"));
            // None of them took the id.
            assertThat(JSON.readTree(server.publish(grant).body()).path("verdict").asText())
                    .isEqualTo("applied");
        }
    }

    @Test
    void a_restart_goes_on_where_it_was() throws Exception {
        try (TestLog log = new TestLog().open()) {
            try (TestLog.Server server = log.start()) {
                await().until(() -> server.get("/status").statusCode() == 200);
                server.publish(Sample.policy("policy"));
                server.publish(Sample.consent("before", "alice"));
            }
            byte[] between = Sample.withdrawn("between", "alice");
            log.send(between, sign(log, between));
            try (TestLog.Server server = log.start()) {
                await().until(() -> server.get("/log/5").statusCode() == 200);
                JsonNode after =
                        JSON.readTree(server.publish(Sample.consent("after", "alice")).body());
                assertThat(after.path("seq").asLong()).isEqualTo(6);
                JsonNode again =
                        JSON.readTree(server.publish(Sample.consent("before", "alice")).body());
                assertThat(again.path("first").path("seq").asLong()).isEqualTo(4);
                JsonNode consents = JSON.readTree(server.get("/users/login/alice/consents").body());
                assertThat(
                                consents.path("items")
                                        .path(0)
                                        .path("scopes")
                                        .path(0)
                                        .path("since")
                                        .asLong())
                        .isEqualTo(6);
            }
        }
    }

    @Test
    void an_older_projector_is_fenced_off_and_takes_over_when_the_younger_one_ends()
            throws Exception {
        try (TestLog log = new TestLog().open();
                TestLog.Server older = log.start()) {
            await().until(() -> older.get("/status").statusCode() == 200);
            older.publish(Sample.policy("policy"));
            try (TestLog.Server younger = log.start()) {
                await().until(() -> state(younger) instanceof ProjectorState.Folding);
                await().until(() -> state(older) instanceof ProjectorState.StandingBy);
                // It still serves, and what is published there is folded by the other.
                assertThat(
                                JSON.readTree(older.publish(Sample.consent("one", "alice")).body())
                                        .path("verdict")
                                        .asText())
                        .isEqualTo("applied");
            }
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> state(older) instanceof ProjectorState.Folding);
            assertThat(
                            JSON.readTree(older.publish(Sample.consent("two", "bob")).body())
                                    .path("seq")
                                    .asLong())
                    .isEqualTo(5);
        }
    }

    @Test
    void a_wrong_topic_setting_stops_the_projector_with_a_message_that_names_it() throws Exception {
        try (TestLog log = new TestLog().open();
                TestLog.Server server =
                        log.start(Map.of("narrows.topic-check-interval", "PT0.3S"))) {
            await().until(() -> server.get("/health/readiness").statusCode() == 200);
            set(log, "retention.ms", "1000000");
            await().until(() -> state(server) instanceof ProjectorState.Stopped);
            assertThat(state(server).toString())
                    .contains("`retention.ms` is `1000000`, wanted `-1`");
            assertThat(server.get("/health/readiness").statusCode()).isEqualTo(503);
            set(log, "retention.ms", "-1");
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> state(server) instanceof ProjectorState.Folding);
            try (Admin admin = log.admin()) {
                assertThat(TopicSettings.LOG.check(admin, log.topic)).isNotNull();
            }
        }
    }

    @Test
    void a_projector_configured_with_another_issuer_than_the_log_does_not_follow_it()
            throws Exception {
        try (TestLog log = new TestLog().open();
                TestLog.Server server =
                        log.start(Map.of("narrows.issuer", "https://other.example"))) {
            await().until(() -> state(server) instanceof ProjectorState.Stopped);
            assertThat(state(server).toString()).contains("configured is `https://other.example`");
            assertThat(server.get("/health/readiness").statusCode()).isEqualTo(503);
        }
    }

    @Test
    void an_event_of_a_version_that_this_release_does_not_know_holds_up_the_log() throws Exception {
        try (TestLog log = new TestLog().open();
                TestLog.Server server = log.start()) {
            await().until(() -> server.get("/status").statusCode() == 200);
            server.publish(Sample.policy("policy"));
            String later = TestLog.newKey("later");
            log.give(later, "later", new TreeSet<>(List.of("consent.withdrawn.v2")), false);
            byte[] unknown = Sample.event("unknown", "consent.withdrawn.v2", "{}");
            log.send(unknown, EventSigner.of(later).sign(unknown, log.logId, "someone"));
            byte[] after = Sample.consent("after", "alice");
            log.send(after, sign(log, after));

            await().until(() -> state(server) instanceof ProjectorState.HeldUp);
            assertThat(server.publish(Sample.consent("refused", "alice")).statusCode())
                    .isEqualTo(503);
            assertThat(server.get("/health/readiness").statusCode()).isEqualTo(503);
            assertThat(server.get("/log/4").statusCode()).isEqualTo(200);
            assertThat(server.get("/log/5").statusCode()).isEqualTo(404);
            assertThat(server.get("/log/6").statusCode()).isEqualTo(404);
            assertThat(JSON.readTree(server.get("/status").body()).path("heldUp").asText())
                    .contains("offset 4");
            try (var connection = log.connect();
                    var statement = connection.createStatement();
                    var row =
                            statement.executeQuery("select held_up from narrows_read.checkpoint")) {
                row.next();
                assertThat(row.getString(1)).isNotEmpty();
            }
        }
    }

    @Test
    void freshness_stops_while_kafka_is_away() throws Exception {
        Path directory = Files.createTempDirectory("narrows-kafka");
        EmbeddedKafka kafka = EmbeddedKafka.start(directory);
        try (TestLog log =
                        new TestLog(
                                        kafka,
                                        SharedBackends.postgres(),
                                        SharedBackends.newDatabase(),
                                        "fresh")
                                .open();
                TestLog.Server server = log.start()) {
            await().until(() -> server.get("/status").statusCode() == 200);
            Instant before = caughtUpAt(log);
            await().until(() -> caughtUpAt(log).isAfter(before));
            kafka.close();
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> !(state(server) instanceof ProjectorState.Folding));
            Instant stopped = caughtUpAt(log);
            Thread.sleep(1000);
            assertThat(caughtUpAt(log)).isEqualTo(stopped);
            assertThat(server.send(server.anonymous("/health/readiness")).statusCode())
                    .isEqualTo(503);
            assertThat(server.publish(Sample.policy("policy")).statusCode()).isEqualTo(503);
        }
    }

    @Test
    void a_topic_that_lost_its_end_stops_the_projector() throws Exception {
        try (TestLog log = new TestLog().open()) {
            try (TestLog.Server server = log.start()) {
                await().until(() -> server.get("/log/2").statusCode() == 200);
                server.publish(Sample.policy("policy"));
            }
            // The same topic again, without what was published last.
            try (Admin admin = log.admin()) {
                admin.deleteTopics(List.of(log.topic)).all().get();
                await().until(() -> !admin.listTopics().names().get().contains(log.topic));
            }
            TestLog fresh = log.open();
            try (TestLog.Server server = fresh.start()) {
                await().until(() -> state(server) instanceof ProjectorState.Stopped);
                assertThat(state(server).toString()).contains("gone");
                assertThat(server.send(server.anonymous("/health/readiness")).statusCode())
                        .isEqualTo(503);
            }
        }
    }

    private static String sign(TestLog log, byte[] value) {
        return log.controlPlane.sign(value, log.logId, "narrows|root");
    }

    private static JsonNode digests(TestLog.Server server) throws Exception {
        return JSON.readTree(server.get("/status").body()).path("digests");
    }

    private static ProjectorState state(TestLog.Server server) {
        return server.context.getBean(Projector.class).state();
    }

    private static Instant caughtUpAt(TestLog log) throws Exception {
        try (var connection = log.connect();
                var statement = connection.createStatement();
                var row =
                        statement.executeQuery(
                                "select caught_up_at from narrows_read.checkpoint")) {
            row.next();
            return row.getObject(1, java.time.OffsetDateTime.class).toInstant();
        }
    }

    private static void set(TestLog log, String setting, String value) throws Exception {
        try (Admin admin = log.admin()) {
            Map<ConfigResource, Collection<AlterConfigOp>> change =
                    Map.of(
                            new ConfigResource(ConfigResource.Type.TOPIC, log.topic),
                            List.of(
                                    new AlterConfigOp(
                                            new ConfigEntry(setting, value),
                                            AlterConfigOp.OpType.SET)));
            admin.incrementalAlterConfigs(change).all().get();
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.narrows.projector.cli.Narrows;

/** The command line against a running standalone: what it prints, and what it exits with. */
class CommandLineIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir static Path directory;

    private static Path data;
    private static RunningStandalone standalone;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void start() throws Exception {
        data = directory.resolve("data");
        standalone =
                RunningStandalone.start(
                        data,
                        RunningStandalone.freePort(),
                        RunningStandalone.freePort(),
                        "--no-demo");
    }

    @AfterAll
    static void stop() throws Exception {
        standalone.close();
    }

    @Test
    void a_policy_is_planned_applied_read_back_and_taken_away() throws Exception {
        Path policy =
                write(
                        "first.yaml",
                        """
                audiences: [{id: stock-api, labels: [pci]}]
                scopes:
                  - {scope: stock.count, audience: stock-api, kind: grantable}
                clients:
                  - id: shop
                    audience: orders-api
                    authentication: {method: client_secret, secretHash: "sha256:RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o"}
                    audiences: [stock-api]
                    scopes: [stock.count]
                rules:
                  - id: orders-to-stock
                    effect: allow
                    clients: [shop]
                    from: orders-api
                    to: stock-api
                    scopes: {orders.read: [stock.count]}
                """);
        assertThat(run("plan", "-f", policy.toString())).isEqualTo(1);
        assertThat(out.toString())
                .contains("+ rules orders-to-stock")
                .contains("4 to add, 0 to change");

        assertThat(run("apply", "-f", policy.toString(), "-o", "json")).as("asks").isEqualTo(2);
        assertThat(err.toString()).contains("--yes");

        assertThat(
                        run(
                                "apply",
                                "-f",
                                policy.toString(),
                                "--yes",
                                "--reason",
                                "stock",
                                "-o",
                                "json"))
                .isZero();
        JsonNode verdicts = JSON.readTree(out.toString());
        assertThat(verdicts.isArray()).isTrue();
        assertThat(verdicts.path(0).path("verdict").asText()).isEqualTo("applied");
        assertThat(verdicts.path(0).path("consistency").asText()).doesNotContain(" ").isNotEmpty();

        assertThat(run("apply", "-f", policy.toString(), "--yes", "-o", "json")).isZero();
        assertThat(JSON.readTree(out.toString())).isEqualTo(JSON.readTree("[]"));
        assertThat(run("plan", "-f", policy.toString())).isZero();

        assertThat(run("get", "clients", "shop", "-o", "yaml")).isZero();
        Path readBack = write("read-back.yaml", out.toString());
        assertThat(run("plan", "-f", readBack.toString()))
                .as("what get prints, apply takes")
                .isZero();
        assertThat(run("history", "rules", "orders-to-stock")).isZero();
        assertThat(out.toString())
                .contains("narrows|root")
                .contains("stock")
                .contains("ruleDefined");

        assertThat(run("get", "clients", "shop", "-o", "yaml")).isZero();
        Path less = write("less.yaml", out.toString().replace("  scopes:\n  - stock.count\n", ""));
        assertThat(run("apply", "-f", less.toString(), "--yes")).isZero();
        assertThat(run("get", "clients", "shop", "-o", "json")).isZero();
        assertThat(JSON.readTree(out.toString()).has("scopes")).isFalse();

        // Everything but the sample goes: the audience takes its scope and the rule along.
        assertThat(run("apply", "-f", data.resolve("sample").toString(), "--prune", "--yes"))
                .isZero();
        assertThat(out.toString())
                .contains("- audiences stock-api")
                .contains("takes along: rules orders-to-stock");
        assertThat(run("get", "audiences", "stock-api")).isEqualTo(1);
        assertThat(run("get", "audiences", "narrows-admin")).as("never pruned").isZero();
    }

    @Test
    void an_event_sent_twice_gives_the_first_verdict() throws Exception {
        Path event =
                write(
                        "event.json",
                        """
                {"specversion": "1.0", "id": "once", "source": "/it", "type": "org.narrows.consent.withdrawn.v1",
                 "time": "2026-01-01T00:00:00Z",
                 "data": {"user": {"issuer": "https://issuer.demo.invalid", "subject": "carol"}, "audience": "billing-api"}}
                """);
        assertThat(run("publish", "-f", event.toString())).isZero();
        assertThat(out.toString()).contains("applied at seq");
        assertThat(run("publish", "-f", event.toString())).isZero();
        assertThat(out.toString()).contains("when it was first sent");
        assertThat(run("publish", "-f", event.toString(), "-o", "json")).isZero();
        assertThat(JSON.readTree(out.toString()).path(0).path("first").path("verdict").asText())
                .isEqualTo("applied");
    }

    @Test
    void what_is_rejected_is_a_finding_and_what_is_no_event_is_invalid() throws Exception {
        assertThat(
                        run(
                                "consent",
                                "grant",
                                "--issuer",
                                "https://issuer.demo.invalid",
                                "--subject",
                                "alice",
                                "--audience",
                                "billing-api",
                                "--scope",
                                "no.such",
                                "--client",
                                "orders-service"))
                .isEqualTo(1);
        assertThat(out.toString()).contains("rejected at seq").contains("no.such");
        Path event =
                write(
                        "wrong.json",
                        "{\"specversion\": \"1.0\", \"type\": \"org.narrows.nonsense.v1\"}");
        assertThat(run("publish", "-f", event.toString())).isEqualTo(2);
        assertThat(run("publish", "-f", directory.resolve("nothing.json").toString())).isEqualTo(2);
    }

    @Test
    void an_unsigned_record_written_straight_to_the_topic_is_shown_with_its_reason()
            throws Exception {
        String bootstrap =
                Files.readAllLines(data.resolve("env")).stream()
                        .filter(line -> line.startsWith("NARROWS_KAFKA_BOOTSTRAP_SERVERS='"))
                        .map(line -> line.substring(line.indexOf('\'') + 1, line.length() - 1))
                        .findFirst()
                        .orElseThrow();
        assertThat(run("status", "-o", "json")).isZero();
        long before = JSON.readTree(out.toString()).path("position").path("seq").asLong();
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", bootstrap),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            producer.send(
                            new ProducerRecord<>(
                                    "narrows.log",
                                    "{\"forged\": true}".getBytes(StandardCharsets.UTF_8)))
                    .get();
        }
        int status = 1;
        for (int i = 0; i < 100 && status != 0; i++) {
            status = run("log", "show", Long.toString(before + 1));
            Thread.sleep(100);
        }
        assertThat(out.toString())
                .contains("rejected")
                .contains("reason")
                .contains("\"forged\" : true");
        assertThat(run("log", "tail", "--after", Long.toString(before), "--once")).isZero();
        assertThat(out.toString()).contains("rejected");
    }

    @Test
    void who_cannot_be_reached_or_does_not_let_us_in_is_told_apart() throws Exception {
        assertThat(run("status", "--url", "http://127.0.0.1:1")).isEqualTo(3);
        Path token = write("token", "not-a-token\n");
        assertThat(run("status", "--token-file", token.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("was not accepted");
        assertThat(run("get", "nonsense")).isEqualTo(2);
        assertThat(err.toString()).contains("kinds: issuers, audiences");
        assertThat(run("get", "rulez")).isEqualTo(2);
        assertThat(err.toString()).contains("did you mean `rules`?");
        assertThat(run("apply")).isEqualTo(2);
        assertThat(run("log", "show", "1000000")).isEqualTo(1);
    }

    @Test
    void every_command_has_an_example_and_the_shell_can_complete() {
        for (String command :
                List.of(
                        "plan",
                        "apply",
                        "get",
                        "history",
                        "publish",
                        "consent",
                        "consent grant",
                        "consent withdraw",
                        "log",
                        "log open",
                        "log show",
                        "log tail",
                        "admin-token",
                        "status")) {
            List<String> args = new ArrayList<>(Arrays.asList(command.split(" ")));
            args.add("--help");
            out.getBuffer().setLength(0);
            assertThat(
                            Narrows.run(
                                    new PrintWriter(out, true),
                                    new PrintWriter(err, true),
                                    args.toArray(String[]::new)))
                    .isZero();
            assertThat(out.toString())
                    .as(command)
                    .contains("Example:")
                    .contains("narrows " + command);
        }
        out.getBuffer().setLength(0);
        assertThat(
                        Narrows.run(
                                new PrintWriter(out, true),
                                new PrintWriter(err, true),
                                "generate-completion"))
                .isZero();
        assertThat(out.toString()).contains("complete -F");
    }

    private static Path write(String name, String text) throws Exception {
        return Files.writeString(directory.resolve(name), text);
    }

    private int run(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        List<String> all = new ArrayList<>(Arrays.asList(args));
        all.add("--data=" + data);
        return Narrows.run(
                new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
    }
}

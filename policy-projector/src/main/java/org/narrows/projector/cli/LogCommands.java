// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.wire.Topics;
import org.narrows.projector.cli.LogOpening.Opened;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The log itself. */
@Command(
        name = "log",
        description = "Opens a log, and shows what is in it.",
        footer = {"", "Example:", "  narrows log tail --after 0"})
final class LogCommands {
    private static final int PAGE = 100;
    private static final Duration POLL = Duration.ofMillis(500);

    @Command(
            name = "open",
            description =
                    "Opens a new log in an empty topic: writes genesis and the keys of the two services, signed by "
                            + "the root key, which goes offline then. Puts the services' private keys into two files.",
            footer = {
                "",
                "Example:",
                "  narrows log open --root-key root-key.jwk --create-root-key --issuer https://tokens.example.com \\",
                "    --bootstrap-servers kafka:9092"
            })
    int open(
            @Mixin OutputOptions output,
            @Option(
                            names = "--root-key",
                            paramLabel = "FILE",
                            required = true,
                            description = "private JWK of the root")
                    Path rootKey,
            @Option(names = "--create-root-key", description = "make it when it is not there")
                    boolean create,
            @Option(
                            names = "--issuer",
                            paramLabel = "URL",
                            required = true,
                            description = "what Narrows issues as; fixed for ever")
                    String issuer,
            @Option(
                            names = "--bootstrap-servers",
                            paramLabel = "HOST:PORT",
                            required = true,
                            defaultValue = "${env:NARROWS_KAFKA_BOOTSTRAP_SERVERS}",
                            description = "Kafka (else NARROWS_KAFKA_BOOTSTRAP_SERVERS)")
                    String bootstrapServers,
            @Option(
                            names = "--topic",
                            paramLabel = "NAME",
                            defaultValue = Topics.LOG,
                            description = "default: ${DEFAULT-VALUE}")
                    String topic,
            @Option(
                            names = "--control-plane-key",
                            paramLabel = "FILE",
                            defaultValue = "control-plane-key.jwk",
                            description = "where its private key goes (default: ${DEFAULT-VALUE})")
                    Path controlPlaneKey,
            @Option(
                            names = "--exchange-key",
                            paramLabel = "FILE",
                            defaultValue = "exchange-key.jwk",
                            description =
                                    "where the exchange nodes' goes (default: ${DEFAULT-VALUE})")
                    Path exchangeKey) {
        IssuerUrl issuing = issuer(issuer);
        String root =
                Files.exists(rootKey) || !create
                        ? KeyFiles.read(rootKey)
                        : KeyFiles.create(rootKey);
        // The services' keys are on disk before anything depends on them.
        Opened opened =
                new LogOpening(bootstrapServers, topic)
                        .open(
                                root,
                                issuing,
                                KeyFiles.create(controlPlaneKey),
                                KeyFiles.create(exchangeKey));
        if (output.forPeople()) {
            new Table("", "")
                    .row("log", opened.id().value())
                    .row("issuer", opened.issuer().value())
                    .row("root thumbprint", opened.root().value())
                    .row("control plane's key", controlPlaneKey.toString())
                    .row("exchange nodes' key", exchangeKey.toString())
                    .print(output.out());
        } else {
            output.print(
                    Json.object()
                            .put("logId", opened.id().value())
                            .put("issuer", opened.issuer().value())
                            .put("rootThumbprint", opened.root().value())
                            .put("controlPlaneKey", controlPlaneKey.toString())
                            .put("exchangeKey", exchangeKey.toString()));
        }
        return ExitStatus.DONE.code();
    }

    @Command(
            name = "show",
            description = "Shows one record of the log and its verdict.",
            footer = {"", "Example:", "  narrows log show 12"})
    int show(
            @Mixin ControlPlaneOptions controlPlane,
            @Mixin OutputOptions output,
            @Parameters(paramLabel = "SEQ", description = "its ordinal, genesis being 1")
                    long seq) {
        JsonNode record =
                controlPlane
                        .connect()
                        .find("/log/" + seq)
                        .orElseThrow(
                                () -> CommandFailure.finding("there is no record at seq " + seq));
        if (!output.forPeople()) {
            output.print(record);
            return ExitStatus.DONE.code();
        }
        Table table = new Table("", "");
        ObjectNode rest = record.deepCopy();
        JsonNode value = rest.remove("value");
        rest.remove("sig");
        rest.properties().forEach(member -> table.row(member.getKey(), text(member.getValue())));
        table.print(output.out());
        if (value != null && value.isTextual()) {
            output.out().println(decoded(value.asText()));
            output.out().flush();
        }
        return ExitStatus.DONE.code();
    }

    @Command(
            name = "tail",
            description = "Shows records as they are folded, until interrupted.",
            footer = {"", "Example:", "  narrows log tail --after 0"})
    int tail(
            @Mixin ControlPlaneOptions controlPlane,
            @Mixin OutputOptions output,
            @Option(
                            names = "--after",
                            paramLabel = "SEQ",
                            defaultValue = "-1",
                            description = "begin after this one (default: what comes from now on)")
                    long after,
            @Option(names = "--once", description = "end at the head instead of waiting for more")
                    boolean once)
            throws InterruptedException {
        ControlPlane server = controlPlane.connect();
        long seen =
                after >= 0 ? after : server.get("/status").path("position").path("seq").asLong();
        while (true) {
            JsonNode page = server.get("/log?after=" + seen + "&limit=" + PAGE);
            for (JsonNode record : page.path("items")) {
                seen = record.path("seq").asLong();
                output.out().println(output.forPeople() ? line(record) : Json.compact(record));
            }
            output.out().flush();
            if (page.path("items").isEmpty()) {
                if (once) {
                    return ExitStatus.DONE.code();
                }
                Thread.sleep(POLL);
            }
        }
    }

    private static String line(JsonNode record) {
        return "%6d  %s  %-9s %-34s %s%s"
                .formatted(
                        record.path("seq").asLong(),
                        record.path("time").asText(),
                        record.path("verdict").asText(),
                        record.path("type").asText("-"),
                        record.path("actor").asText("-"),
                        record.hasNonNull("reason") ? "  " + record.path("reason").asText() : "");
    }

    private static IssuerUrl issuer(String text) {
        try {
            return new IssuerUrl(text);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.invalid("`" + text + "`: " + e.getMessage());
        }
    }

    private static String text(JsonNode value) {
        return value.isValueNode() ? value.asText() : Json.compact(value);
    }

    private static String decoded(String base64) {
        try {
            return Json.pretty(
                    Json.read(
                            new String(
                                    Base64.getDecoder().decode(base64), StandardCharsets.UTF_8)));
        } catch (JsonProcessingException | IllegalArgumentException e) {
            return "the value is no JSON; in base64: " + base64;
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows what files would have changed of the exchanges of late. */
@Command(
        name = "what-if",
        description = {
            "Shows what the exchanges of late would have been with policy files applied. Changes nothing.",
            "Each is decided twice at its own time: by the policy in force, and with the files."
        },
        footer = {
            "",
            "Example:",
            "  narrows what-if -f policy/ --window PT24H --max-newly-denied 0"
        })
final class WhatIfCommand implements Callable<Integer> {
    private static final Duration ANSWER_WITHIN = Duration.ofMinutes(30);
    private static final Map<String, String> DIFFERENCES =
            Map.of(
                    "newlyAllowed", "newly allowed",
                    "newlyDenied", "newly denied",
                    "changedScope", "other scopes");

    @Mixin private ControlPlaneOptions controlPlane = new ControlPlaneOptions();

    @Mixin private OutputOptions output = new OutputOptions();

    @Option(
            names = "-f",
            paramLabel = "DIR_OR_FILE",
            required = true,
            description = "policy files (repeatable; -: standard input)")
    private List<Path> files = List.of();

    @Option(names = "--prune", description = "take away what the files do not hold")
    private boolean prune;

    @Option(
            names = "--window",
            paramLabel = "DURATION",
            defaultValue = "PT24H",
            description = "how far back (default: ${DEFAULT-VALUE})")
    private Duration window = Duration.ofHours(24);

    @Option(
            names = "--max-newly-denied",
            paramLabel = "N",
            description = "exit with status 1 when more than these would be denied")
    private @Nullable Long maxNewlyDenied;

    @Override
    public Integer call() {
        ObjectNode question = Json.object();
        question.set("policy", Json.array().add(document(PolicyFiles.read(files))));
        question.put("prune", prune).put("window", window.toString());
        JsonNode answer = controlPlane.connect().ask("/what-if", question, ANSWER_WITHIN);
        if (output.forPeople()) {
            print(answer);
        } else {
            output.print(answer);
        }
        boolean tooMany =
                maxNewlyDenied != null
                        && answer.path("newlyDenied").path("count").asLong() > maxNewlyDenied;
        return (tooMany ? ExitStatus.FINDINGS : ExitStatus.DONE).code();
    }

    private static ObjectNode document(PolicyFiles wanted) {
        ObjectNode document = Json.object();
        wanted.entries()
                .forEach(
                        (name, written) ->
                                document.withArray("/" + name.kind().section())
                                        .add(written.entry().json()));
        return document;
    }

    private void print(JsonNode answer) {
        Table table = new Table("", "CLIENT", "USERS", "EXAMPLES");
        boolean any = false;
        for (String difference : List.of("newlyDenied", "newlyAllowed", "changedScope")) {
            for (JsonNode client : answer.path(difference).path("clients")) {
                any = true;
                table.row(
                        DIFFERENCES.getOrDefault(difference, difference),
                        client.path("client").asText(),
                        client.path("users").asText() + (client.has("atLeast") ? "+" : ""),
                        DecisionLines.joined(client.path("examples")));
            }
        }
        if (any) {
            table.print(output.out());
        }
        output.out()
                .println(
                        "of "
                                + count(answer, "decisions")
                                + " exchanges "
                                + count(answer, "newlyDenied")
                                + " newly denied, "
                                + count(answer, "newlyAllowed")
                                + " newly allowed, "
                                + count(answer, "changedScope")
                                + " with other scopes");
        output.out().flush();
    }

    private static String count(JsonNode answer, String what) {
        return answer.path(what).path("count").asText();
    }
}

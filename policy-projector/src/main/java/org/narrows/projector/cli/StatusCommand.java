// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Shows where the projection stands. */
@Command(
        name = "status",
        description = "Shows where the projection stands: position, lag, digests, what is held up.",
        footer = {"", "Example:", "  narrows status -o json"})
final class StatusCommand implements Callable<Integer> {
    @Mixin private ControlPlaneOptions controlPlane = new ControlPlaneOptions();

    @Mixin private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        JsonNode status = controlPlane.connect().get("/status");
        if (!output.forPeople()) {
            output.print(status);
            return ExitStatus.DONE.code();
        }
        JsonNode lag = status.path("lag");
        Table table =
                new Table("", "")
                        .row("log", status.path("position").path("logId").asText())
                        .row(
                                "position",
                                status.path("position").path("seq").asText()
                                        + " of "
                                        + status.path("end").asText())
                        .row(
                                "lag",
                                lag.path("events").asText()
                                        + " events, "
                                        + lag.path("seconds").asText()
                                        + " s")
                        .row("caught up at", status.path("caughtUpAt").asText())
                        .row("head", status.path("head").asText())
                        .row("generation", status.path("generation").asText())
                        .row("fold version", status.path("foldVersion").asText());
        for (var digest : status.path("digests").properties()) {
            table.row("digest " + digest.getKey(), digest.getValue().asText());
        }
        if (status.has("heldUp")) {
            table.row("held up", status.path("heldUp").asText());
        }
        if (status.has("stopped")) {
            table.row("stopped", status.path("stopped").asText());
        }
        for (JsonNode suspended : status.path("quarantine")) {
            table.row(
                    "quarantine",
                    "seq " + suspended.path("seq").asText() + ": " + suspended.path("names"));
        }
        table.print(output.out());
        return ExitStatus.DONE.code();
    }
}

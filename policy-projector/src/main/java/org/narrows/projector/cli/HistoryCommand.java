// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.narrows.events.policy.Kind;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows who changed an entry, when and why. */
@Command(
        name = "history",
        description = "Shows who changed an entry of the policy, when and why.",
        footer = {"", "Example:", "  narrows history rules orders-to-billing"})
final class HistoryCommand implements Callable<Integer> {
    @Mixin private ControlPlaneOptions controlPlane = new ControlPlaneOptions();

    @Mixin private OutputOptions output = new OutputOptions();

    @Parameters(
            index = "0",
            paramLabel = "KIND",
            converter = KindConverter.class,
            completionCandidates = KindConverter.Names.class,
            description = "issuers, audiences, scopes, claims, clients or rules")
    private Kind kind = Kind.RULES;

    @Parameters(index = "1", paramLabel = "ID", description = "one of them")
    private String id = "";

    @Option(names = "--audience", paramLabel = "AUDIENCE", description = "of a claim")
    private @Nullable String audience;

    @Override
    public Integer call() {
        ControlPlane server = controlPlane.connect();
        String path = EntryPaths.of(server, kind, id, Optional.ofNullable(audience), "/history");
        JsonNode history =
                server.find(path)
                        .orElseThrow(
                                () ->
                                        CommandFailure.finding(
                                                "there never was a `"
                                                        + id
                                                        + "` in "
                                                        + kind.section()
                                                        + EntryPaths.nearest(
                                                                server,
                                                                kind,
                                                                id,
                                                                Optional.empty())));
        if (!output.forPeople()) {
            output.print(history);
            return ExitStatus.DONE.code();
        }
        Table table = new Table("SEQ", "TIME", "ACTOR", "REASON", "CHANGE");
        for (JsonNode item : history.path("items")) {
            table.row(
                    item.path("seq").asText(),
                    item.path("time").asText(),
                    item.path("actor").asText(),
                    item.path("reason").asText(""),
                    Json.compact(item.path("change")));
        }
        table.print(output.out());
        return ExitStatus.DONE.code();
    }
}

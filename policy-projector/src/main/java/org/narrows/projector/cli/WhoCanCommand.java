// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows which clients can get a token for an audience. */
@Command(
        name = "who-can",
        description = {
            "Shows which clients can get a token for an audience, by which rules, with which scopes at most.",
            "Users' consents and memberships are not looked at; a client that is refused whatever it asks is left out."
        },
        footer = {"", "Example:", "  narrows who-can billing-api --at 2026-01-31T12:00:00Z"})
final class WhoCanCommand implements Callable<Integer> {
    @Mixin private ControlPlaneOptions controlPlane = new ControlPlaneOptions();

    @Mixin private OutputOptions output = new OutputOptions();

    @Parameters(index = "0", paramLabel = "AUDIENCE", description = "the id of one")
    private String audience = "";

    @Option(names = "--at", paramLabel = "SEQ_OR_INSTANT", description = "as it was then")
    private @Nullable String at;

    @Override
    public Integer call() {
        List<JsonNode> items =
                controlPlane
                        .connect()
                        .list(
                                EntryPaths.at(
                                        "/who-can?audience=" + ControlPlane.encoded(audience),
                                        Optional.ofNullable(at)));
        if (!output.forPeople()) {
            ArrayNode array = Json.array();
            items.forEach(array::add);
            ObjectNode all = Json.object();
            all.set("items", array);
            output.print(all);
        } else if (items.isEmpty()) {
            output.out().println("no client can get a token for `" + audience + "`");
            output.out().flush();
        } else {
            Table table = new Table("CLIENT", "FROM", "RULES", "SCOPES");
            for (JsonNode item : items) {
                table.row(
                        item.path("client").asText(),
                        item.path("from").asText(),
                        DecisionLines.joined(item.path("rules")),
                        DecisionLines.joined(item.path("scopes")));
            }
            table.print(output.out());
        }
        return ExitStatus.DONE.code();
    }
}

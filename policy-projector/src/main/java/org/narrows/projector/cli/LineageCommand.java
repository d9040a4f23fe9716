// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows what a token was made out of, and what was made out of it. */
@Command(
        name = "lineage",
        description = "Shows what a token was made out of, and what was made out of it.",
        footer = {
            "",
            "Example:",
            "  narrows lineage 0199c5a0-1f7e-7a52-8f4c-2b5f0c7f6d11",
            "  narrows lineage 'login|root-token-id' -o json"
        })
final class LineageCommand implements Callable<Integer> {
    @Mixin private ControlPlaneOptions controlPlane = new ControlPlaneOptions();

    @Mixin private OutputOptions output = new OutputOptions();

    @Parameters(
            index = "0",
            paramLabel = "TOKEN_ID",
            description = "the `jti` of an issued token; of another issuer's, ALIAS|JTI")
    private String id = "";

    @Override
    public Integer call() {
        ControlPlane server = controlPlane.connect();
        String path = "/lineage/" + ControlPlane.encoded(id) + "?limit=1000";
        ObjectNode lineage =
                (ObjectNode)
                        server.find(path)
                                .orElseThrow(
                                        () ->
                                                CommandFailure.finding(
                                                        "no decision that has landed names the token `"
                                                                + id
                                                                + "`"));
        JsonNode next = lineage.remove("next");
        while (next != null) {
            ObjectNode page =
                    (ObjectNode) server.get(path + "&after=" + ControlPlane.encoded(next.asText()));
            page.path("descendants").forEach(lineage.withArray("/descendants")::add);
            next = page.remove("next");
        }
        if (!output.forPeople()) {
            output.print(lineage);
            return ExitStatus.DONE.code();
        }
        Table table = new Table("", "TOKEN", "DECISION", "AT", "");
        lineage.path("ancestors").forEach(decision -> row("ancestor", decision, table));
        if (lineage.has("issued")) {
            row("*", lineage.path("issued"), table);
        }
        lineage.path("descendants").forEach(decision -> row("descendant", decision, table));
        table.print(output.out());
        return ExitStatus.DONE.code();
    }

    private static void row(String what, JsonNode decision, Table table) {
        table.row(
                what,
                decision.path("tokenId").asText(),
                decision.path("id").asText(),
                decision.path("at").asText(),
                DecisionLines.summary(decision));
    }
}

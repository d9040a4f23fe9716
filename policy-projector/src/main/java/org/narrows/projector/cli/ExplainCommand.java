// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows why a decision was made, and decides it again. */
@Command(
        name = "explain",
        description = {
            "Shows why an exchange was permitted or denied, and which events decided it.",
            "Decides it again as of then, which must give the same, and as of now.",
            "Exit status 1 for a denial, and where it is not the same."
        },
        footer = {"", "Example:", "  narrows explain 0199c5a0-1f7e-7a52-8f4c-2b5f0c7f6d11"})
final class ExplainCommand implements Callable<Integer> {
    @Mixin private ControlPlaneOptions controlPlane = new ControlPlaneOptions();

    @Mixin private OutputOptions output = new OutputOptions();

    @Parameters(
            index = "0",
            paramLabel = "ID",
            description = "of a decision, as the answer's `Narrows-Decision` header says")
    private String id = "";

    @Override
    public Integer call() {
        JsonNode explained =
                controlPlane
                        .connect()
                        .find("/decisions/" + ControlPlane.encoded(id) + "/explain")
                        .orElseThrow(
                                () ->
                                        CommandFailure.finding(
                                                "no decision `" + id + "` has landed"));
        if (output.forPeople()) {
            print(explained, output.out());
        } else {
            output.print(explained);
        }
        boolean reproduced = explained.path("same").asBoolean();
        boolean permitted = explained.path("outcome").asText().equals("permit");
        return (reproduced && permitted ? ExitStatus.DONE : ExitStatus.FINDINGS).code();
    }

    private static void print(JsonNode explained, PrintWriter out) {
        out.println(DecisionLines.summary(explained));
        out.println(
                "at "
                        + explained.path("at").asText()
                        + ", seq "
                        + explained.path("position").path("seq").asText()
                        + (explained.path("rules").isEmpty()
                                ? ""
                                : ", by " + DecisionLines.joined(explained.path("rules"))));
        DecisionLines.reasons(explained.path("reasons")).forEach(why -> out.println("  " + why));
        if (explained.path("same").asBoolean()) {
            out.println("decided again as of then: the same");
        } else {
            out.println("decided again as of then: NOT the same");
            explained.path("because").forEach(why -> out.println("  " + why.asText()));
            explained
                    .path("differences")
                    .properties()
                    .forEach(
                            member ->
                                    out.println(
                                            "  "
                                                    + member.getKey()
                                                    + ": "
                                                    + member.getValue().path("recorded")
                                                    + " was recorded, "
                                                    + member.getValue().path("decided")
                                                    + " is decided"));
        }
        out.println("decided now: " + explained.path("now").path("outcome").asText());
        DecisionLines.reasons(explained.path("now").path("reasons"))
                .forEach(why -> out.println("  " + why));
        if (!explained.path("history").isEmpty()) {
            out.println();
            history(explained.path("history")).print(out);
        }
        out.flush();
    }

    private static Table history(JsonNode history) {
        Table table = new Table("SEQ", "TIME", "ACTOR", "EVENT", "ABOUT", "REASON");
        for (JsonNode event : history) {
            List<String> about = new ArrayList<>();
            for (JsonNode subject : event.path("about")) {
                about.add(subject.path("kind").asText() + "/" + subject.path("id").asText());
            }
            table.row(
                    event.path("seq").asText(),
                    event.path("time").asText(),
                    event.path("actor").asText(),
                    event.path("type").asText().replaceFirst("^org\\.narrows\\.", ""),
                    String.join(" ", about),
                    event.path("reason").asText(""));
        }
        return table;
    }
}

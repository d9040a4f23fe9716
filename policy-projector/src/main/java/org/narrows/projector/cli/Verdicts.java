// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.List;

/** What the log said of published events: printed, and turned into an exit status. */
final class Verdicts {
    private Verdicts() {}

    /**
     * Prints them all; findings when one was rejected, by the verdict of the first of its id where
     * it is a duplicate.
     */
    static int report(List<JsonNode> verdicts, OutputOptions output) {
        if (output.forPeople()) {
            verdicts.forEach(verdict -> print(verdict, output.out()));
            output.out().flush();
        } else {
            ArrayNode array = Json.array();
            verdicts.forEach(array::add);
            output.print(array);
        }
        return status(verdicts);
    }

    static int status(List<JsonNode> verdicts) {
        boolean applied =
                verdicts.stream()
                        .allMatch(
                                verdict ->
                                        first(verdict).path("verdict").asText().equals("applied"));
        return (applied ? ExitStatus.DONE : ExitStatus.FINDINGS).code();
    }

    private static void print(JsonNode verdict, PrintWriter out) {
        JsonNode first = first(verdict);
        String what = first.path("verdict").asText();
        StringBuilder line =
                new StringBuilder(what).append(" at seq ").append(first.path("seq").asText());
        if (isDuplicate(verdict)) {
            line.append(", when it was first sent");
        }
        if (first.hasNonNull("reason")) {
            line.append(": ").append(first.path("reason").asText());
        }
        out.println(line);
        for (JsonNode took : verdict.path("took")) {
            StringBuilder along =
                    new StringBuilder("  took along: ")
                            .append(took.path("kind").asText())
                            .append(' ');
            along.append(took.path("id").asText());
            if (took.hasNonNull("audience")) {
                along.append(" of ").append(took.path("audience").asText());
            }
            if (took.path("lost").isArray()) {
                along.append(", which lost ").append(Json.compact(took.path("lost")));
            }
            out.println(along);
        }
        out.println("consistency token: " + verdict.path("consistency").asText());
    }

    static boolean isDuplicate(JsonNode verdict) {
        return verdict.path("verdict").asText().equals("duplicate");
    }

    /** Of a duplicate: what was said of the first one. */
    static JsonNode first(JsonNode verdict) {
        return isDuplicate(verdict) && verdict.path("first") instanceof ObjectNode first
                ? first
                : verdict;
    }

    /** Verdicts for programs, one after the other: there may be more than memory holds. */
    static final class Stream {
        private final OutputOptions output;
        private boolean empty = true;

        Stream(OutputOptions output) {
            this.output = output;
        }

        void add(JsonNode verdict) {
            if (output.forPeople()) {
                return;
            }
            if (output.asYaml()) {
                output.out().print(Json.yaml(Json.array().add(verdict)));
            } else {
                output.out().print((empty ? "[ " : ", ") + Json.pretty(verdict));
            }
            empty = false;
        }

        void end() {
            if (!output.forPeople() && !output.asYaml()) {
                output.out().println(" ]");
            }
            output.out().flush();
        }
    }
}

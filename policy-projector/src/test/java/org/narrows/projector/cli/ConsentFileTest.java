// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.narrows.projector.cli.ConsentFile.Content.Consent;
import org.narrows.projector.cli.ConsentFile.Content.Wrong;
import org.narrows.projector.cli.ConsentFile.Line;

/** What is read out of a file of consents, and at which line. */
class ConsentFileTest {
    private static final String HEADER = "issuer,subject,audience,scopes,client,time\n";
    private static final String ALICE =
            "{\"issuer\":\"https://i.invalid\",\"subject\":\"alice\",\"audience\":\"a\",\"scopes\":[\"x\",\"y\"],\"client\":\"c\"}";

    @TempDir Path directory;

    @Test
    void the_same_consent_makes_the_same_event_from_either_kind_of_file() throws IOException {
        List<Line> json = read("one.jsonl", ALICE);
        List<Line> csv = read("one.csv", HEADER + "https://i.invalid,alice,a,x y,c,\n");
        assertThat(event(json.getFirst())).isEqualTo(event(csv.getFirst()));
        assertThat(event(json.getFirst()))
                .isEqualTo(event(read("again.jsonl", "\n " + ALICE + " \n").getFirst()));
    }

    @Test
    void another_consent_reason_or_time_makes_another_event() throws IOException {
        String one = event(read("one.jsonl", ALICE).getFirst());
        assertThat(id(one))
                .isNotEqualTo(id(event(read("1.jsonl", ALICE.replace("alice", "bob")).getFirst())))
                .isNotEqualTo(
                        id(
                                event(
                                        read(
                                                        "2.jsonl",
                                                        ALICE.replace(
                                                                "}",
                                                                ",\"time\":\"2026-01-01T00:00:00Z\"}"))
                                                .getFirst())));
        List<Line> lines = new ArrayList<>();
        new ConsentFile(directory.resolve("one.jsonl"), Optional.of("why")).read(lines::add);
        assertThat(id(one)).isNotEqualTo(id(event(lines.getFirst())));
    }

    @Test
    void lines_are_counted_as_an_editor_does() throws IOException {
        assertThat(
                        read(
                                "wrong.csv",
                                HEADER
                                        + "https://i.invalid,\"in two\nlines\",a,x,c,\n"
                                        + "\n"
                                        + "https://i.invalid,bob,a b,x,c,\n"
                                        + "https://i.invalid,bob,a,x,c,2026-01-01T00:00:00Z\n"))
                .extracting(Line::number)
                .containsExactly(2L, 5L, 6L);
        assertThat(read("wrong.jsonl", "\n" + ALICE + "\n\n{\n"))
                .extracting(Line::number)
                .containsExactly(2L, 4L);
    }

    @Test
    void every_wrong_line_says_what_is_wrong_with_it() throws IOException {
        assertThat(problem("{")).startsWith("this is no JSON");
        assertThat(problem("[]")).isEqualTo("a line holds one JSON object");
        assertThat(problem("{\"issuer\":\"x\",\"issuer\":\"x\"}")).startsWith("this is no JSON");
        assertThat(problem(ALICE.replace("subject", "subjct")))
                .isEqualTo("`subjct` is not known here; did you mean `subject`?");
        assertThat(problem(ALICE.replace(",\"client\":\"c\"", "")))
                .isEqualTo("`client` is missing");
        assertThat(problem(ALICE.replace("https://i.invalid", "i"))).startsWith("`issuer`");
        assertThat(problem(ALICE.replace("[\"x\",\"y\"]", "[]"))).startsWith("`scopes`");
        assertThat(problem(ALICE.replace("[\"x\",\"y\"]", "\"x\""))).startsWith("`scopes`");
        assertThat(problem(ALICE.replace("}", ",\"time\":\"yesterday\"}"))).contains("time");
    }

    @Test
    void what_is_no_text_and_no_csv_is_refused_as_a_whole() throws IOException {
        Path file = directory.resolve("latin.jsonl");
        Files.write(file, ALICE.replace("alice", "\u00fc").getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> new ConsentFile(file, Optional.empty()).read(_ -> {}))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("no text in UTF-8");
        assertThatThrownBy(() -> read("long.csv", HEADER + "a,b,c,d,e,f,g\n"))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("long.csv:");
    }

    private String problem(String line) throws IOException {
        return read("problem.jsonl", line).getFirst().content() instanceof Wrong(String problem)
                ? problem
                : "nothing";
    }

    private static String event(Line line) {
        return line.content() instanceof Consent(var event) ? Json.compact(event) : "none";
    }

    private static String id(String event) {
        int at = event.indexOf("\"id\":\"import:");
        assertThat(at).as(event).isPositive();
        return event.substring(at, event.indexOf('"', at + 6));
    }

    private List<Line> read(String name, String text) throws IOException {
        Path file = Files.writeString(directory.resolve(name), text);
        List<Line> lines = new ArrayList<>();
        new ConsentFile(file, Optional.empty()).read(lines::add);
        return lines;
    }
}

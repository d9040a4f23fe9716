// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What {@code narrows} printed and exited with: 0 done, 1 findings, 2 usage or an invalid file, 3
 * cannot reach.
 */
public record CommandLine(int status, String out, String err) {
    /** Runs it in this process, against the control plane of that standalone as its root. */
    public static CommandLine run(Narrows narrows, String... args) {
        return alone(
                Stream.concat(
                                Stream.of(args),
                                Stream.of(
                                        "--url",
                                        narrows.adminUrl("").toString(),
                                        "--token-file",
                                        narrows.data("admin-token").toString()))
                        .toArray(String[]::new));
    }

    /** Runs in this process what asks no server. */
    public static CommandLine alone(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status =
                org.narrows.projector.cli.Narrows.run(
                        new PrintWriter(out, true), new PrintWriter(err, true), args);
        return new CommandLine(status, out.toString(), err.toString());
    }

    /** Runs it, expects it to be done, and waits until what it published is in force. */
    public static CommandLine published(Narrows narrows, String... args) {
        CommandLine done = run(narrows, args);
        assertThat(done.status()).as(done.toString()).isZero();
        Matcher consistency =
                Pattern.compile("consistency(?: token: |\" : \")([^\\s\"]+)").matcher(done.out());
        assertThat(consistency.find()).as(done.toString()).isTrue();
        narrows.awaitInForce(consistency.group(1));
        return done;
    }

    /** What it printed with {@code -o json}. */
    public JsonNode json() {
        return Narrows.parse(out);
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tells what in policy files is valid and looks like a mistake. */
@Command(
        name = "lint",
        description = {
            "Looks in policy files for what is valid and looks like a mistake; no server is asked.",
            "The files are taken for a whole policy; of a part of one, `plan` gives the same hints.",
            "Exits 0 without hints, 1 with some, 2 when a file is invalid."
        },
        footer = {"", "Example:", "  narrows lint -f policy/"})
final class LintCommand implements Callable<Integer> {
    /** More hints than these would hide the difference that somebody asked for. */
    private static final int MANY = 20;

    @Mixin private OutputOptions output = new OutputOptions();

    @Option(
            names = "-f",
            paramLabel = "DIR_OR_FILE",
            required = true,
            description = "policy files (repeatable; -: standard input)")
    private List<Path> files = List.of();

    @Override
    public Integer call() {
        PolicyFiles written = PolicyFiles.read(files);
        TestedPolicy policy = TestedPolicy.of(written);
        List<Hint.Placed> hints =
                Hint.placed(
                        PolicyLint.hints(policy.entries().values(), Clock.systemUTC().instant()),
                        written);
        if (output.forPeople()) {
            hints.forEach(hint -> output.out().println(hint));
            output.out()
                    .println(
                            hints.isEmpty()
                                    ? "no hints"
                                    : hints.size() + (hints.size() == 1 ? " hint" : " hints"));
            output.out().flush();
        } else {
            var json = Json.array();
            hints.forEach(hint -> json.add(hint.json()));
            output.print(json);
        }
        return (hints.isEmpty() ? ExitStatus.DONE : ExitStatus.FINDINGS).code();
    }

    /**
     * Tells whoever plans or applies what comes to look like a mistake by the difference: also in
     * an entry that is not in the files, such as a rule that a new one shadows.
     */
    static void tell(PolicyDifference difference, PolicyFiles files, PrintWriter err) {
        if (difference.isEmpty()) {
            return;
        }
        Instant now = Clock.systemUTC().instant();
        List<Hint> hints = new ArrayList<>(PolicyLint.hints(difference.after().values(), now));
        hints.removeAll(new HashSet<>(PolicyLint.hints(difference.before().values(), now)));
        List<String> lines = new ArrayList<>();
        Hint.placed(hints, files).forEach(hint -> lines.add(hint.toString()));
        hints.stream()
                .filter(hint -> !files.entries().containsKey(hint.entry()))
                .forEach(hint -> lines.add(hint.entry() + ": " + hint.sentence()));
        lines.stream().limit(MANY).forEach(line -> err.println("hint: " + line));
        if (lines.size() > MANY) {
            err.println("hint: and " + (lines.size() - MANY) + " more");
        }
        err.flush();
    }
}

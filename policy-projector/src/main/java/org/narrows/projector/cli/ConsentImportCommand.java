// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Console;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import org.narrows.projector.cli.ConsentFile.Content;
import org.narrows.projector.cli.ConsentFile.Line;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Many consents at once. The whole file is checked before the first one is published. */
@Command(
        name = "import",
        description = {
            "Publishes the consents of a file, one in each line.",
            "JSON Lines: {\"issuer\", \"subject\", \"audience\", \"scopes\": [...], \"client\", \"time\"}. A file *.csv has these"
                    + " columns, with spaces between scopes. `time` says when it was given and may be left out.",
            "Run again, with the same reason, it grants nothing twice, and nothing that was withdrawn since."
        },
        footer = {
            "",
            "Example:",
            "  narrows consent import consents.csv --reason \"from the old system\""
        })
final class ConsentImportCommand implements Callable<Integer> {
    /** So many wrong lines are told at once. */
    private static final int TOLD = 20;

    private static final int BATCH_LINES = 500;
    private static final int BATCH_BYTES = 4 * 1024 * 1024;

    @Mixin private ControlPlaneOptions controlPlane = new ControlPlaneOptions();

    @Mixin private OutputOptions output = new OutputOptions();

    @Parameters(paramLabel = "FILE", description = "*.csv, or JSON Lines")
    private Path file = Path.of("");

    @Option(names = "--reason", paramLabel = "TEXT", description = "why, for the history")
    private @Nullable String reason;

    @Option(
            names = "--from-line",
            paramLabel = "N",
            defaultValue = "1",
            description = "publish from this line on; the whole file is checked all the same")
    private long fromLine = 1;

    @Option(names = "--no-progress", description = "no progress bar, on a terminal too")
    private boolean noProgress;

    @Override
    public Integer call() {
        ConsentFile consents = new ConsentFile(file, Optional.ofNullable(reason));
        long lines = check(consents);
        try (Progress progress = new Progress(lines, isShown())) {
            Import running = new Import(controlPlane.connect(), progress, output);
            consents.read(running::add);
            return running.end();
        }
    }

    /** Counts the lines to publish. */
    private long check(ConsentFile consents) {
        List<String> problems = new ArrayList<>();
        long[] counts = new long[2];
        consents.read(
                line -> {
                    switch (line.content()) {
                        case Content.Consent _ -> counts[0] += line.number() >= fromLine ? 1 : 0;
                        case Content.Wrong(String problem) -> {
                            counts[1]++;
                            if (problems.size() < TOLD) {
                                problems.add(file + ":" + line.number() + ": " + problem);
                            }
                        }
                    }
                });
        if (counts[1] > problems.size()) {
            problems.add("and " + (counts[1] - problems.size()) + " lines more");
        }
        if (!problems.isEmpty()) {
            problems.add("nothing is published");
            throw CommandFailure.invalid(String.join("\n", problems));
        }
        if (counts[0] == 0) {
            throw CommandFailure.invalid("there is no consent in `" + file + "`");
        }
        return counts[0];
    }

    @SuppressWarnings("SystemConsoleNull") // there may be none, whatever the checker says
    private boolean isShown() {
        Console console = System.console();
        return !noProgress
                && output.forPeople()
                && System.getenv("CI") == null
                && console != null
                && console.isTerminal();
    }

    /** A bar on a terminal, else nothing. */
    private static final class Progress implements AutoCloseable {
        private final Optional<ProgressBar> bar;

        Progress(long lines, boolean shown) {
            bar =
                    shown
                            ? Optional.of(
                                    new ProgressBarBuilder()
                                            .setTaskName("consents")
                                            .setInitialMax(lines)
                                            .setStyle(ProgressBarStyle.ASCII)
                                            .showSpeed()
                                            .build())
                            : Optional.empty();
        }

        void step(int lines) {
            bar.ifPresent(shown -> shown.stepBy(lines));
        }

        @Override
        public void close() {
            bar.ifPresent(ProgressBar::close);
        }
    }

    /** One run: batches in the order of the file, each answered before the next is sent. */
    private final class Import {
        private final ControlPlane server;
        private final Progress progress;
        private final Verdicts.Stream stream;
        private final List<Long> numbers = new ArrayList<>();
        private final StringBuilder batch = new StringBuilder();
        private final List<String> rejected = new ArrayList<>();
        private long done;
        private long applied;
        private long known;
        private String consistency = "";

        Import(ControlPlane server, Progress progress, OutputOptions output) {
            this.server = server;
            this.progress = progress;
            this.stream = new Verdicts.Stream(output);
        }

        void add(Line line) {
            if (line.number() < fromLine) {
                return;
            }
            switch (line.content()) {
                case Content.Wrong(String problem) ->
                        throw stopped(
                                CommandFailure.invalid(
                                        file
                                                + ":"
                                                + line.number()
                                                + ": the file was changed meanwhile: "
                                                + problem));
                case Content.Consent(ObjectNode event) -> {
                    batch.append(numbers.isEmpty() ? '[' : ',').append(Json.compact(event));
                    numbers.add(line.number());
                }
            }
            if (numbers.size() == BATCH_LINES || batch.length() > BATCH_BYTES) {
                send();
            }
        }

        int end() {
            if (!numbers.isEmpty()) {
                send();
            }
            stream.end();
            if (output.forPeople()) {
                tell(output.out());
            }
            return (rejected.isEmpty() ? ExitStatus.DONE : ExitStatus.FINDINGS).code();
        }

        private void send() {
            List<JsonNode> verdicts;
            try {
                verdicts =
                        server.publish(
                                batch.append(']').toString().getBytes(StandardCharsets.UTF_8));
            } catch (CommandFailure e) {
                throw stopped(e);
            }
            for (int i = 0; i < verdicts.size(); i++) {
                take(numbers.get(i), verdicts.get(i));
            }
            done += numbers.size();
            progress.step(numbers.size());
            numbers.clear();
            batch.setLength(0);
        }

        private void take(long number, JsonNode verdict) {
            stream.add(((ObjectNode) verdict).put("line", number));
            consistency = verdict.path("consistency").asText(consistency);
            JsonNode first = Verdicts.first(verdict);
            if (!first.path("verdict").asText().equals("applied")) {
                rejected.add(file + ":" + number + ": " + first.path("reason").asText("rejected"));
            } else if (Verdicts.isDuplicate(verdict)) {
                known++;
            } else {
                applied++;
            }
        }

        /** What is published stays so; the rest can be gone on with. */
        private CommandFailure stopped(CommandFailure why) {
            return numbers.isEmpty()
                    ? why
                    : why.and(
                            String.format(
                                    Locale.ROOT,
                                    "%d consents are published; go on with `--from-line %d`, or run the same again",
                                    done,
                                    numbers.getFirst()));
        }

        private void tell(PrintWriter out) {
            rejected.stream().limit(TOLD).forEach(out::println);
            if (rejected.size() > TOLD) {
                out.println("and " + (rejected.size() - TOLD) + " lines more, which -o json tells");
            }
            out.printf(
                    Locale.ROOT,
                    "%d consents: %d applied, %d known already, %d rejected%n",
                    done,
                    applied,
                    known,
                    rejected.size());
            out.println("consistency token: " + consistency);
            out.flush();
        }
    }
}

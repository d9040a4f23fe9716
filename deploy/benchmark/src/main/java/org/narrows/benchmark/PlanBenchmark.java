// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.benchmark;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import org.narrows.projector.cli.CommandFailure;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How long `narrows plan` takes on a large policy, the start of its process included. */
@Command(
        name = "plan",
        description =
                "Applies a policy of many clients and rules, and times whole runs of `deploy/narrows plan` on it: unchanged, "
                        + "and with one scope more for one client. `status` beside it tells what starting the command costs.",
        footer = {"", "Example:", "  deploy/benchmark/plan --clients 2000 --rules 5000"})
final class PlanBenchmark implements Callable<Integer> {
    private static final int DIFFERENT = 1;

    @Spec private CommandSpec command = CommandSpec.create();

    @Mixin private Target target = new Target();

    @Option(
            names = "--clients",
            defaultValue = "2000",
            paramLabel = "N",
            description = "default: ${DEFAULT-VALUE}")
    private int clients;

    @Option(
            names = "--rules",
            defaultValue = "5000",
            paramLabel = "N",
            description = "default: ${DEFAULT-VALUE}")
    private int rules;

    @Option(
            names = "--runs",
            defaultValue = "10",
            paramLabel = "N",
            description = "default: ${DEFAULT-VALUE}")
    private int runs;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = command.commandLine().getOut();
        out.println("machine: " + Machine.describe());
        Path directory = Files.createTempDirectory("narrows-plan");
        Path policy = directory.resolve("policy.yaml");
        try (LargePolicy large = new LargePolicy(target.controlPlane(), clients, rules)) {
            Files.writeString(policy, large.yaml(false));
            run(0, "apply", "-f", policy.toString(), "--yes");
            out.println(clients + " clients, " + rules + " rules applied");
            time(out, "status", 0, "status");
            out.println("unchanged: " + time(out, "plan", 0, "plan", "-f", policy.toString()));
            Files.writeString(policy, large.yaml(true));
            String edit = time(out, "plan, one edit", DIFFERENT, "plan", "-f", policy.toString());
            out.println("edited: " + edit);
        } finally {
            Files.deleteIfExists(policy);
            Files.deleteIfExists(directory);
        }
        return 0;
    }

    /** Times a command; gives what its last run printed. */
    private String time(PrintWriter out, String what, int status, String... arguments)
            throws IOException, InterruptedException {
        Histogram durations = new Histogram(Duration.ofMinutes(5).toNanos(), 3);
        String said = run(status, arguments);
        for (int i = 0; i < runs; i++) {
            long begun = System.nanoTime();
            said = run(status, arguments);
            durations.recordValue(System.nanoTime() - begun);
        }
        out.printf(
                "%-16s p50 %7.0f ms   longest %7.0f ms   (%d runs)%n",
                what,
                durations.getValueAtPercentile(50) / 1e6,
                durations.getMaxValue() / 1e6,
                durations.getTotalCount());
        out.flush();
        return said;
    }

    private String run(int status, String... arguments) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("narrows.repository"), "deploy", "narrows").toString());
        line.addAll(List.of(arguments));
        line.addAll(target.options());
        Path complaints = Files.createTempFile("narrows-plan", ".err");
        Process process = new ProcessBuilder(line).redirectError(complaints.toFile()).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != status) {
            throw CommandFailure.finding(
                    "`"
                            + String.join(" ", arguments)
                            + "` exited "
                            + process.exitValue()
                            + ": "
                            + Files.readString(complaints));
        }
        Files.delete(complaints);
        return said.strip();
    }
}

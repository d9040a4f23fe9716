// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.benchmark;

import org.narrows.projector.cli.CommandFailure;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** What the launchers in `deploy/benchmark` start. */
@Command(
        name = "benchmark",
        mixinStandardHelpOptions = true,
        scope = CommandLine.ScopeType.INHERIT,
        subcommands = {ExchangeBenchmark.class, PropagationBenchmark.class, PlanBenchmark.class})
public final class Benchmark {
    private Benchmark() {}

    public static void main(String... args) {
        CommandLine command = new CommandLine(new Benchmark());
        command.setExecutionExceptionHandler(
                (failure, line, _) -> {
                    if (!(failure instanceof CommandFailure expected)) {
                        throw failure;
                    }
                    line.getErr().println("benchmark: " + expected.sentence());
                    return expected.status().code();
                });
        System.exit(command.execute(args));
    }
}

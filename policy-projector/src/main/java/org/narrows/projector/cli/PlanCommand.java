// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows how the policy in force differs from files. */
@Command(
        name = "plan",
        description = "Shows what `apply` would change. Exits 0 without a difference, 1 with one.",
        footer = {"", "Example:", "  narrows plan -f policy/"})
final class PlanCommand implements Callable<Integer> {
    @Mixin private ControlPlaneOptions controlPlane = new ControlPlaneOptions();

    @Mixin private OutputOptions output = new OutputOptions();

    @Option(
            names = "-f",
            paramLabel = "DIR_OR_FILE",
            required = true,
            description = "policy files (repeatable; -: standard input)")
    private List<Path> files = List.of();

    @Option(names = "--prune", description = "take away what the files do not hold")
    private boolean prune;

    @Override
    public Integer call() {
        CurrentPolicy.Reading current = CurrentPolicy.begin(controlPlane::connect);
        PolicyFiles wanted = PolicyFiles.read(files);
        PolicyDifference difference = PolicyDifference.between(current.await(), wanted, prune);
        int status = show(difference, output);
        LintCommand.tell(difference, wanted, output.err());
        return status;
    }

    /** Prints a difference; findings when there is one. */
    static int show(PolicyDifference difference, OutputOptions output) {
        if (output.forPeople()) {
            difference.print(output.out());
        } else {
            output.print(difference.data());
        }
        return (difference.isEmpty() ? ExitStatus.DONE : ExitStatus.FINDINGS).code();
    }
}

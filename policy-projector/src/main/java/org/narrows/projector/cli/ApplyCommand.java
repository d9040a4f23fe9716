// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.Console;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes the policy in force as files hold it, by one event. */
@Command(
        name = "apply",
        description =
                "Makes the policy as the files hold it: prints the difference, asks, publishes one policy.changed, "
                        + "waits for its verdict and prints the consistency token.",
        footer = {
            "",
            "Example:",
            "  narrows apply -f policy/ --reason \"invoices for orders\" --yes"
        })
final class ApplyCommand implements Callable<Integer> {
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

    @Option(names = "--reason", paramLabel = "TEXT", description = "why, for the history")
    private @Nullable String reason;

    @Option(
            names = "--expected-position",
            paramLabel = "SEQ",
            description = "what the files were made from: rejected if the policy changed after it")
    private @Nullable Long expectedPosition;

    @Option(names = "--dry-run", description = "only show the difference, as `plan` does")
    private boolean dryRun;

    @Option(names = "--yes", description = "do not ask")
    private boolean yes;

    @Override
    public Integer call() {
        CurrentPolicy.Reading reading = CurrentPolicy.begin(controlPlane::connect);
        PolicyFiles wanted = PolicyFiles.read(files);
        CurrentPolicy current = reading.await();
        checkExpected(current);
        PolicyDifference difference = PolicyDifference.between(current, wanted, prune);
        if (dryRun) {
            int status = PlanCommand.show(difference, output);
            LintCommand.tell(difference, wanted, output.err());
            return status;
        }
        if (output.forPeople()) {
            difference.print(output.out());
        } else {
            difference.print(output.err());
        }
        LintCommand.tell(difference, wanted, output.err());
        if (difference.isEmpty()) {
            return output.forPeople() ? ExitStatus.DONE.code() : Verdicts.report(List.of(), output);
        }
        if (!yes && !confirmed()) {
            throw CommandFailure.finding("nothing was published");
        }
        Proposal proposal =
                difference
                        .proposal(expectedPosition == null ? current.seq() : expectedPosition)
                        .because(Optional.ofNullable(reason));
        List<JsonNode> verdicts = controlPlane.connect().publish(proposal.bytes());
        int status = Verdicts.report(verdicts, output);
        if (status != ExitStatus.DONE.code()) {
            throw CommandFailure.finding(
                    "nothing of this was applied; if the policy changed in between, look at `narrows plan` again");
        }
        return status;
    }

    /** Before anybody is asked: what the event itself would be rejected for. */
    private void checkExpected(CurrentPolicy current) {
        if (expectedPosition == null || expectedPosition == current.seq()) {
            return;
        }
        if (expectedPosition < 1 || expectedPosition > current.seq()) {
            throw CommandFailure.invalid(
                    "`--expected-position` "
                            + expectedPosition
                            + " is no seq of this log, whose head is "
                            + current.seq());
        }
        CurrentPolicy then = CurrentPolicy.read(controlPlane.connect(), expectedPosition);
        if (!then.entries().equals(current.entries())) {
            throw CommandFailure.finding(
                    "the policy changed after seq "
                            + expectedPosition
                            + ", which the files were made from: nothing of this was applied; get it again");
        }
    }

    @SuppressWarnings("SystemConsoleNull") // it is null still, where there is no terminal and no
    // jdk.internal.le
    private static boolean confirmed() {
        Console console = System.console();
        if (console == null || !console.isTerminal()) {
            throw CommandFailure.invalid("`--yes` is needed where there is no terminal to ask on");
        }
        String answer = console.readLine("publish this? [y/N] ");
        return answer != null && answer.strip().toLowerCase(Locale.ROOT).startsWith("y");
    }
}

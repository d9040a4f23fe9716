// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import java.io.PrintWriter;
import java.util.Objects;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The command line of admins and operators. Exits 0 done, 1 findings, 2 usage or an invalid file, 3
 * cannot reach.
 */
@Command(
        name = "narrows",
        mixinStandardHelpOptions = true,
        version = "narrows 0.1.0",
        scope = CommandLine.ScopeType.INHERIT,
        synopsisSubcommandLabel = "COMMAND",
        sortOptions = false,
        description = "Policy, consents and the log of Narrows.",
        footer = {
            "",
            "Exit status: 0 done, 1 findings (a difference, a hint, a failed test, a rejected event), 2 usage or an invalid file, 3 cannot reach.",
            "",
            "Example:",
            "  narrows plan -f policy/"
        },
        subcommands = {
            PlanCommand.class,
            ApplyCommand.class,
            TestCommand.class,
            LintCommand.class,
            SchemaCommand.class,
            GetCommand.class,
            HistoryCommand.class,
            WhoCanCommand.class,
            ExplainCommand.class,
            LineageCommand.class,
            WhatIfCommand.class,
            PublishCommand.class,
            ConsentCommands.class,
            InviteCommands.class,
            RevokeCommands.class,
            NewCommands.class,
            LogCommands.class,
            AdminTokenCommand.class,
            StatusCommand.class,
            AutoComplete.GenerateCompletion.class
        })
public final class Narrows {
    private Narrows() {}

    public static void main(String... args) {
        System.exit(commandLine().execute(args));
    }

    /** Runs one command line as {@link #main} does, and gives its exit status. */
    public static int run(PrintWriter out, PrintWriter err, String... args) {
        return commandLine().setOut(out).setErr(err).execute(args);
    }

    static CommandLine commandLine() {
        CommandLine narrows =
                new CommandLine(new Narrows())
                        .setExpandAtFiles(false)
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .setExecutionExceptionHandler(
                                (failure, command, _) -> report(failure, command.getErr()));
        Objects.requireNonNull(narrows.getSubcommands().get("generate-completion"))
                .getCommandSpec()
                .usageMessage()
                .footer("", "Example:", "  source <(narrows generate-completion)");
        return narrows;
    }

    private static int report(Exception failure, PrintWriter err) {
        if (failure instanceof CommandFailure expected) {
            expected.sentence().lines().forEach(line -> err.println("narrows: " + line));
            err.flush();
            return expected.status().code();
        }
        if (failure instanceof org.apache.kafka.common.KafkaException) {
            err.println("narrows: Kafka: " + failure.getMessage());
            err.flush();
            return ExitStatus.UNREACHABLE.code();
        }
        failure.printStackTrace(err);
        err.println("narrows: this is a bug in `narrows`, or an outage that it does not know");
        err.flush();
        return ExitStatus.UNREACHABLE.code();
    }
}

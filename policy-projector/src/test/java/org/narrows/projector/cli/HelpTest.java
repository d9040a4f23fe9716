// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class HelpTest {
    @TempDir Path directory;

    static Stream<CommandLine> commands() {
        return all(Narrows.commandLine());
    }

    private static Stream<CommandLine> all(CommandLine command) {
        return Stream.concat(
                Stream.of(command),
                command.getSubcommands().values().stream().flatMap(HelpTest::all));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void help_shows_an_example_of_the_command(CommandLine command) {
        String name = command.getCommandSpec().qualifiedName();
        List<String> help = command.getUsageMessage().lines().toList();
        int example = Math.max(help.indexOf("Example:"), help.indexOf("Examples:"));
        assertThat(example).as(name).isPositive();
        assertThat(help.get(example + 1)).as(name).contains(name);
    }

    @Test
    void there_are_as_many_commands_as_there_should_be() {
        assertThat(commands().map(command -> command.getCommandSpec().qualifiedName()))
                .contains("narrows test", "narrows lint", "narrows schema", "narrows log show");
    }

    @ParameterizedTest
    @CsvSource({
        "narrows get c, claims clients",
        "narrows history ru, rules",
        "narrows schema '', policy tests",
        "narrows plan -o '', table json yaml",
        "narrows test --output y, yaml",
        "narrows sch, schema",
        "narrows log s, show",
    })
    void the_shell_completes(String line, String expected) throws Exception {
        Path bash = Path.of("/bin/bash");
        assumeThat(Files.isExecutable(bash)).isTrue();
        StringWriter script = new StringWriter();
        assertThat(
                        Narrows.run(
                                new PrintWriter(script, true),
                                new PrintWriter(script, true),
                                "generate-completion"))
                .isZero();
        Path file = Files.writeString(directory.resolve("completion.bash"), script.toString());
        String ask =
                """
                compopt() { :; }
                source %s
                COMP_WORDS=(%s)
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                COMP_LINE="${COMP_WORDS[*]}"
                _complete_narrows
                echo "${COMPREPLY[*]}"
                """
                        .formatted(file, line);
        Process process =
                new ProcessBuilder(bash.toString(), "--norc", "-c", ask)
                        .redirectErrorStream(true)
                        .start();
        String said =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said.split("\\s+")).containsExactlyInAnyOrder(expected.split(" "));
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the JSON Schema of policy files or of policy tests, for editors. */
@Command(
        name = "schema",
        description = {
            "Prints the JSON Schema (draft 2020-12) of policy files or of policy tests.",
            "An editor with the YAML language server finds it by the first line of a file:",
            "  # yaml-language-server: $$schema=policy.schema.json"
        },
        footer = {"", "Example:", "  narrows schema policy > policy/policy.schema.json"})
final class SchemaCommand implements Callable<Integer> {
    /** Which files. */
    enum Of {
        POLICY("policy.schema.json"),
        TESTS("policy-tests.schema.json");

        private final String file;

        Of(String file) {
            this.file = file;
        }

        /** The schema, as JSON. */
        String text() {
            try (InputStream schema =
                    SchemaCommand.class.getResourceAsStream("/org/narrows/schema/" + file)) {
                return new String(
                        Objects.requireNonNull(schema, file).readAllBytes(),
                        StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Spec private CommandSpec command = CommandSpec.create();

    @Parameters(paramLabel = "OF", description = "${COMPLETION-CANDIDATES}")
    private Of of = Of.POLICY;

    @Override
    public Integer call() {
        command.commandLine().getOut().print(of.text());
        command.commandLine().getOut().flush();
        return ExitStatus.DONE.code();
    }
}

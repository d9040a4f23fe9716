// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Publishes events as they are. */
@Command(
        name = "publish",
        description =
                "Publishes one CloudEvent, or an array of them, exactly as the file holds it.",
        footer = {"", "Example:", "  narrows publish -f event.json"})
final class PublishCommand implements Callable<Integer> {
    @Mixin private ControlPlaneOptions controlPlane = new ControlPlaneOptions();

    @Mixin private OutputOptions output = new OutputOptions();

    @Option(names = "-f", paramLabel = "FILE", required = true, description = "-: standard input")
    private Path file = Path.of("-");

    @Override
    public Integer call() {
        return Verdicts.report(controlPlane.connect().publish(bytes()), output);
    }

    private byte[] bytes() {
        try {
            return file.toString().equals("-")
                    ? System.in.readAllBytes()
                    : Files.readAllBytes(file);
        } catch (IOException e) {
            throw CommandFailure.invalid("cannot read `" + file + "`");
        }
    }
}

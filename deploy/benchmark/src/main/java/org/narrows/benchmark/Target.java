// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.benchmark;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.narrows.projector.cli.ControlPlane;
import picocli.CommandLine.Option;

/** The Narrows to measure. */
final class Target {
    @Option(names = "--url", required = true, paramLabel = "URL", description = "of token-exchange")
    private @Nullable URI url;

    @Option(
            names = "--admin-url",
            required = true,
            paramLabel = "URL",
            description = "of policy-projector")
    private @Nullable URI adminUrl;

    @Option(
            names = "--token-file",
            required = true,
            paramLabel = "FILE",
            description = "holds a bearer token that may change policy and consents")
    private @Nullable Path tokenFile;

    URI url() {
        return Objects.requireNonNull(url);
    }

    ControlPlane controlPlane() {
        return new ControlPlane(
                Objects.requireNonNull(adminUrl), Objects.requireNonNull(tokenFile));
    }

    /** How `narrows` is told which control plane. */
    List<String> options() {
        return List.of(
                "--url", String.valueOf(adminUrl), "--token-file", String.valueOf(tokenFile));
    }
}

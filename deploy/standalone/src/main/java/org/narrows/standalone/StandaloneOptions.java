// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.standalone;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What `./deploy/run` takes. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        version = "narrows 0.1.0",
        sortOptions = false,
        description =
                "Runs all of Narrows in one process, with Kafka and PostgreSQL, until Ctrl-C. Listens on loopback only. "
                        + "A second start on the same data continues where the first one ended.",
        footer = {
            "",
            "Example:",
            "  ./deploy/run --data /tmp/narrows --port 8090 --admin-port 8091"
        })
final class StandaloneOptions {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "keeps everything (default: .narrows of the repository)")
    private @Nullable Path data;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "8080",
            description = "of token-exchange (default: ${DEFAULT-VALUE})")
    private int port;

    @Option(
            names = "--admin-port",
            paramLabel = "PORT",
            defaultValue = "8081",
            description = "of policy-projector (default: ${DEFAULT-VALUE})")
    private int adminPort;

    @Option(
            names = "--tls-port",
            paramLabel = "PORT",
            description =
                    "of token-exchange over TLS too, where clients may show certificates (default: none)")
    private @Nullable Integer tlsPort;

    @Option(
            names = "--policy",
            paramLabel = "DIR_OR_FILE",
            description = "policy of the first start (default: a sample)")
    private @Nullable Path policy;

    @Option(
            names = "--apply-policy",
            description =
                    "on a later start too, make the policy as the files hold it; else only the difference is shown")
    private boolean applyPolicy;

    @Option(
            names = "--no-demo",
            description = "apply the sample without showing a permit and a deny")
    private boolean noDemo;

    Path data() {
        return (data == null ? usualData() : data).toAbsolutePath().normalize();
    }

    int port() {
        return port;
    }

    int adminPort() {
        return adminPort;
    }

    Optional<Integer> tlsPort() {
        return Optional.ofNullable(tlsPort);
    }

    Optional<Path> policy() {
        return Optional.ofNullable(policy);
    }

    boolean applyPolicy() {
        return applyPolicy;
    }

    boolean demo() {
        return !noDemo;
    }

    /** Where both this and the command line look when nothing else is said. */
    static Path usualData() {
        String named = System.getProperty("narrows.data");
        return named == null
                ? repository().resolve(".narrows")
                : Path.of(named).toAbsolutePath().normalize();
    }

    /** Where the sample lies. */
    static Path repository() {
        return Path.of(System.getProperty("narrows.repository", ".")).toAbsolutePath().normalize();
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.narrows.events.event.EventType;
import picocli.CommandLine.Option;

/** Which control plane, and with what token: named, or those of a standalone's data directory. */
public final class ControlPlaneOptions {
    private static final String URL = "NARROWS_ADMIN_URL";
    private static final String TOKEN_FILE = "NARROWS_ADMIN_TOKEN_FILE";

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "the control plane (else NARROWS_ADMIN_URL)")
    private @Nullable URI url;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "holds a bearer token (else NARROWS_ADMIN_TOKEN_FILE)")
    private @Nullable Path tokenFile;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "data directory of a standalone, which knows both (default: .narrows of the repository)")
    private @Nullable Path data;

    /** The one that was meant. */
    public ControlPlane connect() {
        return new ControlPlane(url(), tokenFile());
    }

    /**
     * Publishes one event that a command has made, and waits for its verdict.
     *
     * @param reason why, for the history
     */
    List<JsonNode> publish(EventType type, ObjectNode data, @Nullable String reason) {
        byte[] event = Proposal.of(type, data).because(Optional.ofNullable(reason)).bytes();
        return connect().publish(event);
    }

    private URI url() {
        URI named = url;
        if (named == null && data == null) {
            String environment = System.getenv(URL);
            named = environment == null ? null : uri(environment);
        }
        if (named == null) {
            named = uri(fromEnvFile(dataDirectory()));
        }
        if (named.getScheme() == null
                || !named.getScheme().startsWith("http")
                || named.getHost() == null) {
            throw CommandFailure.invalid(
                    "`" + named + "` is no URL of a control plane, as http://127.0.0.1:8081 is");
        }
        String text = named.toString();
        return text.endsWith("/") ? uri(text.substring(0, text.length() - 1)) : named;
    }

    private Path tokenFile() {
        if (tokenFile != null) {
            return tokenFile;
        }
        String environment = System.getenv(TOKEN_FILE);
        if (data == null && environment != null) {
            return Path.of(environment);
        }
        return dataDirectory().resolve("admin-token");
    }

    private Path dataDirectory() {
        return data != null ? data : Path.of(System.getProperty("narrows.data", ".narrows"));
    }

    private static URI uri(String text) {
        try {
            return URI.create(text);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.invalid("`" + text + "` is no URL");
        }
    }

    private static String fromEnvFile(Path directory) {
        Path file = directory.resolve("env");
        try {
            for (String line : Files.readAllLines(file)) {
                if (line.startsWith(URL + "='") && line.endsWith("'")) {
                    return line.substring(URL.length() + 2, line.length() - 1);
                }
            }
        } catch (IOException e) {
            throw CommandFailure.invalid(
                    "which control plane? name it by `--url` and `--token-file`, or start a standalone (there is no `"
                            + file
                            + "`)");
        }
        throw CommandFailure.invalid("`" + file + "` names no " + URL);
    }
}

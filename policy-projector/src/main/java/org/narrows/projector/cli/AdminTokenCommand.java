// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.narrows.events.value.LogId;
import org.narrows.events.value.Scopes;
import org.narrows.events.wire.AdminTokens;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes an admin token with the root key: how the first policy gets in. */
@Command(
        name = "admin-token",
        description = "Makes a bearer token for the control plane, signed by the root key.",
        footer = {
            "",
            "Example:",
            "  narrows admin-token --root-key root-key.jwk --log LOG_ID > admin-token"
        })
final class AdminTokenCommand implements Callable<Integer> {
    @Mixin private OutputOptions output = new OutputOptions();

    @Option(
            names = "--root-key",
            paramLabel = "FILE",
            required = true,
            description = "private JWK of the root")
    private @Nullable Path rootKey;

    @Option(names = "--log", paramLabel = "ID", required = true, description = "the log's id")
    private String log = "";

    @Option(
            names = "--for",
            paramLabel = "DURATION",
            defaultValue = "PT15M",
            description = "ISO 8601, at most PT1H (default: ${DEFAULT-VALUE})")
    private Duration lifetime = Duration.ofMinutes(15);

    @Option(
            names = "--scope",
            paramLabel = "SCOPE",
            description = "only these (repeatable; default: all)")
    private @Nullable List<String> scopes;

    @Override
    public Integer call() {
        if (lifetime.isNegative()
                || lifetime.isZero()
                || lifetime.compareTo(AdminTokens.MAX_LIFETIME) > 0) {
            throw CommandFailure.invalid("`--for` must be more than nothing and at most PT1H");
        }
        Instant now = Clock.systemUTC().instant();
        String token =
                AdminTokens.mint(
                        KeyFiles.read(Objects.requireNonNull(rootKey)),
                        logId(),
                        wanted(),
                        now,
                        now.plus(lifetime));
        if (output.forPeople()) {
            output.out().println(token);
            output.out().flush();
        } else {
            output.print(
                    Json.object()
                            .put("token", token)
                            .put("expiresAt", now.plus(lifetime).toString()));
        }
        return ExitStatus.DONE.code();
    }

    private LogId logId() {
        try {
            return new LogId(log);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.invalid("`" + log + "` is no log id");
        }
    }

    private Scopes wanted() {
        if (scopes == null) {
            return AdminTokens.ALL;
        }
        for (String scope : scopes) {
            if (AdminTokens.ALL.stream().noneMatch(known -> known.value().equals(scope))) {
                List<String> known = AdminTokens.ALL.stream().map(name -> name.value()).toList();
                throw CommandFailure.invalid(
                        "`"
                                + scope
                                + "` is no scope of the control plane"
                                + NearestName.hint(scope, known));
            }
        }
        return Scopes.of(scopes.toArray(String[]::new));
    }
}

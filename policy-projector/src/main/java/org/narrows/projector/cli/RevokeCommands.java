// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.narrows.events.event.EventType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Ends tokens, and with them whatever derives from them. */
@Command(
        name = "revoke",
        description = "Ends one token or all tokens of a user, and whatever derives from them.",
        footer = {"", "Example:", "  narrows revoke subject --help"})
final class RevokeCommands {
    @Command(
            name = "token",
            description = "Ends one token and all its descendants.",
            footer = {
                "",
                "Example:",
                "  narrows revoke token --issuer https://login.example.com \\",
                "    --id 3f0c6f2e-5d0a-4a52-9a0e-4d7a4f6a1f63 --expires 2026-01-31T12:00:00Z"
            })
    int token(
            @Mixin ControlPlaneOptions controlPlane,
            @Mixin OutputOptions output,
            @Option(
                            names = "--issuer",
                            paramLabel = "URL",
                            required = true,
                            description = "who issued it; that may be Narrows itself")
                    String issuer,
            @Option(
                            names = "--id",
                            paramLabel = "ID",
                            required = true,
                            description =
                                    "its `jti`; without one `sha256:` and the base64url SHA-256 of `header.payload`")
                    String id,
            @Option(
                            names = "--expires",
                            paramLabel = "INSTANT",
                            required = true,
                            description =
                                    "its `exp`: the revocation is kept for a day longer than the token itself")
                    Instant expires,
            @Option(names = "--reason", paramLabel = "TEXT", description = "why, for the history")
                    @Nullable String reason) {
        ObjectNode data =
                Json.object()
                        .put("issuer", issuer)
                        .put("tokenId", id)
                        .put("expiresAt", expires.toString());
        return Verdicts.report(controlPlane.publish(EventType.TOKEN_REVOKED, data, reason), output);
    }

    @Command(
            name = "subject",
            description = "Ends every token of a user that was issued before an instant.",
            footer = {
                "",
                "Example:",
                "  narrows revoke subject --issuer https://login.example.com --subject alice"
            })
    int subject(
            @Mixin ControlPlaneOptions controlPlane,
            @Mixin OutputOptions output,
            @Mixin UserOptions user,
            @Option(
                            names = "--not-before",
                            paramLabel = "INSTANT",
                            description = "tokens issued before this end (default: now)")
                    @Nullable Instant notBefore,
            @Option(names = "--reason", paramLabel = "TEXT", description = "why, for the history")
                    @Nullable String reason) {
        Instant before = Optional.ofNullable(notBefore).orElseGet(RevokeCommands::now);
        ObjectNode data = user.json().put("notBefore", before.toString());
        return Verdicts.report(
                controlPlane.publish(EventType.SUBJECT_REVOKED, data, reason), output);
    }

    /** The next millisecond: a token of this very moment is one that was issued before. */
    private static Instant now() {
        return Clock.systemUTC().instant().truncatedTo(ChronoUnit.MILLIS).plusMillis(1);
    }
}

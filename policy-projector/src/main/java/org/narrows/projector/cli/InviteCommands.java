// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.narrows.events.event.EventType;
import org.narrows.events.value.Hash;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Invitations: their codes are made, hashed and redeemed here; the log only ever sees hashes. */
@Command(
        name = "invite",
        description = "Issues, redeems and revokes invitations to an audience.",
        footer = {"", "Example:", "  narrows invite issue --help"})
final class InviteCommands {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int CODE_BYTES = 16;

    @Command(
            name = "issue",
            description = "Makes an invitation and prints its code, which is shown here only.",
            footer = {
                "",
                "Example:",
                "  narrows invite issue --audience billing-api --expires 2027-01-31T12:00:00Z --claim plan=gold"
            })
    int issue(
            @Mixin ControlPlaneOptions controlPlane,
            @Mixin OutputOptions output,
            @Option(
                            names = "--audience",
                            paramLabel = "AUDIENCE",
                            required = true,
                            description = "its id")
                    String audience,
            @Option(
                            names = "--expires",
                            paramLabel = "INSTANT",
                            description = "no longer redeemed from then on (default: never)")
                    @Nullable Instant expires,
            @Option(
                            names = "--claim",
                            paramLabel = "NAME=VALUE",
                            description =
                                    "what tokens of whoever redeems it say, as text: a claim declared at the audience"
                                            + " (repeatable)")
                    @Nullable Map<String, String> claims,
            @Option(names = "--reason", paramLabel = "TEXT", description = "why, for the history")
                    @Nullable String reason) {
        String code = newCode();
        ObjectNode data = Json.object().put("invitation", invitation(code));
        data.put("audience", audience);
        Optional.ofNullable(expires).ifPresent(at -> data.put("expiresAt", at.toString()));
        if (claims != null) {
            ObjectNode values = data.putObject("claims");
            claims.forEach(values::put);
        }
        List<JsonNode> verdicts = controlPlane.publish(EventType.INVITATION_ISSUED, data, reason);
        boolean issued = Verdicts.status(verdicts) == ExitStatus.DONE.code();
        if (issued) {
            verdicts.forEach(verdict -> ((ObjectNode) verdict).put("code", code));
        }
        int status = Verdicts.report(verdicts, output);
        if (issued && output.forPeople()) {
            output.out().println("code: " + code);
            output.out().flush();
        }
        return status;
    }

    @Command(
            name = "redeem",
            description = "Redeems an invitation for a user, who is then a member.",
            footer = {
                "",
                "Example:",
                "  narrows invite redeem 6f1d5e0b7a3c4f0e9b2d8c7a1e5f4b3d \\",
                "    --issuer https://login.example.com --subject alice"
            })
    int redeem(
            @Mixin ControlPlaneOptions controlPlane,
            @Mixin OutputOptions output,
            @Parameters(paramLabel = "CODE", description = "what `invite issue` printed")
                    String code,
            @Mixin UserOptions user,
            @Option(names = "--reason", paramLabel = "TEXT", description = "why, for the history")
                    @Nullable String reason) {
        ObjectNode data = Json.object().put("invitation", invitation(code));
        data.set("user", user.json());
        return Verdicts.report(
                controlPlane.publish(EventType.INVITATION_REDEEMED, data, reason), output);
    }

    @Command(
            name = "revoke",
            description = "Takes back an invitation that nobody has redeemed.",
            footer = {"", "Example:", "  narrows invite revoke 6f1d5e0b7a3c4f0e9b2d8c7a1e5f4b3d"})
    int revoke(
            @Mixin ControlPlaneOptions controlPlane,
            @Mixin OutputOptions output,
            @Parameters(paramLabel = "CODE", description = "what `invite issue` printed")
                    String code,
            @Option(names = "--reason", paramLabel = "TEXT", description = "why, for the history")
                    @Nullable String reason) {
        ObjectNode data = Json.object().put("invitation", invitation(code));
        return Verdicts.report(
                controlPlane.publish(EventType.INVITATION_REVOKED, data, reason), output);
    }

    /**
     * 128 random bits in hexadecimal, which no shell and no option parser takes for anything else.
     */
    private static String newCode() {
        byte[] bytes = new byte[CODE_BYTES];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private static String invitation(String code) {
        return "sha256:" + Hash.sha256(code.strip().getBytes(StandardCharsets.UTF_8));
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.narrows.events.event.EventType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What users allow at an audience. */
@Command(
        name = "consent",
        description = "Grants, withdraws and imports consents.",
        subcommands = ConsentImportCommand.class,
        footer = {"", "Example:", "  narrows consent withdraw --help"})
final class ConsentCommands {
    /** Whose consent, and where. */
    static final class Where {
        @Mixin private UserOptions user = new UserOptions();

        @Option(
                names = "--audience",
                paramLabel = "AUDIENCE",
                required = true,
                description = "its id")
        private String audience = "";

        @Option(names = "--reason", paramLabel = "TEXT", description = "why, for the history")
        private @Nullable String reason;

        ObjectNode data() {
            ObjectNode data = Json.object();
            data.set("user", user.json());
            return data.put("audience", audience);
        }
    }

    @Command(
            name = "grant",
            description = "Adds scopes to the user's consent at the audience.",
            footer = {
                "",
                "Example:",
                "  narrows consent grant --issuer https://login.example.com --subject alice \\",
                "    --audience billing-api --scope invoice.read --client orders-service"
            })
    int grant(
            @Mixin ControlPlaneOptions controlPlane,
            @Mixin OutputOptions output,
            @Mixin Where where,
            @Option(
                            names = "--scope",
                            paramLabel = "SCOPE",
                            required = true,
                            description = "consentable at the audience (repeatable)")
                    List<String> scopes,
            @Option(
                            names = "--client",
                            paramLabel = "CLIENT",
                            required = true,
                            description = "the one that prompted it")
                    String client) {
        ObjectNode data = where.data();
        data.set("scopes", Json.array(scopes));
        data.put("client", client);
        return Verdicts.report(
                controlPlane.publish(EventType.CONSENT_GRANTED, data, where.reason), output);
    }

    @Command(
            name = "withdraw",
            description = "Takes scopes out of the user's consent at the audience, or all of it.",
            footer = {
                "",
                "Example:",
                "  narrows consent withdraw --issuer https://login.example.com --subject alice --audience billing-api"
            })
    int withdraw(
            @Mixin ControlPlaneOptions controlPlane,
            @Mixin OutputOptions output,
            @Mixin Where where,
            @Option(
                            names = "--scope",
                            paramLabel = "SCOPE",
                            description = "only these (repeatable)")
                    @Nullable List<String> scopes) {
        ObjectNode data = where.data();
        if (scopes != null) {
            data.set("scopes", Json.array(scopes));
        }
        return Verdicts.report(
                controlPlane.publish(EventType.CONSENT_WITHDRAWN, data, where.reason), output);
    }
}

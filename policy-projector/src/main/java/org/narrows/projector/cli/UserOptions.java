// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Option;

/** Whom a command is about. */
final class UserOptions {
    @Option(
            names = "--issuer",
            paramLabel = "URL",
            required = true,
            description = "the user's issuer")
    private String issuer = "";

    @Option(
            names = "--subject",
            paramLabel = "SUB",
            required = true,
            description = "the user's `sub` there")
    private String subject = "";

    String issuer() {
        return issuer;
    }

    String subject() {
        return subject;
    }

    /** As events name a user. */
    ObjectNode json() {
        return Json.object().put("issuer", issuer).put("subject", subject);
    }
}

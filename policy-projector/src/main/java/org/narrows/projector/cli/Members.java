// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import java.util.List;
import org.narrows.events.policy.Kind;

/**
 * The members of each kind of entry, to guess what a mistyped one was meant to be; {@code
 * EntryCodec} is the judge.
 */
final class Members {
    private Members() {}

    /** The member that an entry is known by; a claim together with its `audience`. */
    static String nameOf(Kind kind) {
        return switch (kind) {
            case ISSUERS -> "issuer";
            case SCOPES -> "scope";
            case CLAIMS -> "claim";
            case AUDIENCES, CLIENTS, RULES -> "id";
        };
    }

    static List<String> of(Kind kind) {
        return switch (kind) {
            case ISSUERS ->
                    List.of(
                            "issuer",
                            "jwksUri",
                            "jwks",
                            "algorithms",
                            "subjectTokenTypes",
                            "requireType",
                            "audiences",
                            "scopesFrom",
                            "clients",
                            "alias",
                            "primary");
            case AUDIENCES ->
                    List.of(
                            "id",
                            "tokenAudience",
                            "formerTokenAudiences",
                            "name",
                            "signUpEnabled",
                            "invitationEnabled",
                            "maxLifetime",
                            "maxStaleness",
                            "requireBinding",
                            "labels");
            case SCOPES -> List.of("scope", "audience", "kind", "name", "description");
            case CLAIMS -> List.of("claim", "audience");
            case CLIENTS ->
                    List.of(
                            "id",
                            "audience",
                            "authentication",
                            "knownAs",
                            "audiences",
                            "scopes",
                            "onExcessScope");
            case RULES ->
                    List.of(
                            "id",
                            "effect",
                            "clients",
                            "from",
                            "to",
                            "scopes",
                            "issuers",
                            "modes",
                            "actors",
                            "boundSubject",
                            "maxLifetime",
                            "maxChainDepth",
                            "notBefore",
                            "notAfter",
                            "conditions",
                            "combinable");
        };
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import org.narrows.events.policy.Kind;

/** Where the control plane keeps an entry: an issuer under its alias, a claim with its audience. */
final class EntryPaths {
    private EntryPaths() {}

    static String of(
            ControlPlane controlPlane,
            Kind kind,
            String id,
            Optional<String> audience,
            String rest) {
        String named = kind == Kind.ISSUERS && id.contains("://") ? alias(controlPlane, id) : id;
        String path = "/" + kind.section() + "/" + ControlPlane.encoded(named) + rest;
        return path + audience.map(of -> "?audience=" + ControlPlane.encoded(of)).orElse("");
    }

    static String at(String path, Optional<String> at) {
        return path
                + at.map(
                                when ->
                                        (path.contains("?") ? "&" : "?")
                                                + "at="
                                                + ControlPlane.encoded(when))
                        .orElse("");
    }

    /**
     * `; did you mean …?` where an entry of this kind has a name near the one that is not there; of
     * a claim that is there for one audience only, how to name it.
     */
    static String nearest(ControlPlane controlPlane, Kind kind, String id, Optional<String> at) {
        boolean byAlias = kind == Kind.ISSUERS && !id.contains("://");
        String name = byAlias ? "alias" : Members.nameOf(kind);
        List<JsonNode> entries = controlPlane.list(at("/" + kind.section(), at));
        return entries.stream()
                .filter(entry -> kind == Kind.CLAIMS && entry.path(name).asText().equals(id))
                .findFirst()
                .map(claim -> "; try `--audience " + claim.path("audience").asText() + "`")
                .orElseGet(
                        () ->
                                NearestName.hint(
                                        id,
                                        entries.stream()
                                                .map((JsonNode entry) -> entry.path(name).asText())
                                                .toList()));
    }

    private static String alias(ControlPlane controlPlane, String url) {
        return controlPlane.list("/issuers").stream()
                .filter(issuer -> issuer.path("issuer").asText().equals(url))
                .map((JsonNode issuer) -> issuer.path("alias").asText())
                .findFirst()
                .orElseThrow(
                        () ->
                                CommandFailure.finding(
                                        "there is no `"
                                                + url
                                                + "` in issuers"
                                                + nearest(
                                                        controlPlane,
                                                        Kind.ISSUERS,
                                                        url,
                                                        Optional.empty())
                                                + "; one that is distrusted is found by its alias"));
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The changes of one {@code policy.changed}. */
public final class Policy {
    private final List<Map<String, ?>> changes = new ArrayList<>();

    public Policy issuer(TestIssuer issuer) {
        return issuer(issuer, Map.of());
    }

    /**
     * Trusts it.
     *
     * @param more members besides {@code issuer}, {@code alias} and {@code jwks}, or instead
     */
    public Policy issuer(TestIssuer issuer, Map<String, ?> more) {
        return change(
                "issuerTrusted",
                Map.of("issuer", issuer.url(), "alias", issuer.alias(), "jwks", issuer.jwks()),
                more);
    }

    public Policy audience(String id) {
        return audience(id, Map.of());
    }

    public Policy audience(String id, Map<String, ?> more) {
        return change("audienceDefined", Map.of("id", id), more);
    }

    /**
     * Defines a scope of that audience.
     *
     * @param kind {@code consentable}, {@code grantable} or {@code client}
     */
    public Policy scope(String scope, String audience, String kind) {
        return change(
                "scopeDefined",
                Map.of(
                        "scope",
                        scope,
                        "audience",
                        audience,
                        "kind",
                        kind,
                        "name",
                        scope,
                        "description",
                        "Made by a test"),
                Map.of());
    }

    public Policy client(
            TestClient client, String home, List<String> audiences, List<String> scopes) {
        return client(client, home, audiences, scopes, Map.of());
    }

    public Policy client(
            TestClient client,
            String home,
            List<String> audiences,
            List<String> scopes,
            Map<String, ?> more) {
        change(
                "clientRegistered",
                Map.of(
                        "id",
                        client.id(),
                        "audience",
                        home,
                        "authentication",
                        client.authentication()),
                more);
        for (String audience : audiences) {
            change(
                    "clientAudienceAllowed",
                    Map.of("client", client.id(), "audience", audience),
                    Map.of());
        }
        for (String scope : scopes) {
            change("clientScopeAllowed", Map.of("client", client.id(), "scope", scope), Map.of());
        }
        return this;
    }

    /** An allow rule. */
    public Policy rule(String id, String from, String to, Map<String, List<String>> scopes) {
        return rule(id, from, to, scopes, Map.of());
    }

    public Policy rule(
            String id,
            String from,
            String to,
            Map<String, List<String>> scopes,
            Map<String, ?> more) {
        return change(
                "ruleDefined",
                Map.of("id", id, "effect", "allow", "from", from, "to", to, "scopes", scopes),
                more);
    }

    /**
     * A deny rule.
     *
     * @param more what it is about, besides its audiences
     */
    public Policy deny(String id, String from, String to, Map<String, ?> more) {
        return change(
                "ruleDefined", Map.of("id", id, "effect", "deny", "from", from, "to", to), more);
    }

    /** Any change, by its name on the wire. */
    public Policy change(String name, Map<String, ?> body) {
        return change(name, body, Map.of());
    }

    private Policy change(String name, Map<String, ?> body, Map<String, ?> more) {
        Map<String, Object> whole = new LinkedHashMap<>(body);
        whole.putAll(more);
        changes.add(Map.of(name, whole));
        return this;
    }

    public Map<String, ?> data() {
        return Map.of("changes", List.copyOf(changes));
    }
}

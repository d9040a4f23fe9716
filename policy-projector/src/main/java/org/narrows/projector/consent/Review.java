// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.consent;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.narrows.events.policy.Audience;
import org.narrows.events.policy.ScopeDefinition;
import org.narrows.events.policy.ScopeDefinition.ScopeKind;
import org.narrows.events.state.Policy;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.state.Row.ClientRow;
import org.narrows.events.state.Row.ScopeRow;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.Hash;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.Scopes;

/**
 * What is asked, in the words of the policy.
 *
 * @param application the client's id
 * @param home the name of the API that the client belongs to
 */
public record Review(String application, String home, List<Part> parts) {
    private static final JsonMapper JSON = new JsonMapper();

    public Review {
        parts = List.copyOf(parts);
    }

    /** What is asked at one audience; {@code name} is the audience's, or its id. */
    public record Part(String id, String name, List<Line> lines) {
        public Part {
            lines = List.copyOf(lines);
        }
    }

    /** One scope, as its definition explains it to people. */
    public record Line(String scope, String name, String description) {}

    /**
     * What may still be asked by this policy: the user's issuer is trusted, the client is enabled
     * and may have these targets and scopes, the scopes are consentable there. Empty when anything
     * of it holds no longer.
     */
    static Optional<Review> of(Asked asked, Policy policy) {
        ClientRow client = policy.clients().get(asked.client());
        if (client == null
                || client.enabledSince().isEmpty()
                || !policy.issuers().containsKey(asked.user().issuer())) {
            return Optional.empty();
        }
        List<Part> parts = new ArrayList<>();
        for (Map.Entry<AudienceId, Scopes> missing : asked.missing().entrySet()) {
            Optional<Part> part = part(missing.getKey(), missing.getValue(), client, policy);
            if (part.isEmpty()) {
                return Optional.empty();
            }
            parts.add(part.get());
        }
        return Optional.of(new Review(asked.client().value(), home(client, policy), parts));
    }

    private static Optional<Part> part(
            AudienceId id, Scopes scopes, ClientRow client, Policy policy) {
        AudienceRow audience = policy.audiences().get(id);
        // What touches the control plane itself is for its admins to give, not for a page.
        if (audience == null
                || id.equals(Audience.ADMIN)
                || !client.audiences().containsKey(id)
                || scopes.isEmpty()) {
            return Optional.empty();
        }
        List<Line> lines = new ArrayList<>();
        for (ScopeName name : scopes) {
            ScopeRow row = policy.scopes().get(name);
            if (row == null || !client.scopes().containsKey(name)) {
                return Optional.empty();
            }
            ScopeDefinition scope = row.entry();
            if (scope.kind() != ScopeKind.CONSENTABLE || !scope.isOf(id)) {
                return Optional.empty();
            }
            lines.add(
                    new Line(
                            name.value(),
                            scope.name().orElse(name.value()),
                            scope.description().orElse("")));
        }
        return Optional.of(new Part(id.value(), audience.entry().name().orElse(id.value()), lines));
    }

    private static String home(ClientRow client, Policy policy) {
        AudienceId home = client.entry().audience();
        return Optional.ofNullable(policy.audiences().get(home))
                .flatMap(row -> row.entry().name())
                .orElse(home.value());
    }

    /** Another one as soon as a user would read anything else. */
    public String digest() {
        try {
            return Hash.sha256(JSON.writeValueAsBytes(this)).toString();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}

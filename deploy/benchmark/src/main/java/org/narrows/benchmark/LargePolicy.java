// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.benchmark;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.narrows.events.event.EventType;
import org.narrows.projector.cli.ControlPlane;
import org.narrows.projector.cli.Proposal;

/** A policy of a large company, as one file: every tenth client has an audience of its own. */
final class LargePolicy implements AutoCloseable {
    private static final int CLIENTS_PER_AUDIENCE = 10;

    private final ControlPlane controlPlane;
    private final int clients;
    private final int rules;
    private final int audiences;
    private final String run = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());

    LargePolicy(ControlPlane controlPlane, int clients, int rules) {
        this.controlPlane = controlPlane;
        this.clients = clients;
        this.rules = rules;
        this.audiences = Math.max(4, clients / CLIENTS_PER_AUDIENCE);
    }

    /**
     * The file.
     *
     * @param edited whether the first client may have one scope more
     */
    String yaml(boolean edited) {
        StringBuilder yaml = new StringBuilder("audiences:\n");
        for (int i = 0; i < audiences; i++) {
            yaml.append("  - {id: %s, name: API %d}%n".formatted(audience(i), i));
        }
        yaml.append("scopes:\n");
        for (int i = 0; i < audiences; i++) {
            for (String verb : new String[] {"read", "write", "admin"}) {
                yaml.append(
                        "  - {scope: %s, audience: %s, kind: consentable, name: To %s, description: To %s what is there}%n"
                                .formatted(scope(i, verb), audience(i), verb, verb));
            }
        }
        yaml.append("clients:\n");
        for (int i = 0; i < clients; i++) {
            yaml.append(client(i, edited && i == 0));
        }
        yaml.append("rules:\n");
        for (int i = 0; i < rules; i++) {
            int target = i % clients + 1 + i / clients % 3;
            yaml.append(
                    """
                      - id: rule-%s-%05d
                        effect: allow
                        clients: [%s]
                        from: %s
                        to: %s
                        scopes: {things.read: [%s], things.write: [%s]}
                        maxLifetime: PT2M
                    """
                            .formatted(
                                    run,
                                    i,
                                    name(i % clients),
                                    audience(i % clients),
                                    audience(target),
                                    scope(target, "read"),
                                    scope(target, "write")));
        }
        return yaml.toString();
    }

    private String client(int i, boolean edited) {
        return """
              - id: %s
                audience: %s
                authentication:
                  method: client_secret
                  secretHash: sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0
                audiences: [%s, %s, %s]
                scopes: [%s, %s, %s%s]
            """
                .formatted(
                        name(i),
                        audience(i),
                        audience(i + 1),
                        audience(i + 2),
                        audience(i + 3),
                        scope(i + 1, "read"),
                        scope(i + 1, "write"),
                        scope(i + 2, "read"),
                        edited ? ", " + scope(i + 1, "admin") : "");
    }

    private String name(int i) {
        return "service-%s-%05d".formatted(run, i);
    }

    private String audience(int i) {
        return "https://api-%s-%04d.example.com".formatted(run, i % audiences);
    }

    private String scope(int i, String verb) {
        return "api-%s-%04d.%s".formatted(run, i % audiences, verb);
    }

    /** Takes it all away again: with an audience goes what hangs on it. */
    @Override
    public void close() {
        ObjectNode data = JsonNodeFactory.instance.objectNode();
        ArrayNode changes = data.putArray("changes");
        for (int i = 0; i < audiences; i++) {
            changes.addObject().putObject("audienceRetired").put("id", audience(i));
        }
        controlPlane.publish(Proposal.of(EventType.POLICY_CHANGED, data).bytes());
    }
}

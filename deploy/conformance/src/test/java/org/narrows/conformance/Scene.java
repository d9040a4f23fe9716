// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What one test class needs to exchange anything, all under names that begin with its own: an
 * issuer, a home audience and a target, a scope of every kind, a client with a secret, and a rule.
 * More is published by {@link Narrows#publish(Policy)}.
 *
 * @param from the client's home audience
 * @param to the target; its scopes are {@link #read} (needs consent) and {@link #use} (does not)
 */
public record Scene(
        Narrows narrows,
        String name,
        TestIssuer issuer,
        TestClient client,
        String from,
        String to) {
    public static final String GRANT = "urn:ietf:params:oauth:grant-type:token-exchange";
    public static final String ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
    public static final String JWT = "urn:ietf:params:oauth:token-type:jwt";
    public static final String ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token";

    /**
     * Publishes it.
     *
     * @param name of [a-z0-9-], at most 32 characters, used by one test class only
     */
    public static Scene open(String name) {
        return open(Narrows.running(), name);
    }

    /** Publishes it to another standalone than the usual one. */
    public static Scene open(Narrows narrows, String name) {
        return open(narrows, name, TestIssuer.named(name));
    }

    /** Publishes it with this issuer. */
    public static Scene open(Narrows narrows, String name, TestIssuer issuer) {
        Scene scene =
                new Scene(
                        narrows,
                        name,
                        issuer,
                        TestClient.withSecret(name + "-client"),
                        name + "-from",
                        name + "-to");
        narrows.publish(
                new Policy()
                        .issuer(scene.issuer)
                        .audience(scene.from)
                        .audience(scene.to)
                        .scope(scene.read(), scene.to, "consentable")
                        .scope(scene.use(), scene.to, "grantable")
                        .client(
                                scene.client,
                                scene.from,
                                List.of(scene.to),
                                List.of(scene.read(), scene.use()))
                        .rule(
                                name + "-rule",
                                scene.from,
                                scene.to,
                                Map.of("in", List.of(scene.read(), scene.use()))));
        return scene;
    }

    /** A scope of the target that needs the user's consent. */
    public String read() {
        return name + ".read";
    }

    /** A scope of the target that needs only the rule. */
    public String use() {
        return name + ".use";
    }

    /** Claims of a good subject token, to be changed at will. */
    public Map<String, Object> claims() {
        return issuer.claims("alice", from, "in");
    }

    public String subjectToken() {
        return issuer.sign(claims());
    }

    /** A request for {@link #use()} at the target, which is permitted for a good subject token. */
    public Form form(String subjectToken) {
        return Form.of(
                "grant_type",
                GRANT,
                "subject_token",
                subjectToken,
                "subject_token_type",
                ACCESS_TOKEN,
                "audience",
                to,
                "scope",
                use());
    }

    public Form form() {
        return form(subjectToken());
    }

    /** Exchanges as the client, authenticated by {@code client_secret_basic}. */
    public Reply exchange(Form form) {
        return narrows.post("/token-exchange", form, "Authorization", client.basic());
    }

    /** A token that the client was given for {@link #use()} at the target. */
    public String issued() {
        Reply reply = exchange(form());
        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        return reply.accessToken();
    }

    /**
     * Introspects as this client.
     *
     * @param consistency at most one: the answer is at least as fresh
     */
    public Reply introspect(TestClient caller, Form form, String... consistency) {
        List<String> headers = new ArrayList<>(List.of("Authorization", caller.basic()));
        for (String position : consistency) {
            headers.addAll(List.of("Narrows-Consistency", position));
        }
        return narrows.post("/introspect", form, headers.toArray(String[]::new));
    }

    public String consent(String subject) {
        return narrows.publish(
                "consent.granted",
                Map.of(
                        "user",
                        Map.of("issuer", issuer.url(), "subject", subject),
                        "audience",
                        to,
                        "scopes",
                        List.of(read()),
                        "client",
                        client.id()));
    }
}

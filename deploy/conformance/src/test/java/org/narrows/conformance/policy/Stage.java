// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.jwk.RSAKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.narrows.conformance.Form;
import org.narrows.conformance.Narrows;
import org.narrows.conformance.Policy;
import org.narrows.conformance.Reply;
import org.narrows.conformance.Scene;
import org.narrows.conformance.TestClient;
import org.narrows.conformance.TestIssuer;

/**
 * The {@link Scene} of one test, and short words for what these tests say again and again.
 *
 * @param api a client at home in the target, which introspects what is issued for it
 */
record Stage(Scene scene, TestClient api) {
    static final String ADMIN = "narrows-admin";
    private static final RSAKey RSA = TestIssuer.named("stage").rsa();

    /**
     * Publishes it.
     *
     * @param name of [a-z0-9-], of one test only
     */
    static Stage open(String name) {
        Stage stage =
                new Stage(
                        Scene.open(narrows(), name, issuer(name)),
                        TestClient.withSecret(name + "-api"));
        stage.publish(new Policy().client(stage.api, stage.to(), List.of(), List.of()));
        return stage;
    }

    /** One more issuer, not trusted yet; they share an RSA key, which takes long to make. */
    static TestIssuer issuer(String alias) {
        return TestIssuer.named(alias, RSA);
    }

    static Narrows narrows() {
        return Narrows.running();
    }

    /** Something more of this test's own. */
    String named(String name) {
        return scene.name() + "-" + name;
    }

    TestIssuer issuer() {
        return scene.issuer();
    }

    TestClient client() {
        return scene.client();
    }

    String from() {
        return scene.from();
    }

    String to() {
        return scene.to();
    }

    /** A consentable scope of the target. */
    String read() {
        return scene.read();
    }

    /** A grantable scope of the target. */
    String use() {
        return scene.use();
    }

    /** From home to the target; what holds {@code in} is worth {@link #read} and {@link #use}. */
    String rule() {
        return named("rule");
    }

    /**
     * One more target of the client, with a grantable scope that a rule of its own gives for {@code
     * in}. The rule's id is that of the target with {@code -rule}.
     */
    Policy target(String id, String scope, Map<String, ?> audience, Map<String, ?> rule) {
        return new Policy()
                .audience(id, audience)
                .scope(scope, id, "grantable")
                .change("clientAudienceAllowed", Map.of("client", client().id(), "audience", id))
                .change("clientScopeAllowed", Map.of("client", client().id(), "scope", scope))
                .rule(id + "-rule", from(), id, Map.of("in", List.of(scope)), rule);
    }

    /** Publishes, expects it to be applied, and waits until it is in force. */
    String publish(Policy policy) {
        return narrows().publish(policy);
    }

    /** Publishes one change as {@link #publish} does. */
    String change(String name, Map<String, ?> body) {
        return publish(new Policy().change(name, body));
    }

    /** Publishes an event as {@link #publish} does. */
    String event(String type, Map<String, ?> data) {
        return narrows().publish(type, data);
    }

    /** Expects the fold to reject it, and gives the reason. */
    static String rejected(Policy policy) {
        return rejected("policy.changed", policy.data());
    }

    static String rejected(String type, Map<String, ?> data) {
        Reply reply = narrows().propose(type, data);
        assertThat(reply.text("verdict")).as(reply.toString()).isEqualTo("rejected");
        return reply.text("reason");
    }

    /** Expects it to be refused before it is published, and gives the problem. */
    static Reply invalid(Policy policy) {
        Reply reply = narrows().propose("policy.changed", policy.data());
        assertThat(reply.status()).as(reply.toString()).isEqualTo(400);
        assertThat(reply.header("Content-Type").orElse("")).startsWith("application/problem+json");
        return reply;
    }

    Map<String, Object> user(String subject) {
        return user(issuer(), subject);
    }

    static Map<String, Object> user(TestIssuer issuer, String subject) {
        return Map.of("issuer", issuer.url(), "subject", subject);
    }

    /** The user consents at the target, as the client asked. */
    String consent(String subject, String... scopes) {
        return event(
                "consent.granted",
                Map.of(
                        "user",
                        user(subject),
                        "audience",
                        to(),
                        "scopes",
                        List.of(scopes),
                        "client",
                        client().id()));
    }

    /** The user withdraws these scopes at the target, or all. */
    String withdraw(String subject, String... scopes) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("user", user(subject));
        data.put("audience", to());
        if (scopes.length > 0) {
            data.put("scopes", List.of(scopes));
        }
        return event("consent.withdrawn", data);
    }

    /**
     * Issues an invitation to an audience.
     *
     * @param more such as {@code claims} and {@code expiresAt}
     */
    String invite(String code, String audience, Map<String, ?> more) {
        Map<String, Object> data = new LinkedHashMap<>(more);
        data.put("invitation", invitation(code));
        data.put("audience", audience);
        return event("invitation.issued", data);
    }

    /** What the log knows of a code. */
    static String invitation(String code) {
        return "sha256:" + TestClient.sha256(code);
    }

    Map<String, ?> redeemed(String code, String subject) {
        return Map.of("invitation", invitation(code), "user", user(subject));
    }

    Map<String, ?> admitted(String subject, String via) {
        return Map.of("user", user(subject), "audience", to(), "via", via);
    }

    Map<String, ?> removed(String subject) {
        return Map.of("user", user(subject), "audience", to());
    }

    /** What the control plane has at this path. */
    static JsonNode admin(String path) {
        Reply reply = narrows().admin(path);
        assertThat(reply.status()).as("%s: %s", path, reply).isEqualTo(200);
        return reply.json();
    }

    /** Whether the token is active for who is at home in the target. */
    boolean active(String token) {
        return active(api, token);
    }

    static boolean active(TestClient caller, String token) {
        Reply reply =
                Reply.onceAnswered(
                        () ->
                                narrows()
                                        .post(
                                                "/introspect",
                                                Form.of("token", token),
                                                "Authorization",
                                                caller.basic()));
        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        return reply.json().path("active").asBoolean();
    }

    /** Alice's wish for {@link #use} at the target, which is permitted. */
    Asking ask() {
        return ask("alice");
    }

    Asking ask(String subject) {
        return ask(issuer().claims(subject, from(), "in"));
    }

    /** The same with a token of these claims of the issuer's. */
    Asking ask(Map<String, ?> claims) {
        return askWith(issuer().sign(claims));
    }

    Asking askWith(String subjectToken) {
        return new Asking(client(), scene.form(subjectToken));
    }

    /** Lets the instant pass. */
    static void pass(Instant instant) throws InterruptedException {
        Thread.sleep(
                Duration.between(Instant.now(), instant.plusMillis(50)).isNegative()
                        ? Duration.ZERO
                        : Duration.between(Instant.now(), instant.plusMillis(50)));
    }

    /** Scopes as a token has them, in any order. */
    static List<String> scopes(String scope) {
        return Stream.of(scope.split(" ")).sorted().toList();
    }

    static List<String> scopes(String... scopes) {
        return Arrays.stream(scopes).sorted().collect(Collectors.toList());
    }
}

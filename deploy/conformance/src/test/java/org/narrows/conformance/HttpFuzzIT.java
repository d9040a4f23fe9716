// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.narrows.fuzz.Fuzz;

/**
 * Whatever is sent, the service answers, and never by a mistake of its own: no 500, no hang, no
 * trace in its log. It has a standalone of its own, whose policy it may ruin.
 *
 * <p>{@code -Dfuzz.seconds=N} makes each of these go on for N seconds (see {@link Fuzz}).
 */
class HttpFuzzIT {
    private static final int OVERLOADED = 503;
    private static final int LONGEST_HEADER = 32 * 1024;

    private static Narrows narrows;
    private static Scene scene;
    private static TestClient keyed;

    @BeforeAll
    static void start() {
        narrows = Narrows.start(Map.of());
        scene = Scene.open(narrows, "http-fuzz");
        keyed = TestClient.withKey("http-fuzz-keyed");
        narrows.publish(
                new Policy()
                        .client(keyed, scene.from(), List.of(scene.to()), List.of(scene.use())));
    }

    @AfterAll
    static void stop() {
        try {
            assertThat(narrows.said().lines().filter(Hostile::isOfAMistake)).isEmpty();
            assertThat(narrows.said()).doesNotContain(scene.client().secret());
            assertThat(narrows.admin("/status").json().path("quarantine")).isEmpty();
        } finally {
            narrows.close();
        }
    }

    @Test
    void any_body_is_answered() {
        String good = scene.form().and("resource", "https://b.example/a").encoded();
        List<String> corpus =
                List.of(
                        good,
                        scene.form().encoded(),
                        scene.form().without("scope").encoded(),
                        "a=b&&=");
        for (String path : List.of("/token-exchange", "/introspect", "/revoke")) {
            Map<String, Integer> answers =
                    Fuzz.run(
                            "body at " + path,
                            300,
                            corpus,
                            input ->
                                    kind(
                                            narrows.send(
                                                    request(path)
                                                            .header(
                                                                    "Authorization",
                                                                    scene.client().basic())
                                                            .POST(
                                                                    BodyPublishers.ofByteArray(
                                                                            input)))));
            assertThat(answers).hasSizeGreaterThan(1);
        }
    }

    @Test
    void any_claims_of_a_trusted_issuer_are_answered() {
        Map<String, Object> claims = scene.claims();
        claims.put("act", Map.of("sub", "x"));
        claims.put("may_act", Map.of("sub", "y"));
        claims.put("cnf", Map.of("jkt", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
        claims.put("nbf", 1);
        claims.put("auth_time", 1);
        claims.put("amr", List.of("hwk"));
        claims.put("acr", "x");
        String header =
                "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\""
                        + scene.issuer().ec().getKeyID()
                        + "\"}";
        Map<String, Integer> answers =
                Fuzz.run(
                        "claims over HTTP",
                        400,
                        List.of(Narrows.json(claims), Narrows.json(scene.claims())),
                        input ->
                                kind(
                                        scene.exchange(
                                                scene.form(
                                                        Hostile.signed(
                                                                scene.issuer().ec(),
                                                                header,
                                                                new String(input, UTF_8))))));
        assertThat(answers).containsKey("200").hasSizeGreaterThan(5);
    }

    @Test
    void any_token_and_any_header_of_one_are_answered() {
        String claims = Narrows.json(scene.claims());
        Fuzz.run(
                "token over HTTP",
                300,
                List.of(scene.subjectToken()),
                input -> kind(scene.exchange(scene.form(new String(input, UTF_8)))));
        Map<String, Integer> answers =
                Fuzz.run(
                        "header over HTTP",
                        300,
                        List.of(
                                "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"http-fuzz-ec\",\"x5c\":[\"a\"]}"),
                        input ->
                                kind(
                                        scene.exchange(
                                                scene.form(
                                                        Hostile.signed(
                                                                scene.issuer().ec(),
                                                                new String(input, UTF_8),
                                                                claims)))));
        assertThat(answers).containsKey("200").hasSizeGreaterThan(3);
    }

    @Test
    void any_client_assertion_is_answered() {
        Map<String, Integer> answers =
                Fuzz.run(
                        "assertion",
                        300,
                        List.of(Narrows.json(keyed.assertionClaims(narrows.issuer()))),
                        input -> {
                            String assertion =
                                    Hostile.signed(
                                            keyed.key(),
                                            "{\"alg\":\"ES256\"}",
                                            new String(input, UTF_8));
                            return kind(
                                    narrows.post(
                                            "/token-exchange",
                                            scene.form().and(TestClient.asserted(assertion))));
                        });
        assertThat(answers).containsKey("401 invalid_client client authentication failed");
    }

    @Test
    void any_header_is_answered() {
        String basic = scene.client().basic();
        Map<String, List<String>> headers = new LinkedHashMap<>();
        headers.put(
                "Authorization",
                List.of(
                        basic,
                        "Basic " + Base64.getEncoder().encodeToString(new byte[] {-1, 58, -1})));
        headers.put("DPoP", List.of(proof(), "a.b.c"));
        headers.put("Client-Cert", List.of(":MIIB:", "\"x\"", ":" + "A".repeat(400) + "=:"));
        headers.put("Narrows-Consistency", List.of("A".repeat(43) + ".17", "x"));
        headers.put(
                "Content-Type", List.of("application/x-www-form-urlencoded; charset=\"utf-8\""));
        headers.forEach(
                (name, corpus) -> {
                    Map<String, Integer> answers =
                            Fuzz.run(
                                    "header " + name,
                                    150,
                                    corpus,
                                    input -> {
                                        HttpRequest.Builder request =
                                                HttpRequest.newBuilder(
                                                        narrows.url("/token-exchange"));
                                        try {
                                            request.header(name, new String(input, ISO_8859_1));
                                        } catch (IllegalArgumentException e) {
                                            return "no client sends it";
                                        }
                                        for (Map.Entry<String, String> other :
                                                Map.of(
                                                                "Content-Type",
                                                                "application/x-www-form-urlencoded",
                                                                "Authorization",
                                                                basic)
                                                        .entrySet()) {
                                            if (!other.getKey().equals(name)) {
                                                request.header(other.getKey(), other.getValue());
                                            }
                                        }
                                        try {
                                            return kind(
                                                    narrows.send(
                                                            request.POST(
                                                                    BodyPublishers.ofString(
                                                                            scene.form()
                                                                                    .encoded()))));
                                        } catch (UncheckedIOException e) {
                                            // Beyond the bound of a header, it may hang up before
                                            // all
                                            // of it is sent.
                                            if (input.length < LONGEST_HEADER) {
                                                throw e;
                                            }
                                            return "hangs up on it";
                                        }
                                    });
                    assertThat(answers.keySet())
                            .as(name)
                            .anyMatch(kind -> kind.equals("200") || kind.startsWith("4"));
                });
    }

    @Test
    void any_event_is_answered() {
        List<String> corpus =
                List.of(
                        event(
                                "policy.changed",
                                Map.of(
                                        "changes",
                                        List.of(
                                                Map.of(
                                                        "issuerTrusted",
                                                        Map.of(
                                                                "issuer",
                                                                "https://fuzzed.invalid",
                                                                "alias",
                                                                "fuzzed",
                                                                "jwks",
                                                                scene.issuer().jwks()))))),
                        event(
                                "policy.changed",
                                Map.of(
                                        "changes",
                                        List.of(
                                                Map.of(
                                                        "clientRegistered",
                                                        Map.of(
                                                                "id",
                                                                "fuzzed",
                                                                "audience",
                                                                scene.from(),
                                                                "authentication",
                                                                keyed.authentication()))))),
                        event(
                                "consent.granted",
                                Map.of(
                                        "user",
                                        user(),
                                        "audience",
                                        scene.to(),
                                        "scopes",
                                        List.of(scene.read()),
                                        "client",
                                        "fuzzed")),
                        event(
                                "token.revoked",
                                Map.of(
                                        "issuer",
                                        "https://fuzzed.invalid",
                                        "tokenId",
                                        "x",
                                        "expiresAt",
                                        "2036-01-01T00:00:00Z")),
                        event(
                                "subject.revoked",
                                Map.of(
                                        "issuer",
                                        "https://fuzzed.invalid",
                                        "subject",
                                        "x",
                                        "notBefore",
                                        "2026-01-01T00:00:00Z")));
        Map<String, Integer> answers =
                Fuzz.run(
                        "POST /events",
                        250,
                        corpus,
                        input -> {
                            boolean batch = input.length > 0 && input[0] == '[';
                            Reply reply =
                                    narrows.send(
                                            HttpRequest.newBuilder(narrows.adminUrl("/events"))
                                                    .header(
                                                            "Content-Type",
                                                            batch
                                                                    ? "application/cloudevents-batch+json"
                                                                    : "application/cloudevents+json")
                                                    .header(
                                                            "Authorization",
                                                            "Bearer " + narrows.adminToken())
                                                    .POST(BodyPublishers.ofByteArray(input)));
                            return reply.status() == 200 && reply.json().isObject()
                                    ? "200 " + reply.text("verdict")
                                    : kind(reply);
                        });
        assertThat(answers).containsKeys("200 applied").hasSizeGreaterThan(3);
    }

    private static String event(String type, Map<String, ?> data) {
        return Narrows.json(
                Map.of(
                        "specversion",
                        "1.0",
                        "id",
                        UUID.randomUUID().toString(),
                        "source",
                        "/fuzz",
                        "type",
                        "org.narrows." + type + ".v1",
                        "time",
                        "2026-01-01T00:00:00Z",
                        "data",
                        data));
    }

    private static Map<String, ?> user() {
        return Map.of("issuer", scene.issuer().url(), "subject", "x");
    }

    private static String proof() {
        long now = System.currentTimeMillis() / 1_000;
        return Hostile.signed(
                keyed.key(),
                "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":"
                        + keyed.key().toPublicJWK()
                        + "}",
                "{\"htm\":\"POST\",\"htu\":\""
                        + narrows.url("/token-exchange")
                        + "\",\"iat\":"
                        + now
                        + ",\"jti\":\"1\"}");
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(narrows.url(path))
                .header("Content-Type", "application/x-www-form-urlencoded");
    }

    /** The kind of answer; overload is one, a mistake of the service is none. */
    private static String kind(Reply reply) {
        assertThat(reply.status())
                .as("%s", reply)
                .matches(status -> status < 500 || status == OVERLOADED);
        if (reply.status() != 200) {
            Hostile.nothingLeaks(reply, scene.client().secret());
        }
        if (reply.body().isEmpty() || reply.status() == 200) {
            return String.valueOf(reply.status());
        }
        return reply.status()
                + " "
                + reply.error()
                + " "
                + reply.text("error_description").replaceAll("`[^`]*`", "``");
    }
}

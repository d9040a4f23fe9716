// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * From POST /events to a verdict and to what the reads show, over a real Kafka and a real
 * PostgreSQL.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PublishIT {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String OTHERS_TOKEN = "A".repeat(43) + ".1";

    private TestLog log;
    private TestLog.Server server;

    @BeforeAll
    void start() {
        log = new TestLog().open();
        server = log.start();
        Awaitility.await().until(() -> server.get("/status").statusCode() == 200);
        assertThat(json(server.publish(Sample.policy("policy"))).path("verdict").asText())
                .isEqualTo("applied");
    }

    @AfterAll
    void end() {
        server.close();
        log.close();
    }

    @Test
    void a_published_event_has_its_verdict_and_a_consistency_token() {
        JsonNode answer = ok(server.publish(Sample.consent("consent-1", "alice")));
        assertThat(answer.path("id").asText()).isEqualTo("consent-1");
        assertThat(answer.path("verdict").asText()).isEqualTo("applied");
        long seq = answer.path("seq").asLong();
        assertThat(answer.path("consistency").asText()).isEqualTo(log.logId + "." + seq);
        assertThat(ok(server.get("/events/consent-1"))).isEqualTo(answer);

        JsonNode read =
                ok(
                        server.send(
                                server.request("/users/login/alice/consents")
                                        .header(
                                                "Narrows-Consistency",
                                                answer.path("consistency").asText())));
        assertThat(read.toString())
                .isEqualTo(
                        """
                        {"items":[{"audience":"billing-api","scopes":[{"scope":"invoice.read","client":"orders-service","since":%d}]}]}"""
                                .formatted(seq));
        assertThat(ok(server.get("/consents?issuer=" + Sample.ISSUER + "&subject=alice")))
                .isEqualTo(read);
    }

    @Test
    void ids_and_subjects_in_paths_may_be_any_text() {
        String id = "a+b/c d%|ü";
        String encoded = URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
        assertThat(ok(server.publish(Sample.consent(id, id))).path("verdict").asText())
                .isEqualTo("applied");
        assertThat(ok(server.get("/events/" + encoded)).path("id").asText()).isEqualTo(id);
        assertThat(ok(server.get("/users/login/" + encoded + "/consents")).path("items"))
                .hasSize(1);
        assertThat(
                        ok(server.get("/consents?issuer=" + Sample.ISSUER + "&subject=" + encoded))
                                .path("items"))
                .hasSize(1);
    }

    @Test
    void the_same_event_again_is_a_duplicate_that_tells_the_first_verdict() {
        byte[] event = Sample.consent("consent-twice", "bob");
        long first = ok(server.publish(event)).path("seq").asLong();
        JsonNode again = ok(server.publish(event));
        assertThat(again.path("verdict").asText()).isEqualTo("duplicate");
        assertThat(again.path("first").path("verdict").asText()).isEqualTo("applied");
        assertThat(again.path("first").path("seq").asLong()).isEqualTo(first);
        JsonNode other = ok(server.publish(Sample.consent("consent-twice", "carol")));
        assertThat(other.path("verdict").asText()).isEqualTo("rejected");
        assertThat(ok(server.get("/users/login/carol/consents")).path("items")).isEmpty();
    }

    @Test
    void the_bytes_of_a_single_event_are_published_as_they_came() {
        byte[] event = Sample.consent("consent-bytes", "dora");
        long seq = ok(server.publish(event)).path("seq").asLong();
        JsonNode record = ok(server.get("/log/" + seq));
        assertThat(Base64.getDecoder().decode(record.path("value").asText())).isEqualTo(event);
        assertThat(record.path("actor").asText()).isEqualTo("narrows|root");
        assertThat(record.path("kid").asText()).isEqualTo("control-plane");
        assertThat(record.path("type").asText()).isEqualTo("org.narrows.consent.granted.v1");
        assertThat(
                        new String(
                                Base64.getDecoder().decode(record.path("sig").asText()),
                                StandardCharsets.US_ASCII))
                .contains("..");
    }

    @Test
    void a_batch_is_answered_in_order_whatever_the_verdicts() {
        String batch =
                "["
                        + new String(Sample.consent("batch-1", "erin"), StandardCharsets.UTF_8)
                        + ","
                        + new String(
                                Sample.event(
                                        "batch-2",
                                        "policy.changed.v1",
                                        "{\"changes\":[{\"ruleRetired\":{\"id\":\"none\"}}]}"),
                                StandardCharsets.UTF_8)
                        + "]";
        JsonNode answer = ok(post("application/cloudevents-batch+json", batch));
        assertThat(answer.path(0).path("id").asText()).isEqualTo("batch-1");
        assertThat(answer.path(0).path("verdict").asText()).isEqualTo("applied");
        assertThat(answer.path(1).path("verdict").asText()).isEqualTo("rejected");
        assertThat(answer.path(1).path("reason").asText()).contains("none");
        byte[] value =
                Base64.getDecoder()
                        .decode(
                                ok(server.get("/log/" + answer.path(0).path("seq")))
                                        .path("value")
                                        .asText());
        assertThat(new String(value, StandardCharsets.UTF_8))
                .startsWith("{\"data\":{\"audience\":");
    }

    @Test
    void what_a_retired_audience_takes_along_is_said_and_is_in_the_history() {
        ok(
                server.publish(
                        Sample.event(
                                "shop-1",
                                "policy.changed.v1",
                                """
                                {"changes":[{"audienceDefined":{"id":"shop"}},
                                  {"scopeDefined":{"scope":"shop.buy","audience":"shop","kind":"grantable"}},
                                  {"clientScopeAllowed":{"client":"orders-service","scope":"shop.buy"}},
                                  {"ruleDefined":{"id":"to-shop","effect":"allow","from":"orders-api","to":"shop",
                                    "scopes":{"orders.read":["shop.buy"]}}}]}""")));
        JsonNode answer =
                ok(
                        server.publish(
                                Sample.event(
                                        "shop-2",
                                        "policy.changed.v1",
                                        "{\"changes\":[{\"audienceRetired\":{\"id\":\"shop\"}}]}",
                                        "\"reason\":\"closed\",")));
        assertThat(answer.path("took").toString())
                .contains("{\"kind\":\"rules\",\"id\":\"to-shop\"}")
                .contains("\"id\":\"shop.buy\"");
        assertThat(server.get("/rules/to-shop").statusCode()).isEqualTo(404);
        JsonNode before = ok(server.get("/rules/to-shop?at=" + (answer.path("seq").asLong() - 1)));
        assertThat(before.path("to").asText()).isEqualTo("shop");
        JsonNode history = ok(server.get("/rules/to-shop/history")).path("items");
        assertThat(history.path(1).path("change").toString())
                .isEqualTo("{\"audienceRetired\":{\"id\":\"shop\"}}");
        assertThat(history.path(1).path("reason").asText()).isEqualTo("closed");
        JsonNode ofClient = ok(server.get("/clients/orders-service/history")).path("items");
        assertThat(ofClient.path(ofClient.size() - 1).path("change").toString())
                .as("it named the scope, which named the audience")
                .isEqualTo("{\"audienceRetired\":{\"id\":\"shop\"}}");
    }

    @Test
    void what_is_wrong_in_itself_is_refused_and_not_published() {
        long before = ok(server.get("/status")).path("end").asLong();
        problem(400, "", post("application/cloudevents+json", "{"));
        HttpResponse<String> empty = post("application/cloudevents+json", "");
        problem(400, null, empty);
        assertThat(json(empty).path("detail").asText()).contains("body");
        problem(400, null, server.get("/audiences/%00"));
        problem(
                400,
                "data.audience",
                server.publish(
                        Sample.event(
                                "bad-1",
                                "user.removed.v1",
                                "{\"user\":{\"issuer\":\"https://i.invalid\",\"subject\":\"s\"}}")));
        problem(
                400,
                "expectedposition",
                server.publish(
                        Sample.event(
                                "bad-2",
                                "consent.withdrawn.v1",
                                "{\"user\":{\"issuer\":\"https://i.invalid\",\"subject\":\"s\"},\"audience\":\"a\"}",
                                "\"expectedposition\":\"-1\",")));
        problem(
                400,
                "[0].data.audience",
                post(
                        "application/cloudevents-batch+json",
                        "["
                                + new String(
                                        Sample.event(
                                                "bad-3",
                                                "user.removed.v1",
                                                "{\"user\":{\"issuer\":\"https://i.invalid\",\"subject\":\"s\"}}"),
                                        StandardCharsets.UTF_8)
                                + "]"));
        problem(415, null, post("application/json", "{}"));
        problem(
                403,
                null,
                server.publish(
                        Sample.event("bad-4", "key.revoked.v1", "{\"kid\":\"control-plane\"}")));
        problem(
                403,
                null,
                server.publish(
                        Sample.event(
                                "bad-5",
                                "consent.withdrawn.v1",
                                "{\"user\":{\"issuer\":\"https://i.invalid\",\"subject\":\"s\"},\"audience\":\"a\"}",
                                "\"actor\":\"mallory\",")));
        problem(
                413,
                null,
                server.publish(
                        Sample.event(
                                "bad-6",
                                "consent.withdrawn.v1",
                                "{}",
                                "\"reason\":\"" + "x".repeat(8 * 1024 * 1024) + "\",")));
        problem(413, null, server.publish(new byte[17 * 1024 * 1024]));
        assertThat(ok(server.get("/status")).path("end").asLong()).isEqualTo(before);
    }

    @Test
    void nobody_gets_in_without_a_token_and_nobody_further_than_its_scopes() {
        HttpResponse<String> none = server.send(server.anonymous("/status").GET());
        problem(401, null, none);
        assertThat(none.headers().firstValue("WWW-Authenticate")).isPresent();
        problem(
                401,
                null,
                server.send(
                        server.anonymous("/status").header("Authorization", "Bearer nonsense")));
        try (TestLog other = new TestLog()) {
            other.logId = log.logId;
            problem(
                    401,
                    null,
                    server.send(
                            server.anonymous("/status")
                                    .header(
                                            "Authorization",
                                            "Bearer " + other.token("policy:read"))));
        }
        HttpResponse<String> narrow =
                server.send(
                        server.anonymous("/log")
                                .header("Authorization", "Bearer " + log.token("policy:read")));
        problem(403, null, narrow);
        assertThat(narrow.headers().firstValue("WWW-Authenticate").orElse(""))
                .contains("insufficient_scope");
        assertThat(
                        server.send(
                                        server.anonymous("/rules")
                                                .header(
                                                        "Authorization",
                                                        "Bearer " + log.token("policy:read")))
                                .statusCode())
                .isEqualTo(200);
        problem(
                403,
                null,
                server.send(
                        server.anonymous("/events")
                                .header("Authorization", "Bearer " + log.token("consent:write"))
                                .header("Content-Type", "application/cloudevents+json")
                                .POST(BodyPublishers.ofByteArray(Sample.policy("not-mine")))));
        // Whatever touches the admin audience needs log:operate besides.
        byte[] admin =
                Sample.event(
                        "admin-1",
                        "user.admitted.v1",
                        "{\"user\":{\"issuer\":\"%s\",\"subject\":\"eve\"},\"audience\":\"narrows-admin\",\"via\":\"admin\"}"
                                .formatted(Sample.ISSUER));
        problem(
                403,
                null,
                server.send(
                        server.anonymous("/events")
                                .header("Authorization", "Bearer " + log.token("consent:write"))
                                .header("Content-Type", "application/cloudevents+json")
                                .POST(BodyPublishers.ofByteArray(admin))));
        assertThat(server.send(server.anonymous("/health/readiness")).statusCode()).isEqualTo(200);
        assertThat(server.send(server.anonymous("/health/liveness")).statusCode()).isEqualTo(200);
        assertThat(server.send(server.anonymous("/prometheus")).body()).contains("jvm_");
        problem(404, null, server.get("/nothing"));
    }

    @Test
    void reads_are_as_fresh_as_asked_or_say_that_they_are_not() {
        problem(
                400,
                "Narrows-Consistency",
                server.send(server.request("/status").header("Narrows-Consistency", OTHERS_TOKEN)));
        problem(
                400,
                "Narrows-Consistency",
                server.send(server.request("/status").header("Narrows-Consistency", "x y")));
        HttpResponse<String> ahead =
                server.send(
                        server.request("/status")
                                .header("Narrows-Consistency", log.logId + ".9999"));
        problem(503, null, ahead);
        assertThat(ahead.headers().firstValue("Retry-After")).isPresent();
        problem(400, "at", server.get("/rules?at=99999"));
        problem(400, "at", server.get("/rules?at=" + Instant.now().plusSeconds(60)));
        problem(400, "at", server.get("/rules?at=yesterday"));
        problem(400, "limit", server.get("/rules?limit=0"));
        assertThat(ok(server.get("/rules?at=2")).path("items")).isEmpty();
        assertThat(ok(server.get("/rules?at=" + Instant.now())).path("items")).isNotEmpty();
    }

    @Test
    void lists_come_in_pages() {
        StringBuilder ids = new StringBuilder();
        String after = "";
        do {
            JsonNode page =
                    ok(
                            server.get(
                                    "/audiences?limit=1"
                                            + (after.isEmpty() ? "" : "&after=" + after)));
            page.path("items").forEach(item -> ids.append(item.path("id").asText()).append(' '));
            after = page.path("next").asText();
        } while (!after.isEmpty());
        assertThat(ids.toString()).isEqualTo("billing-api narrows-admin orders-api ");
        assertThat(
                        ok(server.get("/log?after=1&limit=1"))
                                .path("items")
                                .path(0)
                                .path("seq")
                                .asLong())
                .isEqualTo(2);
        assertThat(ok(server.get("/issuers/login")).path("issuer").asText())
                .isEqualTo(Sample.ISSUER);
        assertThat(ok(server.get("/claims/email?audience=billing-api")).path("since").asLong())
                .isEqualTo(3);
        assertThat(server.get("/claims/email").statusCode()).isEqualTo(404);
        assertThat(ok(server.get("/decisions")).path("items")).isEmpty();
    }

    private HttpResponse<String> post(String type, String body) {
        return server.send(
                server.request("/events")
                        .header("Content-Type", type)
                        .POST(BodyPublishers.ofString(body)));
    }

    private static JsonNode ok(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return json(response);
    }

    private static void problem(int status, String path, HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type").orElse(""))
                .startsWith("application/problem+json");
        JsonNode problem = json(response);
        assertThat(problem.path("status").asInt()).isEqualTo(status);
        assertThat(problem.path("detail").asText()).isNotEmpty();
        if (path != null) {
            assertThat(problem.path("path").asText("")).isEqualTo(path);
        }
    }

    private static JsonNode json(HttpResponse<String> response) {
        try {
            return JSON.readTree(response.body());
        } catch (JsonProcessingException e) {
            throw new AssertionError(response.body(), e);
        }
    }
}

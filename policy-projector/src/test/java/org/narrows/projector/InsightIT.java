// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.narrows.events.decision.Decider;
import org.narrows.events.decision.Decision;
import org.narrows.events.decision.Decision.Basis;
import org.narrows.events.decision.Decision.Deny;
import org.narrows.events.decision.Decision.Permit;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.events.decision.DecisionRecord.RecordedReason;
import org.narrows.events.decision.Exchange;
import org.narrows.events.decision.Exchange.Parameter;
import org.narrows.events.decision.Exchange.Target;
import org.narrows.events.decision.PresentedToken;
import org.narrows.events.decision.TokenTerms;
import org.narrows.events.event.ChangeSet;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.Position;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;
import org.narrows.events.wire.DecisionCodec;
import org.narrows.projector.insight.Difference;
import org.narrows.projector.insight.WhatIf;
import org.narrows.projector.publish.UnavailableException;
import org.narrows.projector.store.LiveSnapshots;

/** Why decisions were made, and what would be decided: over a real Kafka and a real PostgreSQL. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InsightIT {
    private static final JsonMapper JSON = new JsonMapper();
    private static final IssuerUrl LOGIN = new IssuerUrl(Sample.ISSUER);

    private TestLog log;
    private TestLog.Server server;
    private int decided;

    @BeforeAll
    void start() {
        log = new TestLog().open();
        server = log.start();
        await().until(() -> server.get("/status").statusCode() == 200);
        publish(Sample.policy("policy"));
    }

    @AfterAll
    void end() {
        server.close();
        log.close();
    }

    @Test
    void who_can_names_the_clients_by_the_policy_as_of_any_seq() {
        long with =
                publish(
                        changed(
                                "{\"audienceDefined\":{\"id\":\"who-api\"}}",
                                client("who-a"),
                                rule("who", "who-a")));
        String all = items("/who-can?audience=who-api");
        assertThat(all)
                .isEqualTo(
                        """
                        [{"client":"who-a","from":"orders-api","rules":["who"],"scopes":["who.read"]}]""");
        publish(changed("{\"clientDisabled\":{\"id\":\"who-a\"}}"));
        assertThat(items("/who-can?audience=who-api")).isEqualTo("[]");
        assertThat(items("/who-can?audience=who-api&at=" + with)).isEqualTo(all);
        assertThat(server.get("/who-can?audience=who-api&at=" + (with - 1)).statusCode())
                .isEqualTo(400);
    }

    @Test
    void who_can_comes_in_pages() {
        publish(
                changed(
                        "{\"audienceDefined\":{\"id\":\"paged-api\"}}",
                        "{\"scopeDefined\":{\"scope\":\"paged.read\",\"audience\":\"paged-api\",\"kind\":\"grantable\"}}",
                        pagedClient("paged-1"),
                        pagedClient("paged-2"),
                        pagedClient("paged-3"),
                        "{\"ruleDefined\":{\"id\":\"paged\",\"effect\":\"allow\",\"from\":\"orders-api\",\"to\":\"paged-api\",\"scopes\":{\"in\":[\"paged.read\"]}}}"));
        JsonNode first = ok(server.get("/who-can?audience=paged-api&limit=2"));
        assertThat(first.path("items").findValuesAsText("client"))
                .containsExactly("paged-1", "paged-2");
        assertThat(first.path("next").asText()).isEqualTo("paged-2");
        JsonNode second = ok(server.get("/who-can?audience=paged-api&limit=2&after=paged-2"));
        assertThat(second.path("items").findValuesAsText("client")).containsExactly("paged-3");
        assertThat(second.has("next")).isFalse();
    }

    @Test
    void what_is_asked_wrongly_is_named() {
        assertThat(problem("/who-can")).isEqualTo("audience");
        assertThat(problem("/who-can?audience=")).isEqualTo("audience");
        assertThat(problem("/who-can?audience=no-such-api")).isEqualTo("audience");
        assertThat(problem("/who-can?audience=billing-api&at=yesterday")).isEqualTo("at");
        assertThat(problem("/who-can?audience=billing-api&at=999999")).isEqualTo("at");
        assertThat(problem("/who-can?audience=billing-api&limit=0")).isEqualTo("limit");
        assertThat(server.get("/decisions/none/explain").statusCode()).isEqualTo(404);
        assertThat(server.get("/lineage/none").statusCode()).isEqualTo(404);
    }

    @Test
    void each_needs_its_scope() {
        for (String path :
                List.of("/who-can?audience=billing-api", "/decisions/x/explain", "/lineage/x")) {
            String needed = path.startsWith("/who") ? "consent:read" : "decision:read";
            List<String> others = new ArrayList<>(TestLog.ADMIN_SCOPES);
            others.remove(needed);
            assertThat(as(path, others.toArray(String[]::new))).as(path).isEqualTo(403);
            assertThat(as(path, needed)).as(path).isNotEqualTo(403);
        }
    }

    private int as(String path, String... scopes) {
        return server.send(
                        server.anonymous(path)
                                .header("Authorization", "Bearer " + log.token(scopes))
                                .GET())
                .statusCode();
    }

    @Test
    void a_permit_is_explained_by_the_events_that_it_stands_on() throws Exception {
        long consent = publish(Sample.consent(Sample.id(), "ann"));
        DecisionRecord permit = land(exchange("ann", "orders.read", "invoice.read"));
        assertThat(permit.permitted()).isTrue();
        publish(Sample.withdrawn(Sample.id(), "ann"));

        JsonNode explained = explain(permit);
        assertThat(explained.path("outcome").asText()).isEqualTo("permit");
        assertThat(explained.path("same").asBoolean()).as("%s", explained).isTrue();
        assertThat(explained.path("now").path("outcome").asText()).isEqualTo("deny");
        assertThat(explained.path("now").path("reasons").findValuesAsText("code"))
                .containsExactly("consent_missing");
        assertThat(seqs(explained)).isSorted().doesNotHaveDuplicates().contains(3L, consent);
        JsonNode policy = event(explained, 3);
        assertThat(policy.path("reason").asText()).isEqualTo("first policy");
        assertThat(policy.path("actor").asText()).isEqualTo("narrows|root");
        assertThat(policy.path("type").asText()).isEqualTo("org.narrows.policy.changed.v1");
        assertThat(policy.path("about").findValuesAsText("id"))
                .contains("orders-service", "orders-to-billing", "invoice.read", "billing-api");
        assertThat(event(explained, consent).path("about").toString())
                .isEqualTo("[{\"kind\":\"consents\",\"id\":\"billing-api\"}]");
    }

    @Test
    void a_denial_is_explained_by_the_event_that_took_away_what_is_missing() throws Exception {
        publish(Sample.consent(Sample.id(), "bea"));
        long withdrawn = publish(Sample.withdrawn(Sample.id(), "bea"));
        DecisionRecord denial = land(exchange("bea", "orders.read", "invoice.read"));
        assertThat(denial.reasons())
                .extracting(RecordedReason::code)
                .containsExactly("consent_missing");
        JsonNode explained = explain(denial);
        assertThat(explained.path("same").asBoolean()).isTrue();
        assertThat(seqs(explained)).contains(withdrawn);
        publish(Sample.consent(Sample.id(), "bea"));
        assertThat(explain(denial).path("same").asBoolean()).isTrue();
        assertThat(explain(denial).path("now").path("outcome").asText()).isEqualTo("permit");
    }

    @Test
    void a_rule_that_was_retired_before_is_found() throws Exception {
        publish(
                changed(
                        "{\"audienceDefined\":{\"id\":\"gone-api\"}}",
                        "{\"clientAudienceAllowed\":{\"client\":\"orders-service\",\"audience\":\"gone-api\"}}",
                        "{\"scopeDefined\":{\"scope\":\"gone.read\",\"audience\":\"gone-api\",\"kind\":\"grantable\"}}",
                        "{\"ruleDefined\":{\"id\":\"gone\",\"effect\":\"allow\",\"from\":\"orders-api\",\"to\":\"gone-api\",\"scopes\":{\"in\":[\"gone.read\"]}}}"));
        long retired = publish(changed("{\"ruleRetired\":{\"id\":\"gone\"}}"));
        DecisionRecord denial = land(to("gone-api", exchange("ann", "in", "gone.read")));
        assertThat(denial.reasons()).extracting(RecordedReason::code).contains("no_rule");
        JsonNode explained = explain(denial);
        assertThat(explained.path("same").asBoolean()).isTrue();
        assertThat(event(explained, retired).path("about").findValuesAsText("id"))
                .containsExactly("gone");
    }

    @Test
    void what_failed_before_it_was_decided_is_taken_as_given() throws Exception {
        DecisionRecord before =
                new DecisionRecord(
                        id(),
                        new Position(log.logId, 3),
                        1,
                        1,
                        1,
                        Instant.now(),
                        new ClientId("orders-service"),
                        Optional.empty(),
                        new TreeMap<>(),
                        false,
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        List.of(new RecordedReason("invalid_token", Map.of("detail", "expired"))),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Duration.ofMillis(1));
        land(before);
        JsonNode explained = explain(before);
        assertThat(explained.path("same").asBoolean()).isTrue();
        assertThat(explained.path("now").toString())
                .isEqualTo(
                        "{\"outcome\":\"deny\",\"reasons\":[{\"code\":\"invalid_token\",\"detail\":\"expired\"}]}");
    }

    @Test
    void what_is_not_the_same_says_what_differs_and_why() throws Exception {
        publish(Sample.consent(Sample.id(), "dan"));
        DecisionRecord permit = decide(exchange("dan", "orders.read", "invoice.read"));
        DecisionRecord other =
                new DecisionRecord(
                        permit.id(),
                        permit.position(),
                        permit.generation(),
                        permit.foldVersion(),
                        Decider.VERSION + 1,
                        permit.now(),
                        permit.client(),
                        permit.exchange(),
                        permit.found(),
                        true,
                        permit.targets(),
                        permit.rules(),
                        Optional.of(Scopes.of("invoice.read", "invoice.write")),
                        List.of(),
                        permit.tokenId(),
                        permit.tokenExpiresAt(),
                        permit.lineage(),
                        permit.admits(),
                        permit.latency());
        land(other);
        JsonNode explained = explain(other);
        assertThat(explained.path("same").asBoolean()).isFalse();
        assertThat(explained.path("differences").toString())
                .isEqualTo(
                        """
                        {"granted":{"recorded":"invoice.read invoice.write","decided":"invoice.read"},\
                        "decideVersion":{"recorded":%d,"decided":%d}}"""
                                .formatted(Decider.VERSION + 1, Decider.VERSION));
        assertThat(explained.path("because").toString()).contains("version");
    }

    @Test
    void a_decision_about_a_forgotten_user_says_that_it_cannot_be_made_again() throws Exception {
        publish(Sample.consent(Sample.id(), "eva"));
        DecisionRecord permit = land(exchange("eva", "orders.read", "invoice.read"));
        assertThat(explain(permit).path("same").asBoolean()).isTrue();
        publish(
                Sample.event(
                        Sample.id(),
                        "user.forgotten.v1",
                        "{\"user\":{\"issuer\":\"%s\",\"subject\":\"eva\"}}".formatted(LOGIN)));
        JsonNode explained = explain(permit);
        assertThat(explained.path("same").asBoolean()).isFalse();
        assertThat(explained.path("because").toString()).contains("forgotten");
    }

    @Test
    void a_lineage_has_what_is_before_a_token_and_page_by_page_what_is_after() throws Exception {
        publish(Sample.consent(Sample.id(), "fay"));
        DecisionRecord root = land(exchange("fay", "orders.read", "invoice.read"));
        String token = root.tokenId().orElseThrow();
        List<DecisionRecord> derived = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            derived.add(land(derivedFrom(root, List.of(root.lineage().getFirst(), token))));
        }
        String child = derived.getFirst().tokenId().orElseThrow();
        DecisionRecord grandchild =
                land(derivedFrom(root, List.of(root.lineage().getFirst(), token, child)));

        JsonNode middle = ok(server.get("/lineage/" + child));
        assertThat(middle.path("issued").path("id").asText()).isEqualTo(derived.getFirst().id());
        assertThat(middle.path("ancestors").findValuesAsText("id")).containsExactly(root.id());
        assertThat(middle.path("descendants").findValuesAsText("id"))
                .containsExactly(grandchild.id());

        JsonNode last = ok(server.get("/lineage/" + grandchild.tokenId().orElseThrow()));
        assertThat(last.path("ancestors").findValuesAsText("id"))
                .containsExactly(root.id(), derived.getFirst().id());
        assertThat(last.path("descendants")).isEmpty();

        JsonNode foreign =
                ok(
                        server.get(
                                "/lineage/"
                                        + root.lineage().getFirst().replace("|", "%7C")
                                        + "?limit=2"));
        assertThat(foreign.has("issued")).isFalse();
        assertThat(foreign.path("ancestors")).isEmpty();
        assertThat(foreign.path("descendants").findValuesAsText("id"))
                .containsExactly(root.id(), derived.get(0).id());
        String next = foreign.path("next").asText();
        JsonNode more =
                ok(
                        server.get(
                                "/lineage/"
                                        + root.lineage().getFirst().replace("|", "%7C")
                                        + "?limit=3&after="
                                        + next));
        assertThat(more.path("descendants").findValuesAsText("id"))
                .containsExactly(derived.get(1).id(), derived.get(2).id(), grandchild.id());
        assertThat(more.has("next")).isFalse();
    }

    @Test
    void what_if_tells_what_a_policy_would_have_changed_and_changes_nothing() throws Exception {
        publish(Sample.consent(Sample.id(), "gus"));
        publish(Sample.consent(Sample.id(), "hal"));
        JsonNode without = whatIf(policy("orders.write"));
        land(exchange("gus", "orders.read", "invoice.read"));
        land(exchange("hal", "orders.read", "invoice.read"));
        land(exchange("gus", "orders.write", "invoice.read"));
        String before = ok(server.get("/rules/orders-to-billing")).toString();

        JsonNode narrower = whatIf(policy("orders.write"));
        assertThat(count(narrower, "decisions")).isEqualTo(count(without, "decisions") + 3);
        assertThat(count(narrower, "newlyDenied")).isEqualTo(count(without, "newlyDenied") + 2);
        assertThat(count(narrower, "newlyAllowed")).isEqualTo(count(without, "newlyAllowed") + 1);
        assertThat(count(narrower, "changedScope")).isEqualTo(count(without, "changedScope"));
        assertThat(narrower.path("newlyAllowed").path("clients").path(0).path("client").asText())
                .isEqualTo("orders-service");
        assertThat(ok(server.get("/rules/orders-to-billing"))).hasToString(before);

        JsonNode same = whatIf(policy("orders.read"));
        assertThat(count(same, "newlyDenied")).isZero();
        assertThat(count(same, "newlyAllowed")).isZero();
        assertThat(count(same, "changedScope")).isZero();
    }

    @Test
    void what_if_folds_events_about_users_too() throws Exception {
        publish(Sample.consent(Sample.id(), "ida"));
        DecisionRecord ida = land(exchange("ida", "orders.read", "invoice.read"));
        DecisionRecord jan = land(exchange("jan", "orders.read", "invoice.read"));
        String withdrawn = new String(Sample.withdrawn(Sample.id(), "ida"), StandardCharsets.UTF_8);
        String given = new String(Sample.consent(Sample.id(), "jan"), StandardCharsets.UTF_8);
        JsonNode difference =
                whatIf("{\"window\":\"PT1H\",\"events\":[" + withdrawn + "," + given + "]}");
        assertThat(count(difference, "newlyDenied")).isEqualTo(1);
        assertThat(examples(difference, "newlyDenied")).containsExactly(ida.id());
        assertThat(examples(difference, "newlyAllowed")).containsExactly(jan.id());
        assertThat(items("/users/login/jan/consents")).isEqualTo("[]");

        String revoked =
                new String(
                        Sample.event(
                                Sample.id(),
                                "token.revoked.v1",
                                "{\"issuer\":\"%s\",\"tokenId\":\"%s\",\"expiresAt\":\"2099-01-01T00:00:00Z\"}"
                                        .formatted(
                                                LOGIN,
                                                ida.exchange()
                                                        .orElseThrow()
                                                        .subject()
                                                        .ref()
                                                        .tokenId())),
                        StandardCharsets.UTF_8);
        assertThat(
                        examples(
                                whatIf("{\"window\":\"PT1H\",\"events\":[" + revoked + "]}"),
                                "newlyDenied"))
                .containsExactly(ida.id());
    }

    @Test
    void what_if_names_what_is_wrong_with_its_question() {
        assertThat(wrong("{\"policy\":[{}],\"window\":\"a day\"}")).isEqualTo("window");
        assertThat(wrong("{\"policy\":[{}]}")).isEqualTo("window");
        assertThat(wrong("{\"policy\":[{}],\"window\":\"-PT1H\"}")).isEqualTo("window");
        assertThat(wrong("{\"window\":\"PT1H\"}")).isEqualTo("policy");
        assertThat(wrong("{\"policy\":{},\"window\":\"PT1H\"}")).isEqualTo("policy");
        assertThat(wrong("{\"policy\":[{}],\"prune\":1,\"window\":\"PT1H\"}")).isEqualTo("prune");
        assertThat(wrong("{\"polizy\":[{}],\"window\":\"PT1H\"}")).isEqualTo("polizy");
        assertThat(wrong("{\"policy\":[{\"rulez\":[]}],\"window\":\"PT1H\"}")).isEqualTo("policy");
        assertThat(
                        wrong(
                                "{\"policy\":[{\"audiences\":[{\"id\":\"orders-service\"}]}],\"window\":\"PT1H\"}"))
                .isEqualTo("policy");
        assertThat(wrong("{\"events\":[{}],\"window\":\"PT1H\"}")).startsWith("events[0]");
        String stranger =
                new String(
                        Sample.event(
                                Sample.id(),
                                "policy.changed.v1",
                                "{\"changes\":[{\"ruleRetired\":{\"id\":\"none\"}}]}"),
                        StandardCharsets.UTF_8);
        assertThat(wrong("{\"events\":[" + stranger + "],\"window\":\"PT1H\"}"))
                .isEqualTo("events[0]");
        assertThat(
                        server.send(
                                        server.anonymous("/what-if")
                                                .header(
                                                        "Authorization",
                                                        "Bearer " + log.token("policy:read"))
                                                .header("Content-Type", "application/json")
                                                .POST(
                                                        BodyPublishers.ofString(
                                                                policy("orders.read"))))
                                .statusCode())
                .isEqualTo(403);
    }

    @Test
    void a_node_answers_one_what_if_at_a_time() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        try (ExecutorService other = Executors.newSingleThreadExecutor()) {
            Future<Difference> first =
                    other.submit(
                            () ->
                                    compare(
                                            () -> {
                                                begun.countDown();
                                                end.await();
                                                return List.of();
                                            },
                                            Duration.ofMinutes(1)));
            try {
                begun.await();
                HttpResponse<String> second = ask(policy("orders.read"));
                assertThat(second.statusCode()).as(second.body()).isEqualTo(503);
                assertThat(second.headers().firstValue("Retry-After")).isPresent();
            } finally {
                end.countDown();
            }
            first.get();
        }
        assertThat(ask(policy("orders.read")).statusCode()).isEqualTo(200);
    }

    @Test
    void what_if_that_takes_too_long_ends_and_lets_the_next_begin() {
        assertThatThrownBy(() -> compare(List::of, Duration.ZERO))
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining("ask for a shorter window");
        assertThat(ask(policy("orders.read")).statusCode()).isEqualTo(200);
    }

    private Difference compare(Callable<List<ChangeSet>> candidate, Duration within)
            throws Exception {
        return server.context
                .getBean(WhatIf.class)
                .of(
                        _ -> {
                            try {
                                return candidate.call();
                            } catch (Exception e) {
                                throw new IllegalStateException(e);
                            }
                        },
                        Duration.ofHours(1),
                        within);
    }

    @Test
    void what_if_looks_no_further_back_than_decisions_are_kept() {
        for (String window : List.of("P90DT1S", "P400000D", "P1000000000D", "P106751991167300D")) {
            assertThat(wrong("{\"policy\":[{}],\"window\":\"" + window + "\"}"))
                    .as(window)
                    .isEqualTo("window");
        }
        assertThat(ask("{\"policy\":[{}],\"window\":\"P90D\"}").statusCode()).isEqualTo(200);
    }

    @Test
    void what_if_takes_the_scopes_that_reading_the_same_takes() {
        String ofPolicy = policy("orders.read");
        String policyEvent = event(changed("{\"ruleRetired\":{\"id\":\"none\"}}"));
        String consent = event(Sample.consent(Sample.id(), "kim"));
        String resolved = event(Sample.event(Sample.id(), "quarantine.resolved.v1", "{\"seq\":7}"));
        for (var one :
                Map.of(
                                ofPolicy, "policy:read",
                                policyEvent, "policy:read",
                                consent, "consent:read",
                                resolved, "log:operate")
                        .entrySet()) {
            List<String> others = new ArrayList<>(TestLog.ADMIN_SCOPES);
            others.remove(one.getValue());
            HttpResponse<String> refused = askAs(one.getKey(), others.toArray(String[]::new));
            assertThat(refused.statusCode()).as(one.getKey()).isEqualTo(403);
            assertThat(refused.body()).contains(one.getValue());
            assertThat(askAs(one.getKey(), "decision:read", one.getValue()).statusCode())
                    .as(one.getKey())
                    .isNotEqualTo(403);
        }
    }

    private static String event(byte[] event) {
        return "{\"window\":\"PT1H\",\"events\":["
                + new String(event, StandardCharsets.UTF_8)
                + "]}";
    }

    private HttpResponse<String> askAs(String question, String... scopes) {
        return server.send(
                server.anonymous("/what-if")
                        .header("Authorization", "Bearer " + log.token(scopes))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(question)));
    }

    @Test
    void an_instant_that_the_database_cannot_hold_is_named() {
        for (String year : List.of("-1000000000", "-5000", "0000", "%2B10000", "%2B1000000000")) {
            String instant = year + "-01-01T00:00:00Z";
            assertThat(problem("/decisions?since=" + instant)).isEqualTo("since");
            assertThat(problem("/decisions?until=" + instant)).isEqualTo("until");
            assertThat(problem("/who-can?audience=billing-api&at=" + instant)).isEqualTo("at");
        }
        for (String held : List.of("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z")) {
            ok(server.get("/decisions?since=" + held));
            ok(server.get("/decisions?until=" + held));
        }
    }

    private static String policy(String holds) {
        return """
        {"window":"PT1H","policy":[{"rules":[{"id":"orders-to-billing","effect":"allow","from":"orders-api",
          "to":"billing-api","scopes":{"%s":["invoice.read"]}}]}]}"""
                .formatted(holds);
    }

    private HttpResponse<String> ask(String question) {
        return server.send(
                server.request("/what-if")
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(question)));
    }

    private JsonNode whatIf(String question) {
        return ok(ask(question));
    }

    private String wrong(String question) {
        HttpResponse<String> response = ask(question);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        return json(response).path("path").asText();
    }

    private static long count(JsonNode difference, String kind) {
        return difference.path(kind).path("count").asLong();
    }

    /** All of one kind, of the only client there is. */
    private static List<String> examples(JsonNode difference, String kind) {
        List<String> ids = new ArrayList<>();
        difference
                .path(kind)
                .path("clients")
                .path(0)
                .path("examples")
                .forEach(id -> ids.add(id.asText()));
        return ids;
    }

    private DecisionRecord derivedFrom(DecisionRecord root, List<String> lineage) {
        return new DecisionRecord(
                id(),
                root.position(),
                1,
                1,
                1,
                Instant.now(),
                root.client(),
                root.exchange(),
                new TreeMap<>(),
                true,
                root.targets(),
                root.rules(),
                root.granted(),
                List.of(),
                Optional.of(UUID.randomUUID().toString()),
                root.tokenExpiresAt(),
                lineage,
                List.of(),
                Duration.ofMillis(1));
    }

    // What is asked, decided by the same code as a node would, and landed.

    private static Exchange exchange(String subject, String holds, String asks) {
        PresentedToken token =
                new PresentedToken(
                        new TokenRef(LOGIN, UUID.randomUUID().toString()),
                        new PresentedToken.Origin.Foreign(LOGIN),
                        new User(LOGIN, subject),
                        ActorKind.USER,
                        false,
                        new TreeSet<>(List.of("orders-api")),
                        Optional.empty(),
                        Scopes.parse(holds),
                        Optional.of(Instant.now()),
                        Instant.now().plusSeconds(600),
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        new TreeSet<>(),
                        new TreeMap<>());
        return new Exchange(
                new ClientId("orders-service"),
                token,
                Optional.empty(),
                List.of(new Target(Parameter.AUDIENCE, "billing-api")),
                Optional.of(Scopes.parse(asks)),
                List.of());
    }

    private static Exchange to(String audience, Exchange exchange) {
        return new Exchange(
                exchange.client(),
                exchange.subject(),
                exchange.actor(),
                List.of(new Target(Parameter.AUDIENCE, audience)),
                exchange.requested(),
                exchange.proven());
    }

    private DecisionRecord decide(Exchange exchange) {
        Instant now = Instant.now();
        return server.context
                .getBean(LiveSnapshots.class)
                .read(
                        head -> {
                            Decision decision =
                                    Decider.decide(
                                            exchange,
                                            head.of(
                                                    Decider.usersOf(exchange, head.policy()),
                                                    Decider.tokensOf(exchange, head.policy())),
                                            now);
                            Optional<Permit> permit =
                                    decision instanceof Permit p
                                            ? Optional.of(p)
                                            : Optional.empty();
                            Optional<TokenTerms> terms = permit.map(Permit::terms);
                            return new DecisionRecord(
                                    id(),
                                    head.head().position(),
                                    head.head().generation(),
                                    head.head().foldVersion(),
                                    Decider.VERSION,
                                    now,
                                    exchange.client(),
                                    Optional.of(exchange),
                                    new TreeMap<>(),
                                    permit.isPresent(),
                                    Decider.targetsOf(exchange, head.policy()),
                                    permit.map(Permit::basis).orElse(List.of()).stream()
                                            .map(Basis::rule)
                                            .toList(),
                                    terms.map(TokenTerms::scopes),
                                    decision instanceof Deny deny
                                            ? deny.reasons().stream()
                                                    .map(RecordedReason::of)
                                                    .toList()
                                            : List.of(),
                                    terms.map(_ -> UUID.randomUUID().toString()),
                                    terms.map(TokenTerms::expiresAt),
                                    terms.map(TokenTerms::lineage).orElse(List.of()),
                                    permit.map(Permit::admits).orElse(List.of()),
                                    Duration.ofMillis(1));
                        });
    }

    private String id() {
        return "019b7a6c-0000-7000-8000-%012d".formatted(++decided);
    }

    private DecisionRecord land(Exchange exchange) {
        return land(decide(exchange));
    }

    private DecisionRecord land(DecisionRecord decision) {
        log.sendDecision(decision.id(), DecisionCodec.encode(decision));
        await().until(() -> server.get("/decisions/" + decision.id()).statusCode() == 200);
        return decision;
    }

    private JsonNode explain(DecisionRecord decision) {
        return ok(server.get("/decisions/" + decision.id() + "/explain"));
    }

    private static List<Long> seqs(JsonNode explained) {
        List<Long> seqs = new ArrayList<>();
        explained.path("history").forEach(event -> seqs.add(event.path("seq").asLong()));
        return seqs;
    }

    private static JsonNode event(JsonNode explained, long seq) {
        for (JsonNode event : explained.path("history")) {
            if (event.path("seq").asLong() == seq) {
                return event;
            }
        }
        throw new AssertionError("no event " + seq + " in " + explained.path("history"));
    }

    // What is published and read.

    private static byte[] changed(String... changes) {
        return Sample.event(
                Sample.id(),
                "policy.changed.v1",
                "{\"changes\":[" + String.join(",", changes) + "]}");
    }

    private static String client(String id) {
        return """
        {"clientRegistered":{"id":"%1$s","audience":"orders-api","authentication":{"method":"client_secret",
          "secretHash":"sha256:n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"}}},
        {"clientAudienceAllowed":{"client":"%1$s","audience":"who-api"}},
        {"clientScopeAllowed":{"client":"%1$s","scope":"who.read"}}"""
                .formatted(id);
    }

    private static String pagedClient(String id) {
        return client(id).replace("who-api", "paged-api").replace("who.read", "paged.read");
    }

    private static String rule(String id, String client) {
        return """
        {"scopeDefined":{"scope":"who.read","audience":"who-api","kind":"grantable"}},
        {"ruleDefined":{"id":"%s","effect":"allow","from":"orders-api","to":"who-api","clients":["%s"],
          "scopes":{"in":["who.read"]}}}"""
                .formatted(id, client);
    }

    private long publish(byte[] event) {
        JsonNode verdict = ok(server.publish(event));
        assertThat(verdict.path("verdict").asText()).as("%s", verdict).isEqualTo("applied");
        return verdict.path("seq").asLong();
    }

    private String items(String path) {
        return ok(server.get(path)).path("items").toString();
    }

    private String problem(String path) {
        HttpResponse<String> response = server.get(path);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        return json(response).path("path").asText();
    }

    private static JsonNode ok(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return json(response);
    }

    private static JsonNode json(HttpResponse<String> response) {
        try {
            return JSON.readTree(response.body());
        } catch (JsonProcessingException e) {
            throw new AssertionError(response.body(), e);
        }
    }
}

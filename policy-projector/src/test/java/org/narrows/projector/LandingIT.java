// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.events.decision.DecisionRecord.RecordedReason;
import org.narrows.events.decision.Exchange;
import org.narrows.events.decision.Exchange.Parameter;
import org.narrows.events.decision.Exchange.Target;
import org.narrows.events.decision.PresentedToken;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.Position;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;
import org.narrows.events.wire.DecisionCodec;

/** Decisions from their topic to the answers of admins, and what they owe to the log. */
class LandingIT {
    private static final JsonMapper JSON = new JsonMapper();
    private static final IssuerUrl LOGIN = new IssuerUrl(Sample.ISSUER);
    private static final AudienceId BILLING = new AudienceId("billing-api");

    @Test
    void decisions_land_once_each_and_memberships_they_owe_are_published() throws Exception {
        try (TestLog log = new TestLog().open();
                TestLog.Server server = log.start()) {
            await().until(() -> server.get("/status").statusCode() == 200);
            server.publish(Sample.policy("policy"));
            DecisionRecord permit =
                    decision(log, "019b7a6c-0000-7000-8000-000000000001", "alice", true);
            DecisionRecord denial =
                    decision(log, "019b7a6c-0000-7000-8000-000000000002", "bob", false);
            log.sendDecision(permit.id(), DecisionCodec.encode(permit));
            log.sendDecision(permit.id(), DecisionCodec.encode(permit));
            log.sendDecision(denial.id(), DecisionCodec.encode(denial));

            await().until(() -> server.get("/decisions/" + permit.id()).statusCode() == 200);
            await().until(() -> server.get("/decisions/" + denial.id()).statusCode() == 200);
            JsonNode one = read(server, "/decisions/" + permit.id());
            assertThat(one.path("outcome").asText()).isEqualTo("permit");
            assertThat(one.path("position").path("seq").asLong()).isEqualTo(3);
            assertThat(one.path("client").asText()).isEqualTo("orders-service");
            assertThat(one.path("user").toString())
                    .isEqualTo("{\"issuer\":\"" + LOGIN + "\",\"subject\":\"alice\"}");
            assertThat(one.path("from").asText()).isEqualTo("orders-api");
            assertThat(one.path("to").asText()).isEqualTo("billing-api");
            assertThat(one.path("rules").toString()).isEqualTo("[\"orders-to-billing\"]");
            assertThat(one.path("granted").asText()).isEqualTo("invoice.read");
            assertThat(one.path("latency").asText()).isEqualTo("PT0.001S");
            assertThat(read(server, "/decisions/" + denial.id()).path("reasons").toString())
                    .isEqualTo("[{\"code\":\"consent_missing\",\"scopes\":\"invoice.read\"}]");

            assertThat(ids(server, "")).containsExactly(denial.id(), permit.id());
            assertThat(ids(server, "?outcome=permit")).containsExactly(permit.id());
            assertThat(ids(server, "?user=login%7Cbob")).containsExactly(denial.id());
            assertThat(ids(server, "?reason=consent_missing")).containsExactly(denial.id());
            assertThat(ids(server, "?to=billing-api&client=orders-service&limit=1"))
                    .containsExactly(denial.id());
            assertThat(ids(server, "?since=2999-01-01T00:00:00Z")).isEmpty();
            assertThat(server.get("/decisions?outcome=maybe").statusCode()).isEqualTo(400);

            String event = permit.id() + ":billing-api";
            await().until(() -> server.get("/events/" + event).statusCode() == 200);
            assertThat(
                            read(server, "/users/login/alice/memberships")
                                    .path("items")
                                    .path(0)
                                    .path("via")
                                    .asText())
                    .isEqualTo("sign-up");
            await().until(() -> owed(log) == 0);
        }
    }

    @Test
    void what_cannot_be_landed_stops_the_landing_and_is_never_skipped() throws Exception {
        try (TestLog log = new TestLog().open();
                TestLog.Server server = log.start()) {
            await().until(() -> server.get("/health/readiness").statusCode() == 200);
            log.sendDecision("x", "{\"no\":\"decision\"}".getBytes(StandardCharsets.UTF_8));
            await().until(() -> server.get("/health/readiness").statusCode() == 503);
            assertThat(server.get("/health/readiness").body()).isEqualTo("{\"status\":\"DOWN\"}");
            DecisionRecord after = decision(log, "x", "alice", false);
            log.sendDecision("x", DecisionCodec.encode(after));
            Thread.sleep(3000);
            assertThat(read(server, "/decisions").path("items")).isEmpty();
            assertThat(server.get("/health/readiness").statusCode()).isEqualTo(503);
        }
    }

    @Test
    void a_target_that_no_column_can_hold_does_not_stop_the_landing() throws Exception {
        try (TestLog log = new TestLog().open();
                TestLog.Server server = log.start()) {
            DecisionRecord nul =
                    naming(
                            decision(log, "019b7a6c-0000-7000-8000-000000000003", "eve", false),
                            "billing\u0000api");
            DecisionRecord next =
                    decision(log, "019b7a6c-0000-7000-8000-000000000004", "bob", false);
            log.sendDecision(nul.id(), DecisionCodec.encode(nul));
            log.sendDecision(next.id(), DecisionCodec.encode(next));
            await().until(() -> server.get("/decisions/" + next.id()).statusCode() == 200);
            assertThat(read(server, "/decisions/" + nul.id()).path("outcome").asText())
                    .isEqualTo("deny");
        }
    }

    /** Refused, for a target that is none. */
    private static DecisionRecord naming(DecisionRecord denial, String audience) {
        Exchange exchange = denial.exchange().orElseThrow();
        return new DecisionRecord(
                denial.id(),
                denial.position(),
                denial.generation(),
                denial.foldVersion(),
                denial.decideVersion(),
                denial.now(),
                denial.client(),
                Optional.of(
                        new Exchange(
                                exchange.client(),
                                exchange.subject(),
                                exchange.actor(),
                                List.of(new Target(Parameter.AUDIENCE, audience)),
                                exchange.requested(),
                                exchange.proven())),
                denial.found(),
                false,
                List.of(),
                List.of(),
                Optional.empty(),
                List.of(new RecordedReason("target_unknown", Map.of())),
                Optional.empty(),
                Optional.empty(),
                denial.lineage(),
                List.of(),
                denial.latency());
    }

    private static DecisionRecord decision(
            TestLog log, String id, String subject, boolean permitted) {
        Instant now = Instant.now();
        User user = new User(LOGIN, subject);
        PresentedToken token =
                new PresentedToken(
                        new TokenRef(LOGIN, "jti-" + id),
                        new PresentedToken.Origin.Foreign(LOGIN),
                        user,
                        ActorKind.USER,
                        false,
                        new TreeSet<>(List.of("orders-api")),
                        Optional.empty(),
                        Scopes.of("orders.read"),
                        Optional.of(now),
                        now.plusSeconds(300),
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        new TreeSet<>(),
                        new TreeMap<>());
        Exchange exchange =
                new Exchange(
                        new ClientId("orders-service"),
                        token,
                        Optional.empty(),
                        List.of(new Target(Parameter.AUDIENCE, "billing-api")),
                        Optional.of(Scopes.of("invoice.read")),
                        List.of());
        return new DecisionRecord(
                id,
                new Position(log.logId, 3),
                1,
                1,
                1,
                now,
                new ClientId("orders-service"),
                Optional.of(exchange),
                new TreeMap<>(),
                permitted,
                List.of(BILLING),
                permitted ? List.of(new RuleId("orders-to-billing")) : List.of(),
                permitted ? Optional.of(Scopes.of("invoice.read")) : Optional.empty(),
                permitted
                        ? List.of()
                        : List.of(
                                new RecordedReason(
                                        "consent_missing", Map.of("scopes", "invoice.read"))),
                permitted ? Optional.of("token-" + id) : Optional.empty(),
                permitted ? Optional.of(now.plusSeconds(60)) : Optional.empty(),
                List.of("login|jti-" + id),
                permitted ? List.of(BILLING) : List.of(),
                Duration.ofMillis(1));
    }

    private static JsonNode read(TestLog.Server server, String path) throws Exception {
        return JSON.readTree(server.get(path).body());
    }

    private static List<String> ids(TestLog.Server server, String query) throws Exception {
        return read(server, "/decisions" + query).path("items").findValuesAsText("id");
    }

    private static long owed(TestLog log) throws Exception {
        try (var connection = log.connect();
                var statement = connection.createStatement();
                var row =
                        statement.executeQuery(
                                "select count(*) from narrows.admission_owed where settled_seq is null")) {
            row.next();
            return row.getLong(1);
        }
    }
}

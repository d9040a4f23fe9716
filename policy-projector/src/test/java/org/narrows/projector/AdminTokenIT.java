// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.narrows.events.wire.KeySets;

/** Tokens that Narrows issued for its admins, over a real log, store and HTTP. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AdminTokenIT {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String SIGNING_KEY = TestLog.newKey("signs");
    private static final String ADMIN_URL = "https://admin.narrows.test.invalid/control";
    private static final String ALL = "policy:read policy:write consent:write log:operate";

    @TempDir static Path directory;

    private TestLog log;
    private TestLog.Server server;

    @BeforeAll
    void start() {
        log = new TestLog().open();
        // The public half suffices here.
        server =
                log.start(
                        Map.of(
                                "narrows.signing-keys",
                                keys("keys.jwks", SIGNING_KEY),
                                "narrows.admin-url",
                                ADMIN_URL + "/"));
        Awaitility.await().until(() -> server.get("/status").statusCode() == 200);
    }

    @AfterAll
    void end() {
        server.close();
        log.close();
    }

    private String keys(String name, String... privateJwks) {
        List<String> keys = new ArrayList<>();
        for (String jwk : privateJwks) {
            keys.add(KeySets.publicPart(jwk));
        }
        Path file = directory.resolve(name);
        try {
            Files.writeString(file, "{\"keys\":[" + String.join(",", keys) + "]}");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return file.toString();
    }

    /** A world whose user `ann` is an admin, and the seq from which she is one. */
    private AdminWorld world(String name) {
        AdminWorld world = new AdminWorld(name, SIGNING_KEY);
        applied(server.publish(world.policy()));
        return world;
    }

    private long admit(AdminWorld world, String subject) {
        return applied(server.publish(world.admitted(subject))).path("seq").asLong();
    }

    @Test
    void an_issued_token_lets_its_user_in_as_far_as_its_scopes() {
        AdminWorld world = world("good");
        long seq = admit(world, "ann");
        String token = world.token("ann", seq, "policy:read policy:write");
        assertThat(get("/rules", "Bearer " + token).statusCode()).isEqualTo(200);
        assertThat(get("/rules", "bEaReR " + token).statusCode()).isEqualTo(200);
        assertThat(get("/log", "Bearer " + token).statusCode()).isEqualTo(403);

        byte[] change = world.change("{\"audienceDefined\":{\"id\":\"good-other\"}}");
        JsonNode published = applied(post(change, "Bearer " + token));
        assertThat(
                        json(server.get("/log/" + published.path("seq").asLong()))
                                .path("actor")
                                .asText())
                .isEqualTo("good|ann");
    }

    @Test
    void nobody_publishes_in_the_name_of_somebody_else() {
        AdminWorld world = world("named");
        String token = world.token("ann", admit(world, "ann"), ALL);
        String data = "{\"changes\":[{\"audienceDefined\":{\"id\":\"named-other\"}}]}";
        byte[] others =
                Sample.event(Sample.id(), "policy.changed.v1", data, "\"actor\":\"narrows|root\",");
        assertThat(post(others, "Bearer " + token).statusCode()).isEqualTo(403);
        byte[] own =
                Sample.event(Sample.id(), "policy.changed.v1", data, "\"actor\":\"named|ann\",");
        applied(post(own, "Bearer " + token));
    }

    @Test
    void what_touches_the_admin_audience_needs_log_operate_besides() {
        AdminWorld world = world("touch");
        long seq = admit(world, "ann");
        byte[] retired = world.change("{\"ruleRetired\":{\"id\":\"touch-rule\"}}");
        String writes = world.token("ann", seq, "policy:write");
        assertThat(post(retired, "Bearer " + writes).statusCode()).isEqualTo(403);
        String operates = world.token("ann", seq, "policy:write log:operate");
        applied(post(retired, "Bearer " + operates));
        unauthorized(get("/status", "Bearer " + operates));
    }

    @Test
    void only_tokens_for_the_admin_audience_alone_count() {
        AdminWorld world = world("aud");
        long seq = admit(world, "ann");
        assertThat(with(world, seq, "aud", List.of("narrows-admin"))).isEqualTo(200);
        assertThat(with(world, seq, "aud", List.of("narrows-admin", "aud-home"))).isEqualTo(401);
        assertThat(with(world, seq, "aud", "aud-home")).isEqualTo(401);
        assertThat(with(world, seq, "aud", List.of())).isEqualTo(401);
    }

    @Test
    void only_what_the_signing_keys_signed_as_an_access_token_of_this_issuer_counts() {
        AdminWorld world = world("form");
        long seq = admit(world, "ann");
        Map<String, Object> claims = world.claims("ann", seq, "policy:read");
        assertThat(get("/rules", "Bearer " + world.sign(claims)).statusCode()).isEqualTo(200);
        unauthorized(
                get(
                        "/rules",
                        "Bearer " + AdminWorld.sign(TestLog.newKey("signs"), "at+jwt", claims)));
        unauthorized(get("/rules", "Bearer " + AdminWorld.sign(log.rootJwk(), "at+jwt", claims)));
        for (String type : List.of("JWT", "narrows-admin+jwt", "dpop+jwt")) {
            unauthorized(get("/rules", "Bearer " + world.sign(type, claims)));
        }
        assertThat(with(world, seq, "iss", "https://other.test.invalid")).isEqualTo(401);
        assertThat(with(world, seq, "exp", Instant.now().getEpochSecond() - 1)).isEqualTo(401);
        assertThat(with(world, seq, "policy_seq", "1")).isEqualTo(401);
        assertThat(with(world, seq, "provenance", Map.of())).isEqualTo(401);
        assertThat(with(world, seq, "sub", "nobody-knows|ann")).isEqualTo(401);
        String good = world.sign(claims);
        for (String header :
                List.of(
                        "Bearer " + good + "=",
                        "Bearer " + good + " more",
                        "Bearer  ",
                        "Bearer",
                        "Basic " + good,
                        good)) {
            unauthorized(get("/rules", header));
        }
        unauthorized(
                server.send(
                        server.anonymous("/rules")
                                .header("Authorization", "Bearer " + good)
                                .header("Authorization", "Bearer " + good)));
    }

    @Test
    void a_refusal_tells_strangers_nothing_about_why() {
        AdminWorld world = world("mute");
        long seq = admit(world, "ann");
        Map<String, Object> claims = world.claims("ann", seq, "policy:read");
        HttpResponse<String> forged =
                get("/rules", "Bearer " + AdminWorld.sign(TestLog.newKey("x"), "at+jwt", claims));
        claims.put("aud", "mute-home");
        HttpResponse<String> misdirected = get("/rules", "Bearer " + world.sign(claims));
        HttpResponse<String> nonsense = get("/rules", "Bearer nonsense");
        assertThat(forged.body()).isEqualTo(misdirected.body()).isEqualTo(nonsense.body());
        assertThat(forged.headers().allValues("WWW-Authenticate"))
                .isEqualTo(misdirected.headers().allValues("WWW-Authenticate"))
                .isEqualTo(nonsense.headers().allValues("WWW-Authenticate"))
                .containsExactly("Bearer realm=\"narrows-admin\", error=\"invalid_token\"");
    }

    @Test
    void a_token_is_refused_from_the_moment_that_anything_it_stands_on_has_ended() {
        endsWith(
                "revoked",
                (world, claims) ->
                        Sample.event(
                                Sample.id(),
                                "token.revoked.v1",
                                "{\"issuer\":\"%s\",\"tokenId\":\"%s\",\"expiresAt\":\"%s\"}"
                                        .formatted(
                                                TestLog.OURS,
                                                claims.get("jti"),
                                                Instant.now().plusSeconds(600))));
        endsWith(
                "ancestor",
                (world, _) ->
                        Sample.event(
                                Sample.id(),
                                "token.revoked.v1",
                                "{\"issuer\":\"%s\",\"tokenId\":\"root-of-ann\",\"expiresAt\":\"%s\"}"
                                        .formatted(
                                                world.issuer(), Instant.now().plusSeconds(600))));
        endsWith(
                "subject",
                (world, _) ->
                        Sample.event(
                                Sample.id(),
                                "subject.revoked.v1",
                                "{\"issuer\":\"%s\",\"subject\":\"ann\",\"notBefore\":\"%s\"}"
                                        .formatted(world.issuer(), Instant.now().plusSeconds(60))));
        endsWith("rule", (world, _) -> world.change("{\"ruleRetired\":{\"id\":\"rule-rule\"}}"));
        endsWith(
                "client",
                (world, _) -> world.change("{\"clientDisabled\":{\"id\":\"client-client\"}}"));
        endsWith(
                "scope",
                (world, _) ->
                        world.change(
                                "{\"clientScopeWithdrawn\":{\"client\":\"scope-client\",\"scope\":\"policy:read\"}}"));
        endsWith(
                "issuer",
                (world, _) ->
                        world.change(
                                "{\"issuerDistrusted\":{\"issuer\":\"" + world.issuer() + "\"}}"));
        endsWith("member", (world, _) -> world.user("user.removed.v1", "ann", ""));
        endsWith(
                "denied",
                (world, _) ->
                        world.change(
                                """
                                {"ruleDefined":{"id":"denied-deny","effect":"deny","from":"denied-home",
                                  "to":"narrows-admin","clients":["denied-client"],"issuers":["%s"]}}"""
                                        .formatted(world.issuer())));
    }

    /** What ends one token. */
    private interface End {
        byte[] of(AdminWorld world, Map<String, Object> claims);
    }

    private void endsWith(String name, End end) {
        AdminWorld world = world(name);
        long seq = admit(world, "ann");
        Map<String, Object> claims = world.claims("ann", seq, "policy:read");
        String token = world.sign(claims);
        HttpResponse<String> before = get("/rules", "Bearer " + token);
        assertThat(before.statusCode()).as(name + before.body()).isEqualTo(200);
        applied(server.publish(end.of(world, claims)));
        assertThat(get("/rules", "Bearer " + token).statusCode()).as(name).isEqualTo(401);
    }

    @Test
    void what_ended_and_is_given_again_does_not_revive_a_token() {
        AdminWorld world = world("again");
        String token = world.token("ann", admit(world, "ann"), "policy:read");
        applied(server.publish(world.user("user.removed.v1", "ann", "")));
        long seq = admit(world, "ann");
        unauthorized(get("/rules", "Bearer " + token));
        assertThat(get("/rules", "Bearer " + world.token("ann", seq, "policy:read")).statusCode())
                .isEqualTo(200);
    }

    @Test
    void a_token_without_any_grounds_in_the_log_lets_nobody_in() {
        AdminWorld world = world("grounds");
        long seq = admit(world, "ann");
        String stranger = world.token("eve", seq, "policy:read");
        unauthorized(get("/rules", "Bearer " + stranger));
        String before = world.token("ann", 1, "policy:read");
        unauthorized(get("/rules", "Bearer " + before));
    }

    @Test
    void a_bound_token_is_worth_nothing_to_whoever_merely_holds_it() {
        AdminWorld world = world("bound");
        long seq = admit(world, "ann");
        Map<String, Object> claims = world.claims("ann", seq, "policy:read");
        String thumbprint = KeySets.thumbprint(TestLog.newKey("dpop"));
        for (Object cnf :
                List.of(
                        Map.of("jkt", thumbprint),
                        Map.of("x5t#S256", thumbprint),
                        Map.of("kid", "other"),
                        Map.of(),
                        "text")) {
            claims.put("cnf", cnf);
            unauthorized(get("/rules", "Bearer " + world.sign(claims)));
            String token = world.sign(claims);
            DpopKey key = new DpopKey(TestLog.newKey("other"));
            unauthorized(dpop("/rules", token, fresh(key, token)));
        }
        claims.remove("cnf");
        assertThat(get("/rules", "Bearer " + world.sign(claims)).statusCode()).isEqualTo(200);
        String ofRoot = log.token("policy:read");
        DpopKey key = new DpopKey(TestLog.newKey("roots"));
        unauthorized(dpop("/rules", ofRoot, fresh(key, ofRoot)));
    }

    @Test
    void a_token_bound_to_a_key_opens_with_a_fresh_proof_of_that_key_for_this_very_request() {
        AdminWorld world = world("proof");
        long seq = admit(world, "ann");
        DpopKey key = new DpopKey(TestLog.newKey("dpop"));
        Map<String, Object> claims = world.claims("ann", seq, "policy:read policy:write");
        claims.put("cnf", Map.of("jkt", key.thumbprint()));
        String token = world.sign(claims);

        String proof = key.proof(key.claims("GET", ADMIN_URL + "/rules", token));
        assertThat(dpop("/rules?limit=1", token, proof).statusCode()).isEqualTo(200);
        badProof(dpop("/rules?limit=1", token, proof));

        badProof(dpop("/rules", token));
        badProof(dpop("/rules", token, fresh(key, token), fresh(key, token)));
        badProof(dpop("/rules", token, "nonsense"));
        badProof(dpop("/rules", token, key.proof(key.claims("POST", ADMIN_URL + "/rules", token))));
        badProof(dpop("/rules", token, key.proof(key.claims("GET", ADMIN_URL + "/log", token))));
        badProof(dpop("/rules", token, key.proof(key.claims("GET", server.uri + "/rules", token))));
        badProof(
                dpop(
                        "/rules",
                        token,
                        key.proof(key.claims("GET", ADMIN_URL + "/rules", "another"))));
        Map<String, Object> old = key.claims("GET", ADMIN_URL + "/rules", token);
        old.put("iat", Instant.now().getEpochSecond() - 120);
        badProof(dpop("/rules", token, key.proof(old)));
        old.remove("ath");
        old.put("iat", Instant.now().getEpochSecond());
        badProof(dpop("/rules", token, key.proof(old)));

        DpopKey other = new DpopKey(TestLog.newKey("other"));
        unauthorized(dpop("/rules", token, fresh(other, token)));
        unauthorized(
                server.send(
                        server.anonymous("/rules")
                                .header("Authorization", "Bearer " + token)
                                .header("DPoP", fresh(key, token))));
        claims.remove("cnf");
        String unbound = world.sign(claims);
        unauthorized(dpop("/rules", unbound, fresh(key, unbound)));

        assertThat(dpop("/rules", token, fresh(key, token)).statusCode()).isEqualTo(200);
        applied(server.publish(world.change("{\"ruleRetired\":{\"id\":\"proof-rule\"}}")));
        unauthorized(dpop("/rules", token, fresh(key, token)));
    }

    private static String fresh(DpopKey key, String token) {
        return key.proof(key.claims("GET", ADMIN_URL + "/rules", token));
    }

    private HttpResponse<String> dpop(String path, String token, String... proofs) {
        var request = server.anonymous(path).header("Authorization", "DPoP " + token);
        for (String proof : proofs) {
            request.header("DPoP", proof);
        }
        return server.send(request);
    }

    private static void badProof(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(401);
        assertThat(response.headers().firstValue("WWW-Authenticate").orElse(""))
                .startsWith("DPoP ")
                .contains("error=\"invalid_dpop_proof\"", "algs=\"", "ES256");
    }

    @Test
    void where_nobody_said_under_which_url_it_is_reached_no_proof_is_good() {
        AdminWorld world = new AdminWorld("nowhere", SIGNING_KEY);
        try (TestLog own = new TestLog().open();
                TestLog.Server running =
                        own.start(
                                Map.of(
                                        "narrows.signing-keys",
                                        keys("nowhere.jwks", SIGNING_KEY)))) {
            Awaitility.await().until(() -> running.get("/status").statusCode() == 200);
            applied(running.publish(world.policy()));
            long seq = applied(running.publish(world.admitted("ann"))).path("seq").asLong();
            DpopKey key = new DpopKey(TestLog.newKey("dpop"));
            Map<String, Object> claims = world.claims("ann", seq, "policy:read");
            claims.put("cnf", Map.of("jkt", key.thumbprint()));
            String token = world.sign(claims);
            badProof(
                    running.send(
                            running.anonymous("/rules")
                                    .header("Authorization", "DPoP " + token)
                                    .header(
                                            "DPoP",
                                            key.proof(
                                                    key.claims(
                                                            "GET",
                                                            running.uri + "/rules",
                                                            token)))));
        }
    }

    @Test
    void a_token_from_a_later_position_than_this_node_has_is_not_judged_by_older_policy() {
        AdminWorld world = world("ahead");
        long seq = admit(world, "ann");
        HttpResponse<String> ahead =
                get("/rules", "Bearer " + world.token("ann", seq + 1_000, "policy:read"));
        assertThat(ahead.statusCode()).isEqualTo(503);
        assertThat(ahead.headers().firstValue("Retry-After")).isPresent();
        // Forged, it does not even make anybody wait.
        unauthorized(
                get(
                        "/rules",
                        "Bearer "
                                + AdminWorld.sign(
                                        TestLog.newKey("x"),
                                        "at+jwt",
                                        world.claims("ann", seq + 1_000, "policy:read"))));
    }

    @Test
    void keys_that_are_added_to_the_file_verify_and_those_that_are_gone_do_not() {
        try (TestLog own = new TestLog().open();
                TestLog.Server running =
                        own.start(Map.of("narrows.signing-keys", keys("turn.jwks", SIGNING_KEY)))) {
            Awaitility.await().until(() -> running.get("/status").statusCode() == 200);
            String next = TestLog.newKey("next");
            AdminWorld world = new AdminWorld("turn", next);
            applied(running.publish(world.policy()));
            long seq = applied(running.publish(world.admitted("ann"))).path("seq").asLong();
            String token = world.token("ann", seq, "policy:read");
            assertThat(status(running, token)).isEqualTo(401);
            keys("turn.jwks", SIGNING_KEY, next);
            Awaitility.await().until(() -> status(running, token) == 200);
            keys("turn.jwks", SIGNING_KEY);
            Awaitility.await().until(() -> status(running, token) == 401);
        }
    }

    @Test
    void without_keys_and_while_the_log_cannot_be_known_only_the_root_key_opens()
            throws SQLException {
        AdminWorld world = new AdminWorld("still", SIGNING_KEY);
        try (TestLog own = new TestLog().open()) {
            String token;
            try (TestLog.Server running = own.start()) {
                Awaitility.await().until(() -> running.get("/status").statusCode() == 200);
                applied(running.publish(world.policy()));
                long seq = applied(running.publish(world.admitted("ann"))).path("seq").asLong();
                token = world.token("ann", seq, "policy:read");
                assertThat(status(running, token)).as("no keys are configured").isEqualTo(401);
            }
            // Nobody folds any more, so the checkpoint says what this test writes into it.
            try (TestLog.Server still =
                            own.start(
                                    Map.of(
                                            "narrows.projection.enabled",
                                            "false",
                                            "narrows.signing-keys",
                                            keys("still.jwks", SIGNING_KEY)));
                    Connection connection = own.connect();
                    Statement sql = connection.createStatement()) {
                sql.execute(
                        "update narrows.checkpoint set caught_up_at = clock_timestamp() + interval '1 hour'");
                assertThat(status(still, token)).isEqualTo(200);
                sql.execute("update narrows.checkpoint set held_up = 'an event is not understood'");
                assertThat(status(still, token)).isEqualTo(503);
                assertThat(still.get("/rules").statusCode()).isEqualTo(200);
                sql.execute(
                        "update narrows.checkpoint set held_up = null,"
                                + " caught_up_at = clock_timestamp() - interval '6 seconds'");
                assertThat(status(still, token)).isEqualTo(503);
                sql.execute("update narrows.checkpoint set caught_up_at = null");
                assertThat(status(still, token)).isEqualTo(503);
                assertThat(still.get("/rules").statusCode()).isEqualTo(200);
            }
        }
    }

    private static int status(TestLog.Server server, String token) {
        return server.send(
                        server.anonymous("/rules")
                                .header("Authorization", "Bearer " + token)
                                .timeout(Duration.ofSeconds(20)))
                .statusCode();
    }

    private int with(AdminWorld world, long seq, String claim, Object value) {
        Map<String, Object> claims = world.claims("ann", seq, "policy:read");
        claims.put(claim, value);
        return get("/rules", "Bearer " + world.sign(claims)).statusCode();
    }

    private HttpResponse<String> get(String path, String authorization) {
        return server.send(server.anonymous(path).header("Authorization", authorization));
    }

    private HttpResponse<String> post(byte[] event, String authorization) {
        return server.send(
                server.anonymous("/events")
                        .header("Authorization", authorization)
                        .header("Content-Type", "application/cloudevents+json")
                        .POST(BodyPublishers.ofByteArray(event)));
    }

    private static void unauthorized(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(401);
        assertThat(response.headers().firstValue("WWW-Authenticate").orElse(""))
                .contains("error=\"invalid_token\"");
    }

    private static JsonNode applied(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        JsonNode answer = json(response);
        assertThat(answer.path("verdict").asText()).as(response.body()).isEqualTo("applied");
        return answer;
    }

    private static JsonNode json(HttpResponse<String> response) {
        try {
            return JSON.readTree(response.body());
        } catch (JsonProcessingException e) {
            throw new AssertionError(response.body(), e);
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.exchange.ExchangeServer.json;
import static org.narrows.exchange.SampleWorld.SECRET;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a subject token may be and whom it may be about: ID tokens, users, clients. */
class SubjectKindsTest {
    private static final String ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token";
    private static final TestIssuer PEOPLE = new TestIssuer("https://people.example.com");
    private static final TestIssuer MIXED = new TestIssuer("https://mixed.example.com");
    private static final TestIssuer MARKED = new TestIssuer("https://marked.example.com");
    private static ExchangeServer server;

    @BeforeAll
    static void start() {
        TestLog log = SampleWorld.log();
        log.policy(
                SampleWorld.issuer(PEOPLE, "people", "\"subjectTokenTypes\":[\"id_token\"]"),
                SampleWorld.issuer(MIXED, "mixed", "\"clients\":true"),
                SampleWorld.issuer(MARKED, "marked", "\"clients\":{\"idtyp\":\"app\"}"),
                "{\"scopeDefined\":{\"scope\":\"invoice.sync\",\"audience\":\"billing-api\",\"kind\":\"client\"}}",
                SampleWorld.client(
                        "portal",
                        "orders-api",
                        SampleWorld.secret(SECRET),
                        ",\"knownAs\":{\"" + PEOPLE.url + "\":\"0oa1b2\"}"),
                SampleWorld.allowed(
                        "portal", "billing-api", "invoice.read", "invoice.list", "invoice.sync"),
                "{\"ruleDefined\":{\"id\":\"portal-to-billing\",\"effect\":\"allow\",\"clients\":[\"portal\"],"
                        + "\"from\":\"orders-api\",\"to\":\"billing-api\",\"scopes\":{"
                        + "\"openid\":[\"invoice.list\"],"
                        + "\"orders.read\":[\"invoice.read\",\"invoice.list\",\"invoice.sync\"]}}}");
        server = new ExchangeServer(log, Map.of());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static HttpResponse<String> exchange(String token, String type) {
        return server.request()
                .exchange(token)
                .without("subject_token_type")
                .with("subject_token_type", type)
                .basic("portal", SECRET)
                .with("audience", "billing-api")
                .send();
    }

    private static Map<String, @Nullable Object> idToken() {
        Map<String, @Nullable Object> claims = PEOPLE.claims("alice", "0oa1b2", "");
        claims.put("scope", null);
        claims.put("nonce", "n");
        claims.put("at_hash", "x");
        return claims;
    }

    private static HttpResponse<String> exchangeIdToken(Map<String, @Nullable Object> claims) {
        return exchange(PEOPLE.sign(Map.of("kid", PEOPLE.kid(), "typ", "JWT"), claims), ID_TOKEN);
    }

    private static JsonNode issued(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return ExchangeServer.claims(json(response).path("access_token").asText());
    }

    private static void assertRefused(HttpResponse<String> response, String error) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(json(response).path("error").asText()).isEqualTo(error);
    }

    @Test
    void an_id_token_made_for_the_client_counts_as_openid() {
        JsonNode issued = issued(exchangeIdToken(idToken()));

        assertThat(issued.path("scope").asText()).isEqualTo("invoice.list");
        assertThat(issued.path("sub").asText()).isEqualTo("people|alice");
        assertThat(issued.has("sub_type")).isFalse();
        assertThat(issued.has("at_hash")).isFalse();
        assertThat(issued.has("nonce")).isFalse();
    }

    @Test
    void an_id_token_with_several_audiences_names_the_client_as_azp() {
        Map<String, @Nullable Object> claims = idToken();
        claims.put("aud", List.of("0oa1b2", "another"));
        assertRefused(exchangeIdToken(claims), "invalid_request");

        claims.put("azp", "0oa1b2");
        assertThat(issued(exchangeIdToken(claims)).path("scope").asText())
                .isEqualTo("invoice.list");
    }

    @Test
    void an_id_token_of_another_client_is_refused() {
        for (String audience : List.of("portal", "orders-api", "another")) {
            Map<String, @Nullable Object> claims = idToken();
            claims.put("aud", audience);
            assertRefused(exchangeIdToken(claims), "invalid_request");
        }
    }

    @Test
    void what_is_marked_as_something_else_is_no_id_token() {
        for (var mark :
                Map.<String, Object>of(
                                "scope", "orders.read", "typ", "Bearer", "token_use", "access")
                        .entrySet()) {
            Map<String, @Nullable Object> claims = idToken();
            claims.put(mark.getKey(), mark.getValue());
            assertRefused(exchangeIdToken(claims), "invalid_request");
        }
        String access = PEOPLE.sign(Map.of("kid", PEOPLE.kid(), "typ", "at+jwt"), idToken());
        assertRefused(exchange(access, ID_TOKEN), "invalid_request");
    }

    @Test
    void an_id_token_presented_as_an_access_token_is_refused() {
        String token = PEOPLE.sign(Map.of("kid", PEOPLE.kid(), "typ", "JWT"), idToken());

        assertRefused(exchange(token, ExchangeServer.ACCESS_TOKEN), "invalid_request");
    }

    @Test
    void a_token_about_its_own_client_is_about_a_client() {
        for (String claim : List.of("client_id", "azp", "cid")) {
            Map<String, @Nullable Object> claims =
                    MIXED.claims("batch", "orders-api", "orders.read");
            claims.put(claim, "batch");

            JsonNode issued = issued(exchange(MIXED.sign(claims), ExchangeServer.ACCESS_TOKEN));

            assertThat(issued.path("sub_type").asText()).isEqualTo("client");
            assertThat(issued.path("scope").asText()).isEqualTo("invoice.list invoice.sync");
        }
    }

    @Test
    void a_token_of_the_same_issuer_about_somebody_else_is_about_a_user() {
        Map<String, @Nullable Object> claims = MIXED.claims("alice", "orders-api", "orders.read");
        claims.put("client_id", "batch");

        JsonNode issued = issued(exchange(MIXED.sign(claims), ExchangeServer.ACCESS_TOKEN));

        assertThat(issued.has("sub_type")).isFalse();
        assertThat(issued.path("scope").asText()).isEqualTo("invoice.list");
    }

    @Test
    void a_claim_says_which_tokens_are_about_clients() {
        Map<Object, String> scopes = new HashMap<>();
        for (Object mark : List.of("app", "user", true)) {
            Map<String, @Nullable Object> claims =
                    MARKED.claims("batch", "orders-api", "orders.read");
            claims.put("idtyp", mark);
            scopes.put(
                    mark,
                    issued(exchange(MARKED.sign(claims), ExchangeServer.ACCESS_TOKEN))
                            .path("scope")
                            .asText());
        }

        assertThat(scopes)
                .containsEntry("app", "invoice.list invoice.sync")
                .containsEntry("user", "invoice.list")
                .containsEntry(true, "invoice.list");
    }
}

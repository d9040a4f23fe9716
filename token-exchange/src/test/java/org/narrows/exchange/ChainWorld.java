// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import static org.narrows.exchange.SampleWorld.SECRET;
import static org.narrows.exchange.SampleWorld.allowed;
import static org.narrows.exchange.SampleWorld.client;
import static org.narrows.exchange.SampleWorld.issuer;
import static org.narrows.exchange.SampleWorld.secret;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A chain of two exchanges, the first with an actor token that stands on an exchange of its own:
 * gateway swaps a carrier's token for orders-api; orders-service swaps a user's token for
 * billing-api with the carrier as actor; billing-service swaps that for ledger-api.
 */
final class ChainWorld implements AutoCloseable {
    static final TestIssuer LOGIN = new TestIssuer("https://login.example.com");
    static final TestIssuer PARTNER = new TestIssuer("https://partner.example.com");

    /** Every entry; publishing it again gives whatever is missing again. */
    static final List<String> POLICY =
            List.of(
                    issuer(LOGIN, "login", "\"primary\":true"),
                    issuer(PARTNER, "partner"),
                    audience("gate"),
                    audience("orders-api"),
                    audience("billing-api"),
                    audience("ledger-api"),
                    scope("orders.carry", "orders-api"),
                    scope("invoice.read", "billing-api"),
                    scope("ledger.read", "ledger-api"),
                    client("gateway", "gate", secret(SECRET), ""),
                    client("gate-keeper", "gate", secret(SECRET), ""),
                    client("orders-service", "orders-api", secret(SECRET), ""),
                    client("billing-service", "billing-api", secret(SECRET), ""),
                    client("orders-rs", "orders-api", secret(SECRET), ""),
                    client("billing-rs", "billing-api", secret(SECRET), ""),
                    client("ledger-rs", "ledger-api", secret(SECRET), ""),
                    allowed("gateway", "orders-api", "orders.carry"),
                    allowed("orders-service", "billing-api", "invoice.read"),
                    allowed("billing-service", "ledger-api", "ledger.read"),
                    rule("gate-to-orders", ""),
                    rule("orders-to-billing", ""),
                    rule("billing-to-ledger", ""));

    private final AtomicInteger people = new AtomicInteger();
    final TestLog log = new TestLog(ExchangeServer.ISSUER).open();
    final ExchangeServer server;

    ChainWorld() {
        this(Map.of());
    }

    ChainWorld(Map<String, Object> more) {
        givePolicy();
        server = new ExchangeServer(log, more);
    }

    void givePolicy() {
        log.policy(POLICY.toArray(String[]::new));
    }

    /** The three rules, as they are or with something more in them. */
    static String rule(String id, String more) {
        String rest =
                switch (id) {
                    case "gate-to-orders" ->
                            "\"from\":\"gate\",\"to\":\"orders-api\",\"scopes\":{\"go\":[\"orders.carry\"]}";
                    case "orders-to-billing" ->
                            "\"from\":\"orders-api\",\"to\":\"billing-api\",\"modes\":[\"delegation\"],"
                                    + "\"actors\":[\"user\"],\"maxChainDepth\":2,"
                                    + "\"scopes\":{\"orders.read\":[\"invoice.read\"]}";
                    case "billing-to-ledger" ->
                            "\"from\":\"billing-api\",\"to\":\"ledger-api\",\"modes\":[\"delegation\"],"
                                    + "\"maxChainDepth\":2,\"scopes\":{\"invoice.read\":[\"ledger.read\"]}";
                    default -> throw new IllegalArgumentException(id);
                };
        return "{\"ruleDefined\":{\"id\":\"" + id + "\",\"effect\":\"allow\"," + rest + more + "}}";
    }

    static String denial(String from, String to) {
        return "{\"ruleDefined\":{\"id\":\"no-"
                + from
                + "\",\"effect\":\"deny\",\"from\":\""
                + from
                + "\",\"to\":\""
                + to
                + "\"}}";
    }

    static String audience(String id) {
        return "{\"audienceDefined\":{\"id\":\"" + id + "\"}}";
    }

    static String scope(String name, String audience) {
        return "{\"scopeDefined\":{\"scope\":\""
                + name
                + "\",\"audience\":\""
                + audience
                + "\",\"kind\":\"consentable\",\"name\":\"A scope\",\"description\":\"For a test\"}}";
    }

    /** A user and a carrier whom nobody has seen before, with the three tokens of their chain. */
    record Chain(
            String user, String carrier, String userRoot, String carrierRoot, List<String> all) {
        String carriers() {
            return all.get(0);
        }

        String first() {
            return all.get(1);
        }

        String second() {
            return all.get(2);
        }

        static String id(String token) {
            return ExchangeServer.claims(token).path("jti").asText();
        }
    }

    static String user(TestIssuer issuer, String subject) {
        return "{\"issuer\":\"" + issuer.url + "\",\"subject\":\"" + subject + "\"}";
    }

    static String consent(TestIssuer issuer, String subject, String audience, String scope) {
        return "{\"user\":"
                + user(issuer, subject)
                + ",\"audience\":\""
                + audience
                + "\",\"scopes\":[\""
                + scope
                + "\"],\"client\":\"orders-service\"}";
    }

    Chain chain() {
        int person = people.incrementAndGet();
        String user = "user-" + person;
        String carrier = "carrier-" + person;
        log.publish("consent.granted", consent(PARTNER, carrier, "orders-api", "orders.carry"));
        log.publish("consent.granted", consent(LOGIN, user, "billing-api", "invoice.read"));
        log.publish("consent.granted", consent(LOGIN, user, "ledger-api", "ledger.read"));
        String carrierRoot = PARTNER.token(carrier, "gate", "go");
        String carriers = issued(exchange("gateway", carrierRoot, "orders-api"));
        String userRoot = LOGIN.token(user, "orders-api", "orders.read");
        String first =
                issued(
                        exchange("orders-service", userRoot, "billing-api")
                                .with("actor_token", carriers)
                                .with("actor_token_type", ExchangeServer.ACCESS_TOKEN));
        String second = issued(exchange("billing-service", first, "ledger-api"));
        return new Chain(user, carrier, userRoot, carrierRoot, List.of(carriers, first, second));
    }

    ExchangeServer.Request exchange(String client, String subjectToken, String target) {
        return server.request()
                .exchange(subjectToken)
                .basic(client, SECRET)
                .with("audience", target)
                .header("Narrows-Consistency", log.position().toToken());
    }

    static String issued(ExchangeServer.Request request) {
        HttpResponse<String> response = request.send();
        JsonNode token = ExchangeServer.json(response).path("access_token");
        if (response.statusCode() != 200 || !token.isTextual()) {
            throw new AssertionError("no token: " + response.body());
        }
        return token.asText();
    }

    /** What a resource server is told of a token, by the log as it stands. */
    HttpResponse<String> introspect(String client, String token) {
        return server.request()
                .basic(client, SECRET)
                .with("token", token)
                .header("Narrows-Consistency", log.position().toToken())
                .sendTo("/introspect");
    }

    @Override
    public void close() {
        server.close();
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import java.util.Map;
import org.narrows.events.value.Hash;
import org.narrows.events.value.Position;

/**
 * A small policy: orders-api swaps into billing-api with the user's consent, and billing-api on to
 * ledger-api.
 */
public final class SampleWorld {
    static final String SECRET = "s3cret & more%";
    static final TestIssuer LOGIN = new TestIssuer("https://login.example.com");
    static final TestIssuer KEYED = new TestIssuer("keyed-service");

    private SampleWorld() {}

    /** Opens a log with the policy, and with alice's consent. */
    static TestLog log() {
        TestLog log = new TestLog(ExchangeServer.ISSUER).open();
        log.policy(
                issuer(LOGIN, "login", "\"primary\":true"),
                "{\"audienceDefined\":{\"id\":\"orders-api\"}}",
                "{\"audienceDefined\":{\"id\":\"billing-api\",\"tokenAudience\":\"https://billing.example.com\","
                        + "\"name\":\"Billing\"}}",
                "{\"audienceDefined\":{\"id\":\"ledger-api\"}}",
                "{\"scopeDefined\":{\"scope\":\"invoice.read\",\"audience\":\"billing-api\",\"kind\":\"consentable\","
                        + "\"name\":\"Read invoices\",\"description\":\"See the invoices on your account\"}}",
                "{\"scopeDefined\":{\"scope\":\"invoice.list\",\"audience\":\"billing-api\",\"kind\":\"grantable\"}}",
                "{\"scopeDefined\":{\"scope\":\"ledger.read\",\"audience\":\"ledger-api\",\"kind\":\"grantable\"}}",
                "{\"claimDefined\":{\"claim\":\"email\",\"audience\":\"billing-api\"}}",
                client("orders-service", "orders-api", secret(SECRET), ""),
                client("disabled-service", "orders-api", secret(SECRET), ""),
                client("billing-service", "billing-api", secret(SECRET), ""),
                client(
                        "keyed-service",
                        "orders-api",
                        "{\"method\":\"private_key_jwt\",\"jwks\":" + KEYED.jwks() + "}",
                        ""),
                client(
                        "tls-service",
                        "orders-api",
                        "{\"method\":\"tls_client_auth\",\"sanDns\":\"tls.example.com\"}",
                        ""),
                allowed("orders-service", "billing-api", "invoice.read", "invoice.list"),
                allowed("disabled-service", "billing-api", "invoice.read"),
                allowed("keyed-service", "billing-api", "invoice.read", "invoice.list"),
                allowed("billing-service", "ledger-api", "ledger.read"),
                "{\"ruleDefined\":{\"id\":\"orders-to-billing\",\"effect\":\"allow\",\"from\":\"orders-api\","
                        + "\"to\":\"billing-api\",\"modes\":[\"impersonation\",\"delegation\"],"
                        + "\"scopes\":{\"orders.read\":[\"invoice.read\"],\"orders.list\":[\"invoice.list\"]}}}",
                "{\"ruleDefined\":{\"id\":\"billing-to-ledger\",\"effect\":\"allow\",\"from\":\"billing-api\","
                        + "\"to\":\"ledger-api\",\"maxChainDepth\":2,\"scopes\":{\"invoice.read\":[\"ledger.read\"]}}}");
        log.policy("{\"clientDisabled\":{\"id\":\"disabled-service\"}}");
        consent(log, "alice", "invoice.read");
        return log;
    }

    static String issuer(TestIssuer issuer, String alias, String... more) {
        return "{\"issuerTrusted\":{\"issuer\":\""
                + issuer.url
                + "\",\"alias\":\""
                + alias
                + "\",\"jwks\":"
                + issuer.jwks()
                + (more.length == 0 ? "" : "," + String.join(",", more))
                + "}}";
    }

    static String client(String id, String home, String authentication, String more) {
        return "{\"clientRegistered\":{\"id\":\""
                + id
                + "\",\"audience\":\""
                + home
                + "\",\"authentication\":"
                + authentication
                + more
                + "}}";
    }

    static String secret(String secret) {
        return "{\"method\":\"client_secret\",\"secretHash\":\"sha256:"
                + Hash.sha256(secret.getBytes(java.nio.charset.StandardCharsets.UTF_8))
                + "\"}";
    }

    static String allowed(String client, String audience, String... scopes) {
        StringBuilder changes =
                new StringBuilder(
                        "{\"clientAudienceAllowed\":{\"client\":\""
                                + client
                                + "\",\"audience\":\""
                                + audience
                                + "\"}}");
        for (String scope : scopes) {
            changes.append(
                    ",{\"clientScopeAllowed\":{\"client\":\""
                            + client
                            + "\",\"scope\":\""
                            + scope
                            + "\"}}");
        }
        return changes.toString();
    }

    static Position consent(TestLog log, String subject, String scope) {
        return log.publish(
                "consent.granted",
                "{\"user\":"
                        + user(subject)
                        + ",\"audience\":\"billing-api\",\"scopes\":[\""
                        + scope
                        + "\"],\"client\":\"orders-service\"}");
    }

    static Position withdraw(TestLog log, String subject) {
        return log.publish(
                "consent.withdrawn",
                "{\"user\":" + user(subject) + ",\"audience\":\"billing-api\"}");
    }

    static String user(String subject) {
        return "{\"issuer\":\"" + LOGIN.url + "\",\"subject\":\"" + subject + "\"}";
    }

    static ExchangeServer server() {
        return new ExchangeServer(log(), Map.of());
    }
}

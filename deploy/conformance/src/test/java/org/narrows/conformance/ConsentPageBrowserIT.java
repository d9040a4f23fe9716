// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.narrows.conformance.policy.Statement;
import org.narrows.conformance.policy.Subject;

/**
 * What users do when an application lacks their consent, in a real browser and with a real
 * Keycloak: an exchange refused, a link, a sign-in, Allow or Deny, and the same exchange again.
 */
@Subject(value = "Consent page", order = 5)
class ConsentPageBrowserIT {
    private static final String REALM = "shop";
    private static final String SECRET = "of the page";
    private static final Path PICTURES = Path.of("target/consent-page");

    @TempDir static Path directory;

    private static Keycloak keycloak;
    private static Narrows narrows;
    private static TestClient service;

    private Browser browser;

    @BeforeAll
    static void start() throws Exception {
        boolean there = Browser.isInstalled();
        if (!there) {
            System.err.println(
                    "SKIPPED: no chromium with its chromedriver on the PATH: the consent page has not"
                            + " been tried in a browser");
        }
        assumeTrue(there, "chromium and chromedriver");
        keycloak = Keycloak.launchForBrowsers(directory);
        Files.writeString(directory.resolve("consent-page.secret"), SECRET + "\n");
        Path signIn =
                Files.writeString(
                        directory.resolve("sign-in.yaml"),
                        """
                        - issuer: %s
                          clientId: consent-page
                          clientSecretFile: consent-page.secret
                          scopes: [openid, profile]
                        """
                                .formatted(issuer()));
        narrows = Narrows.start(Map.of("NARROWS_CONSENT_SIGN_IN", signIn.toString()));
        service = TestClient.withSecret("shop-service");
        narrows.publish(
                new Policy()
                        .change(
                                "issuerTrusted",
                                Map.of(
                                        "issuer",
                                        issuer(),
                                        "alias",
                                        "keycloak",
                                        "jwksUri",
                                        issuer() + "/protocol/openid-connect/certs",
                                        "algorithms",
                                        List.of("RS256"),
                                        "requireType",
                                        List.of("JWT")))
                        .change("audienceDefined", Map.of("id", "shop-orders", "name", "Orders"))
                        .change("audienceDefined", Map.of("id", "shop-billing", "name", "Billing"))
                        .change(
                                "scopeDefined",
                                scope(
                                        "shop.read",
                                        "Read your invoices",
                                        "See every invoice on your account"))
                        .change(
                                "scopeDefined",
                                scope(
                                        "shop.pay",
                                        "Pay invoices",
                                        "Pay with the card that you left with us"))
                        .client(
                                service,
                                "shop-orders",
                                List.of("shop-billing"),
                                List.of("shop.read", "shop.pay"))
                        .rule(
                                "shop-rule",
                                "shop-orders",
                                "shop-billing",
                                Map.of("openid", List.of("shop.read", "shop.pay"))));
        keycloak.untilReady();
        keycloak.create("", Map.of("realm", REALM, "enabled", true, "sslRequired", "none"));
        keycloak.create(
                "/shop/clients",
                Map.of(
                        "clientId",
                        "consent-page",
                        "secret",
                        SECRET,
                        "standardFlowEnabled",
                        true,
                        "redirectUris",
                        List.of(narrows.adminUrl("/consent/callback/keycloak").toString()),
                        "attributes",
                        Map.of("pkce.code.challenge.method", "S256")));
        keycloak.create(
                "/shop/clients",
                Map.of(
                        "clientId",
                        "shop-app",
                        "publicClient",
                        true,
                        "directAccessGrantsEnabled",
                        true,
                        "protocolMappers",
                        List.of(
                                Map.of(
                                        "name",
                                        "orders",
                                        "protocol",
                                        "openid-connect",
                                        "protocolMapper",
                                        "oidc-audience-mapper",
                                        "config",
                                        Map.of(
                                                "included.custom.audience",
                                                "shop-orders",
                                                "access.token.claim",
                                                "true")))));
        for (String user : List.of("alice", "bob", "mallory")) {
            keycloak.create(
                    "/shop/users",
                    Map.of(
                            "username",
                            user,
                            "enabled",
                            true,
                            "email",
                            user + "@example.com",
                            "firstName",
                            user,
                            "lastName",
                            "of the shop",
                            "credentials",
                            List.of(Map.of("type", "password", "value", "of " + user))));
        }
    }

    private static Map<String, ?> scope(String scope, String name, String description) {
        return Map.of(
                "scope",
                scope,
                "audience",
                "shop-billing",
                "kind",
                "consentable",
                "name",
                name,
                "description",
                description);
    }

    @AfterAll
    static void stop() {
        if (narrows != null) {
            narrows.close();
        }
        if (keycloak != null) {
            keycloak.close();
        }
    }

    @BeforeEach
    void openBrowser() throws Exception {
        browser = Browser.open(Files.createTempDirectory(directory, "profile"));
    }

    @AfterEach
    void closeBrowser() {
        if (browser != null) {
            browser.close();
        }
    }

    @Test
    @Statement(
            "The page at `consent_uri` shows the signed-in user, in the words of the scopes, what which application asks for; Allow gives the consent in the user's own name, says since when it is in force, and the same exchange gets its token")
    void a_user_allows_and_the_same_exchange_gets_its_token() {
        Reply refused = exchange("alice");
        assertThat(refused.error()).as(refused.body()).isEqualTo("invalid_scope");
        assertThat(refused.json().path("consent_required").path("scopes")).hasSize(2);

        browser.open(refused.text("consent_uri"));
        browser.awaitBelow(issuer());
        browser.signInAtKeycloak("alice", "of alice");
        assertThat(browser.address()).isEqualTo(refused.text("consent_uri"));
        assertThat(browser.heading()).isEqualTo("shop-service asks for your permission");
        assertThat(browser.text())
                .contains("Signed in as alice")
                .contains("Orders")
                .contains("At Billing")
                .contains("Read your invoices")
                .contains("See every invoice on your account")
                .contains("Pay invoices");
        assertThat(browser.widthWithin(320)).isLessThanOrEqualTo(320);
        pictures("review");
        assertThat(consents("alice")).isEmpty();

        browser.press("Allow");
        assertThat(browser.heading()).isEqualTo("Allowed");
        pictures("allowed");
        JsonNode consent = consents("alice").path(0);
        long seq = consent.path("scopes").path(0).path("since").asLong();
        assertThat(browser.text()).contains("In force since").contains("at seq " + seq + " of");
        assertThat(consent.path("audience").asText()).isEqualTo("shop-billing");
        assertThat(consent.path("scopes")).hasSize(2);
        assertThat(consent.path("scopes"))
                .allMatch(scope -> scope.path("client").asText().equals("shop-service"));
        assertThat(narrows.admin("/log/" + seq).text("actor"))
                .isEqualTo("keycloak|" + subject("alice"));

        Reply permitted = Reply.onceAnswered(() -> exchange("alice"));
        assertThat(permitted.status()).as(permitted.body()).isEqualTo(200);
        assertThat(permitted.text("scope")).isEqualTo("shop.pay shop.read");

        browser.open(refused.text("consent_uri"));
        assertThat(browser.text()).as("a look back").contains("at seq " + seq + " of");
        assertThat(browser.complaints())
                .noneMatch(line -> line.contains("Content Security Policy"));
    }

    @Test
    @Statement("Deny changes nothing: no consent is given, and the exchange stays refused")
    void a_user_denies_and_nothing_changes() {
        Reply refused = exchange("bob");
        browser.open(refused.text("consent_uri"));
        browser.signInAtKeycloak("bob", "of bob");

        browser.press("Deny");
        assertThat(browser.heading()).isEqualTo("Denied");
        pictures("denied");
        assertThat(consents("bob")).isEmpty();
        assertThat(exchange("bob").error()).isEqualTo("invalid_scope");
    }

    @Test
    @Statement("A link that was made for one user shows another one nothing of it")
    void another_user_of_the_issuer_sees_nothing_and_may_make_room_for_the_right_one() {
        Reply refused = exchange("bob");
        browser.open(refused.text("consent_uri"));
        browser.signInAtKeycloak("mallory", "of mallory");

        assertThat(browser.heading()).isEqualTo("You are signed in with another account");
        assertThat(browser.text())
                .doesNotContain("shop-service")
                .doesNotContain("Billing")
                .doesNotContain("nvoice");
        pictures("another");

        browser.press("Sign in with another account");
        browser.press("Restart login");
        browser.signInAtKeycloak("bob", "of bob");
        assertThat(browser.heading()).isEqualTo("shop-service asks for your permission");
    }

    private void pictures(String name) {
        browser.picture(PICTURES.resolve(name + "-dark.png"), "dark", 700);
        browser.picture(PICTURES.resolve(name + "-narrow.png"), "light", 320);
        browser.picture(PICTURES.resolve(name + ".png"), "light", 700);
    }

    private static String issuer() {
        return keycloak.url("/realms/" + REALM).toString();
    }

    /** Swaps a token that the user has just been given. */
    private static Reply exchange(String user) {
        String token =
                keycloak.grant(
                                REALM,
                                Form.of(
                                        "grant_type",
                                        "password",
                                        "client_id",
                                        "shop-app",
                                        "username",
                                        user,
                                        "password",
                                        "of " + user,
                                        "scope",
                                        "openid"))
                        .path("access_token")
                        .asText();
        return narrows.post(
                "/token-exchange",
                Form.of(
                        "grant_type",
                        Scene.GRANT,
                        "subject_token",
                        token,
                        "subject_token_type",
                        Scene.ACCESS_TOKEN,
                        "audience",
                        "shop-billing"),
                "Authorization",
                service.basic());
    }

    private static String subject(String user) {
        return keycloak.read("/shop/users?exact=true&username=" + user).path(0).path("id").asText();
    }

    private static JsonNode consents(String user) {
        return narrows.admin("/users/keycloak/" + subject(user) + "/consents").json().path("items");
    }
}

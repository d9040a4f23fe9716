// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jwt.SignedJWT;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.narrows.conformance.Providers.Applied;

/**
 * A real Keycloak issues the subject tokens, under the policy lines that the README gives for it
 * and set up as the README says.
 */
@ExtendWith(Providers.Lifetime.class)
class KeycloakIT {
    private static final String REALM = "shop";
    private static final String ISSUER = "https://sso.example.com/realms/" + REALM;

    /** Longer than the pause between two fetches of one key set. */
    private static final Duration FETCHED_AGAIN_WITHIN = Duration.ofSeconds(30);

    @TempDir static Path directory;

    private static Keycloak keycloak;

    @BeforeAll
    static void start() throws Exception {
        keycloak = Keycloak.launch(directory);
        Providers.running();
        keycloak.untilReady();
        keycloak.create("", Map.of("realm", REALM, "enabled", true, "sslRequired", "none"));
        keycloak.create(
                "/shop/client-scopes",
                scope(
                        "orders",
                        false,
                        List.of(
                                mapper(
                                        "oidc-audience-mapper",
                                        Map.of(
                                                "included.custom.audience",
                                                "https://orders.example.com")))));
        keycloak.create("/shop/client-scopes", scope("orders.read", true, List.of()));
        keycloak.create("/shop/client-scopes", scope("orders.sync", true, List.of()));
        keycloak.create(
                "/shop/client-scopes/" + idOf("service_account") + "/protocol-mappers/models",
                mapper(
                        "oidc-hardcoded-claim-mapper",
                        Map.of("claim.name", "about", "claim.value", "client")));
        keycloak.create(
                "/shop/clients",
                Map.of(
                        "clientId",
                        "orders-service",
                        "publicClient",
                        true,
                        "directAccessGrantsEnabled",
                        true,
                        "defaultClientScopes",
                        List.of("basic", "profile", "email", "acr", "orders", "orders.read")));
        keycloak.create(
                "/shop/clients",
                Map.of(
                        "clientId",
                        "stock-job",
                        "secret",
                        "of the job",
                        "serviceAccountsEnabled",
                        true,
                        "defaultClientScopes",
                        List.of("basic", "service_account", "orders", "orders.sync")));
        for (String user : List.of("alice", "bob")) {
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

    @AfterAll
    static void stop() {
        if (keycloak != null) {
            keycloak.close();
        }
    }

    // ---- what it issues, and what becomes of it

    @Test
    void an_access_token_of_keycloak_is_exchanged() {
        JsonNode tokens = login("alice");

        Reply reply = apply().exchange(tokens.path("access_token").asText());

        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(claim(reply, "sub")).isEqualTo("keycloak|" + idOfUser("alice"));
        assertThat(claim(reply, "sub_type")).as("a user").isNull();
        assertThat(claim(reply, "scope")).isEqualTo("invoice.read");
    }

    @Test
    void an_id_token_of_keycloak_is_exchanged_by_the_client_that_it_was_made_for() {
        JsonNode tokens = login("alice");

        Reply reply = apply().exchange(tokens.path("id_token").asText(), Scene.ID_TOKEN);

        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(claim(reply, "sub")).isEqualTo("keycloak|" + idOfUser("alice"));
        assertThat(claim(reply, "scope")).isEqualTo("invoice.read");
    }

    @Test
    void neither_passes_for_the_other_nor_a_refresh_token_for_any() {
        JsonNode tokens = login("alice");
        Applied policy = apply();

        assertThat(policy.exchange(tokens.path("id_token").asText()).error())
                .isEqualTo("invalid_request");
        assertThat(policy.exchange(tokens.path("access_token").asText(), Scene.ID_TOKEN).error())
                .isEqualTo("invalid_request");
        assertThat(policy.exchange(tokens.path("refresh_token").asText()).error())
                .isEqualTo("invalid_request");
    }

    @Test
    void a_service_account_of_keycloak_is_a_client() {
        Reply reply = apply().exchange(job());

        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(claim(reply, "sub_type")).isEqualTo("client");
        assertThat(claim(reply, "scope")).as("for clients only").isEqualTo("invoice.sync");
    }

    @Test
    void a_rotated_key_is_picked_up_and_the_one_that_is_gone_no_longer_trusted() {
        Applied policy = apply();
        String before = job();
        assertThat(policy.exchange(before).status()).isEqualTo(200);
        String old = keyProvider();

        keycloak.create(
                "/shop/components",
                Map.of(
                        "name",
                        "rotated",
                        "providerId",
                        "rsa-generated",
                        "providerType",
                        "org.keycloak.keys.KeyProvider",
                        "config",
                        Map.of("priority", List.of("200"), "algorithm", List.of("RS256"))));
        keycloak.delete("/shop/components/" + old);
        String after = job();

        assertThat(kid(after)).isNotEqualTo(kid(before));
        await().atMost(FETCHED_AGAIN_WITHIN)
                .untilAsserted(() -> assertThat(policy.exchange(after).status()).isEqualTo(200));
        assertThat(policy.exchange(before).error()).isEqualTo("invalid_request");
    }

    @Test
    void a_keycloak_that_is_no_longer_trusted_is_refused_and_one_that_is_again_is_not() {
        String token = job();
        assertThat(apply().exchange(token).status()).isEqualTo(200);

        String consistency =
                Providers.running()
                        .narrows()
                        .publish(new Policy().change("issuerDistrusted", Map.of("issuer", ISSUER)));

        Reply refused = Providers.running().at(consistency).exchange(token);
        assertThat(refused.error()).isEqualTo("invalid_request");
        assertThat(refused.text("error_description"))
                .isEqualTo("the subject token is of an issuer that is not trusted");
        assertThat(apply().exchange(token).status()).isEqualTo(200);
    }

    @Test
    void a_user_whose_tokens_were_revoked_needs_a_new_one() {
        String token = login("bob").path("access_token").asText();
        Applied policy = apply();
        assertThat(policy.exchange(token).status()).isEqualTo(200);

        String consistency =
                Providers.running()
                        .narrows()
                        .publish(
                                "subject.revoked",
                                Map.of(
                                        "issuer",
                                        ISSUER,
                                        "subject",
                                        idOfUser("bob"),
                                        "notBefore",
                                        Instant.now().plusSeconds(1).toString()));

        assertThat(Providers.running().at(consistency).exchange(token).error())
                .isEqualTo("invalid_request");
    }

    private static Applied apply() {
        return Providers.running()
                .apply("Keycloak", keycloak.url("/realms/shop/protocol/openid-connect/certs"));
    }

    private static JsonNode login(String user) {
        return keycloak.grant(
                REALM,
                Form.of(
                        "grant_type",
                        "password",
                        "client_id",
                        "orders-service",
                        "username",
                        user,
                        "password",
                        "of " + user,
                        "scope",
                        "openid"));
    }

    private static String job() {
        return keycloak.grant(
                        REALM,
                        Form.of(
                                "grant_type",
                                "client_credentials",
                                "client_id",
                                "stock-job",
                                "client_secret",
                                "of the job"))
                .path("access_token")
                .asText();
    }

    /** Which is their `sub`. */
    private static String idOfUser(String name) {
        return keycloak.read("/shop/users?exact=true&username=" + name).path(0).path("id").asText();
    }

    private static String idOf(String clientScope) {
        return idOf(keycloak.read("/shop/client-scopes"), clientScope);
    }

    private static String keyProvider() {
        return idOf(
                keycloak.read("/shop/components?type=org.keycloak.keys.KeyProvider"),
                "rsa-generated");
    }

    private static String idOf(JsonNode list, String name) {
        for (JsonNode item : list) {
            if (item.path("name").asText().equals(name)) {
                return item.path("id").asText();
            }
        }
        throw new IllegalStateException("no `" + name + "` in " + list);
    }

    private static String kid(String token) {
        try {
            return SignedJWT.parse(token).getHeader().getKeyID();
        } catch (ParseException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object claim(Reply reply, String name) {
        return reply.claims().getClaim(name);
    }

    // ---- how it is set up

    private static Map<String, ?> scope(String name, boolean named, List<Map<String, ?>> mappers) {
        return Map.of(
                "name",
                name,
                "protocol",
                "openid-connect",
                "attributes",
                Map.of("include.in.token.scope", Boolean.toString(named)),
                "protocolMappers",
                mappers);
    }

    private static Map<String, ?> mapper(String kind, Map<String, String> config) {
        Map<String, String> whole = new HashMap<>(config);
        whole.put("access.token.claim", "true");
        return Map.of(
                "name",
                kind,
                "protocol",
                "openid-connect",
                "protocolMapper",
                kind,
                "config",
                whole);
    }
}

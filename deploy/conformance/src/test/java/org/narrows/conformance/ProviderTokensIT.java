// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jwt.SignedJWT;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.narrows.conformance.Providers.Applied;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.jwt.NimbusJwtEncoder;
import org.springframework.security.oauth2.server.authorization.OAuth2TokenType;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClient;
import org.springframework.security.oauth2.server.authorization.context.AuthorizationServerContext;
import org.springframework.security.oauth2.server.authorization.settings.AuthorizationServerSettings;
import org.springframework.security.oauth2.server.authorization.token.DefaultOAuth2TokenContext;
import org.springframework.security.oauth2.server.authorization.token.JwtEncodingContext;
import org.springframework.security.oauth2.server.authorization.token.JwtGenerator;
import org.springframework.security.oauth2.server.authorization.token.OAuth2TokenCustomizer;

/**
 * Tokens as well-known providers shape them, under the policy lines that the README gives for each:
 * headers and claims are those of the pages that are named before each provider's tests.
 */
@AgainstNarrows
@ExtendWith(Providers.Lifetime.class)
class ProviderTokensIT {
    private static final String ORDERS = "https://orders.example.com";
    private static final long LIFETIME_SECONDS = 1800;
    private static final RSAKey KEY = key();
    private static final Map<String, String> NO_TYPE = Map.of();
    private static final Map<String, String> JWT = Map.of("typ", "JWT");

    private static final Providers PROVIDERS = Providers.running();

    // ---- Auth0: https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles

    private static final String AUTH0 = "https://example.eu.auth0.com/";
    private static final List<String> AUTH0_AUDIENCES = List.of(ORDERS, AUTH0 + "userinfo");

    @Test
    void an_auth0_user_is_named_by_alias_and_the_whole_of_sub() {
        Reply reply =
                apply("Auth0")
                        .exchange(
                                token(
                                        JWT,
                                        claims(AUTH0, "auth0|6553da60a54af58e29493993")
                                                .and("aud", AUTH0_AUDIENCES)
                                                .and("azp", "K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja")
                                                .and("scope", "openid profile read:orders")));

        assertUser(reply, "auth0|auth0|6553da60a54af58e29493993", "invoice.read");
        assertThat(lineage(reply))
                .as("a token without `jti` is named by its hash")
                .singleElement()
                .asString()
                .startsWith("auth0|sha256:");
    }

    @Test
    void an_auth0_machine_is_told_by_its_grant_type() {
        Reply reply =
                apply("Auth0")
                        .exchange(
                                token(
                                        JWT,
                                        claims(AUTH0, "awZfdIir8YFdGZWkvCejDoUb7SjTDicx@clients")
                                                .and("aud", ORDERS)
                                                .and("azp", "awZfdIir8YFdGZWkvCejDoUb7SjTDicx")
                                                .and("scope", "sync:orders")
                                                .and("gty", "client-credentials")));

        assertClient(reply, "auth0|awZfdIir8YFdGZWkvCejDoUb7SjTDicx@clients");
    }

    @Test
    void an_auth0_user_of_the_rfc_9068_profile_is_permitted() {
        Reply reply =
                apply("Auth0")
                        .exchange(
                                token(
                                        Map.of("typ", "at+jwt"),
                                        claims(AUTH0, "auth0|6553da60a54af58e29493993")
                                                .and("aud", AUTH0_AUDIENCES)
                                                .and(
                                                        "client_id",
                                                        "K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja")
                                                .and("jti", "73WakrfVbNJBaAmhQtEeDv")
                                                .and("scope", "openid read:orders")));

        assertUser(reply, "auth0|auth0|6553da60a54af58e29493993", "invoice.read");
        assertThat(lineage(reply)).isEqualTo(List.of("auth0|73WakrfVbNJBaAmhQtEeDv"));
    }

    @Test
    void an_auth0_machine_of_the_rfc_9068_profile_gets_nothing_that_is_for_machines() {
        Reply reply =
                apply("Auth0")
                        .exchange(
                                token(
                                        Map.of("typ", "at+jwt"),
                                        claims(AUTH0, "awZfdIir8YFdGZWkvCejDoUb7SjTDicx@clients")
                                                .and("aud", ORDERS)
                                                .and(
                                                        "client_id",
                                                        "awZfdIir8YFdGZWkvCejDoUb7SjTDicx")
                                                .and("jti", "73WakrfVbNJBaAmhQtEeDw")
                                                .and("scope", "sync:orders")));

        assertThat(reply.error())
                .as("without `gty` it passes for a user")
                .isEqualTo("invalid_scope");
    }

    @Test
    void an_auth0_token_for_userinfo_alone_is_refused() {
        Reply reply =
                apply("Auth0")
                        .exchange(
                                token(
                                        JWT,
                                        claims(AUTH0, "auth0|6553da60a54af58e29493993")
                                                .and("aud", List.of(AUTH0 + "userinfo"))
                                                .and("azp", "K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja")
                                                .and("scope", "openid read:orders")));

        assertThat(reply.error()).isEqualTo("invalid_request");
    }

    // ---- Okta: https://developer.okta.com/docs/reference/api/oidc/#access-token-payload

    private static final String OKTA = "https://example.okta.com/oauth2/default";

    @Test
    void an_okta_user_is_permitted_by_scopes_in_an_array() {
        Reply reply =
                apply("Okta")
                        .exchange(
                                token(
                                        NO_TYPE,
                                        claims(OKTA, "alice@example.com")
                                                .and("aud", ORDERS)
                                                .and("ver", 1)
                                                .and(
                                                        "jti",
                                                        "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE")
                                                .and("cid", "0oabucvyc38HLL1ef0h7")
                                                .and("uid", "00uid4BxXw6I6TV4m0g3")
                                                .and("auth_time", Instant.now().getEpochSecond())
                                                .and("scp", List.of("openid", "orders.read"))));

        assertUser(reply, "okta|alice@example.com", "invoice.read");
        assertThat(lineage(reply))
                .isEqualTo(List.of("okta|AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE"));
    }

    @Test
    void an_okta_service_is_told_by_being_its_own_subject() {
        Reply reply =
                apply("Okta")
                        .exchange(
                                token(
                                        NO_TYPE,
                                        claims(OKTA, "0oabucvyc38HLL1ef0h7")
                                                .and("aud", ORDERS)
                                                .and("ver", 1)
                                                .and(
                                                        "jti",
                                                        "AT.1mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE")
                                                .and("cid", "0oabucvyc38HLL1ef0h7")
                                                .and("scp", List.of("orders.sync"))));

        assertClient(reply, "okta|0oabucvyc38HLL1ef0h7");
    }

    @Test
    void an_okta_id_token_is_no_access_token() {
        Reply reply =
                apply("Okta")
                        .exchange(
                                token(
                                        NO_TYPE,
                                        claims(OKTA, "00uid4BxXw6I6TV4m0g3")
                                                .and("aud", "orders-service")
                                                .and("ver", 1)
                                                .and("jti", "ID.4eAWJOCMB3SX8XewDfVR")
                                                .and("amr", List.of("pwd"))
                                                .and("idp", "00ok1u7AsAkrwdZL3z0g3")
                                                .and("at_hash", "cpqKfdQA5eH891Ff5oJr_Q")));

        assertThat(reply.error()).isEqualTo("invalid_request");
        assertThat(reply.text("error_description"))
                .isEqualTo("the subject token is no access token");
    }

    // ---- Entra ID:
    // https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference

    private static final String TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
    private static final String ENTRA = "https://login.microsoftonline.com/" + TENANT + "/v2.0";
    private static final String ENTRA_V1 = "https://sts.windows.net/" + TENANT + "/";
    private static final String API = "00001111-aaaa-2222-bbbb-3333cccc4444";
    private static final String APP = "55556666-ffff-7777-aaaa-8888bbbb9999";
    private static final String OBJECT = "ccccdddd-2222-eeee-3333-ffff4444aaaa";

    @Test
    void an_entra_user_is_permitted_by_scopes_in_a_string() {
        Reply reply =
                apply("Entra ID")
                        .exchange(
                                token(
                                        JWT,
                                        claims(ENTRA, "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ")
                                                .and("aud", API)
                                                .and("nbf", Instant.now().getEpochSecond())
                                                .and("aio", "AXQAi/8IAAAAFm+E/QTG+gFnVxLjWdw8K")
                                                .and("azp", APP)
                                                .and("azpacr", "1")
                                                .and("name", "Alice")
                                                .and("oid", OBJECT)
                                                .and("preferred_username", "alice@example.com")
                                                .and("rh", "I")
                                                .and("scp", "Orders.Read Orders.Write")
                                                .and("tid", TENANT)
                                                .and("uti", "fqiBqXLPj0eQa82S-IYFAA")
                                                .and("ver", "2.0")));

        assertUser(reply, "entra|AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ", "invoice.read");
    }

    @Test
    void an_entra_application_is_permitted_by_its_roles() {
        Reply reply =
                apply("Entra ID").exchange(token(JWT, application(ENTRA).and("idtyp", "app")));

        assertClient(reply, "entra|" + OBJECT);
    }

    @Test
    void an_entra_application_without_idtyp_gets_nothing_that_is_for_applications() {
        Reply reply = apply("Entra ID").exchange(token(JWT, application(ENTRA)));

        assertThat(reply.error())
                .as("without the optional claim it passes for a user")
                .isEqualTo("invalid_scope");
    }

    private static Claims application(String issuer) {
        return claims(issuer, OBJECT)
                .and("aud", API)
                .and("azp", APP)
                .and("azpacr", "1")
                .and("oid", OBJECT)
                .and("rh", "I")
                .and("roles", List.of("Orders.Sync.All"))
                .and("tid", TENANT)
                .and("uti", "fqiBqXLPj0eQa82S-IYFAB")
                .and("ver", "2.0");
    }

    @Test
    void another_tenant_is_another_issuer() {
        String other = ENTRA.replace(TENANT, "bbbbcccc-1111-dddd-2222-eeee3333ffff");

        Reply reply =
                apply("Entra ID").exchange(token(JWT, application(other).and("idtyp", "app")));

        assertThat(reply.error()).isEqualTo("invalid_request");
        assertThat(reply.text("error_description"))
                .isEqualTo("the subject token is of an issuer that is not trusted");
    }

    @Test
    void an_entra_user_of_version_1_is_permitted() {
        Reply reply =
                apply("Entra ID, version 1")
                        .exchange(
                                token(
                                        Map.of("typ", "JWT", "x5t", KEY.getKeyID()),
                                        claims(ENTRA_V1, "aHbD7TMlZZlSZTaUsFkZjvKGwBnKZ0Zu8Yc")
                                                .and("aud", "api://" + API)
                                                .and("acr", "1")
                                                .and("amr", List.of("pwd", "mfa"))
                                                .and("appid", APP)
                                                .and("appidacr", "1")
                                                .and("oid", OBJECT)
                                                .and("scp", "Orders.Read")
                                                .and("tid", TENANT)
                                                .and("upn", "alice@example.com")
                                                .and("ver", "1.0")));

        assertUser(reply, "entra-v1|aHbD7TMlZZlSZTaUsFkZjvKGwBnKZ0Zu8Yc", "invoice.read");
        assertThat(claim(reply, "amr")).isEqualTo(List.of("mfa", "pwd"));
    }

    @Test
    void an_entra_application_of_version_1_is_permitted_by_its_roles() {
        Reply reply =
                apply("Entra ID, version 1")
                        .exchange(
                                token(
                                        Map.of("typ", "JWT", "x5t", KEY.getKeyID()),
                                        claims(ENTRA_V1, OBJECT)
                                                .and("aud", "api://" + API)
                                                .and("appid", APP)
                                                .and("appidacr", "1")
                                                .and("idp", ENTRA_V1)
                                                .and("idtyp", "app")
                                                .and("oid", OBJECT)
                                                .and("roles", List.of("Orders.Sync.All"))
                                                .and("tid", TENANT)
                                                .and("ver", "1.0")));

        assertClient(reply, "entra-v1|" + OBJECT);
    }

    // ---- Spring Authorization Server: its own JwtGenerator makes these

    private static final String SPRING = "https://auth.example.com";

    @Test
    void a_spring_user_is_permitted_when_the_service_was_added_to_aud() throws Exception {
        String token =
                spring(
                        "alice",
                        AuthorizationGrantType.AUTHORIZATION_CODE,
                        "orders.read",
                        ProviderTokensIT::forOrders);

        assertThat(SignedJWT.parse(token).getJWTClaimsSet().getClaim("scope"))
                .isEqualTo(List.of("orders.read"));
        assertUser(
                apply("Spring Authorization Server").exchange(token),
                "spring|alice",
                "invoice.read");
    }

    @Test
    void a_spring_token_as_it_comes_is_for_its_client_and_refused() {
        String token =
                spring(
                        "alice",
                        AuthorizationGrantType.AUTHORIZATION_CODE,
                        "orders.read",
                        context -> {});

        assertThat(apply("Spring Authorization Server").exchange(token).error())
                .isEqualTo("invalid_request");
    }

    @Test
    void a_spring_client_is_told_by_the_client_id_that_was_added() {
        String token =
                spring(
                        "shop",
                        AuthorizationGrantType.CLIENT_CREDENTIALS,
                        "orders.sync",
                        ProviderTokensIT::forOrders);

        assertClient(apply("Spring Authorization Server").exchange(token), "spring|shop");
    }

    private static void forOrders(JwtEncodingContext context) {
        context.getClaims()
                .audience(List.of(ORDERS))
                .claim("client_id", context.getRegisteredClient().getClientId());
    }

    private static String spring(
            String subject,
            AuthorizationGrantType grant,
            String scope,
            OAuth2TokenCustomizer<JwtEncodingContext> customizer) {
        RegisteredClient client =
                RegisteredClient.withId("1")
                        .clientId("shop")
                        .authorizationGrantType(grant)
                        .redirectUri("https://shop.example.com/")
                        .build();
        JwtGenerator generator =
                new JwtGenerator(new NimbusJwtEncoder(new ImmutableJWKSet<>(new JWKSet(KEY))));
        generator.setJwtCustomizer(customizer);
        return generator
                .generate(
                        DefaultOAuth2TokenContext.builder()
                                .registeredClient(client)
                                .principal(new TestingAuthenticationToken(subject, "n/a"))
                                .authorizationServerContext(new SpringServer())
                                .authorizedScopes(Set.of(scope))
                                .tokenType(OAuth2TokenType.ACCESS_TOKEN)
                                .authorizationGrantType(grant)
                                .build())
                .getTokenValue();
    }

    private record SpringServer() implements AuthorizationServerContext {
        @Override
        public String getIssuer() {
            return SPRING;
        }

        @Override
        public AuthorizationServerSettings getAuthorizationServerSettings() {
            return AuthorizationServerSettings.builder().issuer(SPRING).build();
        }
    }

    // ---- Amazon Cognito: https://docs.aws.amazon.com/cognito/latest/developerguide/
    // amazon-cognito-user-pools-using-the-access-token.html, and for `aud`
    // cognito-user-pools-define-resource-servers.html (resource binding)

    private static final String COGNITO =
            "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE";

    private static Claims cognito() {
        return claims(COGNITO, "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")
                .and("client_id", "xxxxxxxxxxxxexample")
                .and("origin_jti", "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeef")
                .and("event_id", "bbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeef")
                .and("token_use", "access")
                .and("scope", "openid https://orders.example.com/orders.read")
                .and("auth_time", Instant.now().getEpochSecond())
                .and("jti", "cccccccc-bbbb-cccc-dddd-eeeeeeeeeeef")
                .and("version", 2)
                .and("username", "alice")
                .and("cognito:groups", List.of("buyers"));
    }

    @Test
    void a_cognito_token_without_aud_is_refused_and_the_error_says_what_to_switch_on() {
        Reply reply = apply("Amazon Cognito").exchange(token(NO_TYPE, cognito()));

        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.error()).isEqualTo("invalid_request");
        assertThat(reply.text("error_description"))
                .startsWith("the subject token has no `aud`")
                .contains("`resource` parameter")
                .contains("in Amazon Cognito: resource binding");
    }

    @Test
    void a_cognito_token_with_resource_binding_is_permitted() {
        Reply reply =
                apply("Amazon Cognito").exchange(token(NO_TYPE, cognito().and("aud", ORDERS)));

        assertUser(reply, "cognito|aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "invoice.read");
    }

    @Test
    void a_cognito_id_token_is_no_access_token() {
        Reply reply =
                apply("Amazon Cognito")
                        .exchange(
                                token(
                                        NO_TYPE,
                                        claims(COGNITO, "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")
                                                .and("aud", "xxxxxxxxxxxxexample")
                                                .and("token_use", "id")
                                                .and("cognito:username", "alice")));

        assertThat(reply.text("error_description"))
                .isEqualTo("the subject token is no access token");
    }

    // ---- Google: https://developers.google.com/identity/openid-connect/openid-connect

    private static final String GOOGLE = "https://accounts.google.com";
    private static final String GOOGLE_CLIENT = "1234987819200.apps.googleusercontent.com";

    private static Claims google(String client) {
        return claims(GOOGLE, "10769150350006150715113082367")
                .and("azp", client)
                .and("aud", client)
                .and("at_hash", "HK6E_P6Dh8Y93mRNtsDB1Q")
                .and("hd", "example.com")
                .and("email", "alice@example.com")
                .and("email_verified", true)
                .and("nonce", "0394852-3190485-2490358");
    }

    @Test
    void a_google_id_token_of_ones_own_client_is_permitted_as_openid() {
        Reply reply = apply("Google").exchange(token(JWT, google(GOOGLE_CLIENT)), Scene.ID_TOKEN);

        assertUser(reply, "google|10769150350006150715113082367", "invoice.read");
    }

    @Test
    void a_google_id_token_of_another_client_is_refused() {
        Reply reply =
                apply("Google")
                        .exchange(
                                token(JWT, google("407408718192.apps.googleusercontent.com")),
                                Scene.ID_TOKEN);

        assertThat(reply.error()).isEqualTo("invalid_request");
    }

    @Test
    void a_google_id_token_is_no_access_token() {
        Reply reply = apply("Google").exchange(token(JWT, google(GOOGLE_CLIENT)));

        assertThat(reply.text("error_description"))
                .isEqualTo("the subject token may not be presented as this type");
    }

    // ---- Kubernetes:
    // https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/

    private static final String KUBERNETES = "https://kubernetes.default.svc.cluster.local";

    private static Claims serviceAccount() {
        Map<String, String> pod =
                Map.of("name", "orders-0", "uid", "5e0bd49b-f040-43b0-99b7-22765a53f7f3");
        Map<String, String> account =
                Map.of("name", "orders", "uid", "14ee3fa4-a7e2-420f-9f9a-dbc4507c3798");
        Map<String, String> node =
                Map.of("name", "node-1", "uid", "646e7c5e-32d6-4d42-9dbd-e504e6cbe6b1");
        return claims(KUBERNETES, "system:serviceaccount:shop:orders")
                .and("aud", List.of(ORDERS))
                .and("jti", "ea28ed49-2e11-4280-9ec5-bc3d1d84661a")
                .and("nbf", Instant.now().getEpochSecond())
                .and(
                        "kubernetes.io",
                        Map.of(
                                "namespace",
                                "shop",
                                "node",
                                node,
                                "pod",
                                pod,
                                "serviceaccount",
                                account,
                                "warnafter",
                                Instant.now().getEpochSecond() + LIFETIME_SECONDS));
    }

    @Test
    void a_kubernetes_service_account_holds_workload() {
        Reply reply = apply("Kubernetes").exchange(token(NO_TYPE, serviceAccount()));

        assertClient(reply, "kubernetes|system:serviceaccount:shop:orders");
    }

    @Test
    void a_kubernetes_token_for_the_api_server_is_refused() {
        Reply reply =
                apply("Kubernetes")
                        .exchange(token(NO_TYPE, serviceAccount().and("aud", List.of(KUBERNETES))));

        assertThat(reply.error()).isEqualTo("invalid_request");
    }

    @Test
    void the_keys_of_a_cluster_are_not_fetched_where_its_ca_is_not_named() {
        Narrows without = Narrows.running();
        Scene scene = Scene.open("without-ca");
        TestIssuer cluster = TestIssuer.named("without-ca-cluster");
        without.publish(
                new Policy()
                        .change(
                                "issuerTrusted",
                                Map.of(
                                        "issuer",
                                        cluster.url(),
                                        "alias",
                                        cluster.alias(),
                                        "jwksUri",
                                        PROVIDERS.keys().serve("cluster", jwks()).toString())));

        Reply reply =
                scene.exchange(
                        scene.form(token(NO_TYPE, cluster.claims("alice", scene.from(), "in"))));

        assertThat(reply.status()).isEqualTo(503);
    }

    // ---- what they share

    private static Applied apply(String provider) {
        return PROVIDERS.apply(provider, jwks());
    }

    /** With all that providers put beside a key, of which nothing is used. */
    private static Map<String, Object> jwks() {
        Map<String, Object> key = new LinkedHashMap<>(KEY.toPublicJWK().toJSONObject());
        key.put("use", "sig");
        key.put("x5t", KEY.getKeyID());
        key.put("x5c", List.of("MIIC5TCCAc2gAwIBAgIJ"));
        key.put("cloud_instance_name", "microsoftonline.com");
        key.put("issuer", ENTRA);
        return Map.of("keys", List.of(key));
    }

    private static RSAKey key() {
        try {
            return new RSAKeyGenerator(2048).keyID("nOo3ZDrODXEK1jKWhXslHR_KXEg").generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Claims in the order they were added. */
    private record Claims(Map<String, Object> all) {
        Claims and(String name, Object value) {
            Map<String, Object> more = new LinkedHashMap<>(all);
            more.put(name, value);
            return new Claims(more);
        }
    }

    private static Claims claims(String issuer, String subject) {
        long now = Instant.now().getEpochSecond();
        return new Claims(
                Map.of("iss", issuer, "sub", subject, "iat", now, "exp", now + LIFETIME_SECONDS));
    }

    private static String token(Map<String, ?> header, Claims claims) {
        return token(header, claims.all());
    }

    private static String token(Map<String, ?> header, Map<String, ?> claims) {
        return Jws.sign(KEY, header, claims);
    }

    private static void assertUser(Reply reply, String subject, String scope) {
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(claim(reply, "sub")).isEqualTo(subject);
        assertThat(claim(reply, "sub_type")).as("a user").isNull();
        assertThat(claim(reply, "scope")).isEqualTo(scope);
    }

    private static void assertClient(Reply reply, String subject) {
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(claim(reply, "sub")).isEqualTo(subject);
        assertThat(claim(reply, "sub_type")).isEqualTo("client");
        assertThat(claim(reply, "scope")).as("for clients only").isEqualTo("invoice.sync");
    }

    private static Object claim(Reply reply, String name) {
        return reply.claims().getClaim(name);
    }

    private static List<?> lineage(Reply reply) {
        return (List<?>) claim(reply, "lineage");
    }
}

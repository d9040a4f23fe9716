// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.narrows.exchange.SampleWorld.KEYED;
import static org.narrows.exchange.SampleWorld.LOGIN;
import static org.narrows.exchange.SampleWorld.SECRET;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.as.AuthorizationServerMetadata;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.ClientSecretPost;
import com.nimbusds.oauth2.sdk.auth.JWTAuthenticationClaimsSet;
import com.nimbusds.oauth2.sdk.auth.PrivateKeyJWT;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.id.Audience;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.token.BearerAccessToken;
import com.nimbusds.oauth2.sdk.token.TokenTypeURI;
import com.nimbusds.oauth2.sdk.tokenexchange.TokenExchangeGrant;
import java.security.PrivateKey;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.oauth2.client.ClientAuthorizationException;
import org.springframework.security.oauth2.client.OAuth2AuthorizationContext;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.TokenExchangeOAuth2AuthorizedClientProvider;
import org.springframework.security.oauth2.client.endpoint.RestClientTokenExchangeTokenResponseClient;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;

/** Clients that nobody here wrote perform the exchange against the service as it is started. */
class InteropTest {
    private static ExchangeServer server;

    @BeforeAll
    static void start() {
        server = SampleWorld.server();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static TokenResponse nimbus(ClientAuthentication client, String subject)
            throws Exception {
        TokenExchangeGrant grant =
                new TokenExchangeGrant(
                        new BearerAccessToken(LOGIN.token(subject, "orders-api", "orders.read")),
                        TokenTypeURI.ACCESS_TOKEN,
                        null,
                        null,
                        TokenTypeURI.ACCESS_TOKEN,
                        List.of(new Audience("billing-api")));
        TokenRequest request =
                new TokenRequest(
                        server.uri.resolve("/token-exchange"),
                        client,
                        grant,
                        new Scope("invoice.read"));
        return TokenResponse.parse(request.toHTTPRequest().send());
    }

    private static void assertNarrow(TokenResponse response) {
        assertThat(response.indicatesSuccess())
                .as(() -> response.toErrorResponse().getErrorObject().toString())
                .isTrue();
        var token = response.toSuccessResponse().getTokens().getAccessToken();
        assertThat(token.getScope()).isEqualTo(new Scope("invoice.read"));
        assertThat(token.getIssuedTokenType()).isEqualTo(TokenTypeURI.ACCESS_TOKEN);
        assertThat(token.getLifetime()).isPositive();
    }

    @Test
    void nimbus_exchanges_with_a_secret_in_the_header() throws Exception {
        assertNarrow(
                nimbus(
                        new ClientSecretBasic(new ClientID("orders-service"), new Secret(SECRET)),
                        "alice"));
    }

    @Test
    void nimbus_exchanges_with_a_secret_in_the_body() throws Exception {
        assertNarrow(
                nimbus(
                        new ClientSecretPost(new ClientID("orders-service"), new Secret(SECRET)),
                        "alice"));
    }

    @Test
    void nimbus_exchanges_with_a_key() throws Exception {
        assertNarrow(
                nimbus(
                        new PrivateKeyJWT(
                                new JWTAuthenticationClaimsSet(
                                        new ClientID("keyed-service"),
                                        new Audience(ExchangeServer.ISSUER)),
                                JWSAlgorithm.ES256,
                                (PrivateKey)
                                        JWK.parse(KEYED.privateJwk()).toECKey().toECPrivateKey(),
                                KEYED.kid(),
                                null),
                        "alice"));
    }

    @Test
    void nimbus_reads_why_it_is_refused() throws Exception {
        TokenResponse response =
                nimbus(
                        new ClientSecretBasic(new ClientID("orders-service"), new Secret(SECRET)),
                        "bob");

        assertThat(response.indicatesSuccess()).isFalse();
        assertThat(response.toErrorResponse().getErrorObject().getCode())
                .isEqualTo("invalid_scope");
        assertThat(response.toErrorResponse().getErrorObject().getHTTPStatusCode()).isEqualTo(400);
    }

    @Test
    void nimbus_reads_the_metadata() throws Exception {
        AuthorizationServerMetadata metadata =
                AuthorizationServerMetadata.parse(
                        server.get("/.well-known/oauth-authorization-server").body());

        assertThat(metadata.getIssuer().getValue()).isEqualTo(ExchangeServer.ISSUER);
        assertThat(metadata.getTokenEndpointURI()).hasPath("/token-exchange");
    }

    private static OAuth2AuthorizedClient spring(
            ClientAuthenticationMethod method, String subject) {
        ClientRegistration registration =
                ClientRegistration.withRegistrationId("narrows")
                        .clientId("orders-service")
                        .clientSecret(SECRET)
                        .clientAuthenticationMethod(method)
                        .authorizationGrantType(AuthorizationGrantType.TOKEN_EXCHANGE)
                        .tokenUri(server.uri.resolve("/token-exchange").toString())
                        .scope("invoice.read")
                        .build();
        RestClientTokenExchangeTokenResponseClient client =
                new RestClientTokenExchangeTokenResponseClient();
        client.addParametersConverter(
                _ -> {
                    MultiValueMap<String, String> parameters = new LinkedMultiValueMap<>();
                    parameters.add("audience", "billing-api");
                    return parameters;
                });
        TokenExchangeOAuth2AuthorizedClientProvider provider =
                new TokenExchangeOAuth2AuthorizedClientProvider();
        provider.setAccessTokenResponseClient(client);
        provider.setSubjectTokenResolver(
                _ ->
                        new OAuth2AccessToken(
                                OAuth2AccessToken.TokenType.BEARER,
                                LOGIN.token(subject, "orders-api", "orders.read"),
                                Instant.now(),
                                Instant.now().plusSeconds(600)));
        return provider.authorize(
                OAuth2AuthorizationContext.withClientRegistration(registration)
                        .principal(new TestingAuthenticationToken(subject, "n/a"))
                        .build());
    }

    @Test
    void spring_security_exchanges_with_a_secret_in_the_header() {
        OAuth2AuthorizedClient client =
                spring(ClientAuthenticationMethod.CLIENT_SECRET_BASIC, "alice");

        assertThat(client.getAccessToken().getScopes()).containsExactly("invoice.read");
        assertThat(client.getAccessToken().getTokenType())
                .isEqualTo(OAuth2AccessToken.TokenType.BEARER);
        assertThat(
                        ExchangeServer.claims(client.getAccessToken().getTokenValue())
                                .path("aud")
                                .asText())
                .isEqualTo("https://billing.example.com");
    }

    @Test
    void spring_security_exchanges_with_a_secret_in_the_body() {
        OAuth2AuthorizedClient client =
                spring(ClientAuthenticationMethod.CLIENT_SECRET_POST, "alice");

        assertThat(client.getAccessToken().getScopes()).containsExactly("invoice.read");
    }

    @Test
    void spring_security_reads_why_it_is_refused() {
        assertThatThrownBy(() -> spring(ClientAuthenticationMethod.CLIENT_SECRET_BASIC, "bob"))
                .isInstanceOfSatisfying(
                        ClientAuthorizationException.class,
                        refused ->
                                assertThat(refused.getError().getErrorCode())
                                        .isEqualTo("invalid_scope"));
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.oauth2.core.OAuth2AuthenticatedPrincipal;
import org.springframework.security.oauth2.server.resource.introspection.BadOpaqueTokenException;
import org.springframework.security.oauth2.server.resource.introspection.SpringOpaqueTokenIntrospector;

/** Services that issued tokens are for ask about them by Spring Security's introspection client. */
@AgainstNarrows
class SpringIntrospectionIT {
    private static final Scene SCENE = Scene.open("spring-in");
    private static final TestClient READER = TestClient.withSecret("spring-in-reader");

    @BeforeAll
    static void register() {
        SCENE.narrows().publish(new Policy().client(READER, SCENE.to(), List.of(), List.of()));
    }

    private static OAuth2AuthenticatedPrincipal introspect(TestClient as, String token) {
        return SpringOpaqueTokenIntrospector.withIntrospectionUri(
                        SCENE.narrows().url("/introspect").toString())
                .clientId(as.id())
                .clientSecret(as.secret())
                .build()
                .introspect(token);
    }

    @Test
    void an_active_token_is_described() {
        OAuth2AuthenticatedPrincipal principal = introspect(READER, issued());

        assertThat(principal.getName()).isEqualTo("spring-in|alice");
        assertThat(principal.getAuthorities())
                .extracting(GrantedAuthority::getAuthority)
                .containsExactly("SCOPE_" + SCENE.use());
        assertThat(principal.<Object>getAttribute("aud")).isEqualTo(List.of(SCENE.to()));
    }

    @Test
    void nobody_else_may_ask() {
        String token = issued();

        assertThatThrownBy(() -> introspect(SCENE.client(), token))
                .isInstanceOf(BadOpaqueTokenException.class);
    }

    @Test
    void a_revoked_token_is_not_active() {
        String token = issued();
        assertThat(introspect(READER, token).getName()).isEqualTo("spring-in|alice");

        assertThat(
                        SCENE.narrows()
                                .post(
                                        "/revoke",
                                        Form.of("token", token),
                                        "Authorization",
                                        SCENE.client().basic())
                                .status())
                .isEqualTo(200);

        assertThatThrownBy(() -> introspect(READER, token))
                .isInstanceOf(BadOpaqueTokenException.class);
    }

    private static String issued() {
        Reply reply = Reply.onceAnswered(() -> SCENE.exchange(SCENE.form()));
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        return reply.accessToken();
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.rfc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.conformance.Answers.permitted;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.oauth2.sdk.as.AuthorizationServerMetadata;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.narrows.conformance.AgainstNarrows;
import org.narrows.conformance.Reply;
import org.narrows.conformance.Scene;

@AgainstNarrows
@Specification(value = "RFC 8414", title = "Authorization server metadata")
@NotMet(
        section = "3.2",
        says = "members with no elements are left out",
        because =
                "`response_types_supported` is an empty array: section 2 requires it, and no response type exists here")
@NotMet(
        section = "2",
        says = "`issuer` uses https",
        because =
                "it is what `NARROWS_ISSUER` says, https in production; a standalone's default is its http URL on loopback")
@NotMet(
        section = "2",
        says = "`scopes_supported` is recommended",
        because = "scopes belong to audiences, and are in the metadata of each (RFC 9728)")
@NotApplicable(
        section = "2",
        says =
                "`authorization_endpoint`, `registration_endpoint`, `response_modes_supported` and PKCE",
        because = "no such endpoints; clients are registered by policy")
@NotApplicable(section = "2.1", says = "`signed_metadata`", because = "optional, and not offered")
class Rfc8414ConformanceIT {
    private static final Scene SCENE = Scene.open("r8414");
    private static final String PATH = "/.well-known/oauth-authorization-server";

    private final Reply reply = SCENE.narrows().get(PATH);
    private final JsonNode metadata = reply.json();

    @Test
    @Requirement(
            section = "3",
            says = "metadata lies under `/.well-known/oauth-authorization-server` for GET")
    @Requirement(section = "3.2", says = "the answer is 200, `application/json`, one JSON object")
    void rfc8414_3_metadata_is_json_at_the_well_known_path() {
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.header("Content-Type")).get().asString().startsWith("application/json");
        assertThat(metadata.isObject()).isTrue();
    }

    @Test
    @Requirement(section = "3.3", says = "`issuer` is identical to what the path was made from")
    @Requirement(
            section = "2",
            says = "`issuer` is required, and is what tokens carry as `iss`; no query, no fragment")
    void rfc8414_3_3_issuer_is_ours_and_that_of_the_tokens() {
        assertThat(metadata.path("issuer").asText()).isEqualTo(SCENE.narrows().issuer());
        assertThat(permitted(SCENE.exchange(SCENE.form())).getIssuer())
                .isEqualTo(metadata.path("issuer").asText());
        URI issuer = URI.create(metadata.path("issuer").asText());
        assertThat(issuer.getQuery()).isNull();
        assertThat(issuer.getFragment()).isNull();
    }

    @Test
    @Requirement(section = "2", says = "`token_endpoint` is required, and answers")
    void rfc8414_2_the_token_endpoint_is_there() {
        Reply answer =
                SCENE.narrows()
                        .post(
                                path("token_endpoint"),
                                SCENE.form(),
                                "Authorization",
                                SCENE.client().basic());
        permitted(answer);
    }

    @Test
    @Requirement(
            section = "2",
            says = "`jwks_uri` names the keys that tokens are signed with, and no private ones")
    void rfc8414_2_the_key_set_has_public_keys() throws Exception {
        Reply keys = SCENE.narrows().get(path("jwks_uri"));
        JWKSet set = JWKSet.parse(keys.body());
        assertThat(set.getKeys()).isNotEmpty().noneMatch(JWK::isPrivate);
        assertThat(set.getKeys()).extracting(JWK::getKeyID).doesNotContainNull();
    }

    @Test
    @Requirement(section = "2", says = "`response_types_supported` is required")
    void rfc8414_2_response_types_are_there() {
        assertThat(metadata.path("response_types_supported").isArray()).isTrue();
    }

    @Test
    @Requirement(
            section = "2",
            says =
                    "`grant_types_supported` says which grants there are, where not the default ones")
    void rfc8414_2_the_grant_is_named() {
        assertThat(strings("grant_types_supported")).containsExactly(Scene.GRANT);
    }

    @Test
    @Requirement(
            section = "2",
            says = "`token_endpoint_auth_methods_supported` names the ways to authenticate")
    void rfc8414_2_the_ways_to_authenticate_are_named() {
        assertThat(strings("token_endpoint_auth_methods_supported"))
                .contains("client_secret_basic", "client_secret_post", "private_key_jwt");
    }

    @Test
    @Requirement(
            section = "2",
            says =
                    "where `private_key_jwt` is named, so are its algorithms; RS256 should be, `none` must not be")
    void rfc8414_2_algorithms_of_assertions_are_named() {
        assertThat(strings("token_endpoint_auth_signing_alg_values_supported"))
                .contains("RS256", "ES256")
                .doesNotContain("none", "HS256", "HS384", "HS512");
    }

    @Test
    @Requirement(section = "2", says = "members with several values are JSON arrays of strings")
    void rfc8414_2_another_library_reads_it() throws Exception {
        metadata.properties()
                .forEach(
                        member -> {
                            if (member.getKey().endsWith("_supported")) {
                                assertThat(member.getValue().isArray())
                                        .as(member.getKey())
                                        .isTrue();
                            }
                        });
        AuthorizationServerMetadata read = AuthorizationServerMetadata.parse(reply.body());
        assertThat(read.getTokenEndpointURI().toString())
                .isEqualTo(SCENE.narrows().issuer() + "/token-exchange");
    }

    private List<String> strings(String member) {
        List<String> values = new ArrayList<>();
        metadata.path(member).forEach(value -> values.add(value.asText()));
        return values;
    }

    private String path(String member) {
        String url = metadata.path(member).asText();
        assertThat(url).startsWith(SCENE.narrows().issuer() + "/");
        return url.substring(SCENE.narrows().issuer().length());
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Good tokens in bad requests. */
@AgainstNarrows
class HostileRequestsIT {
    private static final Scene SCENE = Scene.open("hostile-requests");
    private static final String FORBIDDEN = "hostile-requests-forbidden";
    private static final String SECOND = "hostile-requests-second";
    private static final TestClient OTHER = TestClient.withSecret("hostile-requests-other");
    private static final List<String> SECRETS =
            new ArrayList<>(List.of(SCENE.client().secret(), OTHER.secret()));

    static {
        SCENE.narrows()
                .publish(
                        new Policy()
                                .audience(FORBIDDEN)
                                .audience(
                                        SECOND,
                                        Map.of("tokenAudience", "https://second.hostile.invalid"))
                                .scope("second.use", SECOND, "grantable")
                                .client(OTHER, FORBIDDEN, List.of(SCENE.to()), List.of(SCENE.use()))
                                .change(
                                        "clientAudienceAllowed",
                                        Map.of("client", SCENE.client().id(), "audience", SECOND))
                                .change(
                                        "clientScopeAllowed",
                                        Map.of(
                                                "client",
                                                SCENE.client().id(),
                                                "scope",
                                                "second.use"))
                                .rule(
                                        "hostile-requests-second",
                                        SCENE.from(),
                                        SECOND,
                                        Map.of("in", List.of("second.use"))));
    }

    @AfterAll
    static void no_token_and_no_secret_is_in_the_log() {
        Hostile.notLogged(SCENE.narrows(), SECRETS);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "grant_type",
                "subject_token",
                "subject_token_type",
                "actor_token",
                "actor_token_type",
                "requested_token_type",
                "scope",
                "client_id",
                "client_secret",
                "client_assertion",
                "client_assertion_type"
            })
    void a_parameter_twice_is_refused_even_if_it_says_the_same(String name) {
        Form form = SCENE.form();
        String value =
                form.parameters().stream()
                        .filter(p -> p.getKey().equals(name))
                        .map(Map.Entry::getValue)
                        .findFirst()
                        .orElse("x");
        Form twice = form.without(name).and(name, value).and(name, value);
        Hostile.refused(SCENE.exchange(twice), 400, "invalid_request", SCENE.client().secret());
        Hostile.refused(
                SCENE.exchange(form.without(name).and(name, value).and(name, "y")),
                400,
                "invalid_request");
    }

    @Test
    void an_empty_value_is_no_value_and_no_second_one() {
        assertThat(SCENE.exchange(SCENE.form().and("scope", "").and("actor_token", "")).status())
                .isEqualTo(200);
        Hostile.refused(
                SCENE.exchange(SCENE.form().with("subject_token", "")), 400, "invalid_request");
    }

    @Test
    void a_query_string_says_nothing() {
        String query =
                "?audience="
                        + SECOND
                        + "&scope=second.use&client_id="
                        + OTHER.id()
                        + "&grant_type=password";
        Reply reply =
                SCENE.narrows()
                        .post(
                                "/token-exchange" + query,
                                SCENE.form(),
                                "Authorization",
                                SCENE.client().basic());
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.claims().getAudience()).containsExactly(SCENE.to());
        String whole = "?" + SCENE.form().and(SCENE.client().posted()).encoded();
        Hostile.refused(
                SCENE.narrows().post("/token-exchange" + whole, Form.of("a", "b")),
                401,
                "invalid_client");
        Hostile.refused(
                SCENE.narrows()
                        .post(
                                "/token-exchange" + whole,
                                Form.of("a", "b"),
                                "Authorization",
                                SCENE.client().basic()),
                400,
                "invalid_request");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "password",
                "authorization_code",
                "client_credentials",
                "refresh_token",
                "implicit",
                "urn:ietf:params:oauth:grant-type:jwt-bearer",
                "URN:IETF:PARAMS:OAUTH:GRANT-TYPE:TOKEN-EXCHANGE",
                "urn:ietf:params:oauth:grant-type:token-exchange ",
                " urn:ietf:params:oauth:grant-type:token-exchange",
                "urn:ietf:params:oauth:grant-type:token-exchange#",
                "urn:ietf:params:oauth:grant-type:token%2dexchange",
                "token-exchange"
            })
    void another_grant_is_not_this_one(String grant) {
        Hostile.refused(
                SCENE.exchange(SCENE.form().with("grant_type", grant)),
                400,
                "unsupported_grant_type");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "urn:ietf:params:oauth:token-type:refresh_token",
                "urn:ietf:params:oauth:token-type:saml1",
                "urn:ietf:params:oauth:token-type:saml2",
                "urn:ietf:params:oauth:token-type:id_token",
                "urn:ietf:params:oauth:token-type:ACCESS_TOKEN",
                "access_token",
                "x"
            })
    void a_token_type_that_is_not_offered_is_refused(String type) {
        Hostile.refused(
                SCENE.exchange(SCENE.form().with("requested_token_type", type)),
                400,
                "invalid_request");
        Hostile.refused(
                SCENE.exchange(SCENE.form().with("subject_token_type", type)),
                400,
                "invalid_request");
        Form actor = SCENE.form().and("actor_token", SCENE.subjectToken());
        Hostile.refused(SCENE.exchange(actor), 400, "invalid_request");
        Hostile.refused(
                SCENE.exchange(actor.and("actor_token_type", type)), 400, "invalid_request");
        Hostile.refused(
                SCENE.exchange(SCENE.form().and("actor_token_type", type)), 400, "invalid_request");
    }

    @Test
    void what_is_asked_by_a_parameter_that_is_not_understood_is_not_dropped() {
        for (String name : List.of("authorization_details", "request", "request_uri")) {
            Hostile.refused(SCENE.exchange(SCENE.form().and(name, "x")), 400, "invalid_request");
        }
        assertThat(
                        SCENE.exchange(
                                        SCENE.form()
                                                .and("nobody_knows", "x")
                                                .and("lifetime", "99999"))
                                .status())
                .isEqualTo(200);
    }

    @Test
    void one_forbidden_target_spoils_all() {
        Form form = SCENE.form().without("scope");
        for (Form more :
                List.of(
                        form.and("audience", FORBIDDEN),
                        form.with("audience", FORBIDDEN).and("audience", SCENE.to()),
                        form.and("audience", "unknown"),
                        form.and("resource", "https://unknown.invalid"),
                        form.and("resource", "https://second.hostile.invalid"),
                        form.and("audience", SECOND),
                        form.and("audience", SCENE.from()),
                        form.and("audience", "narrows-admin"))) {
            Hostile.refused(SCENE.exchange(more), 400, "invalid_target", FORBIDDEN, SECOND);
        }
        assertThat(SCENE.exchange(form.and("audience", SCENE.to())).claims().getAudience())
                .containsExactly(SCENE.to());
    }

    @Test
    void an_audience_that_looks_like_one_is_none_and_a_forbidden_one_is_as_unknown() {
        String to = SCENE.to();
        String unknown = SCENE.exchange(SCENE.form().with("audience", "nobody-knows-this")).body();
        for (String other :
                List.of(
                        FORBIDDEN,
                        "narrows-admin",
                        to + ".",
                        to + "/",
                        to + " ",
                        " " + to,
                        to + "\u0000",
                        to + "\n",
                        to.toUpperCase(Locale.ROOT),
                        to.replace("-", "%2D"),
                        to.replace("-", "\u2010"),
                        to.replace("-", "\u00ad-"),
                        to.replace('o', '\u043e'),
                        to.replace('o', '\uff4f'),
                        to + "\u200b",
                        "\u202e" + to,
                        to.substring(1),
                        to + "," + SECOND,
                        to + " " + SECOND,
                        "*",
                        "..",
                        "hostile-requests-*",
                        to + "#",
                        to + "?x",
                        SCENE.client().id(),
                        SCENE.narrows().issuer(),
                        "' OR 1=1 --",
                        "${jndi:x}",
                        "\ud83d\ude00")) {
            Reply reply = SCENE.exchange(SCENE.form().with("audience", other));
            Hostile.refused(reply, 400, "invalid_target", "hostile-requests");
            assertThat(reply.body()).isEqualTo(unknown);
        }
        Hostile.refused(
                SCENE.exchange(SCENE.form().with("audience", "a".repeat(2_000))),
                400,
                "invalid_request");
        Form many = SCENE.form();
        for (int i = 0; i < 100; i++) {
            many = many.and("audience", to);
        }
        Hostile.refused(SCENE.exchange(many), 400, "invalid_request");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "second",
                "//second.hostile.invalid",
                "/x",
                "https://second.hostile.invalid#",
                "https://second.hostile.invalid#x",
                "https://second.hostile.invalid/",
                "https://second.hostile.invalid.",
                "HTTPS://second.hostile.invalid",
                "https://second.hostile.invalid:443",
                "https://u@second.hostile.invalid",
                "https://second.hostile.invalid\r\nX: y",
                "https://second.hostile.invalid ",
                "https://second.hostile.invalid/..",
                "https://%73econd.hostile.invalid",
                "javascript:alert(1)",
                "file:///etc/passwd",
                "http://[::1",
                "https://sec\u043end.hostile.invalid",
                "urn:x"
            })
    void a_resource_is_one_uri_to_the_last_byte(String resource) {
        Form form = SCENE.form().without("audience").with("scope", "second.use");
        Hostile.refused(
                SCENE.exchange(form.and("resource", resource)),
                400,
                "invalid_target",
                "second.hostile");
        assertThat(SCENE.exchange(form.and("resource", "https://second.hostile.invalid")).status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"",
                "\\",
                "a\nb",
                "a\tb",
                "a\u00a0b",
                "a\u2003b",
                "\u0000",
                "\u00e9",
                "a\u0000",
                "\r\nX: y",
                "*",
                "in",
                "second.use",
                "admin",
                "hostile-requests.USE",
                "hostile-requests.use.",
                "hostile-requests.u",
                "openid",
                "policy:write",
                "hostile-requests.read",
                "hostile-requests.use hostile-requests.read",
                "hostile-requests.use\u00a0second.use",
                "hostile-requests.use,second.use",
                "' OR 1=1"
            })
    void a_scope_that_is_not_granted_is_refused_and_not_passed_over(String scope) {
        Hostile.refused(
                SCENE.exchange(SCENE.form().with("scope", scope)),
                400,
                "invalid_scope",
                "second.use");
    }

    @Test
    void a_thousand_scopes_are_refused() {
        String scopes =
                IntStream.range(0, 1_000)
                        .mapToObj(i -> "scope" + i)
                        .collect(Collectors.joining(" "));
        Hostile.refused(SCENE.exchange(SCENE.form().with("scope", scopes)), 400, "invalid_scope");
        Hostile.refused(
                SCENE.exchange(SCENE.form().with("scope", "x".repeat(50_000))),
                400,
                "invalid_scope");
        String same = (SCENE.use() + " ").repeat(1_000).strip();
        Reply reply = SCENE.exchange(SCENE.form().with("scope", same));
        assertThat(reply.status() == 400 || reply.text("scope").equals(SCENE.use())).isTrue();
    }

    @Test
    void without_a_scope_nothing_is_granted_beyond_the_map() {
        Form form = SCENE.form().without("scope");
        Reply reply = SCENE.exchange(form);
        assertThat(reply.text("scope")).isEqualTo(SCENE.use());
        for (String held :
                Arrays.asList("", "other", "hostile-requests.use", "IN", "in2", "in,out")) {
            String token = SCENE.issuer().sign(SCENE.issuer().claims("alice", SCENE.from(), held));
            Hostile.refused(
                    SCENE.exchange(form.with("subject_token", token)), 400, "invalid_scope", token);
            Hostile.refused(SCENE.exchange(SCENE.form(token)), 400, "invalid_scope", token);
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.rfc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.conformance.Answers.permitted;
import static org.narrows.conformance.Answers.refused;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.narrows.conformance.AgainstNarrows;
import org.narrows.conformance.Form;
import org.narrows.conformance.Policy;
import org.narrows.conformance.Reply;
import org.narrows.conformance.Scene;
import org.narrows.conformance.TestClient;

@AgainstNarrows
@Specification(value = "RFC 8707", title = "Resource Indicators")
@NotApplicable(
        section = "2.1",
        says = "`resource` in authorization requests",
        because = "there is no authorization endpoint")
@NotApplicable(
        section = "2.2",
        says = "`resource` with refresh tokens and authorization codes",
        because = "neither is a grant here")
class Rfc8707ConformanceIT {
    private static final Scene SCENE = Scene.open("r8707");
    private static final String API = "https://api.r8707.test.invalid/v1";
    private static final String MAIL = "https://mail.r8707.test.invalid";
    private static final String ALONE = "https://alone.r8707.test.invalid";
    private static final TestClient CLIENT = TestClient.withSecret("r8707-several");

    static {
        Policy policy =
                new Policy()
                        .audience("r8707-api", Map.of("tokenAudience", API))
                        .audience(MAIL)
                        .audience("r8707-alone", Map.of("tokenAudience", ALONE))
                        .scope("r8707.api", "r8707-api", "grantable")
                        .scope("r8707.mail", MAIL, "grantable")
                        .scope("r8707.alone", "r8707-alone", "grantable")
                        .client(
                                CLIENT,
                                SCENE.from(),
                                List.of("r8707-api", MAIL, "r8707-alone"),
                                List.of("r8707.api", "r8707.mail", "r8707.alone"));
        rule(policy, "r8707-api", "r8707.api", true);
        rule(policy, MAIL, "r8707.mail", true);
        rule(policy, "r8707-alone", "r8707.alone", false);
        SCENE.narrows().publish(policy);
    }

    @Test
    @Requirement(
            section = "2",
            says = "`resource` is an absolute URI, may have a query and has no fragment")
    void rfc8707_2_a_resource_is_an_absolute_uri_without_a_fragment() {
        permitted(exchange(Form.of("resource", API)));
        for (String malformed : List.of("r8707-api", "/v1", API + "#x", "https://a b", ":")) {
            refused(exchange(Form.of("resource", malformed)), "invalid_target");
        }
        refused(exchange(Form.of("resource", API + "?x=y")), "invalid_target");
    }

    @Test
    @Requirement(section = "2", says = "several `resource` may be there")
    void rfc8707_2_several_resources_may_be_named() {
        assertThat(permitted(exchange(Form.of("resource", API, "resource", MAIL))).getAudience())
                .containsExactlyInAnyOrder(API, MAIL);
    }

    @Test
    @Requirement(
            section = "2",
            says = "without `resource` the server may use a defined default, or refuse")
    void rfc8707_2_without_a_target_there_is_one_only_where_it_is_clear() {
        refused(exchange(Form.of()), "invalid_target");
        assertThat(permitted(SCENE.exchange(SCENE.form().without("audience"))).getAudience())
                .containsExactly(SCENE.to());
    }

    @Test
    @Requirement(
            section = "2",
            says = "a resource that is invalid, unknown or not acceptable is `invalid_target`")
    void rfc8707_2_a_resource_that_is_not_acceptable_is_invalid_target() {
        refused(exchange(Form.of("resource", "https://unknown.test.invalid")), "invalid_target");
        refused(exchange(Form.of("resource", API + "/")), "invalid_target");
        refused(exchange(Form.of("resource", API.replace("https", "HTTPS"))), "invalid_target");
        Reply notAllowed =
                SCENE.exchange(
                        SCENE.form().without("audience").without("scope").and("resource", API));
        refused(notAllowed, "invalid_target");
    }

    @Test
    @Requirement(section = "2", says = "a token is restricted to the resources that were asked for")
    void rfc8707_2_the_token_is_for_the_resource_alone() {
        assertThat(permitted(exchange(Form.of("resource", API))).getAudience())
                .containsExactly(API);
        assertThat(permitted(exchange(Form.of("resource", MAIL))).getAudience())
                .containsExactly(MAIL);
    }

    @Test
    @Requirement(
            section = "2.2",
            says = "scopes are narrowed to those that the resource can make use of")
    void rfc8707_2_2_scope_is_narrowed_to_the_resource() {
        assertThat(exchange(Form.of("resource", API)).text("scope")).isEqualTo("r8707.api");
        refused(exchange(Form.of("resource", API, "scope", "r8707.mail")), "invalid_scope");
    }

    @Test
    @Requirement(
            section = "2.2",
            says = "resources for which no one token can be issued are `invalid_target`")
    void rfc8707_2_2_resources_that_do_not_go_together_are_invalid_target() {
        refused(exchange(Form.of("resource", API, "resource", ALONE)), "invalid_target");
    }

    private static void rule(Policy policy, String to, String scope, boolean combinable) {
        policy.rule(
                "to-" + scope,
                SCENE.from(),
                to,
                Map.of("in", List.of(scope)),
                Map.of("combinable", combinable));
    }

    private static Reply exchange(Form targets) {
        return SCENE.narrows()
                .post(
                        "/token-exchange",
                        SCENE.form().without("audience").without("scope").and(targets),
                        "Authorization",
                        CLIENT.basic());
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.rfc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.conformance.Answers.permitted;
import static org.narrows.conformance.Answers.refused;

import java.net.http.HttpRequest;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.narrows.conformance.AgainstNarrows;
import org.narrows.conformance.Form;
import org.narrows.conformance.Jws;
import org.narrows.conformance.Policy;
import org.narrows.conformance.Reply;
import org.narrows.conformance.Scene;
import org.narrows.conformance.TestIssuer;

@AgainstNarrows
@Specification(value = "RFC 8693", title = "OAuth 2.0 Token Exchange")
@NotApplicable(
        section = "2.1",
        says = "without client authentication, a deployment should be aware of what that allows",
        because = "every client authenticates")
class Rfc8693RequestConformanceIT {
    private static final Scene SCENE = Scene.open("r8693-2-1");
    private static final String RESOURCE = "https://r8693-resource.test.invalid/api";
    private static final String OTHER = "r8693-2-1-other";
    private static final String WITH_FRAGMENT = "https://r8693-resource.test.invalid/#part";

    static {
        Policy policy = new Policy();
        target(policy, "uri", "r8693-2-1-uri", Map.of("tokenAudience", RESOURCE));
        target(policy, "other", OTHER, Map.of());
        target(policy, "fragment", WITH_FRAGMENT, Map.of());
        SCENE.narrows().publish(policy);
    }

    private static void target(Policy policy, String name, String audience, Map<String, ?> more) {
        String scope = "r8693-2-1." + name;
        String client = SCENE.client().id();
        policy.audience(audience, more)
                .scope(scope, audience, "grantable")
                .change("clientAudienceAllowed", Map.of("client", client, "audience", audience))
                .change("clientScopeAllowed", Map.of("client", client, "scope", scope))
                .rule(
                        "r8693-2-1-to-" + name,
                        SCENE.from(),
                        audience,
                        Map.of("in", List.of(scope)),
                        Map.of("combinable", true));
    }

    @Test
    @Requirement(
            section = "2.1",
            says = "clients authenticate by the mechanisms of RFC 6749 §2.3, others get no token")
    void rfc8693_2_1_a_client_authenticates_as_for_any_other_grant() {
        permitted(SCENE.exchange(SCENE.form()));
        refused(SCENE.narrows().post("/token-exchange", SCENE.form()), 401, "invalid_client");
    }

    @Test
    @Requirement(
            section = "2.1",
            says =
                    "the request is a POST with parameters in `application/x-www-form-urlencoded`, UTF-8, in the body")
    void rfc8693_2_1_parameters_are_a_form_in_the_body() {
        String query =
                "/token-exchange?" + SCENE.form().encoded(); // nothing of it counts from there
        refused(
                SCENE.narrows()
                        .post(query, Form.of("x", "y"), "Authorization", SCENE.client().basic()),
                "invalid_request");
        Reply json =
                SCENE.narrows()
                        .send(
                                HttpRequest.newBuilder(SCENE.narrows().url("/token-exchange"))
                                        .header("Content-Type", "application/json")
                                        .header("Authorization", SCENE.client().basic())
                                        .POST(HttpRequest.BodyPublishers.ofString("{}")));
        refused(json, 415, "invalid_request");
    }

    @Test
    @Requirement(
            section = "2.1",
            says = "`grant_type` is required, and only the token-exchange value is this grant")
    void rfc8693_2_1_grant_type_is_required() {
        refused(SCENE.exchange(SCENE.form().without("grant_type")), "invalid_request");
        refused(
                SCENE.exchange(SCENE.form().with("grant_type", "client_credentials")),
                "unsupported_grant_type");
        refused(
                SCENE.exchange(SCENE.form().with("grant_type", Scene.GRANT + "x")),
                "unsupported_grant_type");
    }

    @Test
    @Requirement(section = "2.1", says = "`resource` names where the token will be used")
    void rfc8693_2_1_resource_names_the_target() {
        assertThat(permitted(SCENE.exchange(target("resource", RESOURCE))).getAudience())
                .containsExactly(RESOURCE);
    }

    @Test
    @Requirement(section = "2.1", says = "`resource` must be an absolute URI")
    void rfc8693_2_1_a_resource_that_is_no_absolute_uri_is_refused() {
        // The second is an audience's id, and would be known if it were one's `audience`.
        for (String resource :
                List.of("/api", OTHER, "r8693-resource.test.invalid/api", "//host", "https://[")) {
            refused(SCENE.exchange(target("resource", resource)), "invalid_target");
        }
    }

    @Test
    @Requirement(section = "2.1", says = "`resource` must not include a fragment")
    void rfc8693_2_1_a_resource_with_a_fragment_is_refused() {
        permitted(SCENE.exchange(target("audience", WITH_FRAGMENT)));
        refused(SCENE.exchange(target("resource", WITH_FRAGMENT)), "invalid_target");
        refused(SCENE.exchange(target("resource", RESOURCE + "#part")), "invalid_target");
        refused(SCENE.exchange(target("resource", RESOURCE + "#")), "invalid_target");
    }

    @Test
    @Requirement(section = "2.1", says = "several `resource` may be given")
    @Requirement(section = "2.1", says = "several `audience` may be given")
    @Requirement(section = "2.1", says = "`audience` and `resource` may be used together")
    void rfc8693_2_1_several_targets_may_be_named_in_both_ways() {
        Form both =
                target("resource", RESOURCE)
                        .and("audience", OTHER)
                        .with("scope", "r8693-2-1.uri r8693-2-1.other");
        assertThat(permitted(SCENE.exchange(both)).getAudience())
                .containsExactlyInAnyOrder(RESOURCE, OTHER);
        Form audiences =
                target("audience", "r8693-2-1-uri")
                        .and("audience", OTHER)
                        .with("scope", "r8693-2-1.uri r8693-2-1.other");
        assertThat(permitted(SCENE.exchange(audiences)).getAudience())
                .containsExactlyInAnyOrder(RESOURCE, OTHER);
        Form named = target("resource", RESOURCE).and("resource", RESOURCE);
        assertThat(permitted(SCENE.exchange(named)).getAudience()).containsExactly(RESOURCE);
    }

    @Test
    @Requirement(
            section = "2.1",
            says =
                    "several targets mean one token for all of them, or an error when that cannot be")
    void rfc8693_2_1_targets_that_do_not_combine_are_refused_together() {
        refused(
                SCENE.exchange(SCENE.form().without("scope").and("audience", OTHER)),
                "invalid_target");
        refused(
                SCENE.exchange(target("audience", OTHER).and("audience", "nowhere")),
                "invalid_target");
    }

    @Test
    @Requirement(
            section = "2.1",
            says = "`audience` is a logical name that both sides know, compared as it is")
    void rfc8693_2_1_audience_names_the_target() {
        assertThat(permitted(SCENE.exchange(SCENE.form())).getAudience())
                .containsExactly(SCENE.to());
        assertThat(permitted(SCENE.exchange(target("audience", RESOURCE))).getAudience())
                .containsExactly(RESOURCE);
        refused(
                SCENE.exchange(target("audience", SCENE.to().toUpperCase(Locale.ROOT))),
                "invalid_target");
    }

    @Test
    @Requirement(
            section = "2.1",
            says = "`scope` is a list of space-delimited, case-sensitive strings of what is wanted")
    void rfc8693_2_1_scope_is_a_list_of_case_sensitive_strings() {
        String consistency = SCENE.consent("alice");
        Reply both =
                SCENE.narrows()
                        .post(
                                "/token-exchange",
                                SCENE.form().with("scope", SCENE.use() + " " + SCENE.read()),
                                "Authorization",
                                SCENE.client().basic(),
                                "Narrows-Consistency",
                                consistency);
        permitted(both);
        assertThat(both.text("scope").split(" "))
                .containsExactlyInAnyOrder(SCENE.use(), SCENE.read());
        refused(
                SCENE.exchange(SCENE.form().with("scope", SCENE.use().toUpperCase(Locale.ROOT))),
                "invalid_scope");
    }

    @Test
    @Requirement(
            section = "2.1",
            says = "`requested_token_type` is optional and says what kind of token is wanted")
    void rfc8693_2_1_the_requested_token_type_is_given() {
        permitted(SCENE.exchange(SCENE.form()));
        for (String type : List.of(Scene.ACCESS_TOKEN, Scene.JWT)) {
            Reply reply = SCENE.exchange(SCENE.form().with("requested_token_type", type));
            permitted(reply);
            assertThat(reply.text("issued_token_type")).isEqualTo(type);
        }
    }

    @Test
    @Requirement(
            section = "2.1",
            says = "a requested type that cannot be issued is an error, not another type")
    void rfc8693_2_1_a_requested_type_that_is_not_issued_is_an_error() {
        for (String type :
                List.of("refresh_token", "id_token", "saml1", "saml2", "something-else")) {
            refused(
                    SCENE.exchange(
                            SCENE.form()
                                    .with(
                                            "requested_token_type",
                                            "urn:ietf:params:oauth:token-type:" + type)),
                    "invalid_request");
        }
    }

    @Test
    @Requirement(section = "2.1", says = "`subject_token` is required")
    void rfc8693_2_1_subject_token_is_required() {
        refused(SCENE.exchange(SCENE.form().without("subject_token")), "invalid_request");
    }

    @Test
    @Requirement(section = "2.1", says = "`subject_token_type` is required")
    void rfc8693_2_1_subject_token_type_is_required() {
        refused(SCENE.exchange(SCENE.form().without("subject_token_type")), "invalid_request");
    }

    @Test
    @Requirement(
            section = "2.1",
            says = "`actor_token_type` is required when `actor_token` is there")
    void rfc8693_2_1_an_actor_token_needs_its_type() {
        refused(
                SCENE.exchange(SCENE.form().and("actor_token", SCENE.subjectToken())),
                "invalid_request");
    }

    @Test
    @Requirement(
            section = "2.1",
            says = "`actor_token_type` must not be there without `actor_token`")
    void rfc8693_2_1_an_actor_token_type_alone_is_refused() {
        refused(
                SCENE.exchange(SCENE.form().and("actor_token_type", Scene.ACCESS_TOKEN)),
                "invalid_request");
    }

    @Test
    @Requirement(
            section = "2.1",
            says = "the subject token is validated as its indicated type asks for")
    void rfc8693_2_1_the_subject_token_is_validated() {
        long now = Instant.now().getEpochSecond();
        TestIssuer stranger = TestIssuer.named("r8693-2-1-stranger");
        for (String bad :
                List.of(
                        "not a token",
                        "",
                        signed("exp", now - 1),
                        signed("exp", now),
                        signed("exp", null),
                        signed("nbf", now + 3600),
                        signed("iat", now + 3600),
                        signed("aud", "somebody-else"),
                        signed("aud", null),
                        signed("sub", null),
                        signed("iss", stranger.url()),
                        stranger.sign(stranger.claims("alice", SCENE.from(), "in")),
                        Jws.sign(
                                stranger.ec(),
                                Map.of("kid", SCENE.issuer().ec().getKeyID()),
                                SCENE.claims()),
                        Jws.sign(SCENE.issuer().ec(), Map.of("typ", "dpop+jwt"), SCENE.claims()),
                        Jws.of("{\"alg\":\"none\"}", "{}", new byte[0]))) {
            refused(SCENE.exchange(SCENE.form(bad)), "invalid_request");
        }
    }

    @Test
    @Requirement(
            section = "2.1",
            says = "an actor token that is there is validated too, as its indicated type asks for")
    void rfc8693_2_1_the_actor_token_is_validated() {
        long now = Instant.now().getEpochSecond();
        for (String bad :
                List.of("not a token", signed("exp", now - 1), signed("aud", "somebody-else"))) {
            refused(
                    SCENE.exchange(
                            SCENE.form()
                                    .and("actor_token", bad)
                                    .and("actor_token_type", Scene.ACCESS_TOKEN)),
                    "invalid_request");
        }
    }

    @Test
    @Requirement(
            section = "2.1",
            says =
                    "an exchange of itself does not change whether the subject token and the actor token are valid")
    void rfc8693_2_1_a_subject_token_stays_valid_after_an_exchange() {
        Form form = SCENE.form();
        String first = permitted(SCENE.exchange(form)).getJWTID();
        assertThat(permitted(SCENE.exchange(form)).getJWTID()).isNotEqualTo(first);
    }

    @Test
    @Requirement(
            spec = "RFC 6749",
            section = "3.2",
            says = "parameters without a value are treated as if they were not there")
    void rfc6749_3_2_an_empty_parameter_is_an_absent_one() {
        permitted(
                SCENE.exchange(
                        SCENE.form()
                                .and("actor_token", "")
                                .and("actor_token_type", "")
                                .and("resource", "")
                                .and("requested_token_type", "")));
        refused(SCENE.exchange(SCENE.form().with("subject_token_type", "")), "invalid_request");
    }

    @Test
    @Requirement(spec = "RFC 6749", section = "3.2", says = "unrecognised parameters are ignored")
    void rfc6749_3_2_an_unknown_parameter_is_ignored() {
        permitted(SCENE.exchange(SCENE.form().and("no_such_parameter", "x")));
    }

    @Test
    @Requirement(
            spec = "RFC 6749",
            section = "3.2",
            says = "parameters are not given more than once (targets apart, RFC 8693 §2.1)")
    void rfc6749_3_2_a_repeated_parameter_is_refused() {
        Form form = SCENE.form().and("requested_token_type", Scene.ACCESS_TOKEN);
        for (String name :
                List.of(
                        "grant_type",
                        "subject_token",
                        "subject_token_type",
                        "scope",
                        "requested_token_type")) {
            String value =
                    form.parameters().stream()
                            .filter(parameter -> parameter.getKey().equals(name))
                            .findFirst()
                            .orElseThrow()
                            .getValue();
            refused(SCENE.exchange(form.and(name, value)), "invalid_request");
        }
    }

    private static Form target(String parameter, String value) {
        return SCENE.form().without("audience").without("scope").and(parameter, value);
    }

    /** A subject token with one claim changed, or gone. */
    private static String signed(String claim, Object value) {
        Map<String, Object> claims = SCENE.claims();
        claims.put("jti", UUID.randomUUID().toString());
        if (value == null) {
            claims.remove(claim);
        } else {
            claims.put(claim, value);
        }
        return SCENE.issuer().sign(claims);
    }
}

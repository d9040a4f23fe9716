// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.narrows.conformance.AgainstNarrows;
import org.narrows.conformance.Narrows;
import org.narrows.conformance.Office;
import org.narrows.conformance.Policy;
import org.narrows.conformance.Reply;
import org.narrows.conformance.TestClient;
import org.narrows.conformance.TestIssuer;

@AgainstNarrows
@Subject(value = "The admin audience", order = 8)
class AdminAudienceIT {
    private static final String ADMIN = Office.ADMIN;

    /** Refused for want of {@code log:operate}, and not published. */
    private static void forbidden(String token, String what, String type, Map<String, ?> data) {
        Map<String, ?> event = Narrows.event(type, data, Map.of());
        Reply reply = Stage.narrows().proposeEvent(token, event);
        assertThat(reply.status()).as("%s: %s", what, reply).isEqualTo(403);
        assertThat(reply.header("WWW-Authenticate").orElse(""))
                .as(what)
                .contains("insufficient_scope", "log:operate");
        assertThat(isPublished(event)).as(what).isFalse();
    }

    private static boolean isPublished(Map<String, ?> event) {
        return Stage.narrows().admin("/events/" + event.get("id")).status() != 404;
    }

    private static void forbidden(String token, Map<String, Policy> touching) {
        touching.forEach((what, policy) -> forbidden(token, what, "policy.changed", policy.data()));
    }

    private static Policy change(String name, Map<String, ?> body) {
        return new Policy().change(name, body);
    }

    @Test
    @Statement("No token for the control plane is issued without a rule that says so")
    void only_a_rule_leads_to_the_control_plane() {
        Stage stage = Stage.open("adm-none");
        stage.publish(
                new Policy()
                        .client(
                                stage.client(),
                                stage.from(),
                                List.of(ADMIN),
                                List.of("policy:read")));
        stage.ask()
                .at(ADMIN)
                .scope("policy:read")
                .refused("invalid_target", "no_rule", "not_a_member");
    }

    @Test
    @Statement("A rule into the admin audience names its clients and its issuers, or is rejected")
    void a_rule_names_clients_and_issuers() {
        Office office = Office.open("adm-names");
        Map<String, List<String>> map = Map.of("staff", List.of("policy:read"));
        List<String> clients = List.of(office.client().id());
        List<String> issuers = List.of(office.issuer().url());
        for (Map<String, ?> match :
                List.<Map<String, ?>>of(
                        Map.of(), Map.of("clients", clients), Map.of("issuers", issuers))) {
            assertThat(
                            Stage.invalid(
                                            new Policy()
                                                    .rule(
                                                            "adm-names-x",
                                                            office.home(),
                                                            ADMIN,
                                                            map,
                                                            match))
                                    .text("detail"))
                    .contains(
                            "must name its "
                                    + (match.containsKey("clients") ? "issuers" : "clients"));
        }
    }

    @Test
    @Statement(
            "A rule into the admin audience takes no longer chain than one exchange, and combines with nothing")
    void a_rule_is_short_and_alone() {
        Office office = Office.open("adm-short");
        for (Map<String, ?> wide :
                List.<Map<String, ?>>of(Map.of("maxChainDepth", 2), Map.of("combinable", true))) {
            Map<String, Object> more = new LinkedHashMap<>(wide);
            more.put("clients", List.of(office.client().id()));
            more.put("issuers", List.of(office.issuer().url()));
            Policy rule =
                    new Policy()
                            .rule(
                                    "adm-short-x",
                                    office.home(),
                                    ADMIN,
                                    Map.of("staff", List.of("policy:read")),
                                    more);
            assertThat(Stage.invalid(rule).text("detail"))
                    .contains(wide.keySet().iterator().next(), "a rule into `narrows-admin`");
        }
    }

    @Test
    @Statement(
            "The admin audience and its scopes are there from the beginning and are never redefined or retired")
    void the_admin_audience_is_fixed() {
        for (Policy policy :
                List.of(
                        new Policy().audience(ADMIN, Map.of("signUpEnabled", true)),
                        change("audienceRetired", Map.of("id", ADMIN)),
                        new Policy().scope("policy:write", ADMIN, "grantable"),
                        new Policy().scope("policy:write", ADMIN, "client"),
                        change("scopeRetired", Map.of("scope", "policy:write", "audience", ADMIN)),
                        new Policy().scope("adm:new", ADMIN, "grantable"))) {
            assertThat(Stage.invalid(policy).text("detail"))
                    .contains("`narrows-admin`")
                    .containsAnyOf(
                            "is never defined anew and never retired",
                            "belongs to `narrows-admin` for good",
                            "has the scopes it has for good");
        }
        assertThat(Stage.admin("/audiences/" + ADMIN).path("signUpEnabled").asBoolean(true))
                .isFalse();
    }

    @Test
    @Statement(
            "Only who was admitted gets a token for the control plane: there is no sign-up and no invitation")
    void admins_are_admitted() {
        Office office = Office.open("adm-member");
        Map<String, Object> claims = office.issuer().claims("eve", office.home(), "staff");
        Reply refused = office.exchange(office.issuer().sign(claims), "policy:read");
        assertThat(refused.error()).isEqualTo("invalid_target");
        assertThat(
                        Stage.rejected(
                                "invitation.issued",
                                Map.of(
                                        "invitation",
                                        Stage.invitation("adm-member-code"),
                                        "audience",
                                        ADMIN)))
                .contains("invitations are not enabled");
        Stage.narrows()
                .publish(
                        "user.admitted",
                        Map.of(
                                "user",
                                Stage.user(office.issuer(), "eve"),
                                "audience",
                                ADMIN,
                                "via",
                                "admin"));
        assertThat(office.exchange(office.issuer().sign(claims), "policy:read").status())
                .isEqualTo(200);
    }

    @Test
    @Statement(
            "`policy:write` changes whatever does not touch the admin audience, under the admin's own name")
    void policy_write_changes_what_is_not_of_admins() {
        Office office = Office.open("adm-plain");
        String writes = office.issued("policy:write").accessToken();
        Policy plain =
                new Policy()
                        .audience("adm-plain-new")
                        .scope("adm-plain.new", "adm-plain-new", "grantable")
                        .client(
                                TestClient.withSecret("adm-plain-other"),
                                office.home(),
                                List.of("adm-plain-new"),
                                List.of("adm-plain.new"))
                        .rule(
                                "adm-plain-rule2",
                                office.home(),
                                "adm-plain-new",
                                Map.of("in", List.of("adm-plain.new")));
        Reply applied = Stage.narrows().propose(writes, "policy.changed", plain.data(), Map.of());
        assertThat(applied.text("verdict")).as(applied.toString()).isEqualTo("applied");
        assertThat(
                        Stage.admin("/rules/adm-plain-rule2/history")
                                .path("items")
                                .path(0)
                                .path("actor")
                                .asText())
                .isEqualTo("adm-plain|ann");
    }

    @Test
    @Statement(
            "A rule into the admin audience is given, changed or taken away with `log:operate` only")
    void rules_need_log_operate() {
        Office office = Office.open("adm-rules");
        String writes = office.issued("policy:write").accessToken();
        TestIssuer mine = Stage.issuer("adm-rules-mine");
        TestClient own = TestClient.withSecret("adm-rules-own");
        List<String> all = List.of("policy:write", "log:operate");
        Stage.narrows()
                .publish(
                        new Policy().issuer(mine).client(own, office.home(), List.of(), List.of()));
        Map<String, ?> mineOnly =
                Map.of("clients", List.of(own.id()), "issuers", List.of(mine.url()));
        Policy given =
                new Policy().rule("adm-rules-x", office.home(), ADMIN, Map.of("in", all), mineOnly);
        forbidden(
                writes,
                Map.of(
                        "a new rule",
                        given,
                        "another map",
                        new Policy()
                                .rule(
                                        office.rule(),
                                        office.home(),
                                        ADMIN,
                                        Map.of("anything", all),
                                        Map.of(
                                                "clients",
                                                List.of(office.client().id()),
                                                "issuers",
                                                List.of(office.issuer().url()))),
                        "retired",
                        change("ruleRetired", Map.of("id", office.rule())),
                        "a deny rule",
                        new Policy().deny("adm-rules-deny", office.home(), ADMIN, mineOnly)));
        String operates = office.issued("policy:write log:operate").accessToken();
        Reply applied = Stage.narrows().propose(operates, "policy.changed", given.data(), Map.of());
        assertThat(applied.text("verdict")).as(applied.toString()).isEqualTo("applied");
        forbidden(
                writes,
                Map.of(
                        "a deny rule that keeps somebody out",
                        change("ruleRetired", Map.of("id", "adm-rules-x"))));
    }

    @Test
    @Statement(
            "Who may act for admins is a matter of `log:operate`: the entry, secret, scopes and targets of a client that a rule into the admin audience names")
    void clients_of_admins_need_log_operate() {
        Office office = Office.open("adm-clients");
        String writes = office.issued("policy:write").accessToken();
        TestClient forged = TestClient.withSecret(office.client().id());
        Map<String, ?> id = Map.of("id", office.client().id());
        Map<String, ?> scope = Map.of("client", office.client().id(), "scope", "decision:read");
        Map<String, ?> target = Map.of("client", office.client().id(), "audience", office.home());
        forbidden(
                writes,
                Map.of(
                        "another secret",
                        new Policy().client(forged, office.home(), List.of(), List.of()),
                        "disabled",
                        change("clientDisabled", id),
                        "enabled",
                        change("clientEnabled", id),
                        "removed",
                        change("clientRemoved", id),
                        "a scope",
                        change("clientScopeAllowed", scope),
                        "no scope",
                        change("clientScopeWithdrawn", scope),
                        "a target",
                        change("clientAudienceAllowed", target),
                        "no target",
                        change("clientAudienceWithdrawn", target)));
        String operates = office.issued("policy:write log:operate").accessToken();
        Reply applied =
                Stage.narrows()
                        .propose(
                                operates,
                                "policy.changed",
                                change("clientScopeAllowed", scope).data(),
                                Map.of());
        assertThat(applied.text("verdict")).as(applied.toString()).isEqualTo("applied");
    }

    @Test
    @Statement(
            "The keys of an issuer that a rule into the admin audience names are changed with `log:operate` only: they could sign for any admin")
    void issuers_of_admins_need_log_operate() {
        Office office = Office.open("adm-keys");
        String writes = office.issued("policy:write").accessToken();
        TestIssuer forged = TestIssuer.named(office.issuer().alias());
        forbidden(
                writes,
                Map.of(
                        "other keys",
                        new Policy().issuer(forged),
                        "other claims that hold scopes",
                        new Policy()
                                .issuer(office.issuer(), Map.of("scopesFrom", List.of("nickname"))),
                        "distrusted",
                        change("issuerDistrusted", Map.of("issuer", office.issuer().url()))));
        assertThat(office.exchange(forged.sign(office.claims()), "policy:read").error())
                .isEqualTo("invalid_request");
        office.issued("policy:read");
    }

    @Test
    @Statement("So are those of an issuer whose workload is a client of admins (`federated_jwt`)")
    void issuers_of_workloads_of_admins_need_log_operate() {
        Office office = Office.open("adm-workload");
        TestIssuer cluster = Stage.issuer("adm-workload-c");
        TestClient workload =
                TestClient.with(
                        "adm-workload-w",
                        Map.of(
                                "method",
                                "federated_jwt",
                                "issuer",
                                cluster.url(),
                                "subject",
                                "desk"));
        Stage.narrows()
                .publish(
                        new Policy()
                                .issuer(cluster)
                                .client(
                                        workload,
                                        office.home(),
                                        List.of(ADMIN),
                                        List.of("policy:read"))
                                .rule(
                                        "adm-workload-2",
                                        office.home(),
                                        ADMIN,
                                        Map.of("staff", List.of("policy:read")),
                                        Map.of(
                                                "clients",
                                                List.of(workload.id()),
                                                "issuers",
                                                List.of(office.issuer().url()))));
        forbidden(
                office.issued("policy:write").accessToken(),
                Map.of(
                        "other keys",
                        new Policy().issuer(TestIssuer.named(cluster.alias())),
                        "distrusted",
                        change("issuerDistrusted", Map.of("issuer", cluster.url()))));
    }

    @Test
    @Statement(
            "The home audience that a rule into the admin audience leads from is changed or retired with `log:operate` only")
    void the_home_of_admins_needs_log_operate() {
        Office office = Office.open("adm-home");
        forbidden(
                office.issued("policy:write").accessToken(),
                Map.of(
                        "other `aud`",
                        new Policy()
                                .audience(
                                        office.home(),
                                        Map.of("tokenAudience", "https://adm-home.invalid")),
                        "retired, with the rule and the client",
                        change("audienceRetired", Map.of("id", office.home()))));
    }

    @Test
    @Statement(
            "Whatever names the admin audience needs `log:operate`: a client's target, home or scope, a scope, a claim, an issuer's audiences")
    void what_names_the_admin_audience_needs_log_operate() {
        Office office = Office.open("adm-named");
        TestClient other = TestClient.withSecret("adm-named-other");
        Stage.narrows().publish(new Policy().client(other, office.home(), List.of(), List.of()));
        forbidden(
                office.issued("policy:write").accessToken(),
                Map.of(
                        "target",
                        change(
                                "clientAudienceAllowed",
                                Map.of("client", other.id(), "audience", ADMIN)),
                        "scope of a client",
                        change(
                                "clientScopeAllowed",
                                Map.of("client", other.id(), "scope", "policy:write")),
                        "home",
                        new Policy()
                                .client(
                                        TestClient.withSecret("adm-named-x"),
                                        ADMIN,
                                        List.of(),
                                        List.of()),
                        "claim",
                        change("claimDefined", Map.of("claim", "adm_claim", "audience", ADMIN)),
                        "issuer",
                        new Policy()
                                .issuer(
                                        Stage.issuer("adm-named-i"),
                                        Map.of("audiences", List.of(ADMIN)))));
    }

    @Test
    @Statement(
            "`consent:write` alone admits, removes, invites or consents nobody at the admin audience")
    void users_of_the_admin_audience_need_log_operate() {
        Office office = Office.open("adm-users");
        String consents = office.issued("consent:write").accessToken();
        Map<String, ?> eve = Stage.user(office.issuer(), "eve");
        forbidden(
                consents,
                "admitted",
                "user.admitted",
                Map.of("user", eve, "audience", ADMIN, "via", "admin"));
        forbidden(consents, "removed", "user.removed", office.ann(Map.of()));
        forbidden(
                consents,
                "invited",
                "invitation.issued",
                Map.of("invitation", Stage.invitation("adm-users-code"), "audience", ADMIN));
        forbidden(
                consents,
                "consented",
                "consent.granted",
                Map.of(
                        "user",
                        eve,
                        "audience",
                        ADMIN,
                        "scopes",
                        List.of("policy:read"),
                        "client",
                        office.client().id()));
        forbidden(
                consents, "withdrawn", "consent.withdrawn", Map.of("user", eve, "audience", ADMIN));
    }

    @Test
    @Statement("Of a batch in which one event touches the admin audience nothing is published")
    void nothing_of_a_touching_batch_is_published() {
        Office office = Office.open("adm-batch");
        Map<String, ?> plain =
                Narrows.event(
                        "policy.changed", new Policy().audience("adm-batch-new").data(), Map.of());
        Map<String, ?> touching =
                Narrows.event(
                        "policy.changed",
                        change("ruleRetired", Map.of("id", office.rule())).data(),
                        Map.of());
        Reply reply =
                Stage.narrows()
                        .proposeAll(
                                office.issued("policy:write").accessToken(),
                                List.of(plain, touching));
        assertThat(reply.status()).as(reply.toString()).isEqualTo(403);
        assertThat(isPublished(plain)).isFalse();
        assertThat(isPublished(touching)).isFalse();
    }

    @Test
    @Statement(
            "One scope of admins is not another: policy, consents and the operation of the log are apart")
    void scopes_of_admins_are_apart() {
        Office office = Office.open("adm-apart");
        Map<String, Map<String, ?>> events =
                Map.of(
                        "policy:write",
                        Narrows.event(
                                "policy.changed",
                                new Policy().audience("adm-apart-new").data(),
                                Map.of()),
                        "consent:write",
                        Narrows.event(
                                "consent.withdrawn",
                                Map.of(
                                        "user",
                                        Stage.user(office.issuer(), "bob"),
                                        "audience",
                                        office.home()),
                                Map.of()),
                        "log:operate",
                        Narrows.event(
                                "token.revoked",
                                Map.of(
                                        "issuer",
                                        office.issuer().url(),
                                        "tokenId",
                                        "adm-apart-token",
                                        "expiresAt",
                                        "2035-01-01T00:00:00Z"),
                                Map.of()));
        for (String held : events.keySet()) {
            String token = office.issued(held).accessToken();
            events.forEach(
                    (needed, event) -> {
                        Reply reply = Stage.narrows().proposeAll(token, List.of(event));
                        assertThat(reply.status())
                                .as("%s with %s: %s", needed, held, reply)
                                .isEqualTo(needed.equals(held) ? 200 : 403);
                    });
            assertThat(rules(token)).as(held).isEqualTo(403);
        }
        assertThat(rules(office.issued("policy:read").accessToken())).isEqualTo(200);
    }

    private static int rules(String token) {
        return Stage.narrows()
                .send(
                        HttpRequest.newBuilder(Stage.narrows().adminUrl("/rules"))
                                .header("Authorization", "Bearer " + token))
                .status();
    }

    @Test
    @Statement(
            "An admin's token ends at once with the rule, the client, the issuer or the admission it stands on")
    void admins_end_at_once() {
        for (String what : List.of("rule", "client", "issuer", "admission")) {
            Office office = Office.open("adm-end-" + what);
            String token = office.issued("policy:read").accessToken();
            assertThat(rules(token)).as(what).isEqualTo(200);
            switch (what) {
                case "rule" ->
                        Stage.narrows().publish(change("ruleRetired", Map.of("id", office.rule())));
                case "client" ->
                        Stage.narrows()
                                .publish(
                                        change(
                                                "clientDisabled",
                                                Map.of("id", office.client().id())));
                case "issuer" ->
                        Stage.narrows()
                                .publish(
                                        change(
                                                "issuerDistrusted",
                                                Map.of("issuer", office.issuer().url())));
                default -> Stage.narrows().publish("user.removed", office.ann(Map.of()));
            }
            assertThat(rules(token)).as(what).isEqualTo(401);
        }
    }
}

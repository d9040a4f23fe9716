// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.narrows.conformance.AgainstNarrows;
import org.narrows.conformance.CommandLine;
import org.narrows.conformance.Policy;
import org.narrows.conformance.Reply;
import org.narrows.conformance.TestClient;
import org.narrows.conformance.TestIssuer;

@AgainstNarrows
@Subject(value = "Consent", order = 4)
class ConsentIT {
    /** A stage whose target has a second consentable scope, {@code NAME.write}. */
    private static Stage open(String name) {
        Stage stage = Stage.open(name);
        stage.publish(
                new Policy()
                        .scope(write(stage), stage.to(), "consentable")
                        .change(
                                "clientScopeAllowed",
                                Map.of("client", stage.client().id(), "scope", write(stage)))
                        .rule(
                                stage.rule(),
                                stage.from(),
                                stage.to(),
                                Map.of("in", List.of(stage.read(), stage.use(), write(stage)))));
        return stage;
    }

    private static String write(Stage stage) {
        return stage.scene().name() + ".write";
    }

    /** One more client of the same home that may have the same. */
    private static TestClient another(Stage stage) {
        TestClient other = TestClient.withSecret(stage.named("other"));
        stage.publish(
                new Policy()
                        .client(
                                other,
                                stage.from(),
                                List.of(stage.to()),
                                List.of(stage.read(), stage.use())));
        return other;
    }

    private static JsonNode consents(Stage stage, String query) {
        return Stage.admin("/users/" + stage.issuer().alias() + "/alice/consents" + query)
                .path("items");
    }

    private static List<String> consented(Stage stage, String query) {
        return StreamSupport.stream(
                        consents(stage, query).path(0).path("scopes").spliterator(), false)
                .map(scope -> scope.path("scope").asText())
                .toList();
    }

    @Test
    @Statement("A consent opens the scopes that it names, and no other")
    void a_consent_opens_what_it_names() {
        Stage stage = open("consent-names");
        stage.consent("alice", stage.read());
        stage.ask().scope(stage.read()).grants(stage.read());
        Reply refused =
                stage.ask()
                        .scope(stage.read(), write(stage))
                        .refused("invalid_scope", "consent_missing");
        assertThat(refused.json().path("consent_required").path("scopes").toString())
                .isEqualTo("[\"%s\"]".formatted(write(stage)));
    }

    @Test
    @Statement("`consent_required` is told only where consent is all that is missing")
    void consent_is_asked_for_only_where_it_would_help() {
        Stage stage = open("consent-helps");
        assertThat(stage.ask().scope(stage.read()).reply().json().has("consent_required")).isTrue();
        Reply more =
                stage.ask()
                        .scope(stage.read(), "consent-helps.none")
                        .refused("invalid_scope", "consent_missing", "scopes_not_permitted");
        assertThat(more.json().has("consent_required")).isFalse();
        stage.publish(new Policy().deny("consent-helps-no", stage.from(), stage.to(), Map.of()));
        Reply denied =
                stage.ask()
                        .scope(stage.read())
                        .refused("invalid_target", "consent_missing", "denied");
        assertThat(denied.json().has("consent_required")).isFalse();
    }

    @Test
    @Statement("A user has one consent at an audience, shared by every client that asks there")
    void every_client_shares_the_consent() {
        Stage stage = open("consent-shared");
        TestClient other = another(stage);
        stage.ask().as(other).scope(stage.read()).refused("invalid_scope", "consent_missing");
        stage.consent("alice", stage.read());
        stage.ask().as(other).scope(stage.read()).grants(stage.read());
        stage.ask().scope(stage.read()).grants(stage.read());
        assertThat(consents(stage, "")).hasSize(1);
    }

    @Test
    @Statement("A consent is one user's: an equal `sub` of another issuer is another user")
    void a_consent_is_one_users() {
        Stage stage = open("consent-user");
        TestIssuer other = Stage.issuer("consent-user-b");
        stage.publish(new Policy().issuer(other));
        stage.consent("alice", stage.read());
        stage.ask().scope(stage.read()).permitted();
        stage.ask("bob").scope(stage.read()).refused("invalid_scope", "consent_missing");
        stage.askWith(other.sign(other.claims("alice", stage.from(), "in")))
                .scope(stage.read())
                .refused("invalid_scope", "consent_missing");
    }

    @Test
    @Statement("A further consent is added to what there is, and replaces nothing")
    void consents_are_merged() {
        Stage stage = open("consent-merge");
        stage.consent("alice", stage.read());
        stage.consent("alice", write(stage));
        stage.ask().scope(stage.read(), write(stage)).grants(stage.read(), write(stage));
        assertThat(consented(stage, "")).containsExactlyInAnyOrder(stage.read(), write(stage));
    }

    @Test
    @Statement("A consent given again keeps the tokens that stood on it")
    void a_consent_given_again_keeps_tokens() {
        Stage stage = open("consent-keeps");
        stage.consent("alice", stage.read());
        String token = stage.ask().scope(stage.read()).token();
        stage.consent("alice", stage.read(), write(stage));
        assertThat(stage.active(token)).isTrue();
    }

    @Test
    @Statement("A consent is withdrawn in part: what is not named stays")
    void a_consent_is_withdrawn_in_part() {
        Stage stage = open("consent-part");
        stage.consent("alice", stage.read(), write(stage));
        String reads = stage.ask().scope(stage.read()).token();
        String writes = stage.ask().scope(write(stage)).token();
        stage.withdraw("alice", write(stage));
        stage.ask().scope(stage.read()).permitted();
        stage.ask().scope(write(stage)).refused("invalid_scope", "consent_missing");
        assertThat(stage.active(reads)).isTrue();
        assertThat(stage.active(writes)).isFalse();
        assertThat(consented(stage, "")).containsExactly(stage.read());
    }

    @Test
    @Statement("A withdrawal that names no scopes takes the whole consent at that audience")
    void a_consent_is_withdrawn_as_a_whole() {
        Stage stage = open("consent-whole");
        stage.consent("alice", stage.read(), write(stage));
        stage.withdraw("alice");
        stage.ask().scope(stage.read()).refused("invalid_scope", "consent_missing");
        stage.ask().scope(write(stage)).refused("invalid_scope", "consent_missing");
        assertThat(consents(stage, "")).isEmpty();
    }

    @Test
    @Statement("A withdrawal at one audience leaves the consents at others")
    void a_withdrawal_is_of_one_audience() {
        Stage stage = open("consent-where");
        stage.publish(
                stage.target("consent-where-b", "consent-where.b", Map.of(), Map.of())
                        .scope("consent-where.c", "consent-where-b", "consentable")
                        .change(
                                "clientScopeAllowed",
                                Map.of("client", stage.client().id(), "scope", "consent-where.c"))
                        .rule(
                                "consent-where-c",
                                stage.from(),
                                "consent-where-b",
                                Map.of("in", List.of("consent-where.c"))));
        stage.consent("alice", stage.read());
        stage.event(
                "consent.granted",
                Map.of(
                        "user",
                        stage.user("alice"),
                        "audience",
                        "consent-where-b",
                        "scopes",
                        List.of("consent-where.c"),
                        "client",
                        stage.client().id()));
        stage.withdraw("alice");
        stage.ask().at("consent-where-b").scope("consent-where.c").permitted();
        stage.ask().scope(stage.read()).refused("invalid_scope", "consent_missing");
    }

    @Test
    @Statement("A withdrawal ends the tokens of all clients at the audience, at introspection")
    void a_withdrawal_ends_tokens_of_all_clients() {
        Stage stage = open("consent-ends");
        TestClient other = another(stage);
        stage.consent("alice", stage.read());
        String one = stage.ask().scope(stage.read()).token();
        String two = stage.ask().as(other).scope(stage.read()).token();
        String neither = stage.ask().token();
        stage.consent("bob", stage.read());
        String bobs = stage.ask("bob").scope(stage.read()).token();
        assertThat(stage.active(one)).isTrue();
        assertThat(stage.active(two)).isTrue();
        stage.withdraw("alice");
        assertThat(stage.active(one)).isFalse();
        assertThat(stage.active(two)).isFalse();
        assertThat(stage.active(neither)).as("it stood on no consent").isTrue();
        assertThat(stage.active(bobs)).isTrue();
    }

    /** Lets the client at home in the target exchange on, into a third audience. */
    private static Asking onward(Stage stage, String token) {
        String third = stage.named("third");
        stage.publish(
                new Policy()
                        .audience(third)
                        .scope(stage.named("on"), third, "grantable")
                        .change(
                                "clientAudienceAllowed",
                                Map.of("client", stage.api().id(), "audience", third))
                        .change(
                                "clientScopeAllowed",
                                Map.of("client", stage.api().id(), "scope", stage.named("on")))
                        .rule(
                                stage.named("onward"),
                                stage.to(),
                                third,
                                Map.of(stage.read(), List.of(stage.named("on"))),
                                Map.of("maxChainDepth", 2)));
        return stage.askWith(token).as(stage.api()).at(third).scope(stage.named("on"));
    }

    @Test
    @Statement(
            "A token whose consent was withdrawn is no subject token any more, and what came of it is over")
    void a_withdrawal_ends_subject_tokens() {
        Stage stage = open("consent-chain");
        stage.consent("alice", stage.read());
        String token = stage.ask().scope(stage.read()).token();
        Asking onward = onward(stage, token);
        String derived = onward.token();
        TestClient last = TestClient.withSecret("consent-chain-last");
        stage.publish(new Policy().client(last, stage.named("third"), List.of(), List.of()));
        assertThat(Stage.active(last, derived)).isTrue();
        stage.withdraw("alice");
        onward.refused("invalid_request", "token_not_active");
        assertThat(Stage.active(last, derived)).isFalse();
    }

    @Test
    @Statement("Giving a withdrawn consent again never revives a token from before")
    void giving_again_revives_nothing() {
        Stage stage = open("consent-again");
        stage.consent("alice", stage.read());
        String token = stage.ask().scope(stage.read()).token();
        Asking onward = onward(stage, token);
        onward.permitted();
        stage.withdraw("alice", stage.read());
        stage.consent("alice", stage.read());
        assertThat(stage.active(token)).isFalse();
        onward.refused("invalid_request", "token_not_active");
        assertThat(stage.active(stage.ask().scope(stage.read()).token())).isTrue();
    }

    @Test
    @Statement("A consent says which client prompted it, and at which seq each scope was given")
    void a_consent_says_which_client_prompted_it() {
        Stage stage = open("consent-who");
        TestClient other = another(stage);
        stage.consent("alice", stage.read());
        Reply second =
                Stage.narrows()
                        .propose(
                                "consent.granted",
                                Map.of(
                                        "user",
                                        stage.user("alice"),
                                        "audience",
                                        stage.to(),
                                        "scopes",
                                        List.of(write(stage)),
                                        "client",
                                        other.id()));
        Stage.narrows().inForce(second);
        JsonNode scopes = consents(stage, "").path(0).path("scopes");
        boolean readFirst = scopes.path(0).path("scope").asText().equals(stage.read());
        JsonNode reads = scopes.path(readFirst ? 0 : 1);
        JsonNode writes = scopes.path(readFirst ? 1 : 0);
        assertThat(reads.path("client").asText()).isEqualTo(stage.client().id());
        assertThat(writes.path("client").asText()).isEqualTo(other.id());
        assertThat(writes.path("since").asText()).isEqualTo(second.text("seq"));
        assertThat(reads.path("since").asLong()).isLessThan(writes.path("since").asLong());
    }

    @Test
    @Statement(
            "The log tells who gave or withdrew a consent, when and why, and earlier states can be read")
    void the_log_tells_who_and_when() {
        Stage stage = open("consent-log");
        Map<String, ?> data =
                Map.of(
                        "user",
                        stage.user("alice"),
                        "audience",
                        stage.to(),
                        "scopes",
                        List.of(stage.read()),
                        "client",
                        stage.client().id());
        Reply given =
                Stage.narrows()
                        .propose(
                                Stage.narrows().adminToken(),
                                "consent.granted",
                                data,
                                Map.of("reason", "asked on the phone"));
        Stage.narrows().inForce(given);
        stage.withdraw("alice");
        JsonNode record = Stage.admin("/log/" + given.text("seq"));
        assertThat(record.path("actor").asText()).isEqualTo("narrows|root");
        assertThat(record.path("time").asText()).matches("20\\d\\d-.*Z");
        assertThat(
                        new String(
                                Base64.getDecoder().decode(record.path("value").asText()),
                                StandardCharsets.UTF_8))
                .contains("asked on the phone");
        assertThat(consented(stage, "?at=" + given.text("seq"))).containsExactly(stage.read());
        assertThat(consents(stage, "")).isEmpty();
    }

    @Test
    @Statement("Only scopes that are consentable at the audience can be consented to")
    void only_consentable_scopes_are_consented_to() {
        Stage stage = open("consent-kind");
        for (String scope : List.of(stage.use(), "consent-kind.none", "policy:read")) {
            assertThat(
                            Stage.rejected(
                                    "consent.granted",
                                    Map.of(
                                            "user",
                                            stage.user("alice"),
                                            "audience",
                                            stage.to(),
                                            "scopes",
                                            List.of(stage.read(), scope),
                                            "client",
                                            stage.client().id())))
                    .contains(scope);
        }
        assertThat(consents(stage, "")).as("all or nothing").isEmpty();
    }

    @Test
    @Statement("A consent names a client and an issuer that are there")
    void a_consent_names_what_is_there() {
        Stage stage = open("consent-there");
        Map<String, Object> good =
                new HashMap<>(
                        Map.of(
                                "user",
                                stage.user("alice"),
                                "audience",
                                stage.to(),
                                "scopes",
                                List.of(stage.read()),
                                "client",
                                "consent-there-nobody"));
        assertThat(Stage.rejected("consent.granted", good)).contains("consent-there-nobody");
        good.put("client", stage.client().id());
        good.put("user", Map.of("issuer", "https://nobody.invalid", "subject", "alice"));
        assertThat(Stage.rejected("consent.granted", good)).contains("https://nobody.invalid");
    }

    @Test
    @Statement("Withdrawing a consent that is not there is applied, and does nothing")
    void withdrawing_nothing_does_nothing() {
        Stage stage = open("consent-nothing");
        stage.withdraw("carol");
        stage.consent("alice", stage.read());
        String token = stage.ask().scope(stage.read()).token();
        stage.withdraw("alice", write(stage));
        assertThat(stage.active(token)).isTrue();
    }

    @Test
    @Statement(
            "A consent event that expects an older state of this very consent is rejected; others' consents do not matter")
    void a_consent_may_expect_a_state() {
        Stage stage = open("consent-expects");
        Reply first =
                Stage.narrows()
                        .propose(
                                "consent.granted",
                                Map.of(
                                        "user",
                                        stage.user("alice"),
                                        "audience",
                                        stage.to(),
                                        "scopes",
                                        List.of(stage.read()),
                                        "client",
                                        stage.client().id()));
        Stage.narrows().inForce(first);
        stage.consent("bob", stage.read());
        Map<String, ?> withdrawal = Map.of("user", stage.user("alice"), "audience", stage.to());
        Map<String, ?> expecting = Map.of("expectedposition", first.text("seq"));
        Reply before =
                Stage.narrows()
                        .propose(
                                Stage.narrows().adminToken(),
                                "consent.withdrawn",
                                withdrawal,
                                Map.of(
                                        "expectedposition",
                                        Long.toString(Long.parseLong(first.text("seq")) - 1)));
        assertThat(before.text("verdict")).as(before.toString()).isEqualTo("rejected");
        stage.ask().scope(stage.read()).permitted();
        Reply now =
                Stage.narrows()
                        .propose(
                                Stage.narrows().adminToken(),
                                "consent.withdrawn",
                                withdrawal,
                                expecting);
        assertThat(now.text("verdict")).as(now.toString()).isEqualTo("applied");
    }

    @Test
    @Statement(
            "`narrows consent grant` and `narrows consent withdraw` do the same, and print the consistency token")
    void the_command_line_grants_and_withdraws() {
        Stage stage = open("consent-cli");
        CommandLine granted =
                CommandLine.published(
                        Stage.narrows(),
                        "consent",
                        "grant",
                        "--issuer=" + stage.issuer().url(),
                        "--subject=alice",
                        "--audience=" + stage.to(),
                        "--scope=" + stage.read(),
                        "--client=" + stage.client().id());
        assertThat(granted.out()).contains("applied at seq", "consistency token: ");
        stage.ask().scope(stage.read()).permitted();
        CommandLine withdrawn =
                CommandLine.published(
                        Stage.narrows(),
                        "consent",
                        "withdraw",
                        "--issuer=" + stage.issuer().url(),
                        "--subject=alice",
                        "--audience=" + stage.to());
        assertThat(withdrawn.out()).contains("applied at seq", "consistency token: ");
        stage.ask().scope(stage.read()).refused("invalid_scope", "consent_missing");
    }

    @Test
    @Statement("A forgotten user has no consents left, and none of the tokens is good any more")
    void a_forgotten_user_has_no_consents() {
        Stage stage = open("consent-forget");
        stage.consent("alice", stage.read());
        String token = stage.ask().scope(stage.read()).token();
        Reply before = stage.ask().scope(stage.read()).reply();
        stage.event("user.forgotten", Map.of("user", stage.user("alice")));
        assertThat(stage.active(token)).isFalse();
        assertThat(stage.active(before.accessToken())).isFalse();
        assertThat(consents(stage, "")).isEmpty();
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.narrows.conformance.AgainstNarrows;
import org.narrows.conformance.CommandLine;
import org.narrows.conformance.Policy;

@AgainstNarrows
@Subject(value = "Registration modes", order = 6)
class RegistrationIT {
    private static final String NOT_A_MEMBER = "not_a_member";

    /** A stage whose target has these modes, and a claim {@code plan}. */
    private static Stage open(String name, boolean signUp, boolean invitation) {
        Stage stage = Stage.open(name);
        stage.change("claimDefined", Map.of("claim", "plan", "audience", stage.to()));
        switchTo(stage, signUp, invitation);
        return stage;
    }

    private static void switchTo(Stage stage, boolean signUp, boolean invitation) {
        stage.publish(
                new Policy()
                        .audience(
                                stage.to(),
                                Map.of("signUpEnabled", signUp, "invitationEnabled", invitation)));
    }

    private static JsonNode membership(Stage stage, String subject) {
        return Stage.admin("/users/%s/%s/memberships".formatted(stage.issuer().alias(), subject))
                .path("items")
                .path(0);
    }

    private static void refused(Stage stage, String subject) {
        stage.ask(subject).refused("invalid_target", NOT_A_MEMBER);
    }

    /** The first permit is made a membership a moment later. */
    private static void awaitMember(Stage stage, String subject) {
        JsonNode member =
                Awaitility.await("membership of " + subject)
                        .atMost(Duration.ofSeconds(20))
                        .pollDelay(Duration.ZERO)
                        .pollInterval(Duration.ofMillis(20))
                        .until(
                                () -> membership(stage, subject),
                                found -> found.path("state").asText().equals("member"));
        assertThat(member.path("audience").asText()).isEqualTo(stage.to());
        assertThat(member.path("via").asText()).isEqualTo("sign-up");
    }

    @Test
    @Statement(
            "Sign-up open, no invitations: anyone may enter, and the first permit makes the user a member")
    void an_open_audience_makes_members() {
        Stage stage = open("reg-open", true, false);
        assertThat(membership(stage, "alice").isMissingNode()).isTrue();
        stage.ask().permitted();
        awaitMember(stage, "alice");
    }

    @Test
    @Statement("A refused exchange makes nobody a member")
    void a_refusal_makes_no_member() {
        Stage stage = open("reg-refused", true, false);
        stage.ask("carol").scope(stage.read()).refused("invalid_scope", "consent_missing");
        stage.ask().permitted();
        awaitMember(stage, "alice");
        assertThat(membership(stage, "carol").isMissingNode()).isTrue();
    }

    @Test
    @Statement("Closing sign-up keeps members, and lets nobody else in")
    void closing_keeps_members() {
        Stage stage = open("reg-close", true, false);
        String token = stage.ask().token();
        awaitMember(stage, "alice");
        switchTo(stage, false, false);
        stage.ask().permitted();
        assertThat(stage.active(token)).isTrue();
        refused(stage, "carol");
    }

    @Test
    @Statement(
            "Sign-up open, invitations on: anyone may enter, and an invitation assigns claims beforehand")
    void an_open_audience_with_invitations() {
        Stage stage = open("reg-both", true, true);
        assertThat(stage.ask("carol").permitted().getClaim("plan")).isNull();
        stage.invite("reg-both-code", stage.to(), Map.of("claims", Map.of("plan", "gold")));
        stage.event("invitation.redeemed", stage.redeemed("reg-both-code", "alice"));
        assertThat(stage.ask().permitted().getClaim("plan")).isEqualTo("gold");
        assertThat(membership(stage, "alice").path("via").asText()).isEqualTo("invitation");
    }

    @Test
    @Statement(
            "Sign-up closed, invitations on: nobody may enter who has not redeemed an invitation")
    void an_audience_by_invitation() {
        Stage stage = open("reg-invite", false, true);
        refused(stage, "alice");
        stage.invite("reg-invite-code", stage.to(), Map.of());
        refused(stage, "alice");
        stage.event("invitation.redeemed", stage.redeemed("reg-invite-code", "alice"));
        stage.ask().permitted();
        refused(stage, "carol");
    }

    @Test
    @Statement("Sign-up closed, no invitations: nobody may enter whom no admin has admitted")
    void an_audience_by_admission() {
        Stage stage = open("reg-admit", false, false);
        refused(stage, "alice");
        assertThat(
                        Stage.rejected(
                                "invitation.issued",
                                Map.of(
                                        "invitation",
                                        Stage.invitation("reg-admit-code"),
                                        "audience",
                                        stage.to())))
                .contains("invitations are not enabled");
        assertThat(Stage.rejected("user.admitted", stage.admitted("alice", "sign-up")))
                .contains("sign-up is not open");
        stage.event("user.admitted", stage.admitted("alice", "admin"));
        stage.ask().permitted();
        refused(stage, "carol");
        assertThat(membership(stage, "alice").path("via").asText()).isEqualTo("admin");
    }

    @Test
    @Statement("An invitation is redeemed once")
    void an_invitation_is_redeemed_once() {
        Stage stage = open("reg-single", false, true);
        stage.invite("reg-single-code", stage.to(), Map.of());
        stage.event("invitation.redeemed", stage.redeemed("reg-single-code", "alice"));
        assertThat(
                        Stage.rejected(
                                "invitation.redeemed", stage.redeemed("reg-single-code", "carol")))
                .contains("redeemed before");
        refused(stage, "carol");
    }

    @Test
    @Statement("An invitation with an expiry admits nobody after it")
    void an_invitation_expires() throws Exception {
        Stage stage = open("reg-expires", false, true);
        Instant end = Instant.now().plusSeconds(2);
        stage.invite("reg-expires-a", stage.to(), Map.of("expiresAt", end.toString()));
        stage.invite("reg-expires-b", stage.to(), Map.of("expiresAt", end.toString()));
        stage.event("invitation.redeemed", stage.redeemed("reg-expires-a", "alice"));
        Stage.pass(end);
        assertThat(Stage.rejected("invitation.redeemed", stage.redeemed("reg-expires-b", "carol")))
                .contains("expired");
        refused(stage, "carol");
        stage.ask().permitted();
    }

    @Test
    @Statement(
            "A revoked invitation admits nobody; one that was redeemed cannot be revoked any more")
    void an_invitation_is_revoked() {
        Stage stage = open("reg-revoked", false, true);
        stage.invite("reg-revoked-a", stage.to(), Map.of());
        stage.invite("reg-revoked-b", stage.to(), Map.of());
        stage.event("invitation.revoked", Map.of("invitation", Stage.invitation("reg-revoked-a")));
        assertThat(Stage.rejected("invitation.redeemed", stage.redeemed("reg-revoked-a", "carol")))
                .contains("revoked");
        refused(stage, "carol");
        stage.event("invitation.redeemed", stage.redeemed("reg-revoked-b", "alice"));
        assertThat(
                        Stage.rejected(
                                "invitation.revoked",
                                Map.of("invitation", Stage.invitation("reg-revoked-b"))))
                .contains("redeemed before");
        stage.ask().permitted();
    }

    @Test
    @Statement("An invitation assigns only claims that are declared at its audience")
    void an_invitation_assigns_declared_claims() {
        Stage stage = open("reg-claims", false, true);
        assertThat(
                        Stage.rejected(
                                "invitation.issued",
                                Map.of(
                                        "invitation",
                                        Stage.invitation("reg-claims-code"),
                                        "audience",
                                        stage.to(),
                                        "claims",
                                        Map.of("reg_claims_role", "owner"))))
                .contains("reg_claims_role");
        stage.invite("reg-claims-code", stage.to(), Map.of("claims", Map.of("plan", "gold")));
        stage.event("invitation.redeemed", stage.redeemed("reg-claims-code", "alice"));
        assertThat(stage.ask().permitted().getClaim("plan")).isEqualTo("gold");
        stage.change("claimRetired", Map.of("claim", "plan", "audience", stage.to()));
        assertThat(stage.ask().permitted().getClaim("plan")).as("no longer declared").isNull();
    }

    @Test
    @Statement("An invitation admits to its own audience alone")
    void an_invitation_is_for_one_audience() {
        Stage stage = open("reg-there", false, true);
        stage.publish(
                stage.target(
                        "reg-there-b",
                        "reg-there.b",
                        Map.of("signUpEnabled", false, "invitationEnabled", true),
                        Map.of()));
        stage.invite("reg-there-code", "reg-there-b", Map.of());
        stage.event("invitation.redeemed", stage.redeemed("reg-there-code", "alice"));
        refused(stage, "alice");
        stage.ask().at("reg-there-b").scope("reg-there.b").permitted();
    }

    @Test
    @Statement(
            "The code of an invitation is a secret that only who made it has: the log holds its hash")
    void the_code_is_not_in_the_log() {
        Stage stage = open("reg-code", false, true);
        CommandLine issued =
                CommandLine.published(
                        Stage.narrows(),
                        "invite",
                        "issue",
                        "--audience=" + stage.to(),
                        "-o",
                        "json");
        String code = issued.json().path(0).path("code").asText();
        assertThat(code).matches("[0-9a-f]{32}");
        CommandLine redeemed =
                CommandLine.published(
                        Stage.narrows(),
                        "invite",
                        "redeem",
                        code,
                        "--issuer=" + stage.issuer().url(),
                        "--subject=alice",
                        "-o",
                        "json");
        stage.ask().permitted();
        for (CommandLine one : List.of(issued, redeemed)) {
            JsonNode record = Stage.admin("/log/" + one.json().path(0).path("seq").asText());
            String value =
                    new String(
                            Base64.getDecoder().decode(record.path("value").asText()),
                            StandardCharsets.UTF_8);
            assertThat(value).contains(Stage.invitation(code)).doesNotContain(code);
            assertThat(record.toString()).doesNotContain(code);
        }
        assertThat(Stage.narrows().said()).doesNotContain(code);
    }

    @Test
    @Statement("A removal bars the user in every mode, until admitted again")
    void a_removal_bars_in_every_mode() {
        Stage stage = open("reg-bar", true, false);
        stage.event("user.admitted", stage.admitted("alice", "admin"));
        stage.event("user.removed", stage.removed("alice"));
        for (boolean signUp : List.of(true, false)) {
            for (boolean invitation : List.of(true, false)) {
                switchTo(stage, signUp, invitation);
                refused(stage, "alice");
            }
        }
        assertThat(membership(stage, "alice").path("state").asText()).isEqualTo("barred");
        stage.event("user.admitted", stage.admitted("alice", "admin"));
        stage.ask().permitted();
    }

    @Test
    @Statement("A removal also bars one who was no member yet, and a sign-up does not lift it")
    void a_sign_up_lifts_no_bar() {
        Stage stage = open("reg-lift", true, false);
        stage.event("user.removed", stage.removed("carol"));
        refused(stage, "carol");
        assertThat(Stage.rejected("user.admitted", stage.admitted("carol", "sign-up")))
                .contains("removed");
        refused(stage, "carol");
    }

    @Test
    @Statement("Redeeming an invitation lifts a removal")
    void an_invitation_lifts_a_bar() {
        Stage stage = open("reg-invited", false, true);
        stage.event("user.removed", stage.removed("alice"));
        stage.invite("reg-invited-code", stage.to(), Map.of());
        stage.event("invitation.redeemed", stage.redeemed("reg-invited-code", "alice"));
        stage.ask().permitted();
    }

    @Test
    @Statement(
            "A removal ends the user's tokens for the audience, and admitting again does not revive them")
    void a_removal_ends_tokens() {
        Stage stage = open("reg-ends", true, false);
        String open = stage.ask().token();
        awaitMember(stage, "alice");
        String member = stage.ask().token();
        assertThat(stage.active(open)).isTrue();
        assertThat(stage.active(member)).isTrue();
        stage.event("user.removed", stage.removed("alice"));
        assertThat(stage.active(open)).isFalse();
        assertThat(stage.active(member)).isFalse();
        stage.event("user.admitted", stage.admitted("alice", "admin"));
        assertThat(stage.active(open)).isFalse();
        assertThat(stage.active(member)).isFalse();
        assertThat(stage.active(stage.ask().token())).isTrue();
    }

    @Test
    @Statement(
            "A bar outlives its audience: defined again, the audience still keeps the removed user out")
    void a_bar_outlives_its_audience() {
        Stage stage = open("reg-outlives", true, false);
        stage.event("user.removed", stage.removed("alice"));
        stage.change("audienceRetired", Map.of("id", stage.to()));
        stage.publish(stage.target(stage.to(), "reg-outlives.new", Map.of(), Map.of()));
        stage.ask().scope("reg-outlives.new").refused("invalid_target", NOT_A_MEMBER);
        stage.ask("carol").scope("reg-outlives.new").permitted();
    }

    @Test
    @Statement("Membership is not asked of tokens about clients")
    void clients_need_no_membership() {
        Stage stage = open("reg-clients", false, false);
        stage.publish(new Policy().issuer(stage.issuer(), Map.of("clients", true)));
        Map<String, Object> claims = stage.issuer().claims("batch", stage.from(), "in");
        claims.put("client_id", "batch");
        stage.ask(claims).permitted();
        refused(stage, "alice");
    }
}

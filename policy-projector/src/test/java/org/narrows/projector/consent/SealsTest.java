// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.consent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.narrows.events.value.Alias;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.User;
import org.narrows.projector.consent.Seals.Session;
import org.narrows.projector.consent.Seals.SignIn;

class SealsTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final String DECISION = "019b7a6c-0000-7000-8000-000000000001";
    private static final Alias SHOP = new Alias("shop");
    private static final User ALICE = new User(new IssuerUrl("https://login.example.com"), "alice");

    private final Seals seals = new Seals("the event key".getBytes(StandardCharsets.UTF_8));

    @Test
    void what_was_sealed_opens_on_every_control_plane_of_the_log() {
        SignIn signIn = SignIn.begin(DECISION, SHOP);
        Session session = Session.of(DECISION, ALICE, "Alice");
        Seals beside = new Seals("the event key".getBytes(StandardCharsets.UTF_8));

        assertThat(beside.signIn(seals.seal(signIn, NOW), NOW)).contains(signIn);
        assertThat(beside.session(seals.seal(session, NOW), NOW)).contains(session);
    }

    @Test
    void nobody_reads_or_changes_it() {
        String sealed = seals.seal(Session.of(DECISION, ALICE, "Alice"), NOW);

        assertThat(sealed).doesNotContain("alice");
        assertThat(new Seals("another".getBytes(StandardCharsets.UTF_8)).session(sealed, NOW))
                .isEmpty();
        for (int i = 0; i < sealed.length(); i++) {
            if (sealed.charAt(i) != '.') {
                char other = sealed.charAt(i) == 'A' ? 'Z' : 'A';
                String changed = sealed.substring(0, i) + other + sealed.substring(i + 1);
                // The last character of a part may hold bits that decode to nothing.
                if (!changed.equals(sealed) && !isLastOfPart(sealed, i)) {
                    assertThat(seals.session(changed, NOW)).as("changed at %d", i).isEmpty();
                }
            }
        }
    }

    private static boolean isLastOfPart(String sealed, int i) {
        return i == sealed.length() - 1 || sealed.charAt(i + 1) == '.';
    }

    @Test
    void a_sign_in_is_no_session_and_a_session_no_sign_in() {
        assertThat(seals.session(seals.seal(SignIn.begin(DECISION, SHOP), NOW), NOW)).isEmpty();
        assertThat(seals.signIn(seals.seal(Session.of(DECISION, ALICE, "Alice"), NOW), NOW))
                .isEmpty();
    }

    @Test
    void it_is_over_after_ten_minutes() {
        String sealed = seals.seal(SignIn.begin(DECISION, SHOP), NOW);

        assertThat(seals.signIn(sealed, NOW.plusSeconds(599))).isPresent();
        assertThat(seals.signIn(sealed, NOW.plusSeconds(600))).isEmpty();
    }

    @Test
    void what_is_too_long_is_not_even_opened() {
        String longName = "x".repeat(5_000);
        Session session = new Session(DECISION, "hash", longName, "token");

        assertThat(seals.session(seals.seal(session, NOW), NOW)).isEmpty();
        assertThat(Session.of(DECISION, ALICE, longName).shownAs()).hasSize(100);
    }

    @Test
    void every_sign_in_and_every_session_has_secrets_of_its_own() {
        SignIn one = SignIn.begin(DECISION, SHOP);
        SignIn other = SignIn.begin(DECISION, SHOP);
        assertThat(one.state()).isNotEqualTo(other.state());
        assertThat(one.nonce()).isNotEqualTo(other.nonce());
        assertThat(one.verifier().getValue()).isNotEqualTo(other.verifier().getValue());
        assertThat(Session.of(DECISION, ALICE, "a").formToken())
                .hasSize(22)
                .isNotEqualTo(Session.of(DECISION, ALICE, "a").formToken());
        assertThat(one.toString() + Session.of(DECISION, ALICE, "a"))
                .doesNotContain(one.state().getValue())
                .doesNotContain("alice");
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DpopNoncesTest {
    private static final Instant NOON = Instant.parse("2030-01-01T12:00:30Z");
    private static final byte[] OLD = {1, 2, 3};
    private static final byte[] NEW = {4, 5, 6};

    private static DpopNonces nonces(byte[]... secrets) {
        return new DpopNonces(() -> List.of(secrets));
    }

    @Test
    void a_nonce_is_good_for_five_minutes_and_not_for_six() {
        String nonce = nonces(OLD).current(NOON);

        assertThat(nonces(OLD).isAccepted(nonce, NOON)).isTrue();
        assertThat(nonces(OLD).isAccepted(nonce, NOON.plus(Duration.ofMinutes(5)))).isTrue();
        assertThat(nonces(OLD).isAccepted(nonce, NOON.plus(Duration.ofMinutes(6)))).isFalse();
        assertThat(nonces(OLD).isAccepted(nonce, NOON.minus(Duration.ofMinutes(1)))).isTrue();
        assertThat(nonces(OLD).isAccepted(nonce, NOON.minus(Duration.ofMinutes(2)))).isFalse();
    }

    @Test
    void keys_are_changed_without_a_refusal() {
        DpopNonces before = nonces(OLD, NEW);
        DpopNonces after = nonces(NEW, OLD);

        assertThat(after.isAccepted(before.current(NOON), NOON)).isTrue();
        assertThat(before.isAccepted(after.current(NOON), NOON)).isTrue();
        assertThat(nonces(NEW).isAccepted(nonces(OLD).current(NOON), NOON)).isFalse();
    }

    @Test
    void no_byte_of_a_nonce_may_be_another() {
        byte[] good = Base64.getUrlDecoder().decode(nonces(OLD).current(NOON));
        for (int i = 0; i < good.length; i++) {
            byte[] forged = good.clone();
            forged[i] ^= 1;
            String text = Base64.getUrlEncoder().withoutPadding().encodeToString(forged);
            assertThat(nonces(OLD).isAccepted(text, NOON)).as("byte %s", i).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "=", "short", "not base64url!", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
    void what_nobody_gave_is_refused(String text) {
        assertThat(nonces(OLD).isAccepted(text, NOON)).isFalse();
    }
}

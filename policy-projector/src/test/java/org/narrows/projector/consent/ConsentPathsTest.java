// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.consent;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConsentPathsTest {
    private static final String ID = "019b7a6c-0000-7abc-8000-00000000000f";

    @ParameterizedTest
    @ValueSource(strings = {"/consent/callback/shop", "/consent/style.css", "/consent/" + ID})
    void the_page_needs_no_admin_token(String path) {
        assertThat(ConsentPaths.isOpen(path)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/consent",
                "/consent/",
                "/consents",
                "/consent/" + ID + "/",
                "/consent/" + ID + "/events",
                "/consent/019B7A6C-0000-7ABC-8000-00000000000F",
                "/consent/019b7a6c-0000-4abc-8000-00000000000f",
                "/consent/../events",
                "/consent/callback",
                "/consent/callback/",
                "/consent/callback/..",
                "/consent/callback/shop/",
                "/consent/callback/Shop",
                "/consent/callback/shop/events",
                "/consent//callback",
                "/events",
                "/x/consent/callback/shop"
            })
    void nothing_else_is_let_in_beside_it(String path) {
        assertThat(ConsentPaths.isOpen(path)).isFalse();
    }

    @Test
    void an_id_tells_when_its_decision_was_made() {
        Instant madeAt = Instant.ofEpochMilli(UUID.fromString(ID).getMostSignificantBits() >>> 16);
        DecisionLink link = DecisionLink.of(ID, madeAt).orElseThrow();

        assertThat(link.madeAt()).isEqualTo(madeAt);
        assertThat(link.mayLand(madeAt.plusSeconds(9))).isTrue();
        assertThat(link.mayLand(madeAt.plusSeconds(10))).isFalse();
        assertThat(link.isOver(madeAt.plusSeconds(3_600))).isFalse();
        assertThat(link.isOver(madeAt.plusSeconds(3_661))).isTrue();
        assertThat(DecisionLink.of(ID, madeAt.minusSeconds(61))).as("not yet made").isEmpty();
    }
}

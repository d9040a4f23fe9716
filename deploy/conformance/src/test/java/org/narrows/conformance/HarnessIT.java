// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** That the harness does what the other classes take for granted. */
@AgainstNarrows
class HarnessIT {
    private static final Scene SCENE = Scene.open("harness");

    @Test
    void a_good_exchange_is_permitted() {
        Reply reply = SCENE.exchange(SCENE.form());
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.claims().getClaim("scope")).isEqualTo(SCENE.use());
    }

    @Test
    void a_consent_opens_what_needs_one() {
        Form form =
                SCENE.form(SCENE.issuer().sign(SCENE.issuer().claims("bob", SCENE.from(), "in")))
                        .with("scope", SCENE.read());
        assertThat(SCENE.exchange(form).error()).isEqualTo("invalid_scope");
        String consistency = SCENE.consent("bob");
        Reply reply =
                SCENE.narrows()
                        .post(
                                "/token-exchange",
                                form,
                                "Authorization",
                                SCENE.client().basic(),
                                "Narrows-Consistency",
                                consistency);
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
    }

    @Test
    void raw_bytes_are_answered() {
        assertThat(
                        SCENE.narrows()
                                .raw(
                                        "GET /jwks HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                                                .getBytes(StandardCharsets.US_ASCII)))
                .startsWith("HTTP/1.1 200");
    }
}

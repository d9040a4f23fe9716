// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.JWTClaimsSet;

/** What most tests expect of an answer. */
public final class Answers {
    private Answers() {}

    /** Expects a token, and gives its claims. */
    public static JWTClaimsSet permitted(Reply reply) {
        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        return reply.claims();
    }

    /** Expects an error of RFC 6749 §5.2. */
    public static void refused(Reply reply, String error) {
        refused(reply, 400, error);
    }

    public static void refused(Reply reply, int status, String error) {
        assertThat(reply.error()).as(reply.toString()).isEqualTo(error);
        assertThat(reply.status()).as(reply.toString()).isEqualTo(status);
        assertThat(reply.body()).doesNotContain("access_token");
    }
}

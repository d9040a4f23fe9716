// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Introspection and revocation, asked by those whom the answer does not concern. */
@AgainstNarrows
class HostileOraclesIT {
    private static final Scene SCENE = Scene.open("hostile-oracles");
    private static final TestClient TARGET = TestClient.withSecret("hostile-oracles-target");
    private static final TestClient SIBLING = TestClient.withSecret("hostile-oracles-sibling");
    private static final String INACTIVE = "{\"active\":false}";

    static {
        SCENE.narrows()
                .publish(
                        new Policy()
                                .client(
                                        TARGET,
                                        SCENE.to(),
                                        List.of(SCENE.to()),
                                        List.of(SCENE.use()))
                                .client(
                                        SIBLING,
                                        SCENE.from(),
                                        List.of(SCENE.to()),
                                        List.of(SCENE.use())));
    }

    @AfterAll
    static void no_token_and_no_secret_is_in_the_log() {
        Hostile.notLogged(
                SCENE.narrows(),
                List.of(SCENE.client().secret(), TARGET.secret(), SIBLING.secret()));
    }

    @Test
    void whom_a_token_is_not_for_learns_nothing_of_it() {
        String token = issued();
        assertThat(introspect(TARGET, token).json().path("active").asBoolean()).isTrue();
        for (String other :
                List.of(
                        token,
                        SCENE.subjectToken(),
                        SCENE.issuer().sign(SCENE.issuer().claims("alice", SCENE.to(), "in")),
                        token + "=",
                        token.substring(1),
                        "x",
                        "..",
                        "a.b.c",
                        "a".repeat(30_000))) {
            // Even the client it was issued to, and who presented it, is not its audience.
            for (TestClient stranger : List.of(SCENE.client(), SIBLING)) {
                Reply reply = introspect(stranger, other);
                assertThat(reply.status()).isEqualTo(200);
                assertThat(reply.body()).isEqualTo(INACTIVE);
            }
        }
        for (String bad : forged(token)) {
            assertThat(introspect(TARGET, bad).body()).isEqualTo(INACTIVE);
        }
    }

    @Test
    void nobody_asks_without_a_name_and_nobody_twice() {
        String token = issued();
        for (String path : List.of("/introspect", "/revoke")) {
            Form form = Form.of("token", token);
            Hostile.refused(SCENE.narrows().post(path, form), 401, "invalid_client", token);
            Hostile.refused(
                    SCENE.narrows()
                            .post(path, form, "Authorization", TestClient.basic(TARGET.id(), "x")),
                    401,
                    "invalid_client",
                    token);
            Hostile.refused(
                    SCENE.narrows().post(path, form, "Authorization", "Bearer " + token),
                    401,
                    "invalid_client",
                    token);
            Hostile.refused(
                    SCENE.narrows()
                            .post(path, form.and("token", "x"), "Authorization", TARGET.basic()),
                    400,
                    "invalid_request",
                    token);
            Hostile.refused(
                    SCENE.narrows().post(path, Form.of("a", "b"), "Authorization", TARGET.basic()),
                    400,
                    "invalid_request");
            Hostile.refused(
                    SCENE.narrows()
                            .post(
                                    path + "?token=" + token,
                                    Form.of("a", "b"),
                                    "Authorization",
                                    TARGET.basic()),
                    400,
                    "invalid_request",
                    token);
        }
    }

    @Test
    void only_a_tokens_own_client_ends_it() throws Exception {
        String token = issued();
        for (TestClient stranger : List.of(TARGET, SIBLING)) {
            Reply reply = revoke(stranger, token);
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.body()).isEmpty();
        }
        for (String other : forged(token)) {
            assertThat(revoke(SCENE.client(), other).status()).isEqualTo(200);
        }
        assertThat(revoke(SCENE.client(), SCENE.subjectToken()).status()).isEqualTo(200);
        assertThat(introspect(TARGET, token).json().path("active").asBoolean()).isTrue();

        String spelledAgain = Hostile.spelledAgain(token, order());
        assertThat(introspect(TARGET, spelledAgain).json().path("active").asBoolean()).isTrue();
        Reply ended = revoke(SCENE.client(), spelledAgain);
        assertThat(ended.status()).as(ended.body()).isEqualTo(200);
        assertThat(introspect(TARGET, token).body()).isEqualTo(INACTIVE);
        assertThat(introspect(TARGET, spelledAgain).body()).isEqualTo(INACTIVE);
    }

    private static String issued() {
        return SCENE.exchange(SCENE.form()).accessToken();
    }

    /** Tokens that say what this one says, or more, without its signature. */
    private static List<String> forged(String token) {
        String[] parts = token.split("\\.", -1);
        String payload = new String(Base64.getUrlDecoder().decode(parts[1]), UTF_8);
        String header = new String(Base64.getUrlDecoder().decode(parts[0]), UTF_8);
        return List.of(
                Hostile.signed(SCENE.issuer().ec(), header, payload),
                Jws.of("{\"alg\":\"none\",\"typ\":\"at+jwt\"}", payload, new byte[0]),
                parts[0]
                        + "."
                        + Hostile.base64(payload.replace(SCENE.from(), SCENE.to()))
                        + "."
                        + Jws.base64(new byte[64]),
                parts[0] + "." + parts[1] + ".");
    }

    private static Reply introspect(TestClient client, String token) {
        return SCENE.introspect(client, Form.of("token", token));
    }

    private static Reply revoke(TestClient client, String token) {
        return SCENE.narrows()
                .post("/revoke", Form.of("token", token), "Authorization", client.basic());
    }

    private static BigInteger order() throws Exception {
        return SCENE.issuer().ec().toECPublicKey().getParams().getOrder();
    }
}

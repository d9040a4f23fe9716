// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.SignedJWT;
import java.text.ParseException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Revocations on their whole way: signed by the exchange node, folded by the control plane, in
 * force for every token of the chain. Also what is ended by policy and given again, as the real
 * projection has it.
 */
@AgainstNarrows
class RevocationIT {
    private static final Scene SCENE = Scene.open("revocation");
    private static final TestClient SECOND = TestClient.withSecret("revocation-second");
    private static final TestClient THIRD = TestClient.withSecret("revocation-third");
    private static final String END = "revocation-end";
    private static final String INACTIVE = "{\"active\":false}";

    static {
        SCENE.narrows()
                .publish(
                        new Policy()
                                .audience(END)
                                .scope("revocation.end", END, "grantable")
                                .client(SECOND, SCENE.to(), List.of(END), List.of("revocation.end"))
                                .client(THIRD, END, List.of(), List.of())
                                .rule(
                                        "revocation-on",
                                        SCENE.to(),
                                        END,
                                        Map.of(SCENE.use(), List.of("revocation.end")),
                                        Map.of("maxChainDepth", 2)));
    }

    private static String first() {
        return issued(SCENE.exchange(SCENE.form()));
    }

    private static Reply exchange(String first) {
        return SCENE.narrows()
                .post(
                        "/token-exchange",
                        SCENE.form(first).with("audience", END).without("scope"),
                        "Authorization",
                        SECOND.basic());
    }

    private static String issued(Reply reply) {
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        return reply.accessToken();
    }

    private static Reply introspect(TestClient client, String token, String consistency) {
        return SCENE.introspect(client, Form.of("token", token), consistency);
    }

    private static Reply revoke(TestClient client, String token) {
        return SCENE.narrows()
                .post("/revoke", Form.of("token", token), "Authorization", client.basic());
    }

    private static String position(Reply reply) {
        return reply.header("Narrows-Consistency").orElseThrow();
    }

    private static String id(String token) throws ParseException {
        return SignedJWT.parse(token).getJWTClaimsSet().getJWTID();
    }

    @Test
    void a_token_is_active_at_once_and_revoked_with_all_its_descendants() throws ParseException {
        String first = first();
        Reply exchanged = exchange(first);
        String second = issued(exchanged);
        assertThat(introspect(SECOND, first, position(exchanged)).text("active")).isEqualTo("true");
        Reply before = introspect(THIRD, second, position(exchanged));
        assertThat(before.text("active")).isEqualTo("true");
        assertThat(before.json().path("lineage")).hasSize(2);
        assertThat(before.json().path("lineage").get(1).asText()).isEqualTo(id(first));

        Reply revoked = revoke(SCENE.client(), first);

        assertThat(revoked.status()).as(revoked.body()).isEqualTo(200);
        String since = position(revoked);
        assertThat(introspect(SECOND, first, since).body()).isEqualTo(INACTIVE);
        assertThat(introspect(THIRD, second, since).body()).isEqualTo(INACTIVE);
        assertThat(exchange(first).error()).isEqualTo("invalid_request");
        assertThat(revoke(SCENE.client(), first).status()).isEqualTo(200);
    }

    @Test
    void the_log_says_who_revoked_what_and_with_which_key() throws ParseException {
        String first = first();

        Reply revoked = revoke(SCENE.client(), first);

        Reply verdict =
                SCENE.narrows()
                        .admin("/events/" + revoked.header("Narrows-Decision").orElseThrow());
        assertThat(verdict.text("verdict")).as(verdict.body()).isEqualTo("applied");
        Reply record = SCENE.narrows().admin("/log/" + verdict.text("seq"));
        assertThat(record.text("type")).isEqualTo("org.narrows.token.revoked.v1");
        assertThat(record.text("actor")).isEqualTo(SCENE.client().id());
    }

    @Test
    void nobody_ends_a_token_of_another_client() {
        String first = first();

        Reply revoked = revoke(SECOND, first);

        assertThat(revoked.status()).isEqualTo(200);
        assertThat(introspect(SECOND, first, position(revoked)).text("active")).isEqualTo("true");
    }

    @Test
    void what_was_ended_stays_ended() {
        String first = first();
        String ended =
                SCENE.narrows()
                        .publish(
                                new Policy()
                                        .change(
                                                "clientScopeWithdrawn",
                                                Map.of(
                                                        "client",
                                                        SCENE.client().id(),
                                                        "scope",
                                                        SCENE.use())));
        assertThat(introspect(SECOND, first, ended).body()).isEqualTo(INACTIVE);

        String again =
                SCENE.narrows()
                        .publish(
                                new Policy()
                                        .change(
                                                "clientScopeAllowed",
                                                Map.of(
                                                        "client",
                                                        SCENE.client().id(),
                                                        "scope",
                                                        SCENE.use())));
        assertThat(introspect(SECOND, first, again).body()).isEqualTo(INACTIVE);
    }
}

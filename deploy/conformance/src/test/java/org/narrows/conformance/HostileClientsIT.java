// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Callers that are somebody else, or nobody. */
@AgainstNarrows
class HostileClientsIT {
    private static final Scene SCENE = Scene.open("hostile-clients");
    private static final TestClient KEYED = TestClient.withKey("hostile-clients-keyed");
    private static final TestClient OTHER = TestClient.withSecret("hostile-clients-other");
    private static final List<String> SECRETS =
            new ArrayList<>(List.of(SCENE.client().secret(), OTHER.secret()));

    static {
        SCENE.narrows()
                .publish(
                        new Policy()
                                .client(
                                        KEYED,
                                        SCENE.from(),
                                        List.of(SCENE.to()),
                                        List.of(SCENE.use()))
                                .client(
                                        OTHER,
                                        SCENE.to(),
                                        List.of(SCENE.to()),
                                        List.of(SCENE.use())));
    }

    @AfterAll
    static void no_token_and_no_secret_is_in_the_log() {
        Hostile.notLogged(SCENE.narrows(), SECRETS);
    }

    @Test
    void a_stranger_learns_nothing_and_every_stranger_the_same() {
        String id = SCENE.client().id();
        String secret = SCENE.client().secret();
        List<String> headers =
                List.of(
                        TestClient.basic("nobody", "x"),
                        TestClient.basic(id, "x"),
                        TestClient.basic(id, ""),
                        TestClient.basic("", ""),
                        TestClient.basic(id, Form.encode(secret.substring(0, secret.length() - 1))),
                        TestClient.basic(id, Form.encode(secret) + "x"),
                        TestClient.basic(id, Form.encode(secret.toUpperCase(Locale.ROOT))),
                        TestClient.basic(id, Form.encode(OTHER.secret())),
                        TestClient.basic(OTHER.id(), Form.encode(secret)),
                        TestClient.basic(KEYED.id(), Form.encode(secret)),
                        TestClient.basic(KEYED.id(), ""),
                        TestClient.basic(
                                id,
                                Form.encode(
                                        String.valueOf(
                                                SCENE.client()
                                                        .authentication()
                                                        .get("secretHash")))),
                        TestClient.basic(id.toUpperCase(Locale.ROOT), Form.encode(secret)),
                        TestClient.basic(id + "%00", Form.encode(secret)),
                        TestClient.basic(" " + id, Form.encode(secret)),
                        TestClient.basic("%zz", "%"),
                        TestClient.basic("' OR '1'='1", "x"),
                        "Basic",
                        "Basic ",
                        "Basic !",
                        "Basic " + id + ":" + secret,
                        "Bearer " + SCENE.subjectToken(),
                        "Digest username=\"x\"",
                        "Basic " + "A".repeat(4_000),
                        "Negotiate YII=",
                        "DPoP x",
                        "x");
        String first = null;
        for (String header : headers) {
            Reply reply =
                    SCENE.narrows().post("/token-exchange", SCENE.form(), "Authorization", header);
            Hostile.refused(reply, 401, "invalid_client", secret, OTHER.secret(), id, KEYED.id());
            assertThat(reply.header("www-authenticate"))
                    .as(header)
                    .hasValueSatisfying(v -> assertThat(v).startsWith("Basic "));
            first = first == null ? reply.body() : first;
            assertThat(reply.body()).as(header).isEqualTo(first);
        }
        Reply none = SCENE.narrows().post("/token-exchange", SCENE.form());
        Hostile.refused(none, 401, "invalid_client");
        assertThat(none.body()).isEqualTo(first);
        assertThat(none.header("www-authenticate")).isEmpty();
    }

    @Test
    void a_client_is_one_client_and_authenticates_once() {
        String basic = SCENE.client().basic();
        Form form = SCENE.form();
        for (Form mismatch :
                List.of(
                        form.and("client_id", OTHER.id()),
                        form.and("client_id", "nobody"),
                        form.and("client_id", SCENE.client().id().toUpperCase(Locale.ROOT)))) {
            Hostile.refused(SCENE.exchange(mismatch), 401, "invalid_client", OTHER.id());
        }
        Form asserted = form.and(KEYED.asserted(KEYED.assertionClaims(SCENE.narrows().issuer())));
        for (Form two :
                List.of(
                        form.and(SCENE.client().posted()),
                        form.and("client_secret", "x"),
                        asserted,
                        asserted.and("client_id", SCENE.client().id()))) {
            Hostile.refused(
                    SCENE.narrows().post("/token-exchange", two, "Authorization", basic),
                    400,
                    "invalid_request");
        }
        Hostile.refused(
                SCENE.narrows().post("/token-exchange", asserted.and("client_secret", "x")),
                400,
                "invalid_request");
        Hostile.refused(
                SCENE.narrows()
                        .post(
                                "/token-exchange",
                                form,
                                "Authorization",
                                basic,
                                "Authorization",
                                basic),
                400,
                "invalid_request");
        // The registered method, not another one with what would be right for it.
        Hostile.refused(
                SCENE.narrows().post("/token-exchange", form.and("client_id", KEYED.id())),
                401,
                "invalid_client");
        assertThat(
                        SCENE.narrows()
                                .post(
                                        "/token-exchange",
                                        form.and("client_id", SCENE.client().id()),
                                        "Authorization",
                                        basic)
                                .status())
                .isEqualTo(200);
    }

    @Test
    void an_assertion_is_used_once_however_it_is_written() throws Exception {
        Map<String, Object> claims = KEYED.assertionClaims(SCENE.narrows().issuer());
        String assertion = Jws.sign(KEYED.key(), Map.of("typ", "JWT"), claims);
        Map<String, Object> later = new LinkedHashMap<>(claims);
        later.put("exp", Instant.now().getEpochSecond() + 200);
        SECRETS.add(assertion);
        assertThat(post(TestClient.asserted(assertion)).status()).isEqualTo(200);
        BigInteger n = KEYED.key().toECPublicKey().getParams().getOrder();
        for (String again :
                List.of(
                        assertion,
                        assertion + "=",
                        assertion + " ",
                        Hostile.spelledAgain(assertion, n),
                        // Made anew by the client itself, with the same `jti` and another expiry.
                        Jws.sign(KEYED.key(), Map.of(), later))) {
            Hostile.refused(
                    post(TestClient.asserted(again)), 401, "invalid_client", again, KEYED.id());
        }
    }

    @Test
    void an_assertion_is_for_us_alone_and_of_its_client() {
        String issuer = SCENE.narrows().issuer();
        long now = Instant.now().getEpochSecond();
        Map<String, Object> good = KEYED.assertionClaims(issuer);
        List<Map<String, Object>> bad = new ArrayList<>();
        for (Object aud :
                Arrays.asList(
                        issuer + "/token-exchange",
                        issuer + "/",
                        issuer + ".",
                        "https://evil.invalid",
                        List.of(issuer, "https://evil.invalid"),
                        List.of(),
                        null,
                        "",
                        1,
                        List.of(issuer, issuer),
                        SCENE.to())) {
            bad.add(changed(good, "aud", aud));
        }
        for (String claim : List.of("iss", "sub")) {
            bad.add(changed(good, claim, SCENE.client().id()));
            bad.add(changed(good, claim, "nobody"));
            bad.add(changed(good, claim, KEYED.id() + " "));
        }
        bad.add(changed(changed(good, "iss", OTHER.id()), "sub", OTHER.id()));
        bad.add(changed(good, "exp", now));
        bad.add(changed(good, "exp", now + 3_600));
        bad.add(changed(good, "exp", null));
        bad.add(changed(good, "nbf", now + 120));
        bad.add(changed(good, "iat", now + 120));
        bad.add(changed(good, "jti", ""));
        bad.add(changed(good, "jti", 1));
        bad.add(changed(good, "jti", null));
        String header = "{\"alg\":\"ES256\",\"kid\":\"" + KEYED.id() + "\"}";
        for (Map<String, Object> claims : bad) {
            String assertion = Hostile.signed(KEYED.key(), header, Narrows.json(claims));
            Hostile.refused(
                    post(TestClient.asserted(assertion)),
                    401,
                    "invalid_client",
                    assertion,
                    KEYED.id());
        }
        for (String other :
                List.of(
                        "{\"alg\":\"none\"}",
                        "{\"alg\":\"HS256\"}",
                        "{\"alg\":\"ES256\",\"typ\":\"at+jwt\"}",
                        "{\"alg\":\"ES256\",\"typ\":\"dpop+jwt\"}",
                        "{\"alg\":\"ES256\",\"kid\":\"../x\"}",
                        "{\"alg\":\"ES256\",\"crit\":[\"exp\"]}",
                        "{\"alg\":\"RS256\"}")) {
            String assertion =
                    Hostile.signed(KEYED.key(), other, Narrows.json(KEYED.assertionClaims(issuer)));
            Hostile.refused(post(TestClient.asserted(assertion)), 401, "invalid_client", assertion);
        }
        // Somebody else's key, the key of an issuer, and a subject token.
        for (String assertion :
                List.of(
                        Hostile.signed(
                                OTHER.key(), header, Narrows.json(KEYED.assertionClaims(issuer))),
                        Hostile.signed(
                                SCENE.issuer().ec(),
                                header,
                                Narrows.json(KEYED.assertionClaims(issuer))),
                        SCENE.subjectToken(),
                        "x",
                        "..",
                        "a".repeat(30_000))) {
            Hostile.refused(post(TestClient.asserted(assertion)), 401, "invalid_client");
        }
        Form form = KEYED.asserted(KEYED.assertionClaims(issuer));
        Hostile.refused(post(form.with("client_assertion_type", "urn:x")), 401, "invalid_client");
        Hostile.refused(post(form.without("client_assertion_type")), 401, "invalid_client");
        Hostile.refused(post(form.and("client_id", OTHER.id())), 401, "invalid_client");
        assertThat(post(form.and("client_id", KEYED.id())).status()).isEqualTo(200);
    }

    /**
     * Secrets are compared as hashes and by {@link java.security.MessageDigest#isEqual}, for
     * strangers too (see {@code ClientAuthenticator}): that is the guard. What can be seen of it
     * from outside is measured here in turns and printed; noise forbids more than a gross bound.
     */
    @Test
    void how_long_a_refusal_takes_tells_nothing() {
        String id = SCENE.client().id();
        String secret = SCENE.client().secret();
        List<String> strangers =
                List.of(
                        TestClient.basic("nobody", Form.encode(secret)),
                        TestClient.basic(id, "x"),
                        TestClient.basic(
                                id, Form.encode(secret.substring(0, secret.length() - 1) + "~")));
        int rounds = 150;
        long[][] nanos = new long[strangers.size()][rounds];
        Form form = Form.of("grant_type", Scene.GRANT);
        for (int round = -30; round < rounds; round++) {
            for (int who = 0; who < strangers.size(); who++) {
                long start = System.nanoTime();
                Reply reply =
                        SCENE.narrows()
                                .post("/token-exchange", form, "Authorization", strangers.get(who));
                long took = System.nanoTime() - start;
                assertThat(reply.status()).isEqualTo(401);
                if (round >= 0) {
                    nanos[who][round] = took;
                }
            }
        }
        double[] medians =
                Arrays.stream(nanos)
                        .mapToDouble(
                                took ->
                                        Arrays.stream(took)
                                                .sorted()
                                                .skip(rounds / 2)
                                                .findFirst()
                                                .orElseThrow())
                        .toArray();
        double ratio =
                Arrays.stream(medians).max().orElseThrow()
                        / Arrays.stream(medians).min().orElseThrow();
        System.out.printf(
                "refusals of an unknown client, a wrong secret, and one that is nearly right: medians %s ns, ratio %.3f%n",
                Arrays.toString(medians), ratio);
        assertThat(ratio).isLessThan(3);
    }

    private static Map<String, Object> changed(
            Map<String, Object> claims, String claim, Object value) {
        Map<String, Object> changed = new LinkedHashMap<>(claims);
        changed.put("jti", UUID.randomUUID().toString());
        changed.put(claim, value);
        return changed;
    }

    private static Reply post(Form credentials) {
        return SCENE.narrows().post("/token-exchange", SCENE.form().and(credentials));
    }
}

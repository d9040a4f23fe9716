// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.SignedJWT;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Well signed tokens that say what they must not be believed. */
@AgainstNarrows
class HostileClaimsIT {
    private static final Scene SCENE = Scene.open("hostile-claims");
    private static final String MIDDLE = "hostile-claims-middle";
    private static final String HOME = "hostile-claims-home";
    private static final TestClient DELEGATE = TestClient.withSecret("hostile-claims-delegate");
    private static final TestClient NEXT = TestClient.withSecret("hostile-claims-next");
    private static final TestIssuer OTHER = TestIssuer.named("hostile-claims-other");
    private static final List<String> SECRETS =
            new ArrayList<>(List.of(SCENE.client().secret(), DELEGATE.secret(), NEXT.secret()));

    static {
        SCENE.narrows()
                .publish(
                        new Policy()
                                .issuer(
                                        OTHER,
                                        Map.of(
                                                "subjectTokenTypes",
                                                List.of("access_token", "jwt", "id_token")))
                                .audience(HOME)
                                .audience(MIDDLE, Map.of("maxLifetime", "PT1H"))
                                .scope("middle.use", MIDDLE, "grantable")
                                .client(DELEGATE, HOME, List.of(MIDDLE), List.of("middle.use"))
                                .client(
                                        NEXT,
                                        MIDDLE,
                                        List.of(MIDDLE, SCENE.to()),
                                        List.of("middle.use", SCENE.use()))
                                .rule(
                                        "hostile-claims-home-to-middle",
                                        HOME,
                                        MIDDLE,
                                        Map.of("in", List.of("middle.use")),
                                        Map.of(
                                                "modes",
                                                List.of("impersonation", "delegation"),
                                                "actors",
                                                List.of("client", "user"),
                                                "maxChainDepth",
                                                8))
                                .rule(
                                        "hostile-claims-middle-again",
                                        MIDDLE,
                                        MIDDLE,
                                        Map.of("middle.use", List.of("middle.use")),
                                        Map.of("maxChainDepth", 3))
                                .rule(
                                        "hostile-claims-middle-to-target",
                                        MIDDLE,
                                        SCENE.to(),
                                        Map.of("middle.use", List.of(SCENE.use())),
                                        Map.of("maxChainDepth", 8)));
    }

    @AfterAll
    static void no_token_and_no_secret_is_in_the_log() {
        Hostile.notLogged(SCENE.narrows(), SECRETS);
    }

    @Test
    void an_audience_is_the_requesters_to_the_last_byte() {
        String from = SCENE.from();
        List<Object> others =
                new ArrayList<>(
                        List.of(
                                from.substring(0, from.length() - 1),
                                from + "x",
                                "x" + from,
                                from + ".",
                                from + "/",
                                from + " ",
                                " " + from,
                                from.toUpperCase(Locale.ROOT),
                                from + "\u0000",
                                from.replace('o', '\u043e'),
                                from.replace("-", "%2d"),
                                from + "%00",
                                from + "#",
                                from + "?",
                                "*",
                                "",
                                SCENE.to(),
                                SCENE.client().id(),
                                List.of(),
                                List.of(SCENE.to()),
                                List.of(from + " " + SCENE.to()),
                                List.of(List.of(from)),
                                1,
                                true,
                                Map.of(from, from),
                                List.of(from, 1)));
        others.add(null);
        for (Object aud : others) {
            invalid(with("aud", aud));
        }
        for (Object aud : List.of(List.of(from), List.of("x", from), List.of(from, SCENE.to()))) {
            assertThat(exchange(with("aud", aud)).status()).as("%s", aud).isEqualTo(200);
        }
    }

    @Test
    void required_claims_are_required_and_of_their_kind() {
        for (String claim : List.of("iss", "sub", "aud", "exp")) {
            Map<String, Object> claims = SCENE.claims();
            claims.remove(claim);
            invalid(claims);
            for (Object value : Arrays.asList("", null, true, Map.of(), List.of(List.of()))) {
                invalid(with(claim, value));
            }
        }
        for (Object sub : List.of(1, List.of("alice"), "a".repeat(5_000), "a\u0000b", "a\nb")) {
            invalid(with("sub", sub));
        }
        for (String claim : List.of("jti", "iat", "nbf", "act", "may_act", "cnf")) {
            invalid(with(claim, List.of(1)));
        }
    }

    @Test
    void a_token_is_only_good_in_its_time() {
        long now = Instant.now().getEpochSecond();
        for (Map.Entry<String, Long> time :
                List.of(
                        Map.entry("exp", now),
                        Map.entry("exp", now - 1),
                        Map.entry("exp", now - 86_400),
                        Map.entry("exp", 0L),
                        Map.entry("nbf", now + 90),
                        Map.entry("iat", now + 90),
                        Map.entry("exp", now * 1_000_000))) {
            invalid(with(time.getKey(), time.getValue()));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://hostile-claims.test.invalid/",
                "https://hostile-claims.test.invalid.",
                "HTTPS://hostile-claims.test.invalid",
                "https://Hostile-claims.test.invalid",
                "http://hostile-claims.test.invalid",
                "https://hostile-claims.test.invalid:443",
                "https://evil.test.invalid",
                "hostile-claims",
                "https://hostile-claims.test.invalid@evil.test.invalid",
                "narrows",
                "javascript:0",
                " "
            })
    void an_issuer_is_the_trusted_one_to_the_last_byte(String issuer) {
        invalid(with("iss", issuer));
    }

    @Test
    void another_issuers_alice_is_another_user() throws Exception {
        String consistency = SCENE.consent("alice");
        Form form = SCENE.form().with("scope", SCENE.read());
        Reply hers = post(SCENE.client(), form, consistency);
        assertThat(hers.status()).as(hers.body()).isEqualTo(200);
        assertThat(hers.claims().getSubject()).isEqualTo("hostile-claims|alice");

        String namesake = OTHER.sign(OTHER.claims("alice", SCENE.from(), "in"));
        Reply other = post(SCENE.client(), form.with("subject_token", namesake), consistency);
        Hostile.refused(other, 400, "invalid_scope", "alice", "hostile-claims|", namesake);
        Reply less = SCENE.exchange(SCENE.form(namesake));
        assertThat(less.claims().getSubject()).isEqualTo("hostile-claims-other|alice");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hostile-claims|alice",
                "|alice",
                "narrows|root",
                "hostile-claims-other|alice",
                "|",
                "a|b|c"
            })
    void a_subject_cannot_pose_as_one_of_another_issuer(String subject) {
        String token = OTHER.sign(OTHER.claims(subject, SCENE.from(), "in"));
        Reply reply = SCENE.exchange(SCENE.form(token));
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.claims().getSubject()).isEqualTo("hostile-claims-other|" + subject);
        // The consent that the other alice gave is not this one's.
        SCENE.consent("alice");
        Hostile.refused(
                SCENE.exchange(SCENE.form(token).with("scope", SCENE.read())),
                400,
                "invalid_scope");
    }

    @Test
    void what_is_no_access_token_is_not_taken_for_one() {
        Map<String, Object> marks = new LinkedHashMap<>();
        marks.put("at_hash", "x");
        marks.put("c_hash", "x");
        marks.put("events", Map.of("http://schemas.openid.net/event/backchannel-logout", Map.of()));
        marks.put("token_use", "id");
        marks.put("typ", "ID");
        marks.forEach((claim, value) -> invalid(with(claim, value)));
        for (String type : List.of("id", "Refresh", "REFRESH", "Logout")) {
            invalid(with("typ", type));
        }
    }

    @Test
    void an_id_token_is_one_only_where_it_may_be_and_only_when_it_is_one() {
        Map<String, Object> id = OTHER.claims("alice", SCENE.client().id(), "in");
        id.remove("scope");
        id.remove("client_id");
        String idToken = OTHER.sign(Map.of("typ", "JWT"), id);
        // It is no access token: its audience is the client, not the client's home.
        Hostile.refused(SCENE.exchange(SCENE.form(idToken)), 400, "invalid_request", idToken);
        // It is one, and is worth `openid`, which no rule maps here.
        Form asIdToken = SCENE.form(idToken).with("subject_token_type", Scene.ID_TOKEN);
        Hostile.refused(SCENE.exchange(asIdToken), 400, "invalid_scope", idToken);
        // An access token is no ID token, whatever the form calls it.
        List<Map<String, Object>> others = new ArrayList<>();
        others.add(OTHER.claims("alice", SCENE.from(), "in"));
        others.add(OTHER.claims("alice", SCENE.client().id(), "in"));
        others.add(changed(id, "aud", SCENE.from()));
        others.add(changed(id, "aud", List.of(SCENE.client().id(), "x")));
        others.add(changed(id, "typ", "Bearer"));
        others.add(changed(id, "token_use", "access"));
        for (Map<String, Object> claims : others) {
            String token = OTHER.sign(Map.of("typ", "JWT"), claims);
            Form form = SCENE.form(token).with("subject_token_type", Scene.ID_TOKEN);
            Hostile.refused(SCENE.exchange(form), 400, "invalid_request", token);
        }
        Hostile.refused(
                SCENE.exchange(
                        SCENE.form(OTHER.sign(id)).with("subject_token_type", Scene.ID_TOKEN)),
                400,
                "invalid_request");
        // The first issuer is not trusted for ID tokens at all.
        Form untrusted =
                SCENE.form(
                                SCENE.issuer()
                                        .sign(
                                                Map.of("typ", "JWT"),
                                                with("aud", SCENE.client().id())))
                        .with("subject_token_type", Scene.ID_TOKEN);
        Hostile.refused(SCENE.exchange(untrusted), 400, "invalid_request");
    }

    @Test
    void a_client_does_not_pass_for_a_user() {
        for (String claim : List.of("client_id", "azp", "cid")) {
            invalid(with(claim, "alice"));
        }
    }

    @Test
    void an_exchange_of_ones_own_token_never_makes_it_last() throws Exception {
        Map<String, Object> claims = SCENE.issuer().claims("alice", HOME, "in");
        Instant end = Instant.ofEpochSecond(Instant.now().getEpochSecond() + 120);
        claims.put("exp", end.getEpochSecond());
        Reply reply = exchange(DELEGATE, SCENE.issuer().sign(claims), MIDDLE, "middle.use");
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        for (int hop = 2; hop <= 3; hop++) {
            reply = exchange(NEXT, reply.accessToken(), MIDDLE, "middle.use");
            assertThat(reply.status()).as(reply.body()).isEqualTo(200);
            assertThat(reply.claims().getExpirationTime().toInstant()).isBeforeOrEqualTo(end);
            assertThat(reply.claims().getStringListClaim("lineage")).hasSize(hop);
        }
        Reply deeper = exchange(NEXT, reply.accessToken(), MIDDLE, "middle.use");
        Hostile.refused(deeper, 400, "invalid_request", reply.accessToken());
    }

    @Test
    void an_actor_once_in_the_chain_is_not_dropped_from_it() throws Exception {
        String subject = SCENE.issuer().sign(SCENE.issuer().claims("alice", HOME, "in"));
        String actor = SCENE.issuer().sign(SCENE.issuer().claims("bob", HOME, "in"));
        Form form = form(subject, MIDDLE, "middle.use");
        Form delegation =
                form.and("actor_token", actor).and("actor_token_type", Scene.ACCESS_TOKEN);
        Reply delegated = post(DELEGATE, delegation);
        assertThat(delegated.status()).as(delegated.body()).isEqualTo(200);
        assertThat(delegated.claims().getJSONObjectClaim("act"))
                .containsEntry("sub", "hostile-claims|bob");

        // The next rules are for impersonation, which this is not, with or without an actor token.
        Hostile.refused(
                exchange(NEXT, delegated.accessToken(), SCENE.to(), SCENE.use()),
                400,
                "invalid_target");
        // The same actor once more.
        Form again =
                form(delegated.accessToken(), MIDDLE, "middle.use")
                        .and(
                                "actor_token",
                                SCENE.issuer().sign(SCENE.issuer().claims("bob", MIDDLE, "in")))
                        .and("actor_token_type", Scene.ACCESS_TOKEN);
        Hostile.refused(post(NEXT, again), 400, "invalid_request", actor);
        // An actor token for somebody else's audience, of a bad signature, or the subject's own.
        for (String bad :
                List.of(
                        SCENE.issuer().sign(SCENE.issuer().claims("bob", MIDDLE, "in")),
                        OTHER.sign(SCENE.issuer().claims("bob", HOME, "in")),
                        delegated.accessToken())) {
            Hostile.refused(
                    post(DELEGATE, delegation.with("actor_token", bad)),
                    400,
                    "invalid_request",
                    bad);
        }
    }

    @Test
    void an_act_that_an_issuer_may_not_make_is_refused() {
        String other = OTHER.url();
        List<Object> forged = new ArrayList<>();
        forged.add(Map.of("sub", "bob", "iss", other));
        forged.add(Map.of("sub", "bob", "iss", SCENE.narrows().issuer()));
        forged.add(Map.of("iss", SCENE.issuer().url()));
        forged.add(Map.of());
        forged.add("bob");
        forged.add(List.of(Map.of("sub", "bob")));
        forged.add(Map.of("sub", "bob", "act", Map.of("sub", "carol", "iss", other)));
        forged.add(Map.of("sub", 1));
        Map<String, Object> deep = Map.of("sub", "x0");
        for (int i = 1; i < 20; i++) {
            deep = Map.of("sub", "x" + i, "act", deep);
        }
        forged.add(deep);
        for (Object act : forged) {
            invalid(with("act", act));
        }
        // A good one makes it a delegation, for which there is no rule.
        Hostile.refused(exchange(with("act", Map.of("sub", "bob"))), 400, "invalid_target");
    }

    @Test
    void may_act_is_never_ignored() {
        Map<String, Object> claims = SCENE.issuer().claims("alice", HOME, "in");
        claims.put("may_act", Map.of("sub", "bob"));
        Form form = form(SCENE.issuer().sign(claims), MIDDLE, "middle.use");
        Hostile.refused(post(DELEGATE, form), 400, "invalid_request");
        for (Map<String, Object> actor :
                List.of(
                        SCENE.issuer().claims("carol", HOME, "in"),
                        SCENE.issuer().claims("Bob", HOME, "in"),
                        SCENE.issuer().claims("bob ", HOME, "in"))) {
            Hostile.refused(
                    post(DELEGATE, by(form, SCENE.issuer().sign(actor))), 400, "invalid_request");
        }
        // Without `iss` it is a bob of the subject token's own issuer.
        Hostile.refused(
                post(DELEGATE, by(form, OTHER.sign(OTHER.claims("bob", HOME, "in")))),
                400,
                "invalid_request");
        claims.put("may_act", Map.of("sub", "bob", "email", "bob@example.com"));
        Form more = form(SCENE.issuer().sign(claims), MIDDLE, "middle.use");
        String bob = SCENE.issuer().sign(SCENE.issuer().claims("bob", HOME, "in"));
        Hostile.refused(post(DELEGATE, by(more, bob)), 400, "invalid_request");
        assertThat(post(DELEGATE, by(form, bob)).status()).isEqualTo(200);
    }

    @Test
    void a_token_of_ours_is_believed_as_it_was_issued_only() throws Exception {
        String issued =
                exchange(
                                DELEGATE,
                                SCENE.issuer().sign(SCENE.issuer().claims("alice", HOME, "in")),
                                MIDDLE,
                                "middle.use")
                        .accessToken();
        SECRETS.add(issued);
        String[] parts = issued.split("\\.", -1);
        String payload = SignedJWT.parse(issued).getPayload().toString();
        for (String changed :
                List.of(
                        payload.replace("middle.use", SCENE.use()),
                        payload.replace("|alice", "|bob"),
                        payload.replaceFirst("\"exp\":[0-9]+", "\"exp\":9999999999"),
                        payload.replaceFirst("\"policy_seq\":[0-9]+", "\"policy_seq\":1"))) {
            assertThat(changed).isNotEqualTo(payload);
            String forged = parts[0] + "." + Hostile.base64(changed) + "." + parts[2];
            Hostile.refused(
                    exchange(NEXT, forged, SCENE.to(), SCENE.use()),
                    400,
                    "invalid_request",
                    forged);
            // Signed by an issuer that is trusted, under our name and with our key's.
            String kid = SignedJWT.parse(issued).getHeader().getKeyID();
            String posing =
                    Hostile.signed(
                            SCENE.issuer().ec(),
                            "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"" + kid + "\"}",
                            changed);
            Hostile.refused(
                    exchange(NEXT, posing, SCENE.to(), SCENE.use()),
                    400,
                    "invalid_request",
                    posing);
        }
        // It was issued for another's audience, and is no ID token.
        Hostile.refused(
                exchange(DELEGATE, issued, MIDDLE, "middle.use"), 400, "invalid_request", issued);
        Form asIdToken =
                form(issued, SCENE.to(), SCENE.use()).with("subject_token_type", Scene.ID_TOKEN);
        Hostile.refused(post(NEXT, asIdToken), 400, "invalid_request", issued);
        assertThat(exchange(NEXT, issued, SCENE.to(), SCENE.use()).status()).isEqualTo(200);
    }

    @Test
    void one_client_cannot_present_what_was_made_for_another() {
        String theirs = SCENE.issuer().sign(SCENE.issuer().claims("alice", HOME, "in"));
        Hostile.refused(
                SCENE.exchange(SCENE.form(theirs)),
                400,
                "invalid_request",
                theirs,
                HOME,
                DELEGATE.id());
        Hostile.refused(
                exchange(DELEGATE, SCENE.subjectToken(), MIDDLE, "middle.use"),
                400,
                "invalid_request");
    }

    private static Map<String, Object> with(String claim, Object value) {
        return changed(SCENE.claims(), claim, value);
    }

    private static Map<String, Object> changed(
            Map<String, Object> claims, String claim, Object value) {
        Map<String, Object> changed = new LinkedHashMap<>(claims);
        changed.put(claim, value);
        return changed;
    }

    private static Reply exchange(Map<String, Object> claims) {
        return SCENE.exchange(SCENE.form(SCENE.issuer().sign(claims)));
    }

    private static void invalid(Map<String, Object> claims) {
        // Nimbus would not write a null.
        String token =
                Hostile.signed(
                        SCENE.issuer().ec(),
                        "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\""
                                + SCENE.issuer().ec().getKeyID()
                                + "\"}",
                        Narrows.json(claims));
        SECRETS.add(token);
        Reply reply = SCENE.exchange(SCENE.form(token));
        Hostile.refused(reply, 400, "invalid_request", token, SCENE.client().secret());
    }

    private static Form form(String token, String audience, String scope) {
        return SCENE.form(token).with("audience", audience).with("scope", scope);
    }

    private static Form by(Form form, String actor) {
        return form.and("actor_token", actor).and("actor_token_type", Scene.ACCESS_TOKEN);
    }

    private static Reply exchange(TestClient client, String token, String audience, String scope) {
        return post(client, form(token, audience, scope));
    }

    private static Reply post(TestClient client, Form form, String... consistency) {
        List<String> headers = new ArrayList<>(List.of("Authorization", client.basic()));
        for (String position : consistency) {
            headers.addAll(List.of("Narrows-Consistency", position));
        }
        return SCENE.narrows().post("/token-exchange", form, headers.toArray(String[]::new));
    }
}

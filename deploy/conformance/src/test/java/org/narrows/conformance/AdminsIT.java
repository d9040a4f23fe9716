// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * The control plane as a protected resource of its own exchange (RFC 6750): tokens for
 * `narrows-admin` that a rule allows, and what ends them.
 */
@AgainstNarrows
class AdminsIT {
    private static final String ADMIN = Office.ADMIN;
    private static final Narrows NARROWS = Narrows.running();

    @Test
    void an_admin_of_an_issuer_of_ours_reads_and_publishes_under_their_own_name() {
        Office office = Office.open("office");
        String token = office.issued("policy:read policy:write").accessToken();
        assertThat(rules(token).status()).isEqualTo(200);
        assertThat(get("/log", "Bearer " + token).status()).isEqualTo(403);

        Reply published =
                publish(token, Map.of("audienceDefined", Map.of("id", "office-new")), Map.of());
        assertThat(published.text("verdict")).as(published.body()).isEqualTo("applied");
        Reply record = NARROWS.admin("/log/" + published.text("seq"));
        assertThat(record.text("actor")).isEqualTo("office|ann");

        Reply others =
                publish(
                        token,
                        Map.of("audienceRetired", Map.of("id", "office-new")),
                        Map.of("actor", "narrows|root"));
        assertThat(others.status()).isEqualTo(403);
    }

    @Test
    void what_touches_the_admin_audience_needs_log_operate_besides() {
        Office office = Office.open("touches");
        Map<String, ?> retired = Map.of("ruleRetired", Map.of("id", office.rule()));
        String writes = office.issued("policy:write").accessToken();
        Reply refused = publish(writes, retired, Map.of());
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.header("WWW-Authenticate").orElse("")).contains("insufficient_scope");
        String operates = office.issued("policy:write log:operate").accessToken();
        assertThat(publish(operates, retired, Map.of()).text("verdict")).isEqualTo("applied");
        assertThat(rules(operates).status()).as("it took its own rule away").isEqualTo(401);
    }

    @Test
    void a_token_ends_with_its_revocation() {
        Office office = Office.open("ends-token");
        Reply issued = office.issued("policy:read");
        ends(
                issued.accessToken(),
                () ->
                        NARROWS.publish(
                                "token.revoked",
                                Map.of(
                                        "issuer",
                                        NARROWS.issuer(),
                                        "tokenId",
                                        issued.claims().getJWTID(),
                                        "expiresAt",
                                        Instant.now().plusSeconds(600).toString())));
    }

    @Test
    void a_token_ends_with_the_token_that_it_was_made_of() {
        Office office = Office.open("ends-parent");
        Map<String, Object> claims = office.claims();
        Reply issued = office.exchange(office.issuer().sign(claims), "policy:read");
        ends(
                issued.accessToken(),
                () ->
                        NARROWS.publish(
                                "token.revoked",
                                Map.of(
                                        "issuer",
                                        office.issuer().url(),
                                        "tokenId",
                                        claims.get("jti"),
                                        "expiresAt",
                                        Instant.now().plusSeconds(600).toString())));
    }

    @Test
    void a_token_ends_with_its_user() {
        Office office = Office.open("ends-user");
        ends(
                office.issued("policy:read").accessToken(),
                () -> NARROWS.publish("user.removed", office.ann(Map.of())));
        Office other = Office.open("ends-subject");
        ends(
                other.issued("policy:read").accessToken(),
                () ->
                        NARROWS.publish(
                                "subject.revoked",
                                Map.of(
                                        "issuer",
                                        other.issuer().url(),
                                        "subject",
                                        "ann",
                                        "notBefore",
                                        Instant.now().plusSeconds(5).toString())));
    }

    @Test
    void a_token_ends_with_the_policy_that_allowed_it() {
        endsWith("ends-rule", office -> Map.of("ruleRetired", Map.of("id", office.rule())));
        endsWith(
                "ends-client",
                office -> Map.of("clientDisabled", Map.of("id", office.client().id())));
        endsWith(
                "ends-issuer",
                office -> Map.of("issuerDistrusted", Map.of("issuer", office.issuer().url())));
        endsWith(
                "ends-scope",
                office ->
                        Map.of(
                                "clientScopeWithdrawn",
                                Map.of("client", office.client().id(), "scope", "policy:read")));
    }

    private interface Ending {
        Map<String, ?> of(Office office);
    }

    private static void endsWith(String name, Ending ending) {
        Office office = Office.open(name);
        ends(
                office.issued("policy:read").accessToken(),
                () ->
                        NARROWS.publish(
                                "policy.changed", Map.of("changes", List.of(ending.of(office)))));
    }

    /** Good before, refused from the moment that the end has its verdict. */
    private static void ends(String token, Runnable end) {
        assertThat(rules(token).status()).isEqualTo(200);
        end.run();
        Reply refused = rules(token);
        assertThat(refused.status()).isEqualTo(401);
        assertThat(refused.header("WWW-Authenticate").orElse("")).contains("invalid_token");
    }

    @Test
    void a_token_for_another_audience_opens_nothing() {
        Scene scene = Scene.open("admins-other");
        Reply issued = scene.exchange(scene.form());
        assertThat(issued.status()).as(issued.body()).isEqualTo(200);
        assertThat(rules(issued.accessToken()).status()).isEqualTo(401);
        assertThat(rules(scene.subjectToken()).status()).isEqualTo(401);
    }

    @Test
    void a_token_with_our_own_signature_is_still_held_to_all_that_an_admins_token_must_be()
            throws Exception {
        Office office = Office.open("spelled");
        JWK key = JWKSet.load(NARROWS.data("signing-keys.jwks").toFile()).getKeys().getFirst();
        Map<String, Object> good = office.issued("policy:read").claims().toJSONObject();
        good.put("aud", ADMIN);
        assertThat(rules(Jws.sign(key, Map.of("typ", "at+jwt"), good)).status()).isEqualTo(200);

        assertThat(rules(Jws.sign(key, Map.of("typ", "JWT"), good)).status()).isEqualTo(401);
        assertThat(rules(Jws.sign(key, Map.of(), good)).status()).isEqualTo(401);
        JWK stranger = TestClient.withKey("spelled-key").key();
        assertThat(
                        rules(
                                        Jws.sign(
                                                stranger,
                                                Map.of("typ", "at+jwt", "kid", key.getKeyID()),
                                                good))
                                .status())
                .isEqualTo(401);
        for (List<String> aud :
                List.of(
                        List.of(ADMIN, office.home()),
                        List.of(ADMIN, ADMIN),
                        List.of(office.home()),
                        List.<String>of())) {
            Map<String, Object> claims = new LinkedHashMap<>(good);
            claims.put("aud", aud);
            assertThat(rules(Jws.sign(key, Map.of("typ", "at+jwt"), claims)).status())
                    .as("for %s", aud)
                    .isEqualTo(401);
        }
        for (Map.Entry<String, ?> wrong :
                Map.of(
                                "iss",
                                office.issuer().url(),
                                "exp",
                                Instant.now().getEpochSecond() - 1,
                                "cnf",
                                Map.of("jkt", key.computeThumbprint().toString()),
                                "policy_seq",
                                "1")
                        .entrySet()) {
            Map<String, Object> claims = new LinkedHashMap<>(good);
            claims.put(wrong.getKey(), wrong.getValue());
            assertThat(rules(Jws.sign(key, Map.of("typ", "at+jwt"), claims)).status())
                    .as(wrong.getKey())
                    .isEqualTo(401);
        }
        String unbound = Jws.sign(key, Map.of("typ", "at+jwt"), good);
        ECKey any = TestClient.withKey("spelled-dpop").key();
        assertThat(proven(unbound, sign(any, proof(unbound, "/rules"))).status())
                .as("a bearer's token shown as a bound one")
                .isEqualTo(401);
        assertThat(NARROWS.admin("/rules").status()).isEqualTo(200);
    }

    @Test
    void a_token_bound_to_a_key_opens_with_a_proof_for_this_very_request_once() throws Exception {
        Office office = Office.open("proven");
        JWK signing = JWKSet.load(NARROWS.data("signing-keys.jwks").toFile()).getKeys().getFirst();
        ECKey key = TestClient.withKey("proven-key").key();
        Map<String, Object> claims = office.issued("policy:read").claims().toJSONObject();
        claims.put("aud", ADMIN);
        claims.put("cnf", Map.of("jkt", key.computeThumbprint().toString()));
        String token = Jws.sign(signing, Map.of("typ", "at+jwt"), claims);

        Map<String, Object> good = proof(token, "/rules");
        String proof = sign(key, good);
        assertThat(proven(token, proof).status()).isEqualTo(200);
        Reply again = proven(token, proof);
        assertThat(again.status()).as("used before").isEqualTo(401);
        assertThat(again.header("WWW-Authenticate").orElse("")).contains("invalid_dpop_proof");
        assertThat(proven(token, sign(key, proof(token, "/log"))).status()).isEqualTo(401);
        assertThat(proven(token, sign(key, proof("another", "/rules"))).status()).isEqualTo(401);
        Map<String, Object> post = proof(token, "/rules");
        post.put("htm", "POST");
        assertThat(proven(token, sign(key, post)).status()).isEqualTo(401);
        ECKey thief = TestClient.withKey("proven-thief").key();
        assertThat(proven(token, sign(thief, proof(token, "/rules"))).status()).isEqualTo(401);
        assertThat(rules(token).status()).as("shown as a bearer's").isEqualTo(401);
        assertThat(proven(token, sign(key, proof(token, "/rules"))).status()).isEqualTo(200);
    }

    private static Map<String, Object> proof(String token, String path) throws Exception {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("jti", UUID.randomUUID().toString());
        claims.put("htm", "GET");
        claims.put("htu", NARROWS.adminUrl(path).toString());
        claims.put("iat", Instant.now().getEpochSecond());
        claims.put(
                "ath",
                Jws.base64(
                        MessageDigest.getInstance("SHA-256")
                                .digest(token.getBytes(StandardCharsets.US_ASCII))));
        return claims;
    }

    private static String sign(ECKey key, Map<String, ?> claims) {
        ECKey nameless = new ECKey.Builder(key).keyID(null).build();
        return Jws.sign(
                nameless,
                Map.of("typ", "dpop+jwt", "jwk", nameless.toPublicJWK().toJSONObject()),
                claims);
    }

    private static Reply proven(String token, String proof) {
        return NARROWS.send(
                HttpRequest.newBuilder(NARROWS.adminUrl("/rules"))
                        .header("Authorization", "DPoP " + token)
                        .header("DPoP", proof));
    }

    private static Reply rules(String token) {
        return get("/rules", "Bearer " + token);
    }

    private static Reply get(String path, String authorization) {
        return NARROWS.send(
                HttpRequest.newBuilder(NARROWS.adminUrl(path))
                        .header("Authorization", authorization));
    }

    private static Reply publish(String token, Map<String, ?> change, Map<String, ?> more) {
        return NARROWS.propose(token, "policy.changed", Map.of("changes", List.of(change)), more);
    }
}

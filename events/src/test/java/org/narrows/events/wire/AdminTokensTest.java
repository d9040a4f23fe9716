// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jsonwebtoken.Jwts;
import java.time.Instant;
import java.util.Base64;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.narrows.events.policy.Algorithm;
import org.narrows.events.value.LogId;
import org.narrows.events.value.Scopes;
import org.narrows.events.wire.AdminTokens.AdminToken;

class AdminTokensTest {
    private static final String ROOT = KeySets.generate(Algorithm.ES256);
    private static final String ROOT_PUBLIC = KeySets.publicPart(ROOT);
    private static final LogId LOG = Samples.LOG;
    private static final Instant NOW = Samples.NOON;

    @ParameterizedTest
    @EnumSource(
            value = Algorithm.class,
            names = {"ES256", "EdDSA"})
    void a_minted_token_says_what_it_was_minted_for(Algorithm algorithm) {
        String root = KeySets.generate(algorithm);
        Scopes scopes = Scopes.of("policy:write", "policy:read");
        Instant end = NOW.plusSeconds(900);
        String token = AdminTokens.mint(root, LOG, scopes, NOW, end);
        String publicPart = KeySets.publicPart(root);
        assertThat(AdminTokens.verify(token, publicPart, LOG, NOW))
                .contains(new AdminToken(scopes, end));
        assertThat(AdminTokens.verify(token, publicPart, LOG, end.minusNanos(1))).isPresent();
        assertThat(AdminTokens.verify(token, publicPart, LOG, end)).isEmpty();
        assertThat(AdminTokens.verify(token, publicPart, LOG, NOW.minusSeconds(61))).isEmpty();
        assertThat(AdminTokens.verify(token, publicPart, new LogId("other"), NOW)).isEmpty();
        assertThat(
                        AdminTokens.verify(
                                token, KeySets.publicPart(KeySets.generate(algorithm)), LOG, NOW))
                .isEmpty();
    }

    static Stream<Arguments> claims() {
        return Stream.of(
                wrong("another issuer", c -> c.put("iss", "narrows|other")),
                wrong("another subject", c -> c.put("sub", "login|alice")),
                wrong("another audience", c -> c.put("aud", "billing-api")),
                wrong(
                        "two audiences",
                        c -> c.putArray("aud").add("narrows-admin").add("billing-api")),
                wrong("another log", c -> c.put("log", "other")),
                wrong("no log", c -> c.remove("log")),
                wrong("no scope", c -> c.put("scope", "")),
                wrong("an unknown scope", c -> c.put("scope", "policy:write everything")),
                wrong("no end", c -> c.remove("exp")),
                wrong("an end as text", c -> c.put("exp", "1769861700")),
                wrong(
                        "a life of more than an hour",
                        c -> c.put("exp", NOW.getEpochSecond() + 3_601)),
                wrong("a life that is over", c -> c.put("exp", NOW.getEpochSecond())),
                wrong("no beginning", c -> c.remove("iat")),
                wrong("a beginning to come", c -> c.put("iat", NOW.getEpochSecond() + 61)),
                wrong("not before later", c -> c.put("nbf", NOW.getEpochSecond() + 61)),
                wrong("a binding that nobody checks", c -> c.putObject("cnf").put("jkt", "x")));
    }

    private static Arguments wrong(String what, Consumer<ObjectNode> edit) {
        return Arguments.of(what, edit);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("claims")
    void a_token_with_one_wrong_claim_is_none(String what, Consumer<ObjectNode> edit) {
        ObjectNode claims = goodClaims();
        assertThat(AdminTokens.verify(signed(claims, AdminTokens.TYPE), ROOT_PUBLIC, LOG, NOW))
                .isPresent();
        edit.accept(claims);
        assertThat(AdminTokens.verify(signed(claims, AdminTokens.TYPE), ROOT_PUBLIC, LOG, NOW))
                .isEmpty();
    }

    @Test
    void an_audience_may_be_a_list_of_one() {
        ObjectNode claims = goodClaims();
        claims.putArray("aud").add("narrows-admin");
        assertThat(AdminTokens.verify(signed(claims, AdminTokens.TYPE), ROOT_PUBLIC, LOG, NOW))
                .isPresent();
    }

    @Test
    void a_token_of_another_type_is_none() {
        for (String type : new String[] {"at+jwt", "JWT", "application/narrows-admin+jwt"}) {
            assertThat(AdminTokens.verify(signed(goodClaims(), type), ROOT_PUBLIC, LOG, NOW))
                    .isEmpty();
        }
    }

    @Test
    void a_token_without_signature_or_with_stray_bits_is_none() {
        String token = signed(goodClaims(), AdminTokens.TYPE);
        String unsigned =
                encoded("{\"alg\":\"none\",\"typ\":\"narrows-admin+jwt\"}")
                        + "."
                        + token.split("\\.", -1)[1]
                        + ".";
        assertThat(AdminTokens.verify(unsigned, ROOT_PUBLIC, LOG, NOW)).isEmpty();
        for (String broken :
                new String[] {
                    "",
                    ".",
                    "..",
                    "a.b.c",
                    token + "=",
                    token + ".",
                    " " + token,
                    token.substring(1),
                    token.substring(0, token.length() - 2),
                    "x".repeat(10_000)
                }) {
            assertThat(AdminTokens.verify(broken, ROOT_PUBLIC, LOG, NOW)).isEmpty();
        }
    }

    @Test
    void no_token_is_minted_that_would_not_be_accepted() {
        assertThatThrownBy(
                        () ->
                                AdminTokens.mint(
                                        ROOT, LOG, AdminTokens.ALL, NOW, NOW.plusSeconds(3_601)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> AdminTokens.mint(ROOT, LOG, AdminTokens.ALL, NOW, NOW))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> AdminTokens.mint(ROOT, LOG, Scopes.NONE, NOW, NOW.plusSeconds(60)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(
                        () ->
                                AdminTokens.mint(
                                        ROOT, LOG, Scopes.of("root"), NOW, NOW.plusSeconds(60)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(
                        () ->
                                AdminTokens.mint(
                                        ROOT_PUBLIC,
                                        LOG,
                                        AdminTokens.ALL,
                                        NOW,
                                        NOW.plusSeconds(60)))
                .isInstanceOf(MalformedException.class);
    }

    private static ObjectNode goodClaims() {
        return Json.object()
                .put("iss", AdminTokens.ROOT)
                .put("sub", AdminTokens.ROOT)
                .put("aud", "narrows-admin")
                .put("log", LOG.value())
                .put("scope", "policy:read")
                .put("iat", NOW.getEpochSecond())
                .put("exp", NOW.getEpochSecond() + 900);
    }

    private static String signed(ObjectNode claims, String type) {
        return Jwts.builder()
                .header()
                .type(type)
                .and()
                .content(Json.canonicalBytes(claims))
                .signWith(EventSigner.privateKey(ROOT), Jwts.SIG.ES256)
                .compact();
    }

    private static String encoded(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(UTF_8));
    }
}

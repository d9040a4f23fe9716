// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The admin port, without a right to it. */
@AgainstNarrows
class HostileAdminIT {
    private static final Scene SCENE = Scene.open("hostile-admin");
    private static final Narrows NARROWS = SCENE.narrows();

    @AfterAll
    static void no_token_and_no_secret_is_in_the_log() {
        Hostile.notLogged(NARROWS, List.of(SCENE.client().secret(), NARROWS.adminToken()));
    }

    @Test
    void the_admin_port_is_closed_to_whatever_is_no_admin_token() throws Exception {
        String admin = NARROWS.adminToken();
        String[] parts = admin.split("\\.", -1);
        String header = new String(Base64.getUrlDecoder().decode(parts[0]), ISO_8859_1);
        String claims = new String(Base64.getUrlDecoder().decode(parts[1]), ISO_8859_1);
        ECKey stranger = new ECKeyGenerator(Curve.P_256).generate();
        ECKey root = ECKey.parse(Files.readString(NARROWS.data("root-key.jwk")));
        long now = Instant.now().getEpochSecond();
        String issued = SCENE.exchange(SCENE.form()).accessToken();
        List<String> tokens =
                List.of(
                        "",
                        "x",
                        "null",
                        SCENE.subjectToken(),
                        issued,
                        parts[0] + "." + parts[1] + ".",
                        parts[0] + "." + parts[1],
                        Jws.of(
                                "{\"alg\":\"none\",\"typ\":\"narrows-admin+jwt\"}",
                                claims,
                                new byte[0]),
                        Hostile.signed(stranger, header, claims),
                        Hostile.signed(
                                stranger,
                                "{\"alg\":\"ES256\",\"typ\":\"narrows-admin+jwt\",\"jwk\":"
                                        + stranger.toPublicJWK()
                                        + "}",
                                claims),
                        Hostile.signed(SCENE.issuer().ec(), header, claims),
                        // By the root itself, but for another log, another audience, in another
                        // time, of another type.
                        Hostile.signed(
                                root,
                                header,
                                claims.replaceFirst(
                                        "\"log\":\"[^\"]*\"",
                                        "\"log\":\"" + "A".repeat(43) + "\"")),
                        Hostile.signed(
                                root,
                                header,
                                claims.replace("\"narrows-admin\"", "\"" + SCENE.to() + "\"")),
                        Hostile.signed(
                                root,
                                header,
                                claims.replaceFirst("\"exp\":[0-9]+", "\"exp\":" + now)),
                        Hostile.signed(
                                root,
                                header,
                                claims.replaceFirst("\"exp\":[0-9]+", "\"exp\":" + (now + 86_400))),
                        Hostile.signed(
                                root,
                                header,
                                claims.replaceFirst("\"scope\":\"[^\"]*\"", "\"scope\":\"root\"")),
                        Hostile.signed(root, header.replace("narrows-admin+jwt", "at+jwt"), claims),
                        Hostile.signed(root, header.replace("narrows-admin+jwt", "JWT"), claims),
                        Hostile.signed(
                                root, header, claims.replace("narrows|root", "narrows|admin")),
                        Hostile.signed(
                                root,
                                header,
                                claims.substring(0, claims.length() - 1) + ",\"exp\":9999999999}"),
                        parts[0] + "." + parts[1] + "." + Jws.base64(new byte[64]));
        for (String token : tokens) {
            for (String scheme : List.of("Bearer ", "bearer ", "DPoP ", "Basic ")) {
                Reply reply = admin("/status", scheme + token);
                assertThat(reply.status()).as(token).isEqualTo(401);
                assertThat(reply.header("content-type")).contains("application/problem+json");
                Hostile.nothingLeaks(reply, SCENE.client().secret());
            }
        }
        for (String path :
                List.of(
                        "/status",
                        "/issuers",
                        "/clients/" + SCENE.client().id(),
                        "/log",
                        "/decisions",
                        "/users/x/y/consents",
                        "/who-can?audience=x",
                        "/lineage/x",
                        "/replay")) {
            Reply reply = NARROWS.send(HttpRequest.newBuilder(NARROWS.adminUrl(path)));
            assertThat(reply.status()).as(path).isIn(401, 404);
            Hostile.nothingLeaks(reply);
            Reply inQuery =
                    NARROWS.send(
                            HttpRequest.newBuilder(
                                    NARROWS.adminUrl(
                                            path
                                                    + (path.contains("?") ? "&" : "?")
                                                    + "access_token="
                                                    + admin)));
            assertThat(inQuery.status()).as(path).isIn(401, 404);
        }
        assertThat(admin("/status", "Bearer " + admin).status()).isEqualTo(200);
        // The exchange's port takes no admin token.
        Hostile.refused(SCENE.exchange(SCENE.form(admin)), 400, "invalid_request", admin);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/clients/'%20OR%201=1",
                "/clients/%00",
                "/clients/..%2f..%2fstatus",
                "/clients?after='",
                "/clients?limit=-1",
                "/clients?limit=99999999999",
                "/clients?at=x",
                "/clients?at=999999999999",
                "/log?after=x",
                "/log?limit=0",
                "/log/x",
                "/log/-1",
                "/log/999999999999999999999",
                "/decisions/'",
                "/decisions?since=x",
                "/decisions?user=%00",
                "/decisions?client='%3B%20DROP%20TABLE",
                "/users/x/%00/consents",
                "/users/%ff/x/consents",
                "/consents?issuer=x",
                "/events/%00",
                "/nothing",
                "/issuers/hostile-admin/history?at=%F0%9F%98%80",
                "/status;x",
                "/status/../log",
                "/scopes/%25"
            })
    void what_an_admin_asks_wrongly_is_answered_plainly(String path) {
        Reply reply = NARROWS.admin(path);
        assertThat(reply.status()).as("%s: %s", path, reply).isIn(200, 400, 404);
        if (reply.status() != 200) {
            assertThat(reply.header("content-type")).contains("application/problem+json");
            Hostile.nothingLeaks(reply, SCENE.client().secret());
        }
    }

    private static Reply admin(String path, String authorization) {
        return NARROWS.send(
                HttpRequest.newBuilder(NARROWS.adminUrl(path))
                        .header("Authorization", authorization));
    }
}

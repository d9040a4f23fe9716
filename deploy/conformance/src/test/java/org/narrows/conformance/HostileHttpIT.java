// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP that is bent. */
@AgainstNarrows
class HostileHttpIT {
    private static final Scene SCENE = Scene.open("hostile-http");
    private static final Narrows NARROWS = SCENE.narrows();
    private static final String FORM_TYPE = "application/x-www-form-urlencoded";
    private static final List<String> SECRETS = List.of(SCENE.client().secret());

    @AfterAll
    static void no_token_and_no_secret_is_in_the_log() {
        Hostile.notLogged(NARROWS, SECRETS);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "multipart/form-data; boundary=x",
                "text/plain",
                "application/x-www-form-urlencodedx",
                "application/x-www-form-urlencoded; charset=utf-16",
                "application/x-www-form-urlencoded; charset=utf-7",
                "application/x-www-form-urlencoded; charset=ISO-8859-1",
                "application/jwt",
                "*/*",
                "application/*",
                "x",
                "/",
                ";",
                "a/b/c",
                "application/x-www-form-urlencoded, application/json",
                "application/xml",
                "\"",
                "text/html; charset=\""
            })
    void a_body_that_says_it_is_no_form_is_none(String type) {
        Reply reply = post(type, SCENE.form().encoded());
        Hostile.refused(reply, 415, "invalid_request", SCENE.client().secret());
    }

    @Test
    void a_form_in_utf_8_may_say_so() {
        for (String type :
                List.of(
                        FORM_TYPE + "; charset=UTF-8",
                        FORM_TYPE + ";charset=\"utf-8\"",
                        "Application/X-WWW-Form-Urlencoded")) {
            assertThat(post(type, SCENE.form().encoded()).status()).as(type).isEqualTo(200);
        }
    }

    @Test
    void a_body_that_is_no_form_is_refused() throws IOException {
        for (String body :
                List.of(
                        "",
                        "{}",
                        "%",
                        "a=%zz",
                        "a=%ff",
                        "subject_token=%C0%80",
                        "\u0000",
                        "&&&&",
                        "=",
                        "=====")) {
            Reply reply = post(FORM_TYPE, body);
            Hostile.refused(reply, 400, "invalid_request");
        }
        // Small on the wire, large when unpacked; and not even what it says it is.
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bomb)) {
            gzip.write(new byte[32 * 1024 * 1024]);
        }
        for (String encoding : List.of("gzip", "deflate", "br", "x")) {
            Reply reply =
                    Narrows.send(
                            HttpClient.newHttpClient(),
                            request(FORM_TYPE)
                                    .header("Content-Encoding", encoding)
                                    .POST(BodyPublishers.ofByteArray(bomb.toByteArray())));
            assertThat(reply.status()).as("%s: %s", encoding, reply).isIn(400, 413, 415);
            Hostile.nothingLeaks(reply);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO", "PROPFIND"})
    void another_method_gets_nothing(String method) {
        HttpRequest.Builder request =
                request(FORM_TYPE).method(method, BodyPublishers.ofString(SCENE.form().encoded()));
        Reply reply = NARROWS.send(request);
        assertThat(reply.status()).as("%s", reply).isIn(400, 403, 404, 405, 501);
        assertThat(reply.body())
                .doesNotContain("access_token")
                .doesNotContain(SCENE.client().secret());
        Hostile.nothingLeaks(reply, SCENE.client().secret());
    }

    @Test
    void a_method_cannot_be_overridden() {
        for (String header :
                List.of(
                        "X-HTTP-Method-Override",
                        "X-HTTP-Method",
                        "X-Method-Override",
                        "_method")) {
            Reply get =
                    NARROWS.send(
                            HttpRequest.newBuilder(
                                            NARROWS.url(
                                                    "/token-exchange?" + SCENE.form().encoded()))
                                    .header("Authorization", SCENE.client().basic())
                                    .header(header, "POST"));
            assertThat(get.status()).isEqualTo(405);
            Hostile.nothingLeaks(get);
            Reply post =
                    NARROWS.post(
                            "/token-exchange",
                            SCENE.form(),
                            "Authorization",
                            SCENE.client().basic(),
                            header,
                            "GET");
            assertThat(post.status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/token-exchange;x",
                "/token-exchange;jsessionid=1",
                "//token-exchange",
                "/token-exchange/../jwks",
                "/token-exchange/./",
                "/token-exchange/x",
                "/TOKEN-EXCHANGE",
                "/token-exchange%2f",
                "/%74oken-exchange%00",
                "/token-exchange.json",
                "/../token-exchange",
                "/./token-exchange",
                "/token%2Dexchange%20",
                "/token-exchange//",
                "/jwks",
                "/events",
                "/env",
                "/beans",
                "/routes",
                "/loggers",
                "/threaddump",
                "/heapdump",
                "/stop",
                "/refresh",
                "/swagger",
                "/favicon.ico",
                "/.well-known/oauth-protected-resource/..%2f..%2fetc%2fpasswd",
                "/.well-known/oauth-protected-resource/hostile-http-to",
                "/.well-known/oauth-protected-resource/%00"
            })
    void another_path_is_another_place(String path) {
        String answer =
                raw(
                        "POST " + path + " HTTP/1.1",
                        form(),
                        "Authorization: " + SCENE.client().basic());
        assertThat(statuses(answer))
                .as("%s: %s", path, answer)
                .hasSize(1)
                .allMatch(status -> status.matches("40[0-9]"));
        assertThat(answer).doesNotContain("access_token").doesNotContain("root:");
        nothingLeaks(answer);
    }

    @Test
    void one_request_is_one_request() {
        String form = SCENE.form().encoded();
        String auth = "Authorization: " + SCENE.client().basic() + "\r\n";
        String smuggled = "GET /jwks HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        String head =
                "POST /token-exchange HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: "
                        + FORM_TYPE
                        + "\r\n"
                        + auth;
        String chunked = Integer.toHexString(form.length()) + "\r\n" + form + "\r\n0\r\n\r\n";
        List<String> requests =
                List.of(
                        // Two lengths, the same or different; signs, lists and spaces in one.
                        head
                                + "Content-Length: "
                                + form.length()
                                + "\r\nContent-Length: 0\r\n\r\n"
                                + form
                                + smuggled,
                        head
                                + "Content-Length: 0\r\nContent-Length: "
                                + form.length()
                                + "\r\n\r\n"
                                + form
                                + smuggled,
                        head + "Content-Length: +" + form.length() + "\r\n\r\n" + form + smuggled,
                        head + "Content-Length: -1\r\n\r\n" + form + smuggled,
                        head + "Content-Length: 0x10\r\n\r\n" + form + smuggled,
                        head + "Content-Length: " + form.length() + ", 0\r\n\r\n" + form + smuggled,
                        head + "Content-Length: 99999999999999999999\r\n\r\n" + form + smuggled,
                        head + "Content-Length : " + form.length() + "\r\n\r\n" + form + smuggled,
                        // A length and chunks.
                        head
                                + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                                + smuggled,
                        head
                                + "Transfer-Encoding: chunked\r\nContent-Length: "
                                + form.length()
                                + "\r\n\r\n"
                                + chunked
                                + smuggled,
                        head + "Transfer-Encoding: xchunked\r\n\r\n" + chunked + smuggled,
                        head + "Transfer-Encoding: chunked, identity\r\n\r\n" + chunked + smuggled,
                        head
                                + "Transfer-Encoding: identity\r\nContent-Length: "
                                + form.length()
                                + "\r\n\r\n"
                                + form
                                + smuggled,
                        head + "Transfer-Encoding : chunked\r\n\r\n" + chunked + smuggled,
                        head + "Transfer-Encoding: \u000bchunked\r\n\r\n" + chunked + smuggled,
                        head
                                + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"
                                + form
                                + smuggled,
                        head + "Transfer-Encoding: chunked\r\n\r\n-1\r\n" + form + smuggled,
                        head
                                + "Transfer-Encoding: chunked\r\n\r\n2;x=\"\n\"\r\nab\r\n0\r\n\r\n"
                                + smuggled,
                        // Folded lines, bare returns, names with spaces, no host, two hosts.
                        head
                                + "X: a\r\n b\r\nContent-Length: "
                                + form.length()
                                + "\r\n\r\n"
                                + form
                                + smuggled,
                        head
                                + "X: a\rY: b\r\nContent-Length: "
                                + form.length()
                                + "\r\n\r\n"
                                + form
                                + smuggled,
                        head
                                + "X Y: a\r\nContent-Length: "
                                + form.length()
                                + "\r\n\r\n"
                                + form
                                + smuggled,
                        head
                                + ": a\r\nContent-Length: "
                                + form.length()
                                + "\r\n\r\n"
                                + form
                                + smuggled,
                        head
                                + "X: \u0000\r\nContent-Length: "
                                + form.length()
                                + "\r\n\r\n"
                                + form
                                + smuggled,
                        head.replace("Host: localhost\r\n", "")
                                + "Content-Length: "
                                + form.length()
                                + "\r\n\r\n"
                                + form
                                + smuggled,
                        head
                                + "Host: evil.invalid\r\nContent-Length: "
                                + form.length()
                                + "\r\n\r\n"
                                + form
                                + smuggled,
                        head.replace("HTTP/1.1", "HTTP/9.9")
                                + "Content-Length: "
                                + form.length()
                                + "\r\n\r\n"
                                + form
                                + smuggled,
                        head.replace("HTTP/1.1", "HTTP/0.9")
                                + "Content-Length: "
                                + form.length()
                                + "\r\n\r\n"
                                + form
                                + smuggled,
                        "POST /token-exchange\r\n\r\n" + smuggled,
                        "\u0000\u0001\u0002\u0003\r\n\r\n");
        for (int i = 0; i < requests.size(); i++) {
            String answer = NARROWS.raw(requests.get(i).getBytes(ISO_8859_1));
            assertThat(statuses(answer))
                    .as("request %d: %s", i, answer)
                    .hasSizeLessThanOrEqualTo(1);
            assertThat(answer).as("request %d", i).doesNotContain("\"keys\"");
            assertThat(answer).as("request %d", i).doesNotContain("HTTP/1.1 5");
            nothingLeaks(answer);
        }
        // And a good one by the same hand is answered.
        String good = head + "Content-Length: " + form.length() + "\r\n\r\n" + form;
        assertThat(NARROWS.raw(good.getBytes(ISO_8859_1))).startsWith("HTTP/1.1 200");
    }

    @Test
    void a_return_in_a_value_makes_no_header() {
        String value = "x\r\nSet-Cookie: a=b\r\n\r\n<html>";
        for (String name :
                List.of(
                        "scope",
                        "audience",
                        "grant_type",
                        "subject_token",
                        "client_id",
                        "resource",
                        "requested_token_type")) {
            Reply reply = SCENE.exchange(SCENE.form().with(name, value));
            assertThat(reply.status()).isBetween(400, 401);
            assertThat(reply.headers()).doesNotContainKey("set-cookie");
            Hostile.nothingLeaks(reply, "<html>");
        }
    }

    @Test
    void headers_have_a_bound() {
        for (String header :
                List.of(
                        "X: " + "y".repeat(100_000),
                        "Authorization: Basic " + "A".repeat(100_000),
                        "y".repeat(100_000) + ": x",
                        "Narrows-Consistency: " + "a".repeat(60_000))) {
            String answer = raw("POST /token-exchange HTTP/1.1", form(), header);
            assertThat(statuses(answer))
                    .as(answer)
                    .hasSize(1)
                    .allMatch(status -> status.matches("400|413|414|431"));
            nothingLeaks(answer);
        }
        String answer = raw("POST /token-exchange?" + "x".repeat(100_000) + " HTTP/1.1", form());
        assertThat(statuses(answer))
                .hasSize(1)
                .allMatch(status -> status.matches("400|413|414|431"));
        nothingLeaks(answer);
    }

    @Test
    void a_consistency_token_that_is_not_this_logs_is_refused() {
        String position = SCENE.exchange(SCENE.form()).header("narrows-consistency").orElseThrow();
        String log = position.substring(0, position.lastIndexOf('.'));
        String otherLog = "A".repeat(42) + "A";
        for (String bad :
                List.of(
                        otherLog + ".1",
                        log,
                        log + ".",
                        log + ".-1",
                        log + ".1e3",
                        log + ".01",
                        log + ". 1",
                        log + ".9999999999999999",
                        "." + log,
                        "1",
                        "x",
                        log + ".1.1",
                        log + "A.1",
                        log.toUpperCase(Locale.ROOT) + ".1",
                        log + ".\u0661")) {
            Reply reply = exchange(bad);
            Hostile.refused(reply, 400, "invalid_request", SCENE.client().secret());
        }
        Reply ahead = exchange(log + ".999999999");
        assertThat(ahead.status()).isEqualTo(503);
        assertThat(ahead.header("retry-after")).isPresent();
        assertThat(ahead.header("content-type")).contains("application/problem+json");
        Hostile.nothingLeaks(ahead);
        assertThat(exchange(position).status()).isEqualTo(200);
        assertThat(exchange(log + ".1").status()).isEqualTo(200);
        Reply two =
                NARROWS.post(
                        "/token-exchange",
                        SCENE.form(),
                        "Authorization",
                        SCENE.client().basic(),
                        "Narrows-Consistency",
                        position,
                        "Narrows-Consistency",
                        log + ".1");
        assertThat(two.status()).isIn(200, 400);
    }

    private static Reply exchange(String consistency) {
        byte[] bytes = consistency.getBytes(UTF_8);
        return NARROWS.post(
                "/token-exchange",
                SCENE.form(),
                "Authorization",
                SCENE.client().basic(),
                "Narrows-Consistency",
                new String(bytes, ISO_8859_1));
    }

    private static HttpRequest.Builder request(String type) {
        return HttpRequest.newBuilder(NARROWS.url("/token-exchange"))
                .header("Content-Type", type)
                .header("Authorization", SCENE.client().basic());
    }

    private static Reply post(String type, String body) {
        return NARROWS.send(request(type).POST(BodyPublishers.ofString(body)));
    }

    private static String form() {
        return SCENE.form().encoded();
    }

    private static String raw(String line, String body, String... headers) {
        String head =
                line
                        + "\r\nHost: localhost\r\nConnection: close\r\nContent-Type: "
                        + FORM_TYPE
                        + "\r\nContent-Length: "
                        + body.length()
                        + "\r\n"
                        + String.join(
                                "", Arrays.stream(headers).map(header -> header + "\r\n").toList());
        return NARROWS.raw((head + "\r\n" + body).getBytes(ISO_8859_1));
    }

    /** The status of every answer that came back. */
    private static List<String> statuses(String answer) {
        return Pattern.compile("HTTP/[0-9.]+ ([0-9]{3}) ")
                .matcher(answer)
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    private static void nothingLeaks(String answer) {
        int body = answer.indexOf("\r\n\r\n");
        if (body >= 0 && !answer.matches("(?s)HTTP/[0-9.]+ 200.*")) {
            Hostile.nothingLeaks(
                    new Reply(
                            0,
                            Map.of("all", List.of(answer.substring(0, body))),
                            answer.substring(body)),
                    SCENE.client().secret());
        }
    }
}

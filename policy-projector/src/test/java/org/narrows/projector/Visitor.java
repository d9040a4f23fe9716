// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A browser, as far as a server sees one: it keeps cookies and sends forms. */
final class Visitor {
    private final URI base;
    final CookieManager cookies = new CookieManager();
    private final HttpClient http =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .cookieHandler(cookies)
                    .build();

    Visitor(URI base) {
        this.base = base;
    }

    HttpResponse<String> get(String path) {
        return send(HttpRequest.newBuilder(base.resolve(path)).GET());
    }

    /** Follows a redirect. */
    HttpResponse<String> follow(HttpResponse<String> response) {
        return get(location(response).toString());
    }

    static URI location(HttpResponse<String> response) {
        return URI.create(response.headers().firstValue("Location").orElseThrow());
    }

    /** Opens a link and signs in there: what the browser is shown when it comes back. */
    HttpResponse<String> signIn(OidcIssuer issuer, String path, String subject) {
        HttpResponse<String> back = callback(issuer.signIn(location(get(path)), subject));
        return back.statusCode() == 303 ? follow(back) : back;
    }

    HttpResponse<String> callback(String query) {
        return callback("shop", query);
    }

    /** Comes back by the address that is this issuer's. */
    HttpResponse<String> callback(String alias, String query) {
        return get("/consent/callback/" + alias + "?" + query);
    }

    /** Presses a button of the form on this page. */
    HttpResponse<String> press(String path, HttpResponse<String> page, String button) {
        return post(
                path,
                Map.of(
                        "token",
                        field(page, "token"),
                        "shown",
                        field(page, "shown"),
                        "answer",
                        button));
    }

    static String field(HttpResponse<String> page, String name) {
        Matcher found =
                Pattern.compile("name=\"" + name + "\" value=\"([^\"]*)\"").matcher(page.body());
        if (!found.find()) {
            throw new IllegalStateException("no `" + name + "` in " + page.body());
        }
        return found.group(1);
    }

    HttpResponse<String> post(String path, Map<String, String> form, String... headers) {
        String body =
                form.entrySet().stream()
                        .map(field -> field.getKey() + "=" + encode(field.getValue()))
                        .collect(Collectors.joining("&"));
        HttpRequest.Builder request =
                HttpRequest.newBuilder(base.resolve(path))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(BodyPublishers.ofString(body));
        return send(headers.length == 0 ? request : request.headers(headers));
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(
                    request.timeout(Duration.ofSeconds(30)).build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}

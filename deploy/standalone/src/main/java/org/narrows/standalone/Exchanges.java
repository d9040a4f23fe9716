// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.standalone;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.narrows.projector.cli.CommandFailure;

/** The sample's client, asking as any client would. */
final class Exchanges {
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final int UNAVAILABLE = 503;

    private final URI endpoint;
    private final Sample sample;
    private final HttpClient http = HttpClient.newHttpClient();

    Exchanges(String url, Sample sample) {
        this.endpoint = URI.create(url + "/token-exchange");
        this.sample = sample;
    }

    record Answer(int status, String body) {}

    /** Swaps alice's token; at least as fresh as the consistency token says. */
    Answer exchange(String subjectToken, String consistency) {
        Map<String, String> form = new LinkedHashMap<>();
        form.put("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange");
        form.put("subject_token", subjectToken);
        form.put("subject_token_type", "urn:ietf:params:oauth:token-type:access_token");
        form.put("audience", Sample.TARGET);
        String credentials = Sample.CLIENT + ":" + sample.clientSecret();
        HttpRequest request =
                HttpRequest.newBuilder(endpoint)
                        .timeout(PATIENCE)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .header(
                                "Authorization",
                                "Basic "
                                        + Base64.getEncoder()
                                                .encodeToString(
                                                        credentials.getBytes(
                                                                StandardCharsets.UTF_8)))
                        .header("Narrows-Consistency", consistency)
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        form.entrySet().stream()
                                                .map(
                                                        field ->
                                                                field.getKey()
                                                                        + "="
                                                                        + URLEncoder.encode(
                                                                                field.getValue(),
                                                                                StandardCharsets
                                                                                        .UTF_8))
                                                .collect(Collectors.joining("&"))))
                        .build();
        try {
            HttpResponse<String> response =
                    http.send(request, HttpResponse.BodyHandlers.ofString());
            for (int attempt = 0;
                    response.statusCode() == UNAVAILABLE && attempt < PATIENCE.toSeconds() * 4;
                    attempt++) {
                Thread.sleep(Duration.ofMillis(250)); // it has not caught up for the first time yet
                response = http.send(request, HttpResponse.BodyHandlers.ofString());
            }
            return new Answer(response.statusCode(), response.body());
        } catch (IOException e) {
            throw CommandFailure.unreachable(
                    "the exchange at " + endpoint + " does not answer: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.unreachable("interrupted");
        }
    }
}

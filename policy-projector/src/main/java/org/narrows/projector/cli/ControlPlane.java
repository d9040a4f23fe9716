// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/**
 * The control plane, over HTTP. Its token is read from the file for every request, since a
 * standalone renews it there.
 *
 * <p>Every method throws {@link CommandFailure} when there is no good answer.
 */
public final class ControlPlane {
    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(5);
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(30);
    private static final int PAGE = 1000;
    private static final int PUBLISH_ATTEMPTS = 4;
    private static final int UNAVAILABLE = 503;

    private final URI url;
    private final Path tokenFile;
    private final HttpClient http;

    /**
     * A control plane.
     *
     * @param url its root, as {@code http://127.0.0.1:8081}
     * @param tokenFile holds a bearer token, and nothing else
     */
    public ControlPlane(URI url, Path tokenFile) {
        this.url = url;
        this.tokenFile = tokenFile;
        HttpClient.Builder client =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(CONNECT_WITHIN);
        if ("http".equalsIgnoreCase(url.getScheme())) {
            client.sslContext(trustingNobody());
        }
        this.http = client.build();
    }

    /** Spares the reading of all the certificates that Java trusts, where none will be shown. */
    private static SSLContext trustingNobody() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[0], null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Java knows no TLS", e);
        }
    }

    /** A part of a path. */
    public static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Reads something that is there. */
    public JsonNode get(String path) {
        return find(path)
                .orElseThrow(() -> CommandFailure.finding("there is nothing at `" + path + "`"));
    }

    /** Reads something that may not be there. */
    public Optional<JsonNode> find(String path) {
        HttpResponse<String> response = send(request(path).GET().build());
        if (response.statusCode() == 404) {
            return Optional.empty();
        }
        return Optional.of(body(response));
    }

    /** Reads every page of a list. */
    public List<JsonNode> list(String path) {
        List<JsonNode> items = new ArrayList<>();
        String page = path + (path.contains("?") ? "&" : "?") + "limit=" + PAGE;
        JsonNode answer = get(page);
        answer.path("items").forEach(items::add);
        while (answer.path("next").isValueNode() && !answer.path("next").isNull()) {
            answer = get(page + "&after=" + encoded(answer.path("next").asText()));
            answer.path("items").forEach(items::add);
        }
        return items;
    }

    /**
     * Publishes one event or an array of them, exactly as they are, and waits for the verdicts. A
     * 503 is answered by sending the same again, which is safe: what was published meanwhile gives
     * the first one's verdict.
     *
     * @return the verdicts in order
     */
    public List<JsonNode> publish(byte[] body) {
        boolean batch = firstCharacter(body) == '[';
        HttpRequest request =
                request("/events")
                        .header(
                                "Content-Type",
                                "application/cloudevents" + (batch ? "-batch" : "") + "+json")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build();
        HttpResponse<String> response = send(request);
        for (int attempt = 1;
                response.statusCode() == UNAVAILABLE && attempt < PUBLISH_ATTEMPTS;
                attempt++) {
            pause(response);
            response = send(request);
        }
        JsonNode verdicts = body(response);
        List<JsonNode> list = new ArrayList<>();
        if (verdicts.isArray()) {
            verdicts.forEach(list::add);
        } else {
            list.add(verdicts);
        }
        return list;
    }

    /** Asks for something that takes its time. */
    JsonNode ask(String path, JsonNode question, Duration within) {
        return body(
                send(
                        request(path)
                                .timeout(within)
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(Json.compact(question)))
                                .build()));
    }

    private static char firstCharacter(byte[] body) {
        for (byte b : body) {
            if (b > ' ') {
                return (char) b;
            }
        }
        throw CommandFailure.invalid("there is no event");
    }

    private static void pause(HttpResponse<String> response) {
        long seconds =
                response.headers()
                        .firstValue("Retry-After")
                        .filter(text -> text.matches("\\d{1,2}"))
                        .map(Long::valueOf)
                        .orElse(1L);
        try {
            Thread.sleep(Duration.ofSeconds(Math.min(seconds, 5)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.unreachable("interrupted");
        }
    }

    private HttpRequest.Builder request(String path) {
        String token;
        try {
            token = Files.readString(tokenFile).strip();
        } catch (NoSuchFileException e) {
            throw CommandFailure.invalid(
                    "there is no token file `"
                            + tokenFile
                            + "`: is the standalone running, or is `--token-file` missing?");
        } catch (IOException e) {
            throw CommandFailure.invalid(
                    "cannot read the token file `" + tokenFile + "`: " + e.getMessage());
        }
        try {
            return HttpRequest.newBuilder(URI.create(url + path))
                    .timeout(ANSWER_WITHIN)
                    .header("Authorization", "Bearer " + token);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.invalid("the token file `" + tokenFile + "` holds no token");
        }
    }

    private HttpResponse<String> send(HttpRequest request) {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            String why = e.getMessage() == null ? "no connection" : e.getMessage();
            throw CommandFailure.unreachable(
                    "cannot reach the control plane at `" + url + "`: " + why);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.unreachable("interrupted");
        }
    }

    private JsonNode body(HttpResponse<String> response) {
        int status = response.statusCode();
        if (status == 200) {
            try {
                return Json.read(response.body());
            } catch (JsonProcessingException e) {
                throw CommandFailure.unreachable(
                        "`" + url + "` does not answer as a control plane does");
            }
        }
        String problem = problem(response.body());
        throw switch (status) {
            case 401 ->
                    CommandFailure.invalid(
                            "the token in `" + tokenFile + "` was not accepted" + problem);
            case 403 ->
                    CommandFailure.invalid(
                            "the token in `" + tokenFile + "` does not allow this" + problem);
            case 404 -> CommandFailure.finding("not found" + problem);
            case 409 -> CommandFailure.finding("not possible now" + problem);
            case 400, 413, 415, 422 -> CommandFailure.invalid("refused" + problem);
            case UNAVAILABLE ->
                    CommandFailure.unreachable("the control plane cannot answer now" + problem);
            default -> CommandFailure.unreachable("the control plane answered " + status + problem);
        };
    }

    /** The sentence of RFC 9457 problem details, if that is what they are. */
    private static String problem(String body) {
        try {
            JsonNode problem = Json.read(body);
            String detail = problem.path("detail").asText(problem.path("title").asText());
            return detail.isEmpty() ? "" : ": " + detail;
        } catch (JsonProcessingException e) {
            return "";
        }
    }
}

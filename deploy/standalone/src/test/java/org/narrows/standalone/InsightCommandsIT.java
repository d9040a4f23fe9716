// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.narrows.projector.cli.Narrows;

/** What the command line tells of decisions: against a running standalone with the sample. */
class InsightCommandsIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LANDS_WITHIN = Duration.ofSeconds(20);

    @TempDir static Path directory;

    private static Path data;
    private static RunningStandalone standalone;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void start() throws Exception {
        data = directory.resolve("data");
        standalone =
                RunningStandalone.start(
                        data,
                        RunningStandalone.freePort(),
                        RunningStandalone.freePort(),
                        "--no-demo");
    }

    @AfterAll
    static void stop() throws Exception {
        standalone.close();
    }

    @Test
    void decisions_are_explained_traced_and_tried_out_with_another_policy() throws Exception {
        assertThat(run("who-can", "billing-api")).isZero();
        assertThat(out.toString())
                .containsPattern("orders-service +orders-api +orders-to-billing +invoice.read");

        String token = Files.readString(data.resolve("demo-subject-token")).strip();
        HttpResponse<String> permit = exchange(token);
        assertThat(permit.statusCode()).as(permit.body()).isEqualTo(200);
        String id = permit.headers().firstValue("Narrows-Decision").orElseThrow();
        assertThat(explained(id)).isZero();
        assertThat(out.toString())
                .contains("permit  orders-service  orders-api -> billing-api  user alice")
                .contains("decided again as of then: the same")
                .contains("decided now: permit")
                .contains("policy.changed")
                .contains("consents/billing-api");

        String issued = claims(JSON.readTree(permit.body()).path("access_token").asText(), "jti");
        assertThat(run("lineage", issued)).isZero();
        assertThat(out.toString()).contains(id);
        assertThat(run("lineage", "demo|" + claims(token, "jti"), "-o", "json")).isZero();
        JsonNode lineage = JSON.readTree(out.toString());
        assertThat(lineage.path("descendants").path(0).path("tokenId").asText()).isEqualTo(issued);
        assertThat(run("lineage", "no-such-token")).isEqualTo(1);

        Path stricter = directory.resolve("stricter.yaml");
        Files.writeString(
                stricter,
                """
                rules:
                  - {id: nothing-for-billing, effect: deny, from: orders-api, to: billing-api}
                """);
        assertThat(run("what-if", "-f", stricter.toString(), "--window", "PT1H")).isZero();
        assertThat(out.toString())
                .containsPattern("newly denied +orders-service +1 +" + id)
                .contains("1 newly denied, 0 newly allowed, 0 with other scopes");
        assertThat(
                        run(
                                "what-if",
                                "-f",
                                stricter.toString(),
                                "--max-newly-denied",
                                "0",
                                "-o",
                                "json"))
                .isEqualTo(1);
        assertThat(JSON.readTree(out.toString()).path("newlyDenied").path("count").asInt())
                .isEqualTo(1);
        assertThat(run("get", "rules", "nothing-for-billing")).as("nothing changed").isEqualTo(1);

        assertThat(run("apply", "-f", stricter.toString(), "--yes", "--reason", "incident 7"))
                .isZero();
        assertThat(run("who-can", "billing-api")).isZero();
        assertThat(out.toString()).contains("no client can get a token for `billing-api`");
        HttpResponse<String> denial = exchange(token);
        assertThat(denial.statusCode()).as(denial.body()).isEqualTo(400);
        assertThat(explained(denial.headers().firstValue("Narrows-Decision").orElseThrow()))
                .as("a denial is a finding")
                .isEqualTo(1);
        assertThat(out.toString())
                .contains("denied: the rule `nothing-for-billing` denies it")
                .contains("rules/nothing-for-billing")
                .contains("incident 7");
        assertThat(explained(id)).as("the permit of before is still explained").isZero();
        assertThat(out.toString()).contains("decided now: deny");

        assertThat(run("explain", "no-such-decision")).isEqualTo(1);
        assertThat(run("who-can", "no-such-api")).isEqualTo(2);
        assertThat(err.toString()).contains("no-such-api");
        assertThat(run("what-if", "-f", directory.resolve("nothing.yaml").toString())).isEqualTo(2);
    }

    @Test
    void each_command_has_an_example() {
        for (String command : List.of("who-can", "explain", "lineage", "what-if")) {
            out.getBuffer().setLength(0);
            Narrows.run(new PrintWriter(out, true), new PrintWriter(err, true), command, "--help");
            assertThat(out.toString()).contains("Example:").contains("narrows " + command);
        }
    }

    /** A decision lands within a second or so of its answer. */
    private int explained(String id) throws InterruptedException {
        long deadline = System.nanoTime() + LANDS_WITHIN.toNanos();
        int status = run("explain", id);
        while (err.toString().contains("has landed") && System.nanoTime() < deadline) {
            Thread.sleep(100);
            status = run("explain", id);
        }
        return status;
    }

    /** As fresh as the head of the log. */
    private HttpResponse<String> exchange(String subjectToken) throws Exception {
        assertThat(run("status", "-o", "json")).isZero();
        JsonNode position = JSON.readTree(out.toString()).path("position");
        String form =
                "grant_type=urn:ietf:params:oauth:grant-type:token-exchange"
                        + "&subject_token_type=urn:ietf:params:oauth:token-type:access_token"
                        + "&audience=billing-api&subject_token="
                        + subjectToken;
        HttpRequest request =
                HttpRequest.newBuilder(standalone.url("/token-exchange"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .header(
                                "Narrows-Consistency",
                                position.path("logId").asText()
                                        + "."
                                        + position.path("seq").asText())
                        .header(
                                "Authorization",
                                "Basic "
                                        + Base64.getEncoder()
                                                .encodeToString(
                                                        ("orders-service:"
                                                                        + setting(
                                                                                "NARROWS_DEMO_CLIENT_SECRET"))
                                                                .getBytes(StandardCharsets.UTF_8)))
                        .POST(HttpRequest.BodyPublishers.ofString(form))
                        .build();
        long deadline = System.nanoTime() + LANDS_WITHIN.toNanos();
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> response;
            do {
                response = http.send(request, HttpResponse.BodyHandlers.ofString());
            } while (response.statusCode() == 503 && System.nanoTime() < deadline);
            return response;
        }
    }

    private static String claims(String token, String claim) throws Exception {
        return JSON.readTree(Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]))
                .path(claim)
                .asText();
    }

    private static String setting(String name) throws Exception {
        return Files.readAllLines(data.resolve("env")).stream()
                .filter(line -> line.startsWith(name + "='"))
                .map(line -> line.substring(name.length() + 2, line.length() - 1))
                .findFirst()
                .orElseThrow();
    }

    private int run(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        List<String> all = new ArrayList<>(Arrays.asList(args));
        all.addAll(List.of("--data", data.toString()));
        return Narrows.run(
                new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
    }
}

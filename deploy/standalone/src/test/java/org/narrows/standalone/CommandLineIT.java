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
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.narrows.projector.cli.Narrows;

/** The command line against a running standalone: what it prints, and what it exits with. */
class CommandLineIT {
    private static final ObjectMapper JSON = new ObjectMapper();

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
    void a_policy_is_planned_applied_read_back_and_taken_away() throws Exception {
        Path policy =
                write(
                        "first.yaml",
                        """
                audiences: [{id: stock-api, labels: [pci]}]
                scopes:
                  - {scope: stock.count, audience: stock-api, kind: grantable}
                clients:
                  - id: shop
                    audience: orders-api
                    authentication: {method: client_secret, secretHash: "sha256:RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o"}
                    audiences: [stock-api]
                    scopes: [stock.count]
                rules:
                  - id: orders-to-stock
                    effect: allow
                    clients: [shop]
                    from: orders-api
                    to: stock-api
                    scopes: {orders.read: [stock.count]}
                """);
        assertThat(run("plan", "-f", policy.toString())).isEqualTo(1);
        assertThat(out.toString())
                .contains("+ rules orders-to-stock")
                .contains("4 to add, 0 to change");

        assertThat(run("apply", "-f", policy.toString(), "-o", "json")).as("asks").isEqualTo(2);
        assertThat(err.toString()).contains("--yes");

        assertThat(
                        run(
                                "apply",
                                "-f",
                                policy.toString(),
                                "--yes",
                                "--reason",
                                "stock",
                                "-o",
                                "json"))
                .isZero();
        JsonNode verdicts = JSON.readTree(out.toString());
        assertThat(verdicts.isArray()).isTrue();
        assertThat(verdicts.path(0).path("verdict").asText()).isEqualTo("applied");
        assertThat(verdicts.path(0).path("consistency").asText()).doesNotContain(" ").isNotEmpty();

        assertThat(run("apply", "-f", policy.toString(), "--yes", "-o", "json")).isZero();
        assertThat(JSON.readTree(out.toString())).isEqualTo(JSON.readTree("[]"));
        assertThat(run("plan", "-f", policy.toString())).isZero();

        assertThat(run("get", "clients", "shop", "-o", "yaml")).isZero();
        Path readBack = write("read-back.yaml", out.toString());
        assertThat(run("plan", "-f", readBack.toString()))
                .as("what get prints, apply takes")
                .isZero();
        assertThat(run("history", "rules", "orders-to-stock")).isZero();
        assertThat(out.toString())
                .contains("narrows|root")
                .contains("stock")
                .contains("ruleDefined");

        assertThat(run("get", "clients", "shop", "-o", "yaml")).isZero();
        Path less = write("less.yaml", out.toString().replace("  scopes:\n  - stock.count\n", ""));
        assertThat(run("apply", "-f", less.toString(), "--yes")).isZero();
        assertThat(run("get", "clients", "shop", "-o", "json")).isZero();
        assertThat(JSON.readTree(out.toString()).has("scopes")).isFalse();

        // Everything but the sample goes: the audience takes its scope and the rule along.
        assertThat(run("apply", "-f", data.resolve("sample").toString(), "--prune", "--yes"))
                .isZero();
        assertThat(out.toString())
                .contains("- audiences stock-api")
                .contains("takes along: rules orders-to-stock");
        assertThat(run("get", "audiences", "stock-api")).isEqualTo(1);
        assertThat(run("get", "audiences", "narrows-admin")).as("never pruned").isZero();
    }

    @Test
    void an_edit_of_what_changed_since_is_refused_before_anybody_is_asked() throws Exception {
        assertThat(run("get", "audiences", "orders-api", "-o", "yaml")).isZero();
        Path edit = write("edit.yaml", out.toString());
        String seq = out.toString().lines().findFirst().orElseThrow().replaceAll("\\D", "");
        assertThat(run("apply", "-f", edit.toString(), "--yes", "--expected-position", seq))
                .isZero();

        Path other = write("other.yaml", "audiences: [{id: other-api, name: Other}]\n");
        assertThat(run("apply", "-f", other.toString(), "--yes")).isZero();
        for (String how : List.of("--yes", "--dry-run")) {
            assertThat(run("apply", "-f", edit.toString(), how, "--expected-position", seq))
                    .isEqualTo(1);
            assertThat(err.toString()).contains("the policy changed after seq " + seq);
        }
        for (String none : List.of("0", "-1", "1000000")) {
            assertThat(run("apply", "-f", edit.toString(), "--yes", "--expected-position=" + none))
                    .isEqualTo(2);
            assertThat(err.toString()).contains(none + " is no seq of this log");
        }
    }

    @Test
    void a_misspelt_name_is_answered_with_the_nearest_one() {
        assertThat(run("get", "clients", "order-service")).isEqualTo(1);
        assertThat(err.toString())
                .contains("no `order-service` in clients; did you mean `orders-service`?");
        assertThat(run("history", "rules", "orders-2-billing")).isEqualTo(1);
        assertThat(err.toString()).contains("did you mean `orders-to-billing`?");
        assertThat(run("get", "issuers", "https://issuer.demo.invalit")).isEqualTo(1);
        assertThat(err.toString()).contains("did you mean `https://issuer.demo.invalid`?");
        assertThat(run("get", "issuers", "demu")).isEqualTo(1);
        assertThat(err.toString()).contains("did you mean `demo`?");
        assertThat(run("get", "audiences", "something-else-altogether")).isEqualTo(1);
        assertThat(err.toString()).doesNotContain("did you mean");
    }

    @Test
    void an_event_sent_twice_gives_the_first_verdict() throws Exception {
        Path event =
                write(
                        "event.json",
                        """
                {"specversion": "1.0", "id": "once", "source": "/it", "type": "org.narrows.consent.withdrawn.v1",
                 "time": "2026-01-01T00:00:00Z",
                 "data": {"user": {"issuer": "https://issuer.demo.invalid", "subject": "carol"}, "audience": "billing-api"}}
                """);
        assertThat(run("publish", "-f", event.toString())).isZero();
        assertThat(out.toString()).contains("applied at seq");
        assertThat(run("publish", "-f", event.toString())).isZero();
        assertThat(out.toString()).contains("when it was first sent");
        assertThat(run("publish", "-f", event.toString(), "-o", "json")).isZero();
        assertThat(JSON.readTree(out.toString()).path(0).path("first").path("verdict").asText())
                .isEqualTo("applied");
    }

    @Test
    void what_is_rejected_is_a_finding_and_what_is_no_event_is_invalid() throws Exception {
        assertThat(
                        run(
                                "consent",
                                "grant",
                                "--issuer",
                                "https://issuer.demo.invalid",
                                "--subject",
                                "alice",
                                "--audience",
                                "billing-api",
                                "--scope",
                                "no.such",
                                "--client",
                                "orders-service"))
                .isEqualTo(1);
        assertThat(out.toString()).contains("rejected at seq").contains("no.such");
        Path event =
                write(
                        "wrong.json",
                        "{\"specversion\": \"1.0\", \"type\": \"org.narrows.nonsense.v1\"}");
        assertThat(run("publish", "-f", event.toString())).isEqualTo(2);
        assertThat(run("publish", "-f", directory.resolve("nothing.json").toString())).isEqualTo(2);
    }

    @Test
    void a_revoked_token_is_worth_nothing_and_neither_is_any_of_a_revoked_subject()
            throws Exception {
        String token = Files.readString(data.resolve("demo-subject-token")).strip();
        JsonNode claims = JSON.readTree(Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]));
        assertThat(run("status", "-o", "json")).isZero();
        JsonNode position = JSON.readTree(out.toString()).path("position");
        String before = position.path("logId").asText() + "." + position.path("seq").asText();
        assertThat(exchange(token, before)).isEqualTo(200);
        String issuer = "https://issuer.demo.invalid";
        String id = claims.path("jti").asText();
        String expires = Instant.ofEpochSecond(claims.path("exp").asLong()).toString();
        assertThat(
                        run(
                                "revoke",
                                "token",
                                "--issuer",
                                issuer,
                                "--id",
                                id,
                                "--expires",
                                expires,
                                "--reason",
                                "lost",
                                "-o",
                                "json"))
                .as(err.toString())
                .isZero();
        JsonNode verdict = JSON.readTree(out.toString()).path(0);
        assertThat(verdict.path("verdict").asText()).isEqualTo("applied");
        assertThat(exchange(token, verdict.path("consistency").asText())).isEqualTo(400);
        assertThat(run("log", "show", verdict.path("seq").asText())).isZero();
        assertThat(out.toString()).contains("token.revoked").contains("lost");

        assertThat(run("revoke", "subject", "--issuer", issuer, "--subject", "carol"))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("applied at seq").contains("consistency token: ");
        assertThat(
                        run(
                                "revoke",
                                "subject",
                                "--issuer",
                                issuer,
                                "--subject",
                                "carol",
                                "--not-before",
                                "2026-01-31T12:00:00Z"))
                .isZero();

        assertThat(run("revoke", "subject", "--issuer", "https://no.invalid", "--subject", "x"))
                .as("an issuer that was never trusted")
                .isEqualTo(1);
        assertThat(out.toString()).contains("rejected at seq");
        assertThat(run("revoke", "token", "--issuer", issuer, "--id", "x", "--expires", "tomorrow"))
                .isEqualTo(2);
        assertThat(run("revoke", "token", "--issuer", issuer, "--id", "x")).isEqualTo(2);
        assertThat(run("revoke")).isEqualTo(2);
    }

    @Test
    void an_invitation_is_issued_with_a_code_of_its_own_redeemed_once_and_taken_back()
            throws Exception {
        Path policy =
                write(
                        "club.yaml",
                        """
                audiences: [{id: club, signUpEnabled: false, invitationEnabled: true}]
                claims: [{claim: plan, audience: club}]
                """);
        assertThat(run("apply", "-f", policy.toString(), "--yes")).as(err.toString()).isZero();

        assertThat(
                        run(
                                "invite",
                                "issue",
                                "--audience",
                                "club",
                                "--claim",
                                "plan=gold",
                                "-o",
                                "json"))
                .as(err.toString())
                .isZero();
        JsonNode issued = JSON.readTree(out.toString()).path(0);
        String code = issued.path("code").asText();
        assertThat(code).matches("[0-9a-f]{32}");
        assertThat(run("log", "show", issued.path("seq").asText())).isZero();
        assertThat(out.toString())
                .contains("invitation.issued", "gold", "sha256:")
                .doesNotContain(code);

        assertThat(redeem(code, "carol")).as(out.toString()).isZero();
        assertThat(redeem(code, "dave")).as("redeemed once").isEqualTo(1);
        assertThat(run("invite", "revoke", code)).as("redeemed already").isEqualTo(1);

        assertThat(
                        run(
                                "invite",
                                "issue",
                                "--audience",
                                "club",
                                "--expires",
                                "2100-01-01T00:00:00Z"))
                .isZero();
        String second =
                out.toString()
                        .lines()
                        .filter(line -> line.startsWith("code: "))
                        .findFirst()
                        .orElseThrow();
        String secondCode = second.substring("code: ".length());
        assertThat(secondCode).isNotEqualTo(code);
        assertThat(run("invite", "revoke", secondCode)).isZero();
        assertThat(redeem(secondCode, "dave")).isEqualTo(1);

        assertThat(run("invite", "issue", "--audience", "no-such-audience")).isEqualTo(1);
        assertThat(out.toString()).contains("rejected at seq").doesNotContain("code:");
        assertThat(run("invite", "issue", "--audience", "club", "--claim", "plan")).isEqualTo(2);
        assertThat(run("invite", "revoke", "0".repeat(32))).isEqualTo(1);
    }

    private int redeem(String code, String subject) {
        return run(
                "invite",
                "redeem",
                code,
                "--issuer",
                "https://issuer.demo.invalid",
                "--subject",
                subject);
    }

    @Test
    void many_consents_are_imported_once_whatever_is_run_again() throws Exception {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 1_203; i++) {
            lines.append(consent("import-" + i, "invoice.read")).append('\n');
        }
        Path file = write("consents.jsonl", lines.toString());
        assertThat(run("consent", "import", file.toString(), "--reason", "moved"))
                .as(err.toString())
                .isZero();
        assertThat(out.toString())
                // A batch that is sent again because its verdicts came late is known already.
                .containsPattern("1203 consents: \\d+ applied, \\d+ known already, 0 rejected")
                .contains("consistency token: ")
                .doesNotContain("\r");
        assertThat(consentsOf("import-1202")).contains("invoice.read");

        // What was withdrawn meanwhile is not given again by the same import.
        assertThat(
                        run(
                                "consent",
                                "withdraw",
                                "--issuer",
                                "https://issuer.demo.invalid",
                                "--subject",
                                "import-7",
                                "--audience",
                                "billing-api"))
                .isZero();
        assertThat(
                        run(
                                "consent",
                                "import",
                                file.toString(),
                                "--reason",
                                "moved",
                                "--from-line",
                                "2",
                                "-o",
                                "json"))
                .isZero();
        JsonNode again = JSON.readTree(out.toString());
        assertThat(again).hasSize(1_202);
        assertThat(again.path(0).path("line").asInt()).isEqualTo(2);
        assertThat(again).allMatch(verdict -> verdict.path("verdict").asText().equals("duplicate"));
        assertThat(consentsOf("import-7")).doesNotContain("invoice.read");

        // The same consent from another kind of file is the same consent.
        Path csv =
                write(
                        "consents.csv",
                        """
                        issuer,subject,audience,scopes,client
                        https://issuer.demo.invalid,import-1,billing-api,invoice.read,orders-service
                        https://issuer.demo.invalid,"a ""new"" one",billing-api,invoice.read,orders-service
                        https://issuer.demo.invalid,refused,billing-api,no.such.scope,orders-service
                        """);
        assertThat(run("consent", "import", csv.toString(), "--reason", "moved")).isEqualTo(1);
        assertThat(out.toString())
                .containsPattern("3 consents: \\d applied, \\d known already, 1 rejected")
                .contains("consents.csv:4: ")
                .contains("no.such.scope");
    }

    @Test
    void nothing_of_a_file_with_a_wrong_line_is_imported() throws Exception {
        Path file =
                write(
                        "wrong.jsonl",
                        String.join(
                                "\n",
                                consent("innocent", "invoice.read"),
                                "",
                                "{\"issuer\": 1",
                                consent("x", "invoice.read").replace("subject", "subjct"),
                                consent("x", "invoice.read").replace("billing-api", "billing api"),
                                consent("x", "invoice.read")
                                        .replace(",\"client\":\"orders-service\"", "")));
        assertThat(run("consent", "import", file.toString())).isEqualTo(2);
        assertThat(err.toString())
                .contains("wrong.jsonl:3: this is no JSON")
                .contains("wrong.jsonl:4: `subjct` is not known here; did you mean `subject`?")
                .contains("wrong.jsonl:5: `audience`")
                .contains("wrong.jsonl:6: `client` is missing")
                .contains("nothing is published");
        assertThat(consentsOf("innocent")).doesNotContain("invoice.read");
        assertThat(run("consent", "import", write("empty.jsonl", "\n").toString())).isEqualTo(2);
        assertThat(run("consent", "import", "no-such-file")).isEqualTo(2);
        Path csv = write("wrong.csv", "issuer,subject\nhttps://issuer.demo.invalid,x\n");
        assertThat(run("consent", "import", csv.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("wrong.csv:2: `audience` is missing");
    }

    private static String consent(String subject, String scope) {
        return ("{\"issuer\":\"https://issuer.demo.invalid\",\"subject\":\"%s\",\"audience\":\"billing-api\","
                        + "\"scopes\":[\"%s\"],\"client\":\"orders-service\"}")
                .formatted(subject, scope);
    }

    private static String consentsOf(String subject) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(standalone.adminUrl("/users/demo/" + subject + "/consents"))
                        .header(
                                "Authorization",
                                "Bearer " + Files.readString(data.resolve("admin-token")).strip())
                        .build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
        }
    }

    /** The status of an exchange as the sample's client. */
    private static int exchange(String subjectToken, String consistency) throws Exception {
        String secret = setting("NARROWS_DEMO_CLIENT_SECRET");
        String form =
                "grant_type=urn:ietf:params:oauth:grant-type:token-exchange"
                        + "&subject_token_type=urn:ietf:params:oauth:token-type:access_token"
                        + "&audience=billing-api&subject_token="
                        + subjectToken;
        HttpRequest request =
                HttpRequest.newBuilder(standalone.url("/token-exchange"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .header("Narrows-Consistency", consistency)
                        .header(
                                "Authorization",
                                "Basic "
                                        + Base64.getEncoder()
                                                .encodeToString(
                                                        ("orders-service:" + secret)
                                                                .getBytes(StandardCharsets.UTF_8)))
                        .POST(HttpRequest.BodyPublishers.ofString(form))
                        .build();
        Instant end = Instant.now().plusSeconds(20);
        try (HttpClient http = HttpClient.newHttpClient()) {
            int status;
            do {
                status = http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
            } while (status == 503 && Instant.now().isBefore(end));
            return status;
        }
    }

    private static String setting(String name) throws Exception {
        return Files.readAllLines(data.resolve("env")).stream()
                .filter(line -> line.startsWith(name + "='"))
                .map(line -> line.substring(line.indexOf('\'') + 1, line.length() - 1))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void an_unsigned_record_written_straight_to_the_topic_is_shown_with_its_reason()
            throws Exception {
        String bootstrap = setting("NARROWS_KAFKA_BOOTSTRAP_SERVERS");
        assertThat(run("status", "-o", "json")).isZero();
        long before = JSON.readTree(out.toString()).path("position").path("seq").asLong();
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", bootstrap),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            producer.send(
                            new ProducerRecord<>(
                                    "narrows.log",
                                    "{\"forged\": true}".getBytes(StandardCharsets.UTF_8)))
                    .get();
        }
        int status = 1;
        for (int i = 0; i < 100 && status != 0; i++) {
            status = run("log", "show", Long.toString(before + 1));
            Thread.sleep(100);
        }
        assertThat(out.toString())
                .contains("rejected")
                .contains("reason")
                .contains("\"forged\" : true");
        assertThat(run("log", "tail", "--after", Long.toString(before), "--once")).isZero();
        assertThat(out.toString()).contains("rejected");
    }

    @Test
    void who_cannot_be_reached_or_does_not_let_us_in_is_told_apart() throws Exception {
        assertThat(run("status", "--url", "http://127.0.0.1:1")).isEqualTo(3);
        Path token = write("token", "not-a-token\n");
        assertThat(run("status", "--token-file", token.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("was not accepted");
        assertThat(run("get", "nonsense")).isEqualTo(2);
        assertThat(err.toString()).contains("kinds: issuers, audiences");
        assertThat(run("get", "rulez")).isEqualTo(2);
        assertThat(err.toString()).contains("did you mean `rules`?");
        assertThat(run("apply")).isEqualTo(2);
        assertThat(run("log", "show", "1000000")).isEqualTo(1);
    }

    @Test
    void every_command_has_an_example_and_the_shell_can_complete() {
        for (String command :
                List.of(
                        "plan",
                        "apply",
                        "get",
                        "history",
                        "publish",
                        "consent",
                        "consent grant",
                        "consent withdraw",
                        "consent import",
                        "invite",
                        "invite issue",
                        "invite redeem",
                        "invite revoke",
                        "revoke",
                        "revoke token",
                        "revoke subject",
                        "log",
                        "log open",
                        "log show",
                        "log tail",
                        "admin-token",
                        "status")) {
            List<String> args = new ArrayList<>(Arrays.asList(command.split(" ")));
            args.add("--help");
            out.getBuffer().setLength(0);
            assertThat(
                            Narrows.run(
                                    new PrintWriter(out, true),
                                    new PrintWriter(err, true),
                                    args.toArray(String[]::new)))
                    .isZero();
            assertThat(out.toString())
                    .as(command)
                    .contains("Example:")
                    .contains("narrows " + command);
        }
        out.getBuffer().setLength(0);
        assertThat(
                        Narrows.run(
                                new PrintWriter(out, true),
                                new PrintWriter(err, true),
                                "generate-completion"))
                .isZero();
        assertThat(out.toString()).contains("complete -F");
    }

    private static Path write(String name, String text) throws Exception {
        return Files.writeString(directory.resolve(name), text);
    }

    private int run(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        List<String> all = new ArrayList<>(Arrays.asList(args));
        all.add("--data=" + data);
        return Narrows.run(
                new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
    }
}

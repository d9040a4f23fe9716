// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.narrows.conformance.AgainstNarrows;
import org.narrows.conformance.CommandLine;
import org.narrows.conformance.Form;
import org.narrows.conformance.Office;
import org.narrows.conformance.Policy;
import org.narrows.conformance.Reply;
import org.narrows.standalone.RunningStandalone;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

@AgainstNarrows
@Subject(value = "Tools for policy", order = 11)
class ToolsIT {
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final Path SAMPLE = RunningStandalone.repository().resolve("deploy/sample");
    private static final String SAMPLE_POLICY = "orders-and-billing.yaml";
    private static final String SAMPLE_TESTS = "orders-and-billing.test.yaml";

    /** A whole policy that lint finds nothing in. */
    private static final String FAULTLESS =
            """
            issuers:
              - {issuer: https://login.example.com, alias: login, jwksUri: https://login.example.com/keys}
            audiences:
              - {id: https://orders.example.com}
              - {id: https://billing.example.com}
            scopes:
              - {scope: read, audience: https://billing.example.com, kind: consentable, name: Read, description: Read it}
            clients:
              - id: orders-service
                audience: https://orders.example.com
                authentication: {method: client_secret, secretHash: "sha256:LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE"}
                audiences: [https://billing.example.com]
                scopes: [read]
            rules:
              - id: orders-to-billing
                effect: allow
                from: https://orders.example.com
                to: https://billing.example.com
                scopes: {r: [read]}
            """;

    @TempDir private Path directory;

    private Path write(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    private CommandLine lint(String policy) throws IOException {
        return CommandLine.alone("lint", "-f", write("policy.yaml", policy).toString());
    }

    /** Finds nothing in the one, and in the other exactly this, at the entry's own line. */
    private void hints(ObjectNode faulty, String section, String id, String sentence)
            throws IOException {
        CommandLine before = lint(FAULTLESS);
        assertThat(before.status()).as(before.toString()).isZero();
        assertThat(before.out()).isEqualTo("no hints\n");
        CommandLine after = lint(YAML.writeValueAsString(faulty));
        assertThat(after.status()).as(after.toString()).isEqualTo(1);
        List<String> lines = after.out().lines().toList();
        assertThat(lines).hasSize(2).last().isEqualTo("1 hint");
        assertThat(lines.getFirst())
                .matches(".*/policy\\.yaml:[1-9][0-9]*: .*")
                .contains(section + " " + id + ": " + sentence);
    }

    private static ObjectNode policy() throws IOException {
        return (ObjectNode) YAML.readTree(FAULTLESS);
    }

    private static ObjectNode more(ObjectNode policy, String section) {
        return ((ArrayNode) policy.path(section)).addObject();
    }

    /** One more client, like the first. */
    private static void another(ObjectNode policy, String id) {
        ObjectNode client = policy.path("clients").path(0).deepCopy();
        ((ArrayNode) policy.path("clients")).add(client.put("id", id));
    }

    @Test
    @Statement("`narrows lint` tells a rule that a deny rule shadows")
    void lint_tells_a_shadowed_rule() throws Exception {
        ObjectNode policy = policy();
        more(policy, "rules")
                .put("id", "stop")
                .put("effect", "deny")
                .put("from", "https://orders.example.com")
                .put("to", "https://billing.example.com");
        hints(
                policy,
                "rules",
                "orders-to-billing",
                "the rule `stop` denies everything that this one allows");
    }

    @Test
    @Statement("`narrows lint` tells a scope that nobody can be granted")
    void lint_tells_an_unreachable_scope() throws Exception {
        ObjectNode policy = policy();
        more(policy, "scopes")
                .put("scope", "write")
                .put("audience", "https://billing.example.com")
                .put("kind", "grantable");
        hints(policy, "scopes", "write", "no rule gives it and no client may have it");
    }

    @Test
    @Statement("`narrows lint` tells an audience whose consents too many clients share")
    void lint_tells_an_audience_of_too_many_clients() throws Exception {
        ObjectNode policy = policy();
        for (int i = 1; i < 20; i++) {
            another(policy, "client-" + i);
        }
        CommandLine twenty = lint(YAML.writeValueAsString(policy));
        assertThat(twenty.out()).isEqualTo("no hints\n");
        another(policy, "client-20");
        hints(
                policy,
                "audiences",
                "https://billing.example.com",
                "21 clients share what users consent to here");
    }

    @Test
    @Statement("`narrows lint` tells a rule that expires soon")
    void lint_tells_a_rule_that_expires_soon() throws Exception {
        ObjectNode policy = policy();
        ObjectNode rule = (ObjectNode) policy.path("rules").path(0);
        rule.put("notAfter", Instant.now().plus(Duration.ofDays(300)).toString());
        CommandLine later = lint(YAML.writeValueAsString(policy));
        assertThat(later.out()).isEqualTo("no hints\n");
        String soon = Instant.now().plus(Duration.ofDays(3)).toString();
        rule.put("notAfter", soon);
        hints(
                policy,
                "rules",
                "orders-to-billing",
                "it allows nothing any more from " + soon + " on");
    }

    @Test
    @Statement(
            "A secret that is no hash is refused by `lint`, `plan` and `apply`, with the way to make its hash")
    void a_secret_that_is_no_hash_is_refused() throws Exception {
        String secret = "correct-horse-battery-staple";
        String plain =
                FAULTLESS
                        .replace("orders-service", "tools-secret")
                        .replaceFirst("secretHash: \"[^\"]*\"", "secretHash: " + secret);
        String file = write("policy.yaml", plain).toString();
        for (CommandLine refused :
                List.of(
                        lint(plain),
                        CommandLine.run(Stage.narrows(), "plan", "-f", file),
                        CommandLine.run(Stage.narrows(), "apply", "--yes", "-f", file))) {
            assertThat(refused.status()).as(refused.toString()).isEqualTo(2);
            assertThat(refused.err())
                    .contains("policy.yaml:11: ", ".secretHash", "narrows new secret")
                    .doesNotContain(secret);
        }
        assertThat(Stage.narrows().admin("/clients/tools-secret").status()).isEqualTo(404);
    }

    @Test
    @Statement(
            "`narrows plan` hints at a new audience whose id is no absolute URI, and at no other")
    void a_plan_hints_at_ids_that_are_no_uri() throws Exception {
        String file =
                write(
                                "policy.yaml",
                                """
                                audiences:
                                  - {id: tools-plan-api}
                                  - {id: https://tools-plan.example.com}
                                """)
                        .toString();
        CommandLine plan = CommandLine.run(Stage.narrows(), "plan", "-f", file);
        assertThat(plan.status()).as(plan.toString()).isEqualTo(1);
        assertThat(plan.out()).contains("tools-plan-api", "https://tools-plan.example.com");
        assertThat(plan.err().lines())
                .singleElement()
                .asString()
                .startsWith("hint: ")
                .contains("policy.yaml:2: audiences tools-plan-api: its name is no absolute URI");
    }

    @Test
    @Statement(
            "`narrows schema policy` prints a JSON Schema that takes the sample policy and refuses a misspelt member")
    void the_schema_takes_the_sample_and_no_misspelt_member() throws Exception {
        CommandLine printed = CommandLine.alone("schema", "policy");
        assertThat(printed.status()).as(printed.toString()).isZero();
        JsonSchema schema =
                JsonSchemaFactory.getInstance(VersionFlag.V202012).getSchema(printed.out());
        JsonNode sample = YAML.readTree(Files.readString(SAMPLE.resolve(SAMPLE_POLICY)));
        assertThat(schema.validate(sample)).isEmpty();
        ((ObjectNode) sample.path("rules").path(0)).put("maxLifetim", "PT1M");
        assertThat(schema.validate(sample))
                .anySatisfy(message -> assertThat(message.getMessage()).contains("maxLifetim"));
    }

    @Test
    @Statement(
            "`narrows test` decides the tests beside a policy without a server, and exits 0 when all pass")
    void policy_tests_pass() {
        CommandLine passed = CommandLine.alone("test", "-f", SAMPLE.toString());
        assertThat(passed.status()).as(passed.toString()).isZero();
        List<String> lines = passed.out().lines().toList();
        assertThat(lines.subList(0, lines.size() - 1))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line).startsWith("ok "));
        assertThat(lines.getLast()).isEqualTo(lines.size() - 1 + " passed, 0 failed");
    }

    @Test
    @Statement(
            "A policy test that fails shows what was expected, what was found and why, and exits 1; `--junit` writes it as JUnit XML")
    void policy_tests_fail_readably() throws Exception {
        Files.copy(SAMPLE.resolve(SAMPLE_POLICY), directory.resolve(SAMPLE_POLICY));
        write(
                SAMPLE_TESTS,
                """
                tests:
                  - name: without consent there is a token
                    exchange: {client: orders-service, subject: {sub: alice, scope: orders.read}, audience: billing-api}
                    expect: {permit: invoice.read}
                  - name: without consent there is none
                    exchange: {client: orders-service, subject: {sub: alice, scope: orders.read}, audience: billing-api}
                    expect: {deny: [consent_missing]}
                """);
        Path report = directory.resolve("reports/policy.xml");
        CommandLine failed =
                CommandLine.alone("test", "-f", directory.toString(), "--junit", report.toString());
        assertThat(failed.status()).as(failed.toString()).isEqualTo(1);
        assertThat(failed.out().lines().map(String::strip))
                .anyMatch(
                        line ->
                                line.startsWith("FAILED")
                                        && line.endsWith(
                                                SAMPLE_TESTS
                                                        + ":2: without consent there is a token"))
                .anyMatch(line -> line.startsWith("- ") && line.contains("invoice.read"))
                .anyMatch(line -> line.startsWith("+ ") && line.contains("consent_missing"))
                .contains("1 passed, 1 failed");
        Document xml =
                DocumentBuilderFactory.newDefaultInstance()
                        .newDocumentBuilder()
                        .parse(report.toFile());
        Element suites = xml.getDocumentElement();
        assertThat(suites.getTagName()).isEqualTo("testsuites");
        assertThat(suites.getAttribute("tests")).isEqualTo("2");
        assertThat(suites.getAttribute("failures")).isEqualTo("1");
        assertThat(xml.getElementsByTagName("testcase").getLength()).isEqualTo(2);
        Element failure = (Element) xml.getElementsByTagName("failure").item(0);
        assertThat(((Element) failure.getParentNode()).getAttribute("name"))
                .isEqualTo("without consent there is a token");
        assertThat(failure.getAttribute("message")).contains("invoice.read", "consent_missing");
    }

    @Test
    @Statement("`narrows generate-completion` has the shell complete the kinds of entries")
    void the_shell_completes_kinds() throws Exception {
        Path bash = Path.of("/bin/bash");
        assumeThat(Files.isExecutable(bash)).isTrue();
        CommandLine script = CommandLine.alone("generate-completion");
        assertThat(script.status()).as(script.toString()).isZero();
        String ask =
                """
                compopt() { :; }
                source "$1"
                COMP_WORDS=(narrows get c)
                COMP_CWORD=2
                COMP_LINE="${COMP_WORDS[*]}"
                _complete_narrows
                echo "${COMPREPLY[*]}"
                """;
        Process process =
                new ProcessBuilder(
                                bash.toString(),
                                "--norc",
                                "-c",
                                ask,
                                "bash",
                                write("completion.bash", script.out()).toString())
                        .redirectErrorStream(true)
                        .start();
        String said =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said.split("\\s+")).containsExactlyInAnyOrder("claims", "clients");
    }

    private static Reply get(String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(Stage.narrows().adminUrl(path));
        return Stage.narrows().send(headers.length == 0 ? request : request.headers(headers));
    }

    @Test
    @Statement(
            "`/openapi.yaml` tells without a token what the admin API has, and whatever it tells is there")
    void the_openapi_document_is_served() throws Exception {
        Reply served = get("/openapi.yaml");
        assertThat(served.status()).isEqualTo(200);
        assertThat(served.header("Content-Type").orElse("")).startsWith("application/yaml");
        JsonNode document = YAML.readTree(served.body());
        assertThat(document.path("openapi").asText()).startsWith("3.");
        List<String> plain = new ArrayList<>();
        document.path("paths")
                .properties()
                .forEach(
                        path -> {
                            if (path.getValue().has("get") && !path.getKey().contains("{")) {
                                plain.add(path.getKey());
                            }
                        });
        assertThat(plain).contains("/log", "/status", "/consents");
        assertThat(plain)
                .allSatisfy(
                        path ->
                                assertThat(Stage.narrows().admin(path).status())
                                        .as(path)
                                        .isIn(200, 400));
        assertThat(Stage.narrows().admin("/nothing-there").status()).isEqualTo(404);
    }

    @Test
    @Statement(
            "Lists of the admin API come in pages: `limit` says how long, `next` where the next begins")
    void lists_are_paginated() {
        Policy many = new Policy();
        List<String> mine =
                IntStream.range(0, 7).mapToObj(i -> "https://tools-pages.invalid/" + i).toList();
        mine.forEach(many::audience);
        Stage.narrows().publish(many);
        List<String> walked = new ArrayList<>();
        String after = "";
        do {
            JsonNode page = Stage.admin("/audiences?limit=3" + after);
            assertThat(page.path("items").size()).isBetween(1, 3);
            page.path("items").forEach(item -> walked.add(item.path("id").asText()));
            assertThat(page.has("next") ? page.path("items").size() : 3).isEqualTo(3);
            after = page.has("next") ? "&after=" + Form.encode(page.path("next").asText()) : "";
        } while (!after.isEmpty());
        assertThat(walked).doesNotHaveDuplicates().containsAll(mine);
    }

    @Test
    @Statement("Errors of the admin API are problem details, which say what is wrong and where")
    void errors_are_problem_details() {
        Office office = Office.open("tools-problems");
        String reads = office.issued("policy:read").accessToken();
        String root = "Bearer " + Stage.narrows().adminToken();
        Map<Integer, Reply> problems =
                Map.of(
                        400,
                        get("/audiences?limit=0", "Authorization", root),
                        401,
                        get("/audiences"),
                        403,
                        get("/log", "Authorization", "Bearer " + reads),
                        404,
                        get("/audiences/tools-none", "Authorization", root));
        problems.forEach(
                (status, problem) -> {
                    assertThat(problem.status()).as(problem.toString()).isEqualTo(status);
                    assertThat(problem.header("Content-Type").orElse(""))
                            .as(problem.toString())
                            .startsWith("application/problem+json");
                    assertThat(problem.json().path("status").asInt()).isEqualTo(status);
                    assertThat(problem.text("type")).isEqualTo("about:blank");
                    assertThat(problem.text("title")).isNotBlank();
                    assertThat(problem.text("detail")).isNotBlank();
                });
        assertThat(problems.get(400).text("path")).isEqualTo("limit");
        Reply invalid = Stage.invalid(new Policy().scope("tools.bad", "tools-none-b", "grantabel"));
        assertThat(invalid.text("path")).contains("changes[0]", "kind");
    }

    @Test
    @Statement(
            "Every mutation is signed and carries its actor: `/log/{seq}` shows actor, `kid` and a signature that fits the bytes")
    void every_mutation_is_signed_and_has_its_actor() throws Exception {
        Office office = Office.open("tools-signed");
        String token = office.issued("policy:write consent:write log:operate").accessToken();
        Stage stage = Stage.open("tools-signs");
        Map<String, Map<String, ?>> mutations =
                Map.of(
                        "policy.changed",
                        new Policy().audience("tools-signed-new").data(),
                        "consent.granted",
                        Map.of(
                                "user",
                                stage.user("alice"),
                                "audience",
                                stage.to(),
                                "scopes",
                                List.of(stage.read()),
                                "client",
                                stage.client().id()),
                        "user.admitted",
                        stage.admitted("alice", "admin"));
        for (Map.Entry<String, Map<String, ?>> mutation : mutations.entrySet()) {
            Reply applied =
                    Stage.narrows()
                            .propose(token, mutation.getKey(), mutation.getValue(), Map.of());
            assertThat(applied.text("verdict")).as(applied.toString()).isEqualTo("applied");
            isSignedFor("tools-signed|ann", applied.text("seq"));
        }
        String file =
                write("policy.yaml", "audiences:\n  - {id: https://tools-signed.invalid}\n")
                        .toString();
        CommandLine applied = CommandLine.published(Stage.narrows(), "apply", "--yes", "-f", file);
        Matcher seq = Pattern.compile("seq ([0-9]+)").matcher(applied.out());
        assertThat(seq.find()).as(applied.toString()).isTrue();
        isSignedFor("narrows|root", seq.group(1));
    }

    private static void isSignedFor(String actor, String seq) throws Exception {
        JsonNode record = Stage.admin("/log/" + seq);
        ECKey key = ECKey.parse(Files.readString(Stage.narrows().data("control-plane-key.jwk")));
        assertThat(record.path("actor").asText()).isEqualTo(actor);
        assertThat(record.path("kid").asText()).isEqualTo(key.computeThumbprint().toString());
        String value = decoded(record, "value");
        assertThat(fits(record, value, key)).as(record.toString()).isTrue();
        assertThat(fits(record, value + " ", key)).as("other bytes").isFalse();
        JWSObject signature = JWSObject.parse(decoded(record, "sig"), new Payload(value));
        assertThat(signature.getHeader().getCustomParam("actor")).isEqualTo(actor);
        assertThat(signature.getHeader().getKeyID()).isEqualTo(record.path("kid").asText());
    }

    /** What is in base64 there. */
    private static String decoded(JsonNode record, String member) {
        return new String(
                Base64.getDecoder().decode(record.path(member).asText()), StandardCharsets.UTF_8);
    }

    private static boolean fits(JsonNode record, String value, ECKey key) throws Exception {
        return JWSObject.parse(decoded(record, "sig"), new Payload(value))
                .verify(new ECDSAVerifier(key.toECPublicKey(), Set.of("b64")));
    }
}

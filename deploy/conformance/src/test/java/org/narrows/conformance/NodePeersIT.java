// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Peers in JavaScript: {@code jose} checks what Narrows issues, {@code oauth4webapi} discovers it,
 * exchanges, introspects and revokes. Skipped, and loudly, where there is no node.
 */
@AgainstNarrows
class NodePeersIT {
    private static final int OLDEST_NODE = 20;
    private static final Path SCRIPTS = Path.of("target/js").toAbsolutePath();
    private static final Scene SCENE = Scene.open("node-peers");
    private static final TestClient KEYED = TestClient.withKey("node-peers-keyed");
    private static final TestClient READER = TestClient.withKey("node-peers-reader");

    @BeforeAll
    static void prepare() throws Exception {
        boolean there = nodeVersion() >= OLDEST_NODE && found("npm");
        if (!there) {
            System.err.println(
                    "SKIPPED: no node of version "
                            + OLDEST_NODE
                            + " or newer, or no npm, on the PATH: jose and oauth4webapi have not been tried");
        }
        assumeTrue(there, "node and npm");
        Files.createDirectories(SCRIPTS);
        try (Stream<Path> sources = Files.list(Path.of("src/test/js"))) {
            for (Path source : sources.toList()) {
                Files.copy(
                        source,
                        SCRIPTS.resolve(source.getFileName().toString()),
                        StandardCopyOption.REPLACE_EXISTING);
            }
        }
        run("", "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline");
        SCENE.narrows()
                .publish(
                        new Policy()
                                .client(
                                        KEYED,
                                        SCENE.from(),
                                        List.of(SCENE.to()),
                                        List.of(SCENE.use(), SCENE.read()))
                                .client(READER, SCENE.to(), List.of(), List.of()));
        // The scripts do not try again, so they find a service that has worked before.
        assertThat(issued()).isNotEmpty();
    }

    @Test
    void jose_verifies_an_issued_token() throws Exception {
        JsonNode verified = verify(SCENE.to(), issued());

        assertThat(verified.at("/header/typ").asText()).isEqualTo("at+jwt");
        assertThat(verified.at("/payload/sub").asText()).isEqualTo("node-peers|alice");
        assertThat(verified.at("/payload/scope").asText()).isEqualTo(SCENE.use());
    }

    @Test
    void jose_refuses_an_issued_token_at_another_audience() throws Exception {
        JsonNode verified = verify(SCENE.from(), issued());

        assertThat(verified.path("refused").asText()).isEqualTo("ERR_JWT_CLAIM_VALIDATION_FAILED");
        assertThat(verified.path("claim").asText()).isEqualTo("aud");
    }

    @Test
    void jose_refuses_a_subject_token_where_an_issued_one_is_expected() throws Exception {
        JsonNode verified = verify(SCENE.from(), SCENE.subjectToken());

        assertThat(verified.path("refused").asText()).isEqualTo("ERR_JWKS_NO_MATCHING_KEY");
    }

    @Test
    void oauth4webapi_discovers_and_exchanges_with_private_key_jwt() throws Exception {
        JsonNode done = exchange(Map.of());

        assertThat(done.at("/metadata/issuer").asText()).isEqualTo(SCENE.narrows().issuer());
        assertThat(done.at("/metadata/grant_types_supported")).hasSize(1);
        assertThat(done.at("/exchanged/token_type").asText()).isEqualToIgnoringCase("Bearer");
        assertThat(done.at("/exchanged/issued_token_type").asText()).isEqualTo(Scene.ACCESS_TOKEN);
        assertThat(done.at("/exchanged/scope").asText()).isEqualTo(SCENE.use());
        assertThat(verify(SCENE.to(), done.at("/exchanged/access_token").asText()).has("payload"))
                .isTrue();
    }

    @Test
    void oauth4webapi_exchanges_with_dpop() throws Exception {
        JsonNode done = exchange(Map.of("dpop", true));

        assertThat(done.at("/exchanged/token_type").asText()).isEqualToIgnoringCase("DPoP");
        JsonNode issued =
                verify(SCENE.to(), done.at("/exchanged/access_token").asText()).path("payload");
        assertThat(issued.at("/cnf/jkt").asText())
                .isNotEmpty()
                .isEqualTo(done.path("jkt").asText());
    }

    @Test
    void oauth4webapi_introspects_and_revokes() throws Exception {
        JsonNode done = exchange(Map.of("reader", ofNode(READER)));

        assertThat(done.at("/before/active").asBoolean()).isTrue();
        assertThat(done.at("/before/scope").asText()).isEqualTo(SCENE.use());
        assertThat(done.at("/before/sub").asText()).isEqualTo("node-peers|alice");
        assertThat(done.path("after")).isEqualTo(Narrows.parse("{\"active\": false}"));
    }

    @Test
    void oauth4webapi_introspects_what_a_token_is_bound_to() throws Exception {
        JsonNode done = exchange(Map.of("reader", ofNode(READER), "dpop", true));

        assertThat(done.at("/before/token_type").asText()).isEqualTo("DPoP");
        assertThat(done.at("/before/cnf/jkt").asText())
                .isNotEmpty()
                .isEqualTo(done.path("jkt").asText());
        assertThat(done.at("/after/active").asBoolean(true)).isFalse();
    }

    @Test
    void oauth4webapi_reads_why_it_is_refused() throws Exception {
        Map<String, Object> parameters = new HashMap<>(parameters());
        parameters.put("scope", SCENE.read());

        JsonNode done = exchange(Map.of("parameters", parameters));

        assertThat(done.at("/refused/error").asText()).isEqualTo("invalid_scope");
        assertThat(done.at("/refused/consent_required/scopes/0").asText()).isEqualTo(SCENE.read());
    }

    private static String issued() {
        Reply reply = Reply.onceAnswered(() -> SCENE.exchange(SCENE.form()));
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        return reply.accessToken();
    }

    private static Map<String, Object> parameters() {
        return Map.of(
                "subject_token",
                SCENE.subjectToken(),
                "subject_token_type",
                Scene.ACCESS_TOKEN,
                "audience",
                SCENE.to(),
                "scope",
                SCENE.use());
    }

    private static JsonNode verify(String audience, String token) throws Exception {
        return script(
                "verify.mjs",
                Map.of("issuer", SCENE.narrows().issuer(), "audience", audience, "token", token));
    }

    /**
     * An exchange.
     *
     * @param more members of what the script reads, or instead
     */
    private static JsonNode exchange(Map<String, ?> more) throws Exception {
        Map<String, Object> input = new HashMap<>();
        input.put("issuer", SCENE.narrows().issuer());
        input.put("client", ofNode(KEYED));
        input.put("parameters", parameters());
        input.putAll(more);
        return script("exchange.mjs", input);
    }

    private static Map<String, ?> ofNode(TestClient client) {
        return Map.of("id", client.id(), "jwk", client.key().toJSONObject());
    }

    private static JsonNode script(String name, Map<String, ?> input) throws Exception {
        return Narrows.parse(run(Narrows.json(input), "node", name));
    }

    private static int nodeVersion() throws Exception {
        return found("node")
                ? Integer.parseInt(run("", "node", "-p", "process.versions.node.split('.')[0]"))
                : 0;
    }

    private static boolean found(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(directory -> Path.of(directory, program))
                .anyMatch(Files::isExecutable);
    }

    /** What a program prints, without the last newline. It must end well. */
    private static String run(String input, String... command)
            throws IOException, InterruptedException {
        Files.createDirectories(SCRIPTS);
        Path err = SCRIPTS.resolve("stderr");
        Process process =
                new ProcessBuilder(command)
                        .directory(SCRIPTS.toFile())
                        .redirectError(err.toFile())
                        .start();
        try {
            process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().close();
            String out =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor())
                    .as("%s: %s%s", String.join(" ", command), out, Files.readString(err))
                    .isZero();
            return out.strip();
        } finally {
            process.destroy();
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.narrows.projector.cli.Narrows;

/**
 * Two admins who apply at the same moment, again and again ({@code -Dadmins.rounds=200} for
 * longer): whoever comes second is told, nobody's change is lost, and no set is half there.
 */
class TwoAdminsIT {
    private static final int ROUNDS = Integer.getInteger("admins.rounds", 30);
    private static final List<String> ADMINS = List.of("ada", "grace");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir static Path directory;

    private static Path data;
    private static RunningStandalone standalone;

    private final AtomicInteger refused = new AtomicInteger();

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

    /** Each reads the shared entries, adds to them and applies; who is told to, begins again. */
    @Test
    void nobodys_edit_of_a_shared_entry_is_lost() throws Exception {
        assertThat(
                        narrows(
                                        "apply",
                                        "-f",
                                        file(
                                                "shared",
                                                """
                                                audiences:
                                                  - id: shared-api
                                                clients:
                                                  - id: shared-client
                                                    audience: shared-api
                                                    authentication: {method: client_secret, secretHash: "sha256:RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o"}
                                                """),
                                        "--yes")
                                .status())
                .isZero();

        together((admin, round) -> edit(admin, admin + "." + round));

        List<String> marks =
                ADMINS.stream()
                        .flatMap(admin -> IntStream.range(0, ROUNDS).mapToObj(i -> admin + "." + i))
                        .toList();
        assertThat(texts(get("clients", "shared-client").path("scopes")))
                .as("no scope that somebody gave is lost")
                .containsExactlyInAnyOrderElementsOf(marks);
        Map<String, Long> given = new HashMap<>();
        for (JsonNode item : history("clients", "shared-client")) {
            JsonNode change = item.path("change").path("clientScopeAllowed");
            if (change.isObject()) {
                given.put(change.path("scope").asText(), item.path("seq").asLong());
            }
        }
        assertThat(given.keySet()).containsExactlyInAnyOrderElementsOf(marks);
        assertThat(since("scopes", "scope"))
                .as("each scope was defined where it was given, at one seq")
                .containsAllEntriesOf(given);
        assertThat(since("rules", "id")).as("and so was its rule").containsAllEntriesOf(given);
        assertThat(refused.get()).as("they did get into each other's way").isPositive();
    }

    /**
     * Each applies the same whole files again and again; one of the two sets holds, never a mix.
     */
    @Test
    void what_holds_is_the_one_set_or_the_other() throws Exception {
        Map<String, String> files = new HashMap<>();
        for (String admin : ADMINS) {
            files.put(
                    admin,
                    file(
                            admin,
                            """
                            audiences:
                              - {id: disputed-api, name: of %1$s}
                              - {id: disputed-too, name: of %1$s, labels: [%1$s]}
                            """
                                    .formatted(admin)));
        }
        together(
                (admin, round) -> {
                    Said said = narrows("apply", "-f", files.get(admin), "--yes", "-o", "json");
                    if (said.status() != 0) {
                        refused.incrementAndGet();
                        assertThat(said.status()).as(said.text()).isEqualTo(1);
                        assertThat(said.text())
                                .contains(
                                        "rejected",
                                        "changed at seq",
                                        "nothing of this was applied");
                    }
                },
                () -> {
                    String one = get("audiences", "disputed-api").path("name").asText();
                    JsonNode other = get("audiences", "disputed-too");
                    assertThat(other.path("name").asText()).isEqualTo(one);
                    assertThat("of " + other.path("labels").path(0).asText()).isEqualTo(one);
                });
        assertThat(refused.get()).as("they did get into each other's way").isPositive();
    }

    /** Reads, edits and applies until nobody was in between. */
    private void edit(String admin, String mark) throws Exception {
        while (true) {
            String client = narrows("get", "clients", "shared-client", "-o", "yaml").out();
            String seq =
                    client.lines().findFirst().orElseThrow().replace("# policy as of seq ", "");
            String edited =
                    withScope(client, mark)
                            + """
                            ---
                            scopes:
                              - {scope: %1$s, audience: shared-api, kind: grantable}
                            rules:
                              - id: %1$s
                                effect: allow
                                from: shared-api
                                to: shared-api
                                scopes: {%1$s: [%1$s]}
                            """
                                    .formatted(mark);
            Said said =
                    narrows(
                            "apply",
                            "-f",
                            file(admin, edited),
                            "--expected-position",
                            seq,
                            "--yes",
                            "--reason",
                            mark,
                            "-o",
                            "json");
            if (said.status() == 0) {
                return;
            }
            refused.incrementAndGet();
            assertThat(said.status()).as(said.text()).isEqualTo(1);
            assertThat(said.text()).containsPattern("changed (at|after) seq");
            assertThat(said.text()).contains("nothing of this was applied");
        }
    }

    private static String withScope(String client, String scope) {
        return client.contains("  scopes:\n")
                ? client.replace("  scopes:\n", "  scopes:\n  - " + scope + "\n")
                : client + "  scopes:\n  - " + scope + "\n";
    }

    /** What one admin does in a round. */
    private interface Turn {
        void take(String admin, int round) throws Exception;
    }

    /** What must hold when both have done it. */
    private interface Check {
        void run() throws Exception;
    }

    private static void together(Turn turn) throws Exception {
        together(turn, () -> {});
    }

    private static void together(Turn turn, Check check) throws Exception {
        CyclicBarrier moment = new CyclicBarrier(ADMINS.size());
        try (ExecutorService admins = Executors.newFixedThreadPool(ADMINS.size())) {
            for (int i = 0; i < ROUNDS; i++) {
                int round = i;
                List<Future<?>> turns = new ArrayList<>();
                for (String admin : ADMINS) {
                    turns.add(
                            admins.submit(
                                    () -> {
                                        moment.await();
                                        turn.take(admin, round);
                                        return null;
                                    }));
                }
                for (Future<?> done : turns) {
                    done.get();
                }
                check.run();
            }
        }
    }

    private static JsonNode get(String kind, String id) throws Exception {
        return JSON.readTree(narrows("get", kind, id, "-o", "json").out());
    }

    /** Since which seq each entry of a kind has been there. */
    private static Map<String, Long> since(String kind, String name) throws Exception {
        Map<String, Long> since = new HashMap<>();
        for (JsonNode item :
                JSON.readTree(narrows("get", kind, "-o", "json").out()).path("items")) {
            since.put(item.path(name).asText(), item.path("since").asLong());
        }
        return since;
    }

    private static JsonNode history(String kind, String id) throws Exception {
        return JSON.readTree(narrows("history", kind, id, "-o", "json").out()).path("items");
    }

    private static Set<String> texts(JsonNode list) {
        Set<String> texts = new TreeSet<>();
        list.forEach(item -> texts.add(item.asText()));
        return texts;
    }

    private static String file(String name, String content) throws Exception {
        return Files.writeString(directory.resolve(name + ".yaml"), content).toString();
    }

    private record Said(int status, String out, String err) {
        String text() {
            return out + err;
        }
    }

    private static Said narrows(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        List<String> all = new ArrayList<>(List.of(args));
        all.add("--data=" + data);
        int status =
                Narrows.run(
                        new PrintWriter(out, true),
                        new PrintWriter(err, true),
                        all.toArray(String[]::new));
        return new Said(status, out.toString(), err.toString());
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.narrows.events.value.Hash;
import org.narrows.projector.cli.Hint.Check;

/** Each check, where it has something to say and where it has not. */
class PolicyLintTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final String ORDERS = "https://orders.example.com";

    /** A policy without a fault. */
    private static final String GOOD =
            """
            issuers:
              - {issuer: https://login.example.com, alias: login, clients: true, jwksUri: https://login.example.com/keys}
            audiences:
              - {id: https://orders.example.com}
              - {id: https://billing.example.com}
            scopes:
              - {scope: read, audience: https://billing.example.com, kind: consentable, name: Read, description: Read it}
              - {scope: sync, audience: https://billing.example.com, kind: client}
              - {scope: list, kind: grantable}
            clients:
              - id: orders-service
                audience: https://orders.example.com
                authentication: {method: client_secret, secretHash: "sha256:LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE"}
                audiences: [https://billing.example.com]
                scopes: [read, sync, list]
            rules:
              - id: m-rule
                effect: allow
                clients: [orders-service]
                from: https://orders.example.com
                to: https://billing.example.com
                scopes: {r: [read], s: [sync, list]}
            """;

    @TempDir Path directory;

    @Test
    void a_policy_without_a_fault_gives_no_hint() throws Exception {
        assertThat(hints(GOOD)).isEmpty();
    }

    /** What a deny rule says beside `effect`, `from` and `to`, and whether it beats `m-rule`. */
    static Stream<Arguments> denies() {
        return Stream.of(
                Arguments.of("", "", true),
                Arguments.of("", "clients: [orders-service]", true),
                Arguments.of("", "clients: [other-service]", false),
                Arguments.of("", "clients: [other-service, orders-service]", true),
                Arguments.of("", "issuers: [https://login.example.com]", false),
                Arguments.of(
                        "issuers: [https://login.example.com]",
                        "issuers: [https://login.example.com]",
                        true),
                Arguments.of("", "modes: [impersonation]", true),
                Arguments.of("modes: [impersonation, delegation]", "modes: [impersonation]", false),
                Arguments.of("", "actors: [client]", false),
                Arguments.of("", "notBefore: 2026-06-01T00:00:00Z", false),
                Arguments.of("", "notBefore: 2025-06-01T00:00:00Z", true),
                Arguments.of(
                        "notBefore: 2026-07-01T00:00:00Z", "notBefore: 2026-06-01T00:00:00Z", true),
                Arguments.of("", "notAfter: 2026-06-01T00:00:00Z", false),
                Arguments.of(
                        "notAfter: 2026-05-01T00:00:00Z", "notAfter: 2026-06-01T00:00:00Z", true),
                Arguments.of("", "conditions: {acr: [low]}", false),
                Arguments.of("conditions: {acr: [low]}", "conditions: {acr: [low, lower]}", true),
                Arguments.of("conditions: {acr: [low, high]}", "conditions: {acr: [low]}", false),
                Arguments.of(
                        "conditions: {maxAuthAge: PT1H}", "conditions: {maxAuthAge: PT2H}", true),
                Arguments.of(
                        "conditions: {maxAuthAge: PT2H}", "conditions: {maxAuthAge: PT1H}", false));
    }

    @ParameterizedTest
    @MethodSource("denies")
    void an_allow_rule_that_a_deny_rule_always_beats_is_shadowed(
            String allow, String deny, boolean shadowed) throws Exception {
        String policy =
                GOOD.replace("    effect: allow\n", "    effect: allow\n" + member(allow))
                        + "  - id: stop\n    effect: deny\n"
                        + "    from: https://orders.example.com\n    to: https://billing.example.com\n"
                        + member(deny);
        assertThat(hints(policy))
                .isEqualTo(
                        shadowed
                                ? List.of(
                                        "shadowed_rule m-rule: the rule `stop` denies everything that this one allows")
                                : List.of());
    }

    @Test
    void a_deny_rule_of_another_road_shadows_nothing() throws Exception {
        String deny =
                """
                  - {id: stop, effect: deny, from: https://billing.example.com, to: https://orders.example.com}
                """;
        assertThat(hints(GOOD + deny)).isEmpty();
    }

    /** Another rule of the same road, and whether it makes `m-rule` needless. */
    static Stream<Arguments> others() {
        String same = "scopes: {r: [read], s: [sync, list]}";
        return Stream.of(
                Arguments.of("a-rule", same, "m-rule"),
                Arguments.of("a-rule", "scopes: {r: [read, list], s: [sync, list]}", "m-rule"),
                Arguments.of("a-rule", "scopes: {r: [read], s: [sync]}", ""),
                Arguments.of("a-rule", same + "\n    issuers: [https://login.example.com]", ""),
                Arguments.of("a-rule", same + "\n    modes: [delegation]", ""),
                Arguments.of("a-rule", same + "\n    notAfter: 2027-01-01T00:00:00Z", ""),
                Arguments.of("a-rule", same + "\n    conditions: {amr: [hwk]}", ""),
                Arguments.of("a-rule", same + "\n    maxLifetime: PT1M", "m-rule"),
                Arguments.of("a-rule", same + "\n    actors: [user]", ""),
                // Of rules that give the same the first id is taken, so the second is needless ...
                Arguments.of("z-rule", same + "\n    clients: [orders-service]", "z-rule"),
                // ... and a second one that gives more is not, but it makes the first one so.
                Arguments.of("z-rule", same, "m-rule"),
                // Where the first one is taken its lifetime holds, so it is of use.
                Arguments.of("z-rule", same + "\n    maxLifetime: PT1M", ""),
                Arguments.of("z-rule", "scopes: {r: [read]}", ""));
    }

    @ParameterizedTest
    @MethodSource("others")
    void an_allow_rule_that_another_one_makes_needless_is_covered(
            String id, String members, String covered) throws Exception {
        String other =
                "  - id: "
                        + id
                        + "\n    effect: allow\n    from: https://orders.example.com\n"
                        + "    to: https://billing.example.com\n"
                        + member(members);
        List<String> hints =
                hints(GOOD + other).stream().filter(hint -> hint.startsWith("covered")).toList();
        assertThat(hints)
                .isEqualTo(
                        covered.isEmpty()
                                ? List.of()
                                : List.of(
                                        "covered_rule "
                                                + covered
                                                + ": the rule `"
                                                + (covered.equals(id) ? "m-rule" : id)
                                                + "` allows everything that this one does"));
    }

    @Test
    void a_rule_that_binds_less_or_goes_deeper_is_not_covered() throws Exception {
        for (String more :
                List.of("maxChainDepth: 2", "boundSubject: rebind", "combinable: true")) {
            String other =
                    """
                      - id: a-rule
                        effect: allow
                        from: https://orders.example.com
                        to: https://billing.example.com
                        scopes: {r: [read], s: [sync, list]}
                    """;
            String policy = GOOD.replace("effect: allow\n", "effect: allow\n" + member(more));
            assertThat(hints(policy + other)).as(more).isEmpty();
            assertThat(hints(policy + other + member(more))).as(more).hasSize(1);
        }
    }

    @Test
    void a_scope_that_nobody_can_be_granted_is_told_with_the_reason() throws Exception {
        assertThat(hints(GOOD.replace("r: [read], ", "")))
                .containsExactly("unreachable_scope read: no rule gives it");
        assertThat(hints(GOOD.replace("scopes: [read, sync, list]", "scopes: [sync, list]")))
                .containsExactly("unreachable_scope read: no client may have it");
        assertThat(
                        hints(
                                GOOD.replace(
                                        "clients:\n",
                                        "  - {scope: more, kind: grantable}\nclients:\n")))
                .containsExactly(
                        "unreachable_scope more: no rule gives it and no client may have it");
    }

    private static final String OTHER_CLIENT =
            """
              - id: other-service
                audience: https://billing.example.com
                authentication: {method: client_secret, secretHash: "sha256:RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o"}
                audiences: [%s]
                scopes: [%s]
            rules:
            """;

    @Test
    void a_scope_that_no_rule_gives_this_client_is_told() throws Exception {
        String policy =
                GOOD.replace(
                        "rules:\n", OTHER_CLIENT.formatted("https://orders.example.com", "list"));
        assertThat(hints(policy))
                .containsExactly(
                        "unreachable_scope other-service: no rule from `https://billing.example.com` to any of its `audiences`"
                                + " gives it `list`");
        String road =
                """
                  - {id: back, effect: allow, from: https://billing.example.com, to: https://orders.example.com, scopes: {x: [list]}}
                """;
        assertThat(hints(policy + road)).isEmpty();
    }

    @Test
    void a_rule_that_can_give_nobody_anything_is_told() throws Exception {
        String back =
                """
                  - {id: back, effect: allow, from: https://billing.example.com, to: https://orders.example.com, scopes: {x: [list]}}
                """;
        assertThat(hints(GOOD + back))
                .containsExactly(
                        "unreachable_rule back: no client that it is for may ask for `https://orders.example.com` and has one of"
                                + " the scopes that it gives");
    }

    @Test
    void scopes_for_users_and_for_clients_need_issuers_of_such() throws Exception {
        assertThat(hints(GOOD.replace("clients: true", "clients: all")))
                .singleElement()
                .asString()
                .startsWith("unreachable_scope read: users consent");
        assertThat(hints(GOOD.replace("clients: true", "clients: false")))
                .singleElement()
                .asString()
                .startsWith("unreachable_scope sync: it is for clients as subjects");
        assertThat(hints(GOOD.replace("clients: true", "clients: {kind: machine}"))).isEmpty();
        String two =
                GOOD.replace("clients: true", "clients: false")
                        .replace(
                                "audiences:\n  - {id: https://orders",
                                "  - {issuer: https://kube.example.com, alias: kube, clients: all, jwksUri: https://kube.example.com/keys}\n"
                                        + "audiences:\n  - {id: https://orders");
        assertThat(hints(two)).isEmpty();
        assertThat(
                        hints(
                                two.replace(
                                        "effect: allow\n",
                                        "effect: allow\n    issuers: [https://login.example.com]\n")))
                .hasSize(2)
                .anyMatch(hint -> hint.startsWith("unreachable_scope sync"))
                .anyMatch(hint -> hint.startsWith("unused_issuer https://kube.example.com"));
    }

    @Test
    void a_policy_without_issuers_is_one_that_is_being_begun() throws Exception {
        assertThat(hints(GOOD.substring(GOOD.indexOf("audiences:")))).isEmpty();
    }

    private static String clients(int count) {
        return IntStream.range(0, count)
                .mapToObj(
                        i ->
                                """
                                  - id: service-%d
                                    audience: https://orders.example.com
                                    authentication: {method: tls_client_auth, sanDns: s%d.example.com}
                                    audiences: [https://billing.example.com]
                                    scopes: [read]
                                """
                                        .formatted(i, i))
                .collect(Collectors.joining());
    }

    @Test
    void consent_that_very_many_clients_share_is_told() throws Exception {
        String open = GOOD.replace("    clients: [orders-service]\n", "");
        assertThat(hints(open.replace("rules:\n", clients(19) + "rules:\n"))).isEmpty();
        assertThat(hints(open.replace("rules:\n", clients(20) + "rules:\n")))
                .singleElement()
                .asString()
                .startsWith(
                        "widely_shared_consent https://billing.example.com: 21 clients share what users consent to here");
        assertThat(
                        hints(
                                open.replace("rules:\n", clients(20) + "rules:\n")
                                        .replace("scopes: [read]", "scopes: [list]")))
                .isEmpty();
    }

    @Test
    void rules_that_are_over_or_soon_will_be_are_told() throws Exception {
        assertThat(hints(ending("2026-01-31T00:00:00Z")))
                .containsExactly(
                        "expiring_rule m-rule: it allows nothing any more from 2026-01-31T00:00:00Z on");
        assertThat(hints(ending("2026-01-01T00:00:00Z")))
                .containsExactly(
                        "expiring_rule m-rule: it allows nothing any more since 2026-01-01T00:00:00Z");
        assertThat(hints(ending("2026-01-31T00:00:01Z"))).isEmpty();
    }

    private static String ending(String notAfter) {
        return GOOD + "    notAfter: " + notAfter + "\n";
    }

    @ParameterizedTest
    @MethodSource
    void a_secret_that_is_guessed_at_once_is_told(String secret) throws Exception {
        String hash = "sha256:" + Hash.sha256(secret.getBytes(StandardCharsets.UTF_8));
        String weak = GOOD.replace("sha256:LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE", hash);
        assertThat(hints(weak))
                .singleElement()
                .asString()
                .startsWith("weak_secret orders-service: its secret is ");
        assertThat(
                        hints(
                                weak.replace(
                                        "secretHash: \"" + hash + '"',
                                        "secretHashes: [\""
                                                + hash
                                                + "\", \"sha256:LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE\"]")))
                .hasSize(1);
    }

    static List<String> a_secret_that_is_guessed_at_once_is_told() {
        return List.of("", "secret", "changeme", "orders-service", "orders-service-secret");
    }

    @Test
    void an_audience_without_a_name_of_its_own_in_the_world_is_told() throws Exception {
        String named = GOOD.replace("https://billing.example.com", "billing-api");
        assertThat(hints(named))
                .singleElement()
                .asString()
                .startsWith("audience_no_uri billing-api: its name is no absolute URI");
        assertThat(
                        hints(
                                named.replace(
                                        "{id: billing-api}",
                                        "{id: billing-api, tokenAudience: https://billing.example.com}")))
                .isEmpty();
        assertThat(hints(GOOD.replace("https://billing.example.com", "urn:example:billing")))
                .isEmpty();
    }

    @Test
    void a_client_with_scopes_and_no_targets_or_the_other_way_round_is_told() throws Exception {
        String policy = GOOD.replace("rules:\n", OTHER_CLIENT);
        assertThat(hints(policy.formatted("", "list")))
                .containsExactly(
                        "idle_client other-service: it has `scopes` and no `audiences`: every exchange is refused");
        assertThat(hints(policy.formatted("https://orders.example.com", "")))
                .containsExactly(
                        "idle_client other-service: it has `audiences` and no `scopes`: every exchange is refused");
        // One that only introspects has neither.
        assertThat(hints(policy.formatted("", ""))).isEmpty();
    }

    @Test
    void a_former_token_audience_that_counts_no_more_is_told() throws Exception {
        String former =
                "{id: https://billing.example.com, formerTokenAudiences: [{value: a:b, until: 2027-01-01T00:00:00Z},"
                        + " {value: c:d, until: %s}]}";
        assertThat(
                        hints(
                                GOOD.replace(
                                        "{id: https://billing.example.com}",
                                        former.formatted("2026-01-01T00:00:00Z"))))
                .containsExactly(
                        "past_token_audience https://billing.example.com: `c:d` is not accepted any more since"
                                + " 2026-01-01T00:00:00Z");
        assertThat(
                        hints(
                                GOOD.replace(
                                        "{id: https://billing.example.com}",
                                        former.formatted("2026-01-01T00:00:01Z"))))
                .isEmpty();
    }

    @Test
    void an_issuer_that_nothing_makes_use_of_is_told() throws Exception {
        String two =
                GOOD.replace(
                                "audiences:\n  - {id: https://orders",
                                "  - {issuer: https://more.example.com, alias: more, jwksUri: https://more.example.com/keys}\n"
                                        + "audiences:\n  - {id: https://orders")
                        .replace(
                                "effect: allow\n",
                                "effect: allow\n    issuers: [https://login.example.com]\n");
        assertThat(hints(two))
                .containsExactly(
                        "unused_issuer https://more.example.com: no rule takes its tokens, and no client authenticates with"
                                + " them");
        // Whose actor token it may be no rule says.
        assertThat(hints(two + "    modes: [impersonation, delegation]\n")).isEmpty();
        String authenticating =
                two.replaceAll(
                        "authentication: .*",
                        "authentication: {method: federated_jwt, issuer: https://more.example.com, subject: orders}");
        assertThat(hints(authenticating)).isEmpty();
        assertThat(
                        hints(
                                authenticating.replace(
                                        "alias: more,", "alias: more, subjectTokenTypes: [],")))
                .isEmpty();
    }

    @Test
    void the_command_tells_file_and_line_and_exits_1() throws Exception {
        Path file = directory.resolve("policy.yaml");
        Files.writeString(file, ending("2020-01-01T00:00:00Z"));
        StringWriter out = new StringWriter();
        assertThat(run(out, new StringWriter(), "lint", "-f", file.toString())).isOne();
        assertThat(out.toString().lines())
                .containsExactly(
                        file
                                + ":23: rules m-rule: it allows nothing any more since 2020-01-01T00:00:00Z",
                        "1 hint");
        StringWriter json = new StringWriter();
        run(json, new StringWriter(), "lint", "-f", directory.toString(), "-o", "json");
        JsonNode hint = Json.read(json.toString()).path(0);
        assertThat(hint.path("check").asText()).isEqualTo("expiring_rule");
        assertThat(hint.path("line").asInt()).isEqualTo(23);
        Files.writeString(file, GOOD);
        StringWriter none = new StringWriter();
        assertThat(run(none, new StringWriter(), "lint", "-f", file.toString())).isZero();
        assertThat(none.toString()).isEqualToIgnoringNewLines("no hints");
    }

    @Test
    void a_part_of_a_policy_and_one_that_a_log_would_reject_are_no_matter_of_taste()
            throws Exception {
        Path file = directory.resolve("policy.yaml");
        Files.writeString(file, GOOD.substring(GOOD.indexOf("rules:")));
        StringWriter err = new StringWriter();
        assertThat(run(new StringWriter(), err, "lint", "-f", file.toString())).isEqualTo(2);
        assertThat(err.toString()).contains(":4: `rules[0].clients`: there is no `orders-service`");
    }

    @Test
    void a_secret_in_the_place_of_its_hash_is_refused_with_the_way_to_make_one() throws Exception {
        Path file = directory.resolve("policy.yaml");
        for (String wrong : List.of("secretHash: hunter2", "secretHashes: [hunter2]")) {
            Files.writeString(file, GOOD.replaceAll("secretHash: \"[^\"]*\"", wrong));
            StringWriter err = new StringWriter();
            assertThat(run(new StringWriter(), err, "lint", "-f", file.toString())).isEqualTo(2);
            assertThat(err.toString())
                    .contains(":13: `clients[0].authentication.secretHash")
                    .contains("narrows new secret FILE")
                    .contains(
                            "printf 'sha256:%s\\n' \"$(printf %s \"$SECRET\" | openssl dgst -sha256 -binary |"
                                    + " basenc --base64url | tr -d =)\"")
                    .doesNotContain("hunter2");
        }
    }

    @Test
    void plan_and_apply_hint_at_what_comes_by_the_difference() throws Exception {
        Path file = directory.resolve("more.yaml");
        Files.writeString(file, "audiences:\n  - id: short\n");
        String over = "effect: allow\n    notAfter: 2020-01-01T00:00:00Z\n";
        assertThat(told(GOOD.replace("effect: allow\n", over), file).lines())
                .as("the rule that is over was so before")
                .singleElement()
                .asString()
                .startsWith("hint: " + file + ":2: audiences short: its name is no absolute URI");
    }

    @Test
    void plan_and_apply_hint_at_an_entry_in_force_that_the_files_spoil() throws Exception {
        Path file = directory.resolve("stop.yaml");
        Files.writeString(
                file,
                """
                rules:
                  - id: stop
                    effect: deny
                    from: https://orders.example.com
                    to: https://billing.example.com
                """);
        assertThat(told(GOOD, file).lines())
                .contains(
                        "hint: rules m-rule: the rule `stop` denies everything that this one allows");
    }

    @Test
    void plan_and_apply_say_nothing_where_nothing_changes() throws Exception {
        Path file = directory.resolve("policy.yaml");
        Files.writeString(
                file,
                GOOD.replace(
                        "effect: allow\n", "effect: allow\n    notAfter: 2020-01-01T00:00:00Z\n"));
        assertThat(told(Files.readString(file), file)).isEmpty();
    }

    /** What an admin is told of the difference that a file makes to a policy. */
    private String told(String policy, Path file) throws Exception {
        Path inForce = directory.resolve("in-force.yaml");
        Files.writeString(inForce, policy);
        SortedMap<EntryName, WholeEntry> entries = new TreeMap<>();
        PolicyFiles.read(List.of(inForce))
                .entries()
                .forEach((name, written) -> entries.put(name, written.entry()));
        Files.delete(inForce);
        PolicyFiles files = PolicyFiles.read(List.of(file));
        StringWriter err = new StringWriter();
        LintCommand.tell(
                PolicyDifference.between(new CurrentPolicy(3, entries), files, false),
                files,
                new PrintWriter(err, true));
        return err.toString();
    }

    @Test
    void so_many_hints_that_they_would_hide_the_plan_are_counted() throws Exception {
        Path file = directory.resolve("policy.yaml");
        Files.writeString(
                file,
                "audiences:\n"
                        + IntStream.range(0, 23)
                                .mapToObj(i -> "  - id: api-" + i + "\n")
                                .collect(Collectors.joining()));
        PolicyFiles files = PolicyFiles.read(List.of(file));
        StringWriter err = new StringWriter();
        LintCommand.tell(
                PolicyDifference.between(
                        new CurrentPolicy(1, new java.util.TreeMap<>()), files, false),
                files,
                new PrintWriter(err, true));
        assertThat(err.toString().lines()).hasSize(21).last().isEqualTo("hint: and 3 more");
    }

    @Test
    void every_check_is_tested_here() throws Exception {
        String tests =
                Files.readString(
                        Path.of("src/test/java/org/narrows/projector/cli/PolicyLintTest.java"));
        for (Check check : Check.values()) {
            assertThat(tests).contains(check.text());
        }
    }

    private static int run(StringWriter out, StringWriter err, String... args) {
        return Narrows.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    }

    private static String member(String text) {
        return text.isEmpty() ? "" : "    " + text + "\n";
    }

    private List<String> hints(String policy) throws Exception {
        Path file = directory.resolve("policy.yaml");
        String clients =
                policy.contains("other-service]") || policy.contains("[other-service")
                        ? policy.replace(
                                "rules:\n",
                                """
                                  - id: other-service
                                    audience: %s
                                    authentication: {method: tls_client_auth, sanDns: other.example.com}
                                rules:
                                """
                                        .formatted(ORDERS))
                        : policy;
        Files.writeString(file, clients);
        PolicyFiles files = PolicyFiles.read(List.of(file));
        return Hint.placed(PolicyLint.hints(TestedPolicy.of(files).entries().values(), NOW), files)
                .stream()
                .map(
                        placed ->
                                placed.hint().check().text()
                                        + " "
                                        + placed.hint().entry().id()
                                        + ": "
                                        + placed.hint().sentence())
                .toList();
    }
}

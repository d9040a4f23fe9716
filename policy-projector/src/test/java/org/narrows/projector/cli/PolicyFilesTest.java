// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyFilesTest {
    private static final String GOOD =
            """
            # two APIs
            audiences:
              - id: orders-api
              - id: billing-api
            ---
            scopes:
              - scope: invoice.read
                audience: billing-api
                kind: consentable
                name: Read invoices
                description: See the invoices on your account
            clients:
              - id: orders-service
                audience: orders-api
                authentication:
                  method: client_secret
                  secretHash: "sha256:RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o"
                audiences: [billing-api]
                scopes: [invoice.read]
            rules:
              - id: orders-to-billing
                effect: allow
                clients: [orders-service]
                from: orders-api
                to: billing-api
                scopes: {orders.read: [invoice.read]}
            """;

    @TempDir Path directory;

    @Test
    void several_documents_are_one_policy() throws Exception {
        assertThat(read(GOOD).entries().keySet().stream().map(EntryName::toString))
                .containsExactly(
                        "audiences billing-api",
                        "audiences orders-api",
                        "scopes invoice.read",
                        "clients orders-service",
                        "rules orders-to-billing");
    }

    @Test
    void a_new_policy_is_one_event_that_defines_all_of_it() throws Exception {
        assertThat(difference(GOOD).data().path("changes").findValuesAsText("scope"))
                .contains("invoice.read");
        assertThat(
                        difference(GOOD)
                                .data()
                                .path("changes")
                                .valueStream()
                                .map(change -> change.fieldNames().next()))
                .containsExactly(
                        "audienceDefined",
                        "audienceDefined",
                        "scopeDefined",
                        "clientRegistered",
                        "clientScopeAllowed",
                        "clientAudienceAllowed",
                        "ruleDefined");
    }

    @Test
    void a_mistyped_section_is_named_with_its_line_and_what_was_meant() throws Exception {
        assertThat(refusal(GOOD.replace("clients:\n", "client:\n")))
                .contains(":12: `client` is no section of a policy; did you mean `clients`?");
    }

    @Test
    void a_mistyped_member_is_named_with_its_line_and_what_was_meant() throws Exception {
        assertThat(refusal(GOOD.replace("    effect: allow", "    efect: allow")))
                .contains(":22: `rules[0].efect` is not known here; did you mean `effect`?");
    }

    @Test
    void a_wrong_value_is_named_with_its_line() throws Exception {
        assertThat(refusal(GOOD.replace("kind: consentable", "kind: sometimes")))
                .contains(":9: `scopes[0].kind`");
        assertThat(refusal(GOOD.replace("method: client_secret", "method: [client_secret]")))
                .contains(":16: `clients[0].authentication.method`");
    }

    @Test
    void every_wrong_entry_is_named_and_not_only_the_first() throws Exception {
        assertThat(
                        refusal(
                                        GOOD.replace("kind: consentable", "kind: sometimes")
                                                .replace("effect: allow", "effect: perhaps"))
                                .lines())
                .hasSize(2);
    }

    @Test
    void a_name_of_nothing_is_named_with_its_line_and_what_was_meant() throws Exception {
        String message =
                catchThrowableOfType(
                                CommandFailure.class,
                                () ->
                                        difference(
                                                GOOD.replace(
                                                        "    to: billing-api",
                                                        "    to: biling-api")))
                        .sentence();
        assertThat(message)
                .contains(
                        ":25: `rules[0].to`: there is no `biling-api` in audiences; did you mean `billing-api`?");
    }

    @Test
    void a_member_that_is_there_twice_is_an_error() throws Exception {
        assertThat(
                        refusal(
                                GOOD.replace(
                                        "    from: orders-api\n",
                                        "    from: orders-api\n    from: orders-api\n")))
                .contains(":25: `rules[0].from` is there twice");
    }

    @Test
    void an_entry_that_is_there_twice_is_an_error() throws Exception {
        assertThat(refusal(GOOD.replace("  - id: billing-api\n", "  - id: orders-api\n")))
                .contains(":4: `audiences[1]`: audiences orders-api is written at")
                .contains(":3 already");
    }

    @Test
    void a_text_that_is_no_yaml_is_an_error_with_its_line() throws Exception {
        assertThat(refusal("rules:\n  - id: [a\n"))
                .contains("policy.yaml:")
                .contains("this is no YAML");
    }

    @Test
    void tests_are_never_policy() throws Exception {
        assertThat(refusal("tests: []\n")).contains("policy.yaml:1: policy tests are never policy");
        Files.writeString(directory.resolve("a.yaml"), "audiences: [{id: a}]\n");
        Files.writeString(directory.resolve("a.test.yaml"), "tests: []\n");
        Files.delete(directory.resolve("policy.yaml"));
        assertThat(PolicyFiles.read(List.of(directory)).entries()).hasSize(1);
    }

    private PolicyDifference difference(String yaml) throws Exception {
        return PolicyDifference.between(new CurrentPolicy(1, new TreeMap<>()), read(yaml), false);
    }

    private String refusal(String yaml) {
        return catchThrowableOfType(CommandFailure.class, () -> read(yaml)).sentence();
    }

    private PolicyFiles read(String yaml) throws Exception {
        Path file = directory.resolve("policy.yaml");
        Files.writeString(file, yaml);
        return PolicyFiles.read(List.of(file));
    }
}

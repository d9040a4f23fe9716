// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What `plan` says of files against a policy in force. */
class PolicyDifferenceTest {
    private static final String POLICY =
            """
            audiences:
              - id: orders-api
              - id: billing-api
            scopes:
              - {scope: invoice.read, audience: billing-api, kind: grantable}
              - {scope: invoice.list, audience: billing-api, kind: grantable}
            clients:
              - id: orders-service
                audience: orders-api
                authentication: {method: client_secret, secretHash: "sha256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"}
                audiences: [billing-api]
                scopes: [invoice.read]
            rules:
              - id: orders-to-billing
                effect: allow
                from: orders-api
                to: billing-api
                scopes: {orders.read: [invoice.read]}
            """;

    @TempDir Path directory;

    @Test
    void an_unchanged_policy_has_no_changes() {
        assertThat(plan(POLICY)).containsExactly("no changes");
    }

    @Test
    void one_scope_more_of_a_client_is_one_line() {
        assertThat(
                        plan(
                                POLICY.replace(
                                        "scopes: [invoice.read]",
                                        "scopes: [invoice.read, invoice.list]")))
                .containsExactly("~ clients orders-service  scopes: + invoice.list");
    }

    @Test
    void one_scope_more_of_a_rule_is_one_line() {
        assertThat(
                        plan(
                                POLICY.replace(
                                        "orders.read: [invoice.read]",
                                        "orders.read: [invoice.read, invoice.list]")))
                .containsExactly("~ rules orders-to-billing  scopes: orders.read: + invoice.list");
        assertThat(
                        plan(
                                POLICY.replace(
                                        "{orders.read: [invoice.read]}",
                                        "{orders.list: [invoice.list]}")))
                .containsExactly(
                        "~ rules orders-to-billing  scopes: - orders.read, + orders.list: [\"invoice.list\"]");
    }

    @Test
    void a_member_that_appears_says_what_it_becomes() {
        assertThat(
                        plan(
                                POLICY.replace(
                                        "effect: allow",
                                        "effect: allow\n    clients: [orders-service]")))
                .containsExactly(
                        "~ rules orders-to-billing  clients: not written -> [\"orders-service\"]");
    }

    @Test
    void several_members_of_one_entry_are_a_line_each_and_a_sum() {
        assertThat(
                        plan(
                                POLICY.replace(
                                        "audiences: [billing-api]\n    scopes: [invoice.read]",
                                        "audiences: []\n    scopes: []")))
                .containsExactly(
                        "~ clients orders-service",
                        "    audiences: [\"billing-api\"] -> not written",
                        "    scopes: [\"invoice.read\"] -> not written",
                        "0 to add, 1 to change, 0 to take away");
    }

    @Test
    void an_entry_may_go_on_naming_what_is_gone_but_not_begin_to() {
        String policy =
                """
                issuers:
                  - issuer: https://login.example.com
                    alias: login
                    jwksUri: https://login.example.com/keys
                    audiences: [orders-api, retired-api]
                audiences: [{id: orders-api}, {id: billing-api}]
                clients:
                  - id: till
                    audience: orders-api
                    authentication: {method: federated_jwt, issuer: https://gone.example.com, subject: till}
                rules:
                  - id: orders-to-billing
                    effect: allow
                    from: orders-api
                    to: billing-api
                    issuers: [https://gone.example.com]
                    scopes: {}
                """;
        assertThat(plan(policy, policy)).containsExactly("no changes");
        assertThatThrownBy(
                        () ->
                                plan(
                                        policy,
                                        policy
                                                + """
                                                  - id: another
                                                    effect: deny
                                                    from: orders-api
                                                    to: billing-api
                                                    issuers: [https://gone.example.com]
                                                """))
                .hasMessageContaining("`rules[1].issuers`: there is no `https://gone.example.com`");
        assertThatThrownBy(() -> plan(policy, policy.replace("retired-api", "retired-ap")))
                .hasMessageContaining("there is no `retired-ap`");
    }

    private List<String> plan(String wanted) {
        return plan(POLICY, wanted);
    }

    private List<String> plan(String current, String wanted) {
        SortedMap<EntryName, WholeEntry> entries = new TreeMap<>();
        read("current.yaml", current)
                .entries()
                .forEach((name, written) -> entries.put(name, written.entry()));
        StringWriter printed = new StringWriter();
        PolicyDifference.between(new CurrentPolicy(7, entries), read("wanted.yaml", wanted), false)
                .print(new PrintWriter(printed));
        return printed.toString().lines().toList();
    }

    private PolicyFiles read(String name, String text) {
        try {
            return PolicyFiles.read(List.of(Files.writeString(directory.resolve(name), text)));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.narrows.conformance.AgainstNarrows;
import org.narrows.conformance.CommandLine;
import org.narrows.conformance.Narrows;
import org.narrows.conformance.Office;
import org.narrows.conformance.Policy;
import org.narrows.conformance.Reply;
import org.narrows.conformance.TestClient;

@AgainstNarrows
@Subject(value = "Changes, files, history", order = 10)
class ChangesIT {
    private static CommandLine run(String... args) {
        return CommandLine.run(Stage.narrows(), args);
    }

    private static Reply propose(Policy policy, Map<String, ?> more) {
        return Stage.narrows()
                .propose(Stage.narrows().adminToken(), "policy.changed", policy.data(), more);
    }

    private static Map<String, ?> scope(Stage stage, String scope) {
        return Map.of("client", stage.client().id(), "scope", scope);
    }

    @Test
    @Statement("The changes of one event are applied all together or not at all")
    void changes_are_atomic() {
        Stage stage = Stage.open("change-atomic");
        assertThat(
                        Stage.rejected(
                                new Policy()
                                        .change("clientScopeWithdrawn", scope(stage, stage.use()))
                                        .audience("change-atomic-new")
                                        .scope(
                                                "change-atomic.x",
                                                "change-atomic-none",
                                                "grantable")))
                .contains("change-atomic-none");
        assertThat(Stage.narrows().admin("/audiences/change-atomic-new").status()).isEqualTo(404);
        stage.ask().permitted();
    }

    @Test
    @Statement("The order of the changes in one event does not matter")
    void the_order_in_an_event_does_not_matter() {
        Stage stage = Stage.open("change-order");
        stage.publish(
                new Policy()
                        .rule(
                                "change-order-b-rule",
                                stage.from(),
                                "change-order-b",
                                Map.of("in", List.of("change-order.b")))
                        .change("clientScopeAllowed", scope(stage, "change-order.b"))
                        .change(
                                "clientAudienceAllowed",
                                Map.of("client", stage.client().id(), "audience", "change-order-b"))
                        .scope("change-order.b", "change-order-b", "grantable")
                        .audience("change-order-b"));
        stage.ask().at("change-order-b").scope("change-order.b").permitted();
    }

    @Test
    @Statement(
            "No two changes of one event are about the same entry, or the same scope or target of a client")
    void nothing_is_changed_twice_in_an_event() {
        Stage stage = Stage.open("change-twice");
        for (Policy twice :
                List.of(
                        new Policy()
                                .audience(stage.to(), Map.of("name", "One"))
                                .audience(stage.to(), Map.of("name", "Other")),
                        new Policy()
                                .audience("change-twice-x")
                                .change("audienceRetired", Map.of("id", "change-twice-x")),
                        new Policy()
                                .change("clientScopeAllowed", scope(stage, stage.use()))
                                .change("clientScopeWithdrawn", scope(stage, stage.use())))) {
            assertThat(Stage.invalid(twice).text("detail")).contains("change");
        }
        stage.publish(
                new Policy()
                        .client(stage.client(), stage.from(), List.of(), List.of())
                        .change("clientScopeWithdrawn", scope(stage, stage.read()))
                        .change("clientScopeAllowed", scope(stage, stage.use())));
        stage.ask().permitted();
    }

    @Test
    @Statement("A change about what is not there is rejected: a misspelt id does not look done")
    void a_misspelt_id_is_not_done() {
        Stage stage = Stage.open("change-none");
        for (Map.Entry<String, Map<String, ?>> change :
                Map.<String, Map<String, ?>>of(
                                "audienceRetired",
                                Map.of("id", "change-none-x"),
                                "ruleRetired",
                                Map.of("id", "change-none-x"),
                                "clientDisabled",
                                Map.of("id", "change-none-x"),
                                "clientRemoved",
                                Map.of("id", "change-none-x"),
                                "scopeRetired",
                                Map.of("scope", "change-none-x", "audience", stage.to()),
                                "claimRetired",
                                Map.of("claim", "change-none-x", "audience", stage.to()),
                                "issuerDistrusted",
                                Map.of("issuer", "https://change-none-x.invalid"),
                                "clientScopeWithdrawn",
                                scope(stage, "change-none-x"))
                        .entrySet()) {
            assertThat(Stage.rejected(new Policy().change(change.getKey(), change.getValue())))
                    .as(change.getKey())
                    .contains("change-none-x");
        }
    }

    @Test
    @Statement(
            "Taking away what is there but was not given, or disabling what is disabled, is applied")
    void taking_away_twice_is_applied() {
        Stage stage = Stage.open("change-again");
        stage.change("clientDisabled", Map.of("id", stage.client().id()));
        stage.change("clientDisabled", Map.of("id", stage.client().id()));
        stage.change(
                "clientScopeWithdrawn", Map.of("client", stage.api().id(), "scope", stage.use()));
        stage.change(
                "clientAudienceWithdrawn",
                Map.of("client", stage.api().id(), "audience", stage.to()));
    }

    @Test
    @Statement(
            "An event that expects an older policy than there is, is rejected, and nothing of it is applied")
    void a_stale_event_is_rejected() {
        Stage stage = Stage.open("change-stale");
        String seen = seq(stage.change("clientScopeAllowed", scope(stage, stage.use())));
        String since = seq(stage.publish(new Policy().audience("change-stale-between")));
        Policy mine =
                new Policy()
                        .audience("change-stale-mine")
                        .change("clientScopeWithdrawn", scope(stage, stage.use()));
        Reply stale = propose(mine, Map.of("expectedposition", seen));
        assertThat(stale.text("verdict")).as(stale.toString()).isEqualTo("rejected");
        assertThat(Stage.narrows().admin("/audiences/change-stale-mine").status()).isEqualTo(404);
        stage.ask().permitted();
        Reply fresh = propose(mine, Map.of("expectedposition", since));
        Stage.narrows().inForce(fresh);
        stage.ask().refused("invalid_scope");
    }

    /** Of a consistency token: what the log has at its end then. */
    private static String seq(String consistency) {
        return consistency.substring(consistency.lastIndexOf('.') + 1);
    }

    @Test
    @Statement(
            "An event sent again changes nothing and gets the verdict of the first; other bytes under its id are rejected")
    void an_event_counts_once() {
        Stage stage = Stage.open("change-once");
        Map<String, ?> withdrawal =
                new Policy().change("clientScopeWithdrawn", scope(stage, stage.use())).data();
        Map<String, ?> event = Narrows.event("policy.changed", withdrawal, Map.of());
        String token = Stage.narrows().adminToken();
        Reply first = Stage.narrows().proposeEvent(token, event);
        assertThat(first.text("verdict")).isEqualTo("applied");
        stage.change("clientScopeAllowed", scope(stage, stage.use()));
        Reply again = Stage.narrows().proposeEvent(token, event);
        assertThat(again.text("verdict")).isEqualTo("duplicate");
        assertThat(again.json().path("first").path("verdict").asText()).isEqualTo("applied");
        assertThat(again.json().path("first").path("seq").asText()).isEqualTo(first.text("seq"));
        Reply other =
                Stage.narrows()
                        .propose(
                                token,
                                "policy.changed",
                                withdrawal,
                                Map.of("id", event.get("id"), "reason", "other bytes"));
        assertThat(other.text("verdict")).as(other.toString()).isEqualTo("rejected");
        stage.ask().permitted();
    }

    @Test
    @Statement("The history tells who gave this scope to this client, when, why, and at which seq")
    void the_history_tells_who_when_and_why() {
        Stage stage = Stage.open("change-who");
        Office office = Office.open("change-who-office");
        stage.change("clientScopeWithdrawn", scope(stage, stage.use()));
        Reply given =
                Stage.narrows()
                        .propose(
                                office.issued("policy:write").accessToken(),
                                "policy.changed",
                                new Policy()
                                        .change("clientScopeAllowed", scope(stage, stage.use()))
                                        .data(),
                                Map.of("reason", "ticket 4711"));
        Stage.narrows().inForce(given);
        stage.publish(new Policy().client(stage.client(), stage.from(), List.of(), List.of()));
        JsonNode items = Stage.admin("/clients/" + stage.client().id() + "/history").path("items");
        JsonNode item = null;
        for (JsonNode one : items) {
            if (one.path("change")
                    .path("clientScopeAllowed")
                    .path("scope")
                    .asText()
                    .equals(stage.use())) {
                item = one; // the last of them is in force
            }
        }
        assertThat(item).isNotNull();
        assertThat(item.path("actor").asText()).isEqualTo("change-who-office|ann");
        assertThat(item.path("reason").asText()).isEqualTo("ticket 4711");
        assertThat(item.path("seq").asText()).isEqualTo(given.text("seq"));
        assertThat(item.path("time").asText())
                .isEqualTo(Stage.admin("/log/" + given.text("seq")).path("time").asText());
        CommandLine printed = run("history", "clients", stage.client().id());
        assertThat(printed.out())
                .containsPattern(
                        given.text("seq")
                                + " .*change-who-office\\|ann .*ticket 4711 .*"
                                + stage.use());
    }

    @Test
    @Statement("Nobody publishes under another's name")
    void nobody_publishes_under_anothers_name() {
        Office office = Office.open("change-name");
        Map<String, ?> data = new Policy().audience("change-name-new").data();
        String token = office.issued("policy:write").accessToken();
        Reply other =
                Stage.narrows()
                        .propose(token, "policy.changed", data, Map.of("actor", "narrows|root"));
        assertThat(other.status()).isEqualTo(403);
        Reply own =
                Stage.narrows()
                        .propose(token, "policy.changed", data, Map.of("actor", "change-name|ann"));
        assertThat(own.text("verdict")).as(own.toString()).isEqualTo("applied");
    }

    @Test
    @Statement(
            "What a change took along is told alike by its verdict, by `GET /events/{id}` and by the history of what it took")
    void what_was_taken_is_told_alike() {
        Stage stage = Stage.open("change-took");
        Map<String, ?> event =
                Narrows.event(
                        "policy.changed",
                        new Policy().change("audienceRetired", Map.of("id", stage.from())).data(),
                        Map.of());
        Reply verdict = Stage.narrows().proposeEvent(Stage.narrows().adminToken(), event);
        assertThat(Took.of(verdict.json()))
                .containsExactlyInAnyOrder(
                        new Took("clients", stage.client().id()), new Took("rules", stage.rule()));
        assertThat(Took.of(Stage.admin("/events/" + event.get("id"))))
                .isEqualTo(Took.of(verdict.json()));
        for (Took took : Took.of(verdict.json())) {
            JsonNode items =
                    Stage.admin("/" + took.kind() + "/" + took.id() + "/history").path("items");
            JsonNode last = items.get(items.size() - 1);
            assertThat(last.path("seq").asText()).isEqualTo(verdict.text("seq"));
            assertThat(last.path("change").path("audienceRetired").path("id").asText())
                    .isEqualTo(stage.from());
        }
    }

    @Test
    @Statement(
            "An exchange that carries the consistency token of a change is never answered from older policy")
    void writes_are_read() {
        Stage stage = Stage.open("change-read");
        for (int round = 0; round < 10; round++) {
            boolean allowed = round % 2 == 1;
            Reply verdict =
                    propose(
                            new Policy()
                                    .change(
                                            allowed ? "clientScopeAllowed" : "clientScopeWithdrawn",
                                            scope(stage, stage.use())),
                            Map.of());
            Reply reply =
                    Reply.onceAnswered(
                            () ->
                                    Stage.narrows()
                                            .post(
                                                    "/token-exchange",
                                                    stage.ask().form(),
                                                    "Authorization",
                                                    stage.client().basic(),
                                                    "Narrows-Consistency",
                                                    verdict.text("consistency")));
            assertThat(reply.status())
                    .as("round %d: %s", round, reply)
                    .isEqualTo(allowed ? 200 : 400);
        }
    }

    @Test
    @Statement(
            "A decision and its token name the position of the policy that they were made at, and policy can be read as it was there")
    void a_decision_names_its_position() {
        Stage stage = Stage.open("change-position");
        Reply permit = stage.ask().reply();
        String seq = Asking.decision(permit).path("position").path("seq").asText();
        assertThat(permit.claims().getClaim("policy_seq").toString()).isEqualTo(seq);
        retire(stage);
        assertThat(Stage.narrows().admin("/rules/" + stage.rule()).status()).isEqualTo(404);
        assertThat(Stage.admin("/rules/" + stage.rule() + "?at=" + seq).path("to").asText())
                .isEqualTo(stage.to());
    }

    private static void retire(Stage stage) {
        stage.change("ruleRetired", Map.of("id", stage.rule()));
    }

    private static String write(Path directory, String name, String text) {
        try {
            return Files.writeString(directory.resolve(name), text).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    @Statement("`narrows apply` changes what files hold, and leaves alone what they do not")
    void files_leave_the_rest_alone(@TempDir Path directory) {
        Stage stage = Stage.open("file-alone");
        String file =
                write(
                        directory,
                        "policy.yaml",
                        """
                        audiences: [{id: file-alone-b}]
                        scopes: [{scope: file-alone.b, audience: file-alone-b, kind: grantable}]
                        """);
        CommandLine plan = run("plan", "-f", file);
        assertThat(plan.status()).as(plan.toString()).isEqualTo(1);
        assertThat(plan.out())
                .contains(
                        "+ audiences file-alone-b",
                        "+ scopes file-alone.b",
                        "2 to add, 0 to change, 0 to take away");
        CommandLine.published(Stage.narrows(), "apply", "-f", file, "--yes");
        assertThat(run("plan", "-f", file).status()).isZero();
        stage.ask().permitted();
    }

    @Test
    @Statement(
            "An entry in a file is whole: a scope that a client no longer lists is withdrawn, by one line in the plan")
    void an_entry_in_a_file_is_whole(@TempDir Path directory) {
        Stage stage = Stage.open("file-whole");
        CommandLine printed = run("get", "clients", stage.client().id(), "-o", "yaml");
        String file =
                write(
                        directory,
                        "client.yaml",
                        printed.out()
                                .lines()
                                .filter(line -> !line.contains(stage.use()))
                                .reduce("", (all, line) -> all + line + "\n"));
        CommandLine plan = run("plan", "-f", file);
        assertThat(plan.out().strip().lines()).hasSize(1);
        assertThat(plan.out()).contains("~ clients " + stage.client().id(), stage.use());
        CommandLine.published(
                Stage.narrows(), "apply", "-f", file, "--yes", "--reason", "no longer used");
        stage.ask().refused("invalid_scope", "scopes_not_permitted");
        CommandLine history = run("history", "clients", stage.client().id());
        assertThat(history.out()).contains("no longer used", "clientScopeWithdrawn");
    }

    @Test
    @Statement(
            "What `narrows get -o yaml` prints is a policy file; as it is, it changes nothing, not even with `--prune`")
    void what_get_prints_changes_nothing(@TempDir Path directory) {
        Stage stage = Stage.open("file-same");
        TestClient gone = TestClient.withSecret("file-same-gone");
        stage.publish(
                new Policy()
                        .audience("file-same-gone-to")
                        .client(gone, stage.from(), List.of(), List.of())
                        .issuer(
                                Stage.issuer("file-same-i"),
                                Map.of("audiences", List.of("file-same-gone-to", stage.from())))
                        .client(
                                TestClient.with(
                                        "file-same-workload",
                                        Map.of(
                                                "method",
                                                "federated_jwt",
                                                "issuer",
                                                stage.issuer().url(),
                                                "subject",
                                                "till")),
                                stage.from(),
                                List.of(),
                                List.of())
                        .rule(
                                stage.rule(),
                                stage.from(),
                                stage.to(),
                                Map.of("in", List.of(stage.use())),
                                Map.of("issuers", List.of(stage.issuer().url())))
                        .deny(
                                "file-same-deny",
                                stage.from(),
                                stage.to(),
                                Map.of("clients", List.of(gone.id()))));
        // Entries may go on naming what is gone.
        stage.publish(
                new Policy()
                        .change("issuerDistrusted", Map.of("issuer", stage.issuer().url()))
                        .change("audienceRetired", Map.of("id", "file-same-gone-to"))
                        .change("clientRemoved", Map.of("id", gone.id()))
                        .change("clientDisabled", Map.of("id", stage.api().id())));
        String file = PolicyFile.inForce().write(directory);
        for (String[] args :
                List.of(
                        new String[] {"plan", "-f", file},
                        new String[] {"plan", "--prune", "-f", file})) {
            CommandLine plan = run(args);
            assertThat(plan.status()).as(plan.toString()).isZero();
            assertThat(plan.out()).contains("no changes");
        }
    }

    @Test
    @Statement("With `--prune`, what the files do not hold is taken away, and nothing else")
    void prune_takes_away_what_files_do_not_hold(@TempDir Path directory) {
        Stage stage = Stage.open("file-prune");
        stage.publish(stage.target("file-prune-b", "file-prune.b", Map.of(), Map.of()));
        String file = PolicyFile.inForce().without("rules", stage.rule()).write(directory);
        CommandLine plan = run("plan", "--prune", "-f", file);
        assertThat(plan.out().strip()).isEqualTo("- rules " + stage.rule());
        assertThat(run("plan", "-f", file).status()).as("without --prune").isZero();
        CommandLine.published(Stage.narrows(), "apply", "--prune", "-f", file, "--yes");
        stage.ask().refused("invalid_target", "no_rule");
        stage.ask().at("file-prune-b").scope("file-prune.b").permitted();
    }

    @Test
    @Statement(
            "`narrows apply` asks, or wants `--yes` where there is nobody to ask; `--dry-run` publishes nothing")
    void apply_asks(@TempDir Path directory) {
        String file = write(directory, "policy.yaml", "audiences: [{id: file-asks}]\n");
        CommandLine refused = run("apply", "-f", file);
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err()).contains("--yes");
        CommandLine dry = run("apply", "-f", file, "--yes", "--dry-run");
        assertThat(dry.status()).isEqualTo(1);
        assertThat(dry.out()).contains("+ audiences file-asks");
        assertThat(Stage.narrows().admin("/audiences/file-asks").status()).isEqualTo(404);
    }

    @Test
    @Statement(
            "Files that were made from an older policy are not applied (`--expected-position`), nor is half of them")
    void stale_files_are_not_applied(@TempDir Path directory) {
        Stage stage = Stage.open("file-stale");
        String seen = seq(stage.publish(new Policy().audience("file-stale-seen")));
        String since = seq(stage.publish(new Policy().audience("file-stale-since")));
        String file =
                write(
                        directory,
                        "policy.yaml",
                        "audiences: [{id: file-stale-new}, {id: %s, name: New}]\n"
                                .formatted(stage.to()));
        CommandLine stale = run("apply", "-f", file, "--yes", "--expected-position", seen);
        assertThat(stale.status()).as(stale.toString()).isEqualTo(1);
        assertThat(stale.err()).contains("the policy changed after seq " + seen);
        assertThat(Stage.narrows().admin("/audiences/file-stale-new").status()).isEqualTo(404);
        assertThat(Stage.admin("/audiences/" + stage.to()).path("name").asText("")).isEmpty();
        CommandLine fresh = run("apply", "-f", file, "--yes", "--expected-position", since);
        assertThat(fresh.status()).as(fresh.toString()).isZero();
    }

    @Test
    @Statement(
            "A name of nothing in a file is told with file, line, field and the nearest name there is")
    void wrong_names_are_told_with_the_nearest(@TempDir Path directory) {
        Stage.open("file-near");
        String file =
                write(
                        directory,
                        "rules.yaml",
                        """
                        rules:
                          - id: file-near-new
                            effect: allow
                            from: file-near-form
                            to: file-near-to
                            scopes: {in: [file-near.uze]}
                        """);
        CommandLine plan = run("plan", "-f", file);
        assertThat(plan.status()).isEqualTo(2);
        assertThat(plan.err())
                .contains(
                        "rules.yaml:4: `rules[0].from`: there is no `file-near-form` in audiences; did you mean `file-near-from`?",
                        "rules.yaml:6: `rules[0].scopes.in`: there is no `file-near.uze` in scopes; did you mean `file-near.use`?");
    }

    @Test
    @Statement(
            "A misspelt field is told with file, line and the field that was meant; nothing is published unless every file is right")
    void nothing_is_published_unless_all_files_are_right(@TempDir Path directory) {
        write(directory, "a.yaml", "audiences: [{id: file-right-new}]\n");
        write(
                directory,
                "b.yaml",
                """
                audiences:
                  - id: file-right-other
                    signupEnabled: false
                """);
        CommandLine apply = run("apply", "-f", directory.toString(), "--yes");
        assertThat(apply.status()).isEqualTo(2);
        assertThat(apply.err())
                .contains(
                        "b.yaml:3: `audiences[0].signupEnabled` is not known here; did you mean `signUpEnabled`?");
        assertThat(Stage.narrows().admin("/audiences/file-right-new").status()).isEqualTo(404);
    }
}

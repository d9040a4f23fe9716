// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.narrows.events.policy.Kind;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows the policy in force. */
@Command(
        name = "get",
        description =
                "Shows entries of the policy; with -o yaml as documents that `apply -f` takes.",
        footer = {"", "Example:", "  narrows get clients orders-service -o yaml"})
final class GetCommand implements Callable<Integer> {
    @Mixin private ControlPlaneOptions controlPlane = new ControlPlaneOptions();

    @Mixin private OutputOptions output = new OutputOptions();

    @Parameters(
            index = "0",
            paramLabel = "KIND",
            converter = KindConverter.class,
            completionCandidates = KindConverter.Names.class,
            description = "issuers, audiences, scopes, claims, clients or rules")
    private Kind kind = Kind.RULES;

    @Parameters(index = "1", arity = "0..1", paramLabel = "ID", description = "one of them")
    private @Nullable String id;

    @Option(names = "--audience", paramLabel = "AUDIENCE", description = "of a claim")
    private @Nullable String audience;

    @Option(names = "--at", paramLabel = "SEQ_OR_INSTANT", description = "as it was then")
    private @Nullable String at;

    @Override
    public Integer call() {
        ControlPlane server = controlPlane.connect();
        if (output.asYaml() && at == null) {
            // Whoever edits this and applies it can say what it was made from.
            at = Long.toString(CurrentPolicy.head(server));
        }
        if (id != null) {
            JsonNode entry = one(server, id);
            show(List.of(entry), entry);
        } else {
            List<JsonNode> items =
                    server.list(EntryPaths.at("/" + kind.section(), Optional.ofNullable(at)));
            ArrayNode array = Json.array();
            items.forEach(array::add);
            ObjectNode all = Json.object();
            all.set("items", array);
            show(items, all);
        }
        return ExitStatus.DONE.code();
    }

    private JsonNode one(ControlPlane server, String named) {
        Optional<String> when = Optional.ofNullable(at);
        String path = EntryPaths.of(server, kind, named, Optional.ofNullable(audience), "");
        return server.find(EntryPaths.at(path, when))
                .orElseThrow(
                        () ->
                                CommandFailure.finding(
                                        "there is no `"
                                                + named
                                                + "` in "
                                                + kind.section()
                                                + EntryPaths.nearest(server, kind, named, when)));
    }

    private void show(List<JsonNode> items, JsonNode json) {
        if (output.asYaml()) {
            output.out().println("# policy as of seq " + at);
            ObjectNode document = Json.object();
            ArrayNode section = document.putArray(kind.section());
            items.forEach(item -> section.add(CurrentPolicy.entry(kind, item).json()));
            output.print(document);
        } else if (output.forPeople()) {
            Table table = new Table("ID", "SINCE", "");
            for (JsonNode item : items) {
                ObjectNode rest = ((ObjectNode) item).deepCopy();
                rest.remove(List.of(Members.nameOf(kind), "since"));
                table.row(
                        item.path(Members.nameOf(kind)).asText(),
                        item.path("since").asText(),
                        members(rest));
            }
            table.print(output.out());
        } else {
            output.print(json);
        }
    }

    private static String members(ObjectNode rest) {
        return rest.properties().stream()
                .map(
                        member ->
                                member.getKey()
                                        + "="
                                        + (member.getValue().isTextual()
                                                ? member.getValue().asText()
                                                : Json.compact(member.getValue())))
                .collect(Collectors.joining("  "));
    }
}

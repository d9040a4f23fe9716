// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.narrows.conformance.CommandLine;

/**
 * The whole policy in force as {@code narrows get -o yaml} prints it, to be changed and given to
 * {@code plan} and {@code apply}.
 */
record PolicyFile(ObjectNode sections) {
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final List<String> KINDS =
            List.of("issuers", "audiences", "scopes", "claims", "clients", "rules");

    static PolicyFile inForce() {
        ObjectNode all = YAML.createObjectNode();
        for (String kind : KINDS) {
            CommandLine printed = CommandLine.run(Stage.narrows(), "get", kind, "-o", "yaml");
            assertThat(printed.status()).as(printed.toString()).isZero();
            all.setAll(read(printed.out()));
        }
        return new PolicyFile(all);
    }

    private static ObjectNode read(String yaml) {
        try {
            return (ObjectNode) YAML.readTree(yaml);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The entry, to be changed. */
    ObjectNode entry(String kind, String id) {
        for (JsonNode entry : sections.path(kind)) {
            if (isNamed(entry, kind, id)) {
                return (ObjectNode) entry;
            }
        }
        throw new AssertionError("there is no `" + id + "` in " + kind);
    }

    private static boolean isNamed(JsonNode entry, String kind, String id) {
        String name =
                switch (kind) {
                    case "issuers", "scopes", "claims" -> kind.substring(0, kind.length() - 1);
                    default -> "id";
                };
        return entry.path(name).asText().equals(id);
    }

    PolicyFile without(String kind, String id) {
        ArrayNode section = (ArrayNode) sections.path(kind);
        for (int i = 0; i < section.size(); i++) {
            if (isNamed(section.get(i), kind, id)) {
                section.remove(i);
                return this;
            }
        }
        throw new AssertionError("there is no `" + id + "` in " + kind);
    }

    /** One less in a list of an entry. */
    PolicyFile less(String kind, String id, String list, String element) {
        ArrayNode elements = (ArrayNode) entry(kind, id).path(list);
        for (int i = 0; i < elements.size(); i++) {
            if (elements.get(i).asText().equals(element)) {
                elements.remove(i);
                return this;
            }
        }
        throw new AssertionError("there is no `" + element + "` in " + list + " of " + id);
    }

    /** The path of the file. */
    String write(Path directory) {
        try {
            return Files.writeString(
                            directory.resolve("policy.yaml"), YAML.writeValueAsString(sections))
                    .toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

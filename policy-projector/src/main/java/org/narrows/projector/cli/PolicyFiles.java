// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.narrows.events.policy.Kind;
import org.narrows.events.wire.MalformedException;

/** The policy as files hold it: every entry with the place where it is written. */
public final class PolicyFiles {
    private static final List<String> SECTIONS =
            Arrays.stream(Kind.values()).map(Kind::section).toList();
    private static final String TESTS = "tests";
    private static final String TEST_FILE = ".*\\.test\\.ya?ml";

    private final SortedMap<EntryName, Written> entries = new TreeMap<>();

    /** An entry and where it is written: `file:line`, or that of a member of it. */
    record Written(WholeEntry entry, String file, LocatedYaml document, String path) {
        String place(String member) {
            return file + ":" + line(member);
        }

        int line(String member) {
            return document.line(path + member);
        }
    }

    private PolicyFiles() {}

    /**
     * Reads a file, or the `*.yaml` and `*.yml` of a directory but not of those below it;
     * `*.test.yaml` are tests, and no policy.
     *
     * @throws CommandFailure naming file, line and field of every entry that is wrong
     */
    public static PolicyFiles read(Collection<Path> paths) {
        PolicyFiles files = new PolicyFiles();
        List<String> problems = new ArrayList<>();
        for (Path path : paths) {
            for (Path file : filesOf(path)) {
                files.read(file, problems);
            }
        }
        if (!problems.isEmpty()) {
            throw CommandFailure.invalid(String.join("\n", problems));
        }
        return files;
    }

    /**
     * Reads documents that are at hand as texts.
     *
     * @param name what they are called in messages
     * @throws CommandFailure as {@link #read}
     */
    public static PolicyFiles of(List<String> documents, String name) {
        PolicyFiles files = new PolicyFiles();
        List<String> problems = new ArrayList<>();
        for (int i = 0; i < documents.size(); i++) {
            files.read(documents.get(i), name + "[" + i + "]", problems);
        }
        if (!problems.isEmpty()) {
            throw CommandFailure.invalid(String.join("\n", problems));
        }
        return files;
    }

    SortedMap<EntryName, Written> entries() {
        return entries;
    }

    private static List<Path> filesOf(Path path) {
        if (path.toString().equals("-") || !Files.isDirectory(path)) {
            return List.of(path);
        }
        List<Path> files = yamlIn(path).stream().filter(file -> !isTest(file)).toList();
        if (files.isEmpty()) {
            throw CommandFailure.invalid("there is no *.yaml in `" + path + "`");
        }
        return files;
    }

    /** Whether a file holds policy tests, by its name. */
    static boolean isTest(Path file) {
        return file.toString().matches(TEST_FILE);
    }

    /** The `*.yaml` and `*.yml` of a directory, in the order of their names. */
    static List<Path> yamlIn(Path directory) {
        try (Stream<Path> inside = Files.list(directory)) {
            return inside.filter(Files::isRegularFile)
                    .filter(
                            file ->
                                    file.toString().endsWith(".yaml")
                                            || file.toString().endsWith(".yml"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw CommandFailure.invalid("cannot read `" + directory + "`: " + e.getMessage());
        }
    }

    /** What stands in a file, or comes in. */
    static String text(Path file) {
        try {
            return file.toString().equals("-")
                    ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
                    : Files.readString(file);
        } catch (IOException e) {
            throw CommandFailure.invalid(
                    "cannot read `"
                            + file
                            + "`"
                            + (Files.exists(file)
                                    ? ": it is no text in UTF-8"
                                    : ": it is not there"));
        }
    }

    private void read(Path path, List<String> problems) {
        read(
                text(path),
                path.toString().equals("-") ? "standard input" : path.toString(),
                problems);
    }

    private void read(String text, String file, List<String> problems) {
        for (LocatedYaml document : LocatedYaml.read(text, file)) {
            if (!(document.tree() instanceof ObjectNode sections)) {
                problems.add(
                        file
                                + ":"
                                + document.line("")
                                + ": a policy file holds sections: "
                                + String.join(", ", SECTIONS));
                continue;
            }
            for (Map.Entry<String, JsonNode> section : sections.properties()) {
                readSection(section.getKey(), section.getValue(), file, document, problems);
            }
        }
    }

    private void readSection(
            String name, JsonNode list, String file, LocatedYaml document, List<String> problems) {
        Optional<Kind> kind =
                Arrays.stream(Kind.values()).filter(one -> one.section().equals(name)).findFirst();
        if (name.equals(TESTS)) {
            problems.add(
                    document.place(name)
                            + ": policy tests are never policy; keep them in *.test.yaml");
        } else if (kind.isEmpty()) {
            problems.add(
                    document.place(name)
                            + ": `"
                            + name
                            + "` is no section of a policy"
                            + NearestName.hint(name, SECTIONS));
        } else if (!list.isArray() && !list.isNull()) {
            problems.add(document.place(name) + ": `" + name + "` must be a list");
        } else {
            for (int i = 0; i < list.size(); i++) {
                readEntry(kind.get(), list.get(i), name + "[" + i + "]", file, document, problems);
            }
        }
    }

    private void readEntry(
            Kind kind,
            JsonNode json,
            String path,
            String file,
            LocatedYaml document,
            List<String> problems) {
        if (!(json instanceof ObjectNode object)) {
            problems.add(document.place(path) + ": `" + path + "` must be an entry of its own");
            return;
        }
        List<String> known = Members.of(kind);
        boolean unknown = false;
        Iterator<String> members = object.fieldNames();
        while (members.hasNext()) {
            String member = members.next();
            if (!known.contains(member)) {
                unknown = true;
                problems.add(
                        document.place(path + "." + member)
                                + ": `"
                                + path
                                + "."
                                + member
                                + "` is not known here"
                                + NearestName.hint(member, known));
            }
        }
        if (unknown) {
            return;
        }
        try {
            WholeEntry entry = WholeEntry.read(kind, object, path);
            Written written = new Written(entry, file, document, path);
            Written before = entries.putIfAbsent(entry.name(), written);
            if (before != null) {
                problems.add(
                        document.place(path)
                                + ": `"
                                + path
                                + "`: "
                                + entry.name()
                                + " is written at "
                                + before.place("")
                                + " already");
            }
        } catch (MalformedException e) {
            problems.add(document.place(e.path()) + ": " + e.getMessage() + remedy(e));
        }
    }

    /** How to write what most people get wrong; the log's own sentences stay as they are. */
    private static String remedy(MalformedException problem) {
        return problem.path().matches(".*\\.secretHash(es\\[\\d+])?")
                ? "; `narrows new secret FILE` makes a secret and prints its hash; of one that you have it is:"
                        + " printf 'sha256:%s\\n' \"$(printf %s \"$SECRET\" | openssl dgst -sha256 -binary |"
                        + " basenc --base64url | tr -d =)\""
                : "";
    }
}

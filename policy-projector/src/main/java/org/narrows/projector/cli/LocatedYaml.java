// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;

/**
 * One YAML document with the line of each of its members, by paths such as `rules[0].to`. Lines are
 * asked for where something is wrong, so they are looked for only then, by reading once more: to
 * note them takes as long as the reading itself.
 */
final class LocatedYaml {
    private static final int MAX_DEPTH = 50;

    /** A policy of many thousand entries in one file; the usual bound is 3 MiB. */
    private static final int MAX_TEXT = 64 * 1024 * 1024;

    private static final YAMLFactory YAML = YAMLFactory.builder().loaderOptions(options()).build();

    private static LoaderOptions options() {
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(MAX_TEXT);
        return options;
    }

    private final JsonNode tree;
    private final String text;
    private final String file;
    private final int document;
    private @Nullable Map<String, Integer> lines;

    private LocatedYaml(JsonNode tree, String text, String file, int document) {
        this.tree = tree;
        this.text = text;
        this.file = file;
        this.document = document;
    }

    /** What the document holds. */
    JsonNode tree() {
        return tree;
    }

    /**
     * Reads every document of a text.
     *
     * @param file for messages
     * @throws CommandFailure naming the line where it is no YAML that is taken here
     */
    static List<LocatedYaml> read(String text, String file) {
        List<JsonNode> trees = new ArrayList<>();
        try {
            parse(text, file, (tree, _) -> trees.add(tree), false);
        } catch (CommandFailure e) {
            trees.clear();
            parse(text, file, (tree, _) -> trees.add(tree), true); // says where
        }
        List<LocatedYaml> documents = new ArrayList<>();
        for (int i = 0; i < trees.size(); i++) {
            if (!trees.get(i).isNull()) {
                documents.add(new LocatedYaml(trees.get(i), text, file, i));
            }
        }
        return documents;
    }

    /** Takes each document in turn, with its lines where they were wanted. */
    private static void parse(
            String text,
            String file,
            BiConsumer<JsonNode, Map<String, Integer>> taking,
            boolean located) {
        try (YAMLParser parser = YAML.createParser(text)) {
            while (parser.nextToken() != null) {
                Lines lines = new Lines(located ? new HashMap<>() : null);
                taking.accept(value(parser, "", lines, file, 0), lines.found());
            }
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
            throw CommandFailure.invalid(
                    file
                            + ":"
                            + line
                            + ": this is no YAML: "
                            + e.getOriginalMessage().lines().findFirst().orElse("it breaks off"));
        } catch (IOException e) {
            throw CommandFailure.invalid("cannot read " + file + ": " + e.getMessage());
        }
    }

    /** Where members are, when that is wanted; their paths are not even put together else. */
    private record Lines(@Nullable Map<String, Integer> noted) {
        void note(String path, int line) {
            if (noted != null) {
                noted.putIfAbsent(path, line);
            }
        }

        String member(String path, String name) {
            return noted == null ? "" : path.isEmpty() ? name : path + "." + name;
        }

        String item(String path, int index) {
            return noted == null ? "" : path + "[" + index + "]";
        }

        Map<String, Integer> found() {
            return noted == null ? Map.of() : noted;
        }
    }

    private Map<String, Integer> lines() {
        if (lines == null) {
            List<Map<String, Integer>> all = new ArrayList<>();
            parse(text, file, (_, found) -> all.add(found), true);
            lines = all.get(document);
        }
        return lines;
    }

    /** The file and the line of a member. */
    String place(String path) {
        return file + ":" + line(path);
    }

    /** The line of a member, or of the nearest one around it that is there. */
    int line(String path) {
        String around = path;
        while (!lines().containsKey(around) && !around.isEmpty()) {
            around =
                    around.substring(
                            0,
                            Math.max(
                                    0, Math.max(around.lastIndexOf('.'), around.lastIndexOf('['))));
        }
        return lines().getOrDefault(around, 1);
    }

    private static JsonNode value(
            YAMLParser parser, String path, Lines lines, String file, int depth)
            throws IOException {
        int line = parser.currentTokenLocation().getLineNr();
        lines.note(path, line);
        if (depth > MAX_DEPTH) {
            throw CommandFailure.invalid(file + ":" + line + ": nested too deeply");
        }
        if (parser.isCurrentAlias()) {
            throw CommandFailure.invalid(
                    file + ":" + line + ": YAML aliases are not taken; write it out");
        }
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (parser.currentToken()) {
            case START_OBJECT -> members(parser, path, lines, file, depth);
            case START_ARRAY -> items(parser, path, lines, file, depth);
            case VALUE_TRUE, VALUE_FALSE -> nodes.booleanNode(parser.getBooleanValue());
            case VALUE_NUMBER_INT -> integer(parser.getBigIntegerValue());
            case VALUE_NUMBER_FLOAT -> nodes.numberNode(parser.getDecimalValue());
            case VALUE_NULL -> nodes.nullNode();
            case VALUE_STRING -> nodes.textNode(parser.getText());
            case NOT_AVAILABLE, END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT ->
                    throw CommandFailure.invalid(file + ":" + line + ": this is not taken here");
        };
    }

    private static JsonNode integer(BigInteger number) {
        return number.bitLength() < Integer.SIZE
                ? JsonNodeFactory.instance.numberNode(number.intValue())
                : JsonNodeFactory.instance.numberNode(number);
    }

    private static ObjectNode members(
            YAMLParser parser, String path, Lines lines, String file, int depth)
            throws IOException {
        ObjectNode object = Json.object();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            int line = parser.currentTokenLocation().getLineNr();
            String member = lines.member(path, name);
            if (object.has(name)) {
                throw CommandFailure.invalid(
                        file + ":" + line + ": `" + member + "` is there twice");
            }
            lines.note(member, line);
            parser.nextToken();
            object.set(name, value(parser, member, lines, file, depth + 1));
        }
        return object;
    }

    private static ArrayNode items(
            YAMLParser parser, String path, Lines lines, String file, int depth)
            throws IOException {
        ArrayNode array = Json.array();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            array.add(value(parser, lines.item(path, array.size()), lines, file, depth + 1));
        }
        return array;
    }
}

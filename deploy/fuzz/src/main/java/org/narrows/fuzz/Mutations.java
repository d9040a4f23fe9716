// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;

/** Changes inputs: as bytes always, and as trees where they are JSON. */
final class Mutations {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What readers have stumbled over before. */
    private static final List<String> WORDS =
            List.of(
                    "null",
                    "true",
                    "0",
                    "-1",
                    "-0",
                    "1e3",
                    "1E400",
                    "1e-400",
                    "1E-999999999",
                    "9007199254740993",
                    "18446744073709551616",
                    "0.1",
                    "\"\"",
                    "\"x\"",
                    "[]",
                    "{}",
                    "[[[[[[[[[[[[",
                    "{\"a\":",
                    "\\u0000",
                    "\\ud800",
                    "\\uD83D\\uDE00",
                    "\u0000",
                    "\uFEFF",
                    "\u2028",
                    "\u0130",
                    "\uFFFD",
                    "%00",
                    "%",
                    "%u0041",
                    "%C0%80",
                    "%ED%A0%80",
                    "+",
                    "&",
                    "=",
                    ";",
                    ":",
                    ".",
                    "..",
                    "|",
                    "\r\n",
                    "\t",
                    "\"",
                    "'",
                    "\\",
                    "/../",
                    "aud",
                    "sub",
                    "iss",
                    "exp",
                    "iat",
                    "jti",
                    "scope",
                    "act",
                    "may_act",
                    "cnf",
                    "lineage",
                    "provenance",
                    "policy_seq",
                    "typ",
                    "alg",
                    "kid",
                    "crit",
                    "b64",
                    "none",
                    "HS256",
                    "ES256",
                    "audience",
                    "resource",
                    "subject_token",
                    "actor_token",
                    "client_id",
                    "client_assertion",
                    "narrows-admin",
                    "https://issuer.example",
                    "PT5M",
                    "PT-1S",
                    "P99999999999D",
                    "2026-01-31T12:00:00Z",
                    "+1000000000-12-31T23:59:59Z",
                    "0000-00-00T00:00:00Z",
                    "253402300800",
                    "Basic ",
                    "bearer ",
                    "=?=",
                    "urn:ietf:params:oauth:");

    private final Random random;
    private final List<byte[]> corpus;

    Mutations(Random random, List<byte[]> corpus) {
        this.random = random;
        this.corpus = corpus;
    }

    byte[] next() {
        byte[] input = pick(corpus);
        if (random.nextInt(2) == 0) {
            try {
                JsonNode tree = JSON.readTree(input);
                if (tree != null && tree.isContainerNode()) {
                    for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
                        edit(tree);
                    }
                    return JSON.writeValueAsBytes(tree);
                }
            } catch (IOException e) {
                // No JSON, so it is bytes.
            }
        }
        byte[] mutated = input.clone();
        for (int edits = 1 + random.nextInt(4); edits > 0; edits--) {
            mutated = edited(mutated);
        }
        return mutated;
    }

    private byte[] edited(byte[] bytes) {
        int at = bytes.length == 0 ? 0 : random.nextInt(bytes.length);
        int to = Math.min(bytes.length, at + 1 + random.nextInt(16));
        return switch (random.nextInt(9)) {
            case 0 -> spliced(bytes, at, to, new byte[0]);
            case 1 -> spliced(bytes, at, at, Arrays.copyOfRange(bytes, at, to));
            case 2 -> spliced(bytes, at, at, pick(WORDS).getBytes(UTF_8));
            case 3 -> spliced(bytes, at, to, pick(WORDS).getBytes(UTF_8));
            case 4 -> spliced(bytes, at, bytes.length, new byte[0]);
            case 5 -> spliced(bytes, at, at, slice(pick(corpus)));
            case 6 -> spliced(bytes, at, at, repeated());
            case 7 -> spliced(bytes, at, to, new byte[] {(byte) random.nextInt(256)});
            default -> {
                byte[] flipped = bytes.clone();
                if (flipped.length > 0) {
                    flipped[at] ^= (byte) (1 << random.nextInt(8));
                }
                yield flipped;
            }
        };
    }

    private byte[] slice(byte[] bytes) {
        if (bytes.length == 0) {
            return bytes;
        }
        int from = random.nextInt(bytes.length);
        return Arrays.copyOfRange(bytes, from, from + random.nextInt(bytes.length - from + 1));
    }

    /** Seldom long: most inputs should still be read to their end. */
    private byte[] repeated() {
        int times = random.nextInt(20) == 0 ? random.nextInt(20_000) : random.nextInt(50);
        return pick(WORDS).repeat(times).getBytes(UTF_8);
    }

    private void edit(JsonNode tree) {
        List<JsonNode> parents = new ArrayList<>();
        collect(tree, parents);
        JsonNode parent = pick(parents);
        if (parent instanceof ObjectNode object) {
            List<String> names = new ArrayList<>();
            for (Iterator<String> i = object.fieldNames(); i.hasNext(); ) {
                names.add(i.next());
            }
            String name = names.isEmpty() ? "extra" : pick(names);
            switch (random.nextInt(5)) {
                case 0 -> object.remove(name);
                case 1 -> object.set(pick(WORDS), value(parents));
                case 2 -> object.set(name, edited(object.path(name)));
                default -> object.set(name, value(parents));
            }
        } else if (parent instanceof ArrayNode array) {
            int at = array.isEmpty() ? 0 : random.nextInt(array.size());
            switch (array.isEmpty() ? 0 : random.nextInt(4)) {
                case 0 -> array.add(value(parents));
                case 1 -> array.remove(at);
                case 2 -> array.add(array.get(at).deepCopy());
                default -> array.set(at, value(parents));
            }
        }
    }

    private JsonNode edited(JsonNode leaf) {
        return leaf.isTextual()
                ? JsonNodeFactory.instance.textNode(
                        new String(edited(leaf.textValue().getBytes(UTF_8)), UTF_8))
                : leaf.deepCopy();
    }

    private JsonNode value(List<JsonNode> parents) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (random.nextInt(9)) {
            case 0 -> nodes.nullNode();
            case 1 -> nodes.booleanNode(random.nextBoolean());
            case 2 -> nodes.numberNode(random.nextLong());
            case 3 -> nodes.numberNode(random.nextInt(4) - 1);
            case 4 -> nodes.numberNode(Double.longBitsToDouble(random.nextLong()));
            case 5 -> nodes.textNode(pick(WORDS));
            case 6 -> nodes.arrayNode();
            case 7 -> nested(nodes);
            default -> pick(parents).deepCopy();
        };
    }

    private JsonNode nested(JsonNodeFactory nodes) {
        JsonNode node = nodes.objectNode();
        for (int depth = random.nextInt(80); depth > 0; depth--) {
            node =
                    random.nextBoolean()
                            ? nodes.arrayNode().add(node)
                            : nodes.objectNode().set("act", node);
        }
        return node;
    }

    private static void collect(JsonNode node, List<JsonNode> parents) {
        if (node.isContainerNode()) {
            parents.add(node);
            node.forEach(child -> collect(child, parents));
        }
    }

    private <T> T pick(List<T> items) {
        return items.get(random.nextInt(items.size()));
    }

    static byte[] spliced(byte[] bytes, int from, int to, byte[] with) {
        ByteArrayOutputStream result = new ByteArrayOutputStream();
        result.write(bytes, 0, from);
        result.writeBytes(with);
        result.write(bytes, to, bytes.length - to);
        return result.toByteArray();
    }
}

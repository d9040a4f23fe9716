// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.narrows.events.policy.Algorithm;
import org.narrows.events.state.ReadRecord;
import org.narrows.events.state.ReadRecord.Signed;
import org.narrows.events.state.ReadRecord.Understood;
import org.narrows.events.state.ReadRecord.Unreadable;

/** Hostile records: whatever the bytes, reading ends, gives an answer, and the same one again. */
@Timeout(60)
class RecordReaderFuzzTest {
    private static final int ROUNDS = 2_000;

    /** Of whatever: reading does not verify, and mutations make it hold for nothing anyway. */
    private static final byte[] SIGNATURE =
            EventSigner.of(KeySets.generate(Algorithm.EdDSA))
                    .sign(new byte[] {1}, Samples.LOG, "narrows|root")
                    .getBytes(UTF_8);

    private static final List<String> EVENTS =
            Golden.files("events").stream().map(Golden::text).toList();
    private static final String[] VALUES = {
        "null",
        "true",
        "0",
        "-1",
        "1e3",
        "\"\"",
        "\"x\"",
        "\"narrows-admin\"",
        "[]",
        "{}",
        "[[]]",
        "9007199254740993",
        "\"2026-01-31T12:00:00Z\"",
        "\"PT5M\"",
        "{\"issuer\":\"https://login.example.com\",\"subject\":\"s\"}"
    };

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 4);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void mutated_bytes_never_break_the_reader(long seed) {
        Random random = new Random(seed);
        int unreadable = 0;
        for (int i = 0; i < ROUNDS; i++) {
            byte[] value = pick(random, EVENTS).getBytes(UTF_8);
            boolean breaksSignature = random.nextInt(4) == 0;
            ReadRecord record =
                    breaksSignature
                            ? read(value, mutated(random, SIGNATURE))
                            : read(mutated(random, value), SIGNATURE);
            if (record.content() instanceof Unreadable) {
                unreadable++;
            }
        }
        assertThat(unreadable).isBetween(ROUNDS / 10, ROUNDS - 1);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void mutated_trees_are_understood_or_refused_and_what_is_understood_can_be_written(long seed) {
        Random random = new Random(seed);
        int understood = 0;
        for (int i = 0; i < ROUNDS; i++) {
            JsonNode event = Json.parse(pick(random, EVENTS));
            for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
                mutate(random, event);
            }
            byte[] value = Json.canonicalBytes(event);
            ReadRecord record = read(value, SIGNATURE);
            if (record.content() instanceof Signed signed
                    && signed.body() instanceof Understood(var changeSet)) {
                understood++;
                assertThat(EventCodec.decode(EventCodec.encode(changeSet))).isEqualTo(changeSet);
            }
        }
        assertThat(understood).isBetween(1, ROUNDS - 1);
    }

    private static ReadRecord read(byte[] value, byte[] sig) {
        ReadRecord record = RecordReader.read(Samples.NOON, value, List.of(sig));
        assertThat(said(RecordReader.read(Samples.NOON, value, List.of(sig))))
                .isEqualTo(said(record));
        return record;
    }

    private static Object said(ReadRecord record) {
        return record.content() instanceof Signed signed
                ? List.of(signed.signature(), signed.type(), signed.body())
                : record.content();
    }

    private static byte[] mutated(Random random, byte[] bytes) {
        byte[] mutated = bytes.clone();
        for (int edits = 1 + random.nextInt(4); edits > 0 && mutated.length > 0; edits--) {
            int at = random.nextInt(mutated.length);
            switch (random.nextInt(5)) {
                case 0 -> mutated[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> mutated[at] = (byte) random.nextInt(256);
                case 2 -> mutated = spliced(mutated, at, at + 1, new byte[0]);
                case 3 -> mutated = spliced(mutated, at, at, slice(random, mutated));
                default -> mutated = spliced(mutated, at, mutated.length, new byte[0]);
            }
        }
        return mutated;
    }

    private static byte[] slice(Random random, byte[] bytes) {
        int from = random.nextInt(bytes.length);
        int to = Math.min(bytes.length, from + random.nextInt(40));
        return java.util.Arrays.copyOfRange(bytes, from, to);
    }

    private static byte[] spliced(byte[] bytes, int from, int to, byte[] with) {
        byte[] result = new byte[from + with.length + bytes.length - to];
        System.arraycopy(bytes, 0, result, 0, from);
        System.arraycopy(with, 0, result, from, with.length);
        System.arraycopy(bytes, to, result, from + with.length, bytes.length - to);
        return result;
    }

    private static void mutate(Random random, JsonNode event) {
        List<JsonNode> parents = new ArrayList<>();
        collect(event, parents);
        JsonNode parent = pick(random, parents);
        JsonNode value = Json.parse(VALUES[random.nextInt(VALUES.length)]);
        if (parent instanceof ObjectNode object) {
            List<String> names = new ArrayList<>();
            object.fieldNames().forEachRemaining(names::add);
            String name = names.isEmpty() ? "extra" : pick(random, names);
            switch (random.nextInt(4)) {
                case 0 -> object.remove(name);
                case 1 -> object.set("extra", value);
                default -> object.set(name, value);
            }
        } else if (parent instanceof ArrayNode array) {
            if (array.isEmpty() || random.nextInt(3) == 0) {
                array.add(value);
            } else {
                array.set(random.nextInt(array.size()), value);
            }
        }
    }

    private static void collect(JsonNode node, List<JsonNode> parents) {
        if (node.isContainerNode()) {
            parents.add(node);
            node.forEach(child -> collect(child, parents));
        }
    }

    private static <T> T pick(Random random, List<T> items) {
        return items.get(random.nextInt(items.size()));
    }
}

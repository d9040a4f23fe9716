// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.narrows.events.event.EventType;
import org.narrows.events.value.Hash;
import org.narrows.events.wire.EventCodec;
import org.narrows.events.wire.MalformedException;

/**
 * Consents in a file, one in each line: CSV (RFC 4180) with a header where the name ends in `.csv`,
 * else JSON Lines. Read anew for each pass, since such a file may be larger than memory.
 *
 * <p>Of one consent and reason always the same event is made, to the last byte: so an import can be
 * run again, and what it did already is told by the log as done.
 */
record ConsentFile(Path file, Optional<String> reason) {
    private static final String SOURCE = "urn:narrows:consent-import";

    /** Where the file does not say when: the time of an event is a claim, and must not change. */
    private static final String SOME_TIME = "1970-01-01T00:00:00Z";

    private static final Set<String> MEMBERS =
            Set.of("issuer", "subject", "audience", "scopes", "client", "time");
    private static final Set<String> NEEDED =
            Set.of("issuer", "subject", "audience", "scopes", "client");

    /**
     * One line.
     *
     * @param number counted from 1
     */
    record Line(long number, Content content) {}

    /** What a line holds. */
    sealed interface Content {
        /** The event that it makes. */
        record Consent(ObjectNode event) implements Content {}

        /** What is wrong with it. */
        record Wrong(String problem) implements Content {}
    }

    /**
     * Reads every line that holds anything.
     *
     * @throws CommandFailure when the file cannot be read at all
     */
    void read(Consumer<Line> each) {
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            if (file.toString().toLowerCase(Locale.ROOT).endsWith(".csv")) {
                readCsv(reader, each);
            } else {
                readJson(reader, each);
            }
        } catch (JacksonException e) {
            throw CommandFailure.invalid(
                    file
                            + ":"
                            + (e.getLocation() == null ? 1 : e.getLocation().getLineNr())
                            + ": this is no CSV: "
                            + e.getOriginalMessage().lines().findFirst().orElse("it breaks off"));
        } catch (CharacterCodingException e) {
            throw CommandFailure.invalid("`" + file + "` is no text in UTF-8");
        } catch (IOException e) {
            throw CommandFailure.invalid("cannot read `" + file + "`");
        }
    }

    private void readJson(BufferedReader reader, Consumer<Line> each) throws IOException {
        long number = 0;
        for (String text = reader.readLine(); text != null; text = reader.readLine()) {
            number++;
            if (!text.isBlank()) {
                each.accept(new Line(number, ofJson(text)));
            }
        }
    }

    private Content ofJson(String text) {
        JsonNode json;
        try {
            json = org.narrows.events.wire.Json.parse(text);
        } catch (MalformedException e) {
            return new Content.Wrong("this is no JSON: " + e.getMessage());
        }
        return json instanceof ObjectNode members
                ? content(members)
                : new Content.Wrong("a line holds one JSON object");
    }

    /** A column each; the scopes of a consent stand in one, with spaces between them. */
    private void readCsv(BufferedReader reader, Consumer<Line> each) throws IOException {
        CsvMapper csv =
                CsvMapper.csvBuilder()
                        .enable(CsvParser.Feature.SKIP_EMPTY_LINES)
                        .enable(CsvParser.Feature.FAIL_ON_MISSING_COLUMNS)
                        .build();
        try (MappingIterator<Map<String, String>> rows =
                csv.readerForMapOf(String.class)
                        .with(CsvSchema.emptySchema().withHeader())
                        .readValues(reader)) {
            while (rows.hasNextValue()) {
                long number = rows.getParser().currentLocation().getLineNr();
                ObjectNode members = Json.object();
                for (Map.Entry<String, String> cell : rows.nextValue().entrySet()) {
                    if (cell.getKey().equals("scopes")) {
                        members.set("scopes", Json.array(List.of(cell.getValue().split(" +"))));
                    } else if (!cell.getKey().equals("time") || !cell.getValue().isEmpty()) {
                        members.put(cell.getKey(), cell.getValue());
                    }
                }
                each.accept(new Line(number, content(members)));
            }
        }
    }

    private Content content(ObjectNode members) {
        Set<String> unknown = new TreeSet<>();
        members.fieldNames().forEachRemaining(unknown::add);
        unknown.removeAll(MEMBERS);
        if (!unknown.isEmpty()) {
            String first = unknown.iterator().next();
            return new Content.Wrong(
                    "`"
                            + first
                            + "` is not known here"
                            + NearestName.hint(first, new TreeSet<>(MEMBERS).stream().toList()));
        }
        for (String needed : new TreeSet<>(NEEDED)) {
            if (!members.has(needed)) {
                return new Content.Wrong("`" + needed + "` is missing");
            }
        }
        ObjectNode event = event(members);
        try {
            EventCodec.decode(org.narrows.events.wire.Json.canonicalBytes(event));
        } catch (MalformedException e) {
            return new Content.Wrong(
                    String.valueOf(e.getMessage())
                            .replace("`data.user.", "`")
                            .replace("`data.", "`"));
        }
        return new Content.Consent(event);
    }

    private ObjectNode event(ObjectNode members) {
        ObjectNode event = Json.object();
        event.put("specversion", "1.0");
        event.put("source", SOURCE);
        event.put("type", EventType.CONSENT_GRANTED.type());
        event.set(
                "time",
                members.path("time").isMissingNode()
                        ? event.textNode(SOME_TIME)
                        : members.path("time"));
        reason.ifPresent(why -> event.put("reason", why));
        ObjectNode data = event.putObject("data");
        ObjectNode user = data.putObject("user");
        user.set("issuer", members.get("issuer"));
        user.set("subject", members.get("subject"));
        for (String name : List.of("audience", "scopes", "client")) {
            data.set(name, members.get(name));
        }
        return event.put(
                "id", "import:" + Hash.sha256(org.narrows.events.wire.Json.canonicalBytes(event)));
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.POJONode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import org.erdtman.jcs.NumberToJSON;

/**
 * JSON as this room reads and writes it: I-JSON (RFC 7493) in, RFC 8785 out. What is accepted here
 * decides verdicts, so the rules are our own and only the tokens are Jackson's.
 */
public final class Json {
    /** Objects and arrays may be nested this deep. */
    public static final int MAX_DEPTH = 32;

    /**
     * An input holds at most this many values: eight mebibytes of empty lists would be hundreds of
     * them in memory.
     */
    static final int MAX_VALUES = 1_000_000;

    /** Member names are at most this long. */
    static final int MAX_NAME = 10_000;

    /** For what wraps a value of {@link #MAX_DEPTH} levels that came in from outside. */
    static final int WRAPPED_DEPTH = 2 * MAX_DEPTH;

    private static final int MAX_TEXT = 16 * 1024 * 1024;

    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    // Our own depth check comes first and names the path; digits and names have a
                    // bound
                    // of Jackson's that is written here, so that its defaults may change.
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(WRAPPED_DEPTH + 8)
                                    .maxNameLength(MAX_NAME)
                                    .maxNumberLength(1_000)
                                    .maxStringLength(MAX_TEXT)
                                    .maxDocumentLength(MAX_TEXT)
                                    .maxTokenCount(-1)
                                    .build())
                    // The shared table of names is salted at random and throws when it is attacked.
                    .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
                    .build();

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private Json() {}

    /** A new empty object. */
    public static ObjectNode object() {
        return NODES.objectNode();
    }

    /** A new empty array. */
    public static ArrayNode array() {
        return NODES.arrayNode();
    }

    /**
     * Reads one JSON value and nothing after it. Refused: bytes that are not UTF-8, a byte order
     * mark, a member twice, unpaired surrogates, numbers beyond a double, more than a million
     * values, and more than {@link #MAX_DEPTH} levels.
     *
     * @throws MalformedException naming the path of what is wrong; an empty path where it is no
     *     JSON
     */
    public static JsonNode parse(byte[] utf8) {
        return parse(decoded(utf8), MAX_DEPTH);
    }

    static JsonNode parse(byte[] utf8, int maxDepth) {
        return parse(decoded(utf8), maxDepth);
    }

    /**
     * Reads one JSON value and nothing after it, as {@link #parse(byte[])} does.
     *
     * @throws MalformedException likewise
     */
    public static JsonNode parse(String text) {
        return parse(text, MAX_DEPTH);
    }

    private static JsonNode parse(String text, int maxDepth) {
        if (text.startsWith("\uFEFF")) {
            throw new MalformedException("", "not JSON: begins with a byte order mark");
        }
        // Only an escape can smuggle half a surrogate pair past UTF-8.
        boolean escapes = text.contains("\\u");
        try (JsonParser parser = FACTORY.createParser(text)) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw new MalformedException("", "not JSON: empty");
            }
            JsonNode value = new Reading(parser, maxDepth, escapes).value(first);
            if (parser.nextToken() != null) {
                throw new MalformedException("", "not JSON: something follows the value");
            }
            return value;
        } catch (JsonProcessingException e) {
            throw new MalformedException("", "not JSON" + place(e));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String place(JsonProcessingException e) {
        return e.getLocation() == null
                ? ""
                : ": near line "
                        + e.getLocation().getLineNr()
                        + ", column "
                        + e.getLocation().getColumnNr();
    }

    private static String decoded(byte[] utf8) {
        String text = new String(utf8, StandardCharsets.UTF_8);
        if (text.indexOf('\uFFFD') < 0) {
            return text;
        }
        // Either what was sent, or what stands for something that is not UTF-8.
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new MalformedException("", "not JSON: not UTF-8");
        }
    }

    /** One value being read. */
    private static final class Reading {
        private final JsonParser parser;
        private final int maxDepth;
        private final boolean escapes;
        private int values;

        Reading(JsonParser parser, int maxDepth, boolean escapes) {
            this.parser = parser;
            this.maxDepth = maxDepth;
            this.escapes = escapes;
        }

        JsonNode value(JsonToken token) throws IOException {
            if (++values > MAX_VALUES) {
                throw new MalformedException(path(), "more than " + MAX_VALUES + " values");
            }
            return switch (token) {
                case START_OBJECT -> members();
                case START_ARRAY -> items();
                case VALUE_STRING -> NODES.textNode(checked(parser.getText()));
                case VALUE_NUMBER_INT ->
                        switch (parser.getNumberType()) {
                            case INT -> NODES.numberNode(parser.getIntValue());
                            case LONG -> NODES.numberNode(parser.getLongValue());
                            case BIG_INTEGER, FLOAT, DOUBLE, BIG_DECIMAL ->
                                    NODES.numberNode(parser.getBigIntegerValue());
                        };
                case VALUE_NUMBER_FLOAT -> {
                    double number = parser.getDoubleValue();
                    if (!Double.isFinite(number)) {
                        throw new MalformedException(path(), "this number is too large");
                    }
                    yield NODES.numberNode(number);
                }
                case VALUE_TRUE -> NODES.booleanNode(true);
                case VALUE_FALSE -> NODES.booleanNode(false);
                case VALUE_NULL -> NODES.nullNode();
                case FIELD_NAME, END_OBJECT, END_ARRAY, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE ->
                        throw new MalformedException(path(), "not JSON");
            };
        }

        private ObjectNode members() throws IOException {
            refuseTooDeep();
            ObjectNode object = NODES.objectNode();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = checked(parser.currentName());
                if (object.has(name)) {
                    throw new MalformedException(path(), "is there twice");
                }
                object.set(name, value(parser.nextToken()));
            }
            return object;
        }

        private ArrayNode items() throws IOException {
            refuseTooDeep();
            ArrayNode array = NODES.arrayNode();
            for (JsonToken token = parser.nextToken();
                    token != JsonToken.END_ARRAY;
                    token = parser.nextToken()) {
                array.add(value(token));
            }
            return array;
        }

        private void refuseTooDeep() {
            if (parser.getParsingContext().getNestingDepth() > maxDepth) {
                throw new MalformedException(
                        path(), "nested more than " + maxDepth + " levels deep");
            }
        }

        private String checked(String text) {
            if (escapes && !isWellFormed(text)) {
                throw new MalformedException(path(), "holds an unpaired surrogate");
            }
            return text;
        }

        /** Where the parser stands, in our way of writing paths. */
        private String path() {
            StringBuilder path = new StringBuilder();
            appendPath(path, parser.getParsingContext());
            return path.toString();
        }

        private static void appendPath(StringBuilder path, JsonStreamContext context) {
            JsonStreamContext parent = context.getParent();
            if (parent != null) {
                appendPath(path, parent);
            }
            if (context.inArray() && context.hasCurrentIndex()) {
                path.append('[').append(context.getCurrentIndex()).append(']');
            } else if (context.inObject() && context.hasCurrentName()) {
                path.append(path.isEmpty() ? "" : ".")
                        .append(Located.shown(context.getCurrentName()));
            }
        }
    }

    /** Whether every surrogate in the text is one of a pair. */
    static boolean isWellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Writes a value in the one form of RFC 8785. Whole numbers beyond 2^53, which that RFC would
     * round, keep their digits.
     */
    public static String canonical(JsonNode value) {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = FACTORY.createGenerator(text)) {
            write(out, value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    /** {@link #canonical} as UTF-8. */
    public static byte[] canonicalBytes(JsonNode value) {
        return canonical(value).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Stands for text that is canonical JSON already, so that it is not read only to be written
     * again.
     */
    static JsonNode raw(String canonical) {
        return NODES.rawValueNode(new RawValue(canonical));
    }

    private static void write(JsonGenerator out, JsonNode value) throws IOException {
        switch (value.getNodeType()) {
            case OBJECT -> {
                String[] names = new String[value.size()];
                Iterator<String> each = value.fieldNames();
                for (int i = 0; i < names.length; i++) {
                    names[i] = each.next();
                }
                // By UTF-16 units, which is how Java compares text and how RFC 8785 §3.2.3 sorts.
                Arrays.sort(names);
                out.writeStartObject();
                for (String name : names) {
                    out.writeFieldName(name);
                    write(out, value.get(name));
                }
                out.writeEndObject();
            }
            case ARRAY -> {
                out.writeStartArray();
                for (JsonNode item : value) {
                    write(out, item);
                }
                out.writeEndArray();
            }
            case STRING -> out.writeString(value.textValue());
            case NUMBER -> {
                if (value.isIntegralNumber() && value.canConvertToLong()) {
                    out.writeNumber(value.longValue());
                } else if (value.isIntegralNumber()) {
                    out.writeNumber(value.bigIntegerValue());
                } else {
                    out.writeNumber(NumberToJSON.serializeNumber(value.doubleValue()));
                }
            }
            case BOOLEAN -> out.writeBoolean(value.booleanValue());
            case NULL -> out.writeNull();
            case POJO -> {
                if (((POJONode) value).getPojo() instanceof RawValue raw) {
                    out.writeRawValue((String) raw.rawValue());
                } else {
                    throw new IllegalArgumentException("this is no JSON value");
                }
            }
            case BINARY, MISSING -> throw new IllegalArgumentException("this is no JSON value");
        }
    }
}

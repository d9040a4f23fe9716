// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A JSON value and the path that leads to it. Every reading method checks the type and says what is
 * wrong with a {@link MalformedException} that names the path.
 *
 * @param path such as {@code data.changes[3].ruleDefined.to}; empty for the whole input
 */
public record Located(JsonNode json, String path) {
    /** Lists hold at most this many items unless they say otherwise. */
    public static final int MAX_ITEMS = 1_000;

    private static final int MAX_SHOWN = 64;

    private static final Pattern INSTANT =
            Pattern.compile(
                    "\\d{4}-\\d{2}-\\d{2}T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?Z");

    private static final Pattern DURATION =
            Pattern.compile(
                    "P(?!$)(?:\\d{1,9}D)?(?:T(?!$)(?:\\d{1,9}H)?(?:\\d{1,9}M)?(?:\\d{1,9}(?:\\.\\d{1,9})?S)?)?");

    /** The whole of an input. */
    public static Located whole(JsonNode json) {
        return new Located(json, "");
    }

    /** This value is wrong. */
    public MalformedException wrong(String problem) {
        return new MalformedException(path, problem);
    }

    /** The members of an object. */
    public Members members() {
        if (!json.isObject()) {
            throw mustBe("an object");
        }
        return new Members(this);
    }

    /** Any text. */
    public String text() {
        if (!json.isTextual()) {
            throw mustBe("text");
        }
        return json.textValue();
    }

    /** Text without control characters. */
    public String printable(int maxLength) {
        return bounded(
                maxLength, c -> !Character.isISOControl(c), "must not hold control characters");
    }

    /** Text for people, in lines. */
    public String prose(int maxLength) {
        return bounded(
                maxLength,
                c -> !Character.isISOControl(c) || c == '\n' || c == '\t',
                "must not hold control characters");
    }

    /** Visible ASCII without quote and backslash. */
    public String visible(int maxLength) {
        return bounded(
                maxLength,
                c -> c > 0x20 && c < 0x7f && c != '"' && c != '\\',
                "must be visible ASCII without spaces, quotes and backslashes");
    }

    private String bounded(int maxLength, CharacterRule rule, String problem) {
        String text = text();
        if (text.isEmpty() || text.length() > maxLength) {
            throw wrong("must have 1 to " + maxLength + " characters");
        }
        for (int i = 0; i < text.length(); i++) {
            if (!rule.allows(text.charAt(i))) {
                throw wrong(problem);
            }
        }
        return text;
    }

    @FunctionalInterface
    private interface CharacterRule {
        boolean allows(char c);
    }

    /** Text as a value that checks itself. */
    public <T> T as(Function<String, T> value) {
        return checked(() -> value.apply(text()));
    }

    /** Runs a check whose complaint is about this value. */
    <T> T checked(java.util.function.Supplier<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException e) {
            String problem = e.getMessage();
            throw wrong(problem == null ? "is malformed" : problem);
        }
    }

    /** Text that is one of a few words. */
    public <T> T oneOf(Collection<T> values, Function<T, String> word) {
        String text = text();
        for (T value : values) {
            if (word.apply(value).equals(text)) {
                return value;
            }
        }
        throw wrong(
                "must be one of "
                        + values.stream()
                                .map(word)
                                .map(w -> "`" + w + "`")
                                .collect(Collectors.joining(", ")));
    }

    /** A whole number, written without fraction and exponent. */
    public long integer(long min, long max) {
        if (!json.isIntegralNumber()) {
            throw mustBe("a whole number");
        }
        BigInteger number = json.bigIntegerValue();
        if (number.compareTo(BigInteger.valueOf(min)) < 0
                || number.compareTo(BigInteger.valueOf(max)) > 0) {
            throw wrong("must be " + min + " to " + max);
        }
        return number.longValueExact();
    }

    /** {@code true} or {@code false}. */
    public boolean flag() {
        if (!json.isBoolean()) {
            throw mustBe("`true` or `false`");
        }
        return json.booleanValue();
    }

    /** An instant of RFC 3339 in UTC, with {@code Z}. */
    public Instant instant() {
        String text = text();
        try {
            if (INSTANT.matcher(text).matches()) {
                return Instant.parse(text);
            }
        } catch (DateTimeException e) {
            // A day that no month has: said below.
        }
        throw wrong("must be an instant in UTC, such as `2026-01-31T12:00:00Z`");
    }

    /** A duration of ISO 8601 in days, hours, minutes and seconds. */
    public Duration duration(Duration min, Duration max) {
        String text = text();
        if (!DURATION.matcher(text).matches()) {
            throw wrong("must be a duration, such as `PT5M`");
        }
        Duration duration = Duration.parse(text);
        if (duration.compareTo(min) < 0 || duration.compareTo(max) > 0) {
            throw wrong("must be " + min + " to " + max);
        }
        return duration;
    }

    /** The items of an array, at most {@link #MAX_ITEMS}. */
    public <T> List<T> list(Function<Located, T> item) {
        return list(MAX_ITEMS, item);
    }

    /** The items of an array. */
    public <T> List<T> list(int max, Function<Located, T> item) {
        if (!json.isArray()) {
            throw mustBe("a list");
        }
        if (json.size() > max) {
            throw wrong("must hold at most " + max + " items");
        }
        List<T> items = new ArrayList<>(json.size());
        for (int i = 0; i < json.size(); i++) {
            items.add(item.apply(new Located(json.get(i), path + "[" + i + "]")));
        }
        return items;
    }

    /** The items of an array that holds at least one. */
    public <T> List<T> someOf(Function<Located, T> item) {
        List<T> items = list(item);
        if (items.isEmpty()) {
            throw wrong("must not be empty");
        }
        return items;
    }

    /**
     * Any value but null, as canonical JSON. Its numbers must be such that every reader holds them
     * exactly (RFC 7493 §2.2).
     */
    public String canonical(int maxLength) {
        if (json.isNull()) {
            throw wrong("must not be null");
        }
        refuseInexact();
        String text = Json.canonical(json);
        if (text.length() > maxLength) {
            throw wrong("must have at most " + maxLength + " characters");
        }
        return text;
    }

    private void refuseInexact() {
        if (json.isIntegralNumber()) {
            long limit = org.narrows.events.value.Position.MAX_SEQ;
            integer(-limit, limit);
        } else if (json.isNumber()) {
            // RFC 8785 writes 1e16 with all its digits, and so as a whole number that is refused
            // here.
            double number = json.doubleValue();
            if (Math.abs(number) > org.narrows.events.value.Position.MAX_SEQ) {
                throw wrong("this number is too large to be held exactly");
            }
        } else if (json.isArray()) {
            for (int i = 0; i < json.size(); i++) {
                new Located(json.get(i), path + "[" + i + "]").refuseInexact();
            }
        } else if (json.isObject()) {
            json.properties()
                    .forEach(member -> at(member.getKey(), member.getValue()).refuseInexact());
        }
    }

    /** A member of this object. */
    Located at(String name, JsonNode value) {
        return new Located(value, memberPath(name));
    }

    String memberPath(String name) {
        return path.isEmpty() ? shown(name) : path + "." + shown(name);
    }

    /** A name as it may stand in a path: it comes from outside, and a path ends up in log lines. */
    static String shown(String name) {
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < name.length() && i < MAX_SHOWN; i++) {
            char c = name.charAt(i);
            shown.append(c > 0x20 && c < 0x7f && c != '`' ? c : '?');
        }
        return name.length() > MAX_SHOWN ? shown.append("...").toString() : shown.toString();
    }

    private MalformedException mustBe(String type) {
        return wrong("must be " + type);
    }
}

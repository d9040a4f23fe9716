// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.admin;

import io.micronaut.http.HttpRequest;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import org.narrows.events.value.Position;
import org.narrows.projector.projection.Reached;
import org.narrows.projector.store.LiveCheckpoint;
import org.narrows.projector.store.LiveLog;
import org.narrows.projector.store.StoredCheckpoint;

/** What every read may ask: at least this fresh, as of when, from where, how many. */
@Singleton
class Asking {
    static final String CONSISTENCY = "Narrows-Consistency";

    private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");
    private static final Instant END = Instant.parse("+10000-01-01T00:00:00Z");
    private static final int DEFAULT_LIMIT = 100;
    private static final int GREATEST_LIMIT = 1000;

    private final LiveCheckpoint checkpoint;
    private final LiveLog log;
    private final Reached reached;

    Asking(LiveCheckpoint checkpoint, LiveLog log, Reached reached) {
        this.checkpoint = checkpoint;
        this.log = log;
        this.reached = reached;
    }

    /** Where the log stands, at least as fresh as the request asks; waits for it 250 ms at most. */
    StoredCheckpoint head(HttpRequest<?> request) {
        StoredCheckpoint head = read();
        List<String> sent = request.getHeaders().getAll(CONSISTENCY);
        if (sent.isEmpty()) {
            return head;
        }
        Position wanted;
        try {
            wanted = Position.ofToken(sent.getFirst());
        } catch (IllegalArgumentException e) {
            throw Problem.malformed(CONSISTENCY, "this is no consistency token");
        }
        if (sent.size() > 1 || !wanted.logId().equals(head.log())) {
            throw Problem.malformed(CONSISTENCY, "this is no consistency token of this log");
        }
        return reached.atLeast(wanted.seq())
                .orElseThrow(
                        () ->
                                Problem.unavailable(
                                        "the projection has not come as far as the consistency token"));
    }

    private StoredCheckpoint read() {
        return checkpoint.read().orElseThrow(() -> Problem.unavailable("there is no log yet"));
    }

    /** The seq that the request asks about: {@code ?at=} a seq or an instant, or the head. */
    long at(HttpRequest<?> request) {
        return moment(request).seq();
    }

    /**
     * What a request asks about.
     *
     * @param time the instant asked for, the append time of the seq asked for, or now
     */
    record Moment(long seq, Instant time) {}

    /** The seq and the time that the request asks about. */
    Moment moment(HttpRequest<?> request) {
        StoredCheckpoint head = head(request);
        Optional<String> at = parameter(request, "at");
        if (at.isEmpty()) {
            return new Moment(head.seq(), head.now());
        }
        if (Position.isSeq(at.get())) {
            long seq = Long.parseLong(at.get());
            if (seq > head.seq()) {
                throw Problem.malformed(
                        "at", "seq " + seq + " is after the head, which is " + head.seq());
            }
            return new Moment(
                    seq, log.clockAt(seq).map(Instant::ofEpochMilli).orElse(Instant.EPOCH));
        }
        Instant instant =
                instant(at.get())
                        .orElseThrow(
                                () ->
                                        Problem.malformed(
                                                "at",
                                                "`at` is a seq or an instant, as 2026-01-31T12:00:00Z"));
        if (instant.isAfter(head.now())) {
            throw Problem.malformed("at", "`at` is after now");
        }
        return new Moment(log.seqAsOf(instant.toEpochMilli()).orElse(0L), instant);
    }

    /** RFC 3339 has years of four digits, and PostgreSQL holds no year that Java has beyond. */
    static Optional<Instant> instant(String text) {
        try {
            return Optional.of(Instant.parse(text))
                    .filter(instant -> !instant.isBefore(FIRST) && instant.isBefore(END));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    /** How many items a page has at most. */
    int limit(HttpRequest<?> request) {
        Optional<String> limit = parameter(request, "limit");
        if (limit.isEmpty()) {
            return DEFAULT_LIMIT;
        }
        if (!limit.get().matches("[1-9][0-9]{0,3}")
                || Integer.parseInt(limit.get()) > GREATEST_LIMIT) {
            throw Problem.malformed("limit", "`limit` is a number from 1 to " + GREATEST_LIMIT);
        }
        return Integer.parseInt(limit.get());
    }

    /** A query parameter, given once; an empty one is an absent one. */
    static Optional<String> parameter(HttpRequest<?> request, String name) {
        List<String> values = request.getParameters().getAll(name);
        if (values.size() > 1) {
            throw Problem.malformed(name, "`" + name + "` is given more than once");
        }
        return values.stream().filter(value -> !value.isEmpty()).findFirst();
    }

    static String required(HttpRequest<?> request, String name) {
        return parameter(request, name)
                .orElseThrow(() -> Problem.malformed(name, "`" + name + "` is needed"));
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;
import org.narrows.events.event.EventType;

/** An event that this command line made, not yet published. */
public final class Proposal {
    private static final String SOURCE = "urn:narrows:cli";
    private static final SecureRandom RANDOM = new SecureRandom();

    private final ObjectNode event;

    private Proposal(ObjectNode event) {
        this.event = event;
    }

    /** A new event of this type. */
    public static Proposal of(EventType type, ObjectNode data) {
        Instant now = Clock.systemUTC().instant();
        ObjectNode event = Json.object();
        event.put("specversion", "1.0");
        event.put("id", newId(now).toString());
        event.put("source", SOURCE);
        event.put("type", type.type());
        event.put("time", now.truncatedTo(ChronoUnit.MILLIS).toString());
        event.set("data", data);
        return new Proposal(event);
    }

    /** Why, for people. */
    public Proposal because(Optional<String> reason) {
        reason.ifPresent(text -> event.put("reason", text));
        return this;
    }

    /** Rejected if what the event names changed after this seq. */
    public Proposal expecting(long position) {
        event.put("expectedposition", Long.toString(position));
        return this;
    }

    public byte[] bytes() {
        return Json.compact(event).getBytes(StandardCharsets.UTF_8);
    }

    /** A UUIDv7 (RFC 9562 §5.7): ids that sort by time. */
    static UUID newId(Instant now) {
        byte[] random = new byte[10];
        RANDOM.nextBytes(random);
        ByteBuffer bytes = ByteBuffer.allocate(16);
        bytes.putLong(now.toEpochMilli() << 16);
        bytes.position(6);
        bytes.put(random);
        bytes.put(6, (byte) (0x70 | (bytes.get(6) & 0x0f)));
        bytes.put(8, (byte) (0x80 | (bytes.get(8) & 0x3f)));
        return new UUID(bytes.getLong(0), bytes.getLong(8));
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.narrows.events.event.EventType;
import org.narrows.events.state.ReadRecord;
import org.narrows.events.state.ReadRecord.Body;
import org.narrows.events.state.ReadRecord.Content;
import org.narrows.events.state.ReadRecord.Malformed;
import org.narrows.events.state.ReadRecord.Signed;
import org.narrows.events.state.ReadRecord.Understood;
import org.narrows.events.state.ReadRecord.Unknown;
import org.narrows.events.state.ReadRecord.Unreadable;
import org.narrows.events.value.EventId;
import org.narrows.events.value.Hash;

/**
 * Reads one record of the log: every byte is treated as hostile, nothing is believed yet. Total:
 * never throws.
 */
public final class RecordReader {
    private static final byte[] NOTHING = new byte[0];
    private static final Pattern TYPE =
            Pattern.compile(Pattern.quote(EventType.PREFIX) + EventCodec.SHORT_NAME.pattern());

    private RecordReader() {}

    /**
     * Reads a record.
     *
     * @param value the record's value; null for a tombstone
     * @param signatures every `sig` header of the record, in order; a null one counts as empty
     */
    public static ReadRecord read(
            Instant appendTime, byte @Nullable [] value, List<byte @Nullable []> signatures) {
        byte[][] parts = new byte[signatures.size()][];
        for (int i = 0; i < parts.length; i++) {
            byte[] part = signatures.get(i);
            parts[i] = part == null ? NOTHING : part;
        }
        return new ReadRecord(
                appendTime,
                Hash.sha256(value == null ? NOTHING : value),
                Hash.sha256(parts),
                content(value, parts));
    }

    private static Content content(byte @Nullable [] value, byte[][] signatures) {
        if (value == null) {
            return new Unreadable("the record has no value");
        }
        if (value.length > Topics.MAX_VALUE_BYTES) {
            return new Unreadable("the value has more than " + Topics.MAX_VALUE_BYTES + " bytes");
        }
        if (signatures.length != 1) {
            return new Unreadable(
                    signatures.length == 0
                            ? "the record has no `sig` header"
                            : "the record has more than one `sig` header");
        }
        DetachedSignature signature;
        try {
            signature = DetachedSignature.read(signatures[0], value);
        } catch (MalformedException e) {
            return new Unreadable("the `sig` header is malformed: " + reason(e));
        }
        JsonNode json;
        try {
            json = Json.parse(value);
        } catch (MalformedException e) {
            return new Unreadable("the value cannot be read: " + reason(e));
        }
        JsonNode type = json.get(EventCodec.TYPE);
        if (type == null || !type.isTextual() || !TYPE.matcher(type.textValue()).matches()) {
            return new Unreadable(
                    "the value names no type of ours, such as `org.narrows.policy.changed.v1`");
        }
        String shortName = type.textValue().substring(EventType.PREFIX.length());
        return new Signed(signature.header(), signature, shortName, body(shortName, json));
    }

    private static Body body(String shortName, JsonNode json) {
        Optional<EventType> known = EventType.named(shortName);
        if (known.isEmpty()) {
            return new Unknown();
        }
        EventType type = known.get();
        try {
            return new Understood(EventCodec.decode(type, Located.whole(json).members()));
        } catch (MalformedException e) {
            Optional<EventId> id =
                    Lenient.text(json.get("id")).flatMap(text -> Lenient.value(text, EventId::new));
            // Whatever could be read and is refused for what it says is refused on its merits.
            Restriction meant =
                    e.isOnMerits() ? Restriction.NONE : Restriction.meantBy(type, json.get("data"));
            return new Malformed(id, e.getMessage() + "", meant.restricts(), meant.names());
        }
    }

    /**
     * Verdicts are the same in every release and their reasons are part of them, so how the JSON
     * library words or places its complaint is left out.
     */
    private static String reason(MalformedException e) {
        String message = e.getMessage() + "";
        return e.path().isEmpty() && message.startsWith("not JSON") ? "not JSON" : message;
    }
}

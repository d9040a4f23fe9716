// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.narrows.events.event.EventType;
import org.narrows.events.value.LogId;
import org.narrows.events.value.Position;
import org.narrows.projector.store.JudgedRecord;

/** Records of the log and their verdicts, as answers. */
final class RecordJson {
    private RecordJson() {}

    /** What a publisher is told. */
    static ObjectNode verdict(LogId log, JudgedRecord record) {
        ObjectNode json = Json.object();
        if (record.eventId() != null) {
            json.put("id", record.eventId());
        }
        json.put("verdict", record.outcome());
        if (record.reason() != null) {
            json.put("reason", record.reason());
        }
        json.put("seq", record.seq());
        json.put("consistency", new Position(log, record.seq()).toToken());
        if (record.took() != null) {
            json.set("took", Json.stored(record.took()));
        }
        first(json, record);
        return json;
    }

    /** What the log shows. */
    static ObjectNode record(JudgedRecord record) {
        ObjectNode json = Json.object();
        json.put("seq", record.seq());
        json.put("time", record.time().toString());
        json.put("verdict", record.outcome());
        if (record.reason() != null) {
            json.put("reason", record.reason());
        }
        if (record.eventId() != null) {
            json.put("id", record.eventId());
        }
        if (record.type() != null) {
            json.put("type", EventType.PREFIX + record.type());
        }
        if (record.actor() != null) {
            json.put("actor", record.actor());
        }
        if (record.kid() != null) {
            json.put("kid", record.kid());
        }
        first(json, record);
        return json;
    }

    /** The same with its bytes. */
    static ObjectNode whole(JudgedRecord record) {
        ObjectNode json = record(record);
        if (record.value() != null) {
            json.put("value", record.value());
        }
        if (record.sig() != null) {
            json.put("sig", record.sig());
        }
        return json;
    }

    private static void first(ObjectNode json, JudgedRecord record) {
        if (record.firstSeq() != null) {
            ObjectNode first = json.putObject("first");
            first.put("verdict", record.firstOutcome());
            if (record.firstReason() != null) {
                first.put("reason", record.firstReason());
            }
            first.put("seq", record.firstSeq());
        }
    }
}

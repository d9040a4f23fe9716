// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.admin;

import com.fasterxml.jackson.databind.JsonNode;
import io.micronaut.http.HttpStatus;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import org.narrows.events.event.ChangeSet;
import org.narrows.events.event.ConsentEvent;
import org.narrows.events.event.Event;
import org.narrows.events.event.EventType;
import org.narrows.events.event.InvitationEvent;
import org.narrows.events.event.LogEvent;
import org.narrows.events.event.PolicyChanged;
import org.narrows.events.event.QuarantineResolved;
import org.narrows.events.event.RevocationEvent;
import org.narrows.events.event.UserEvent.UserAdmitted;
import org.narrows.events.event.UserEvent.UserForgotten;
import org.narrows.events.event.UserEvent.UserRemoved;
import org.narrows.events.state.AdminTouch;
import org.narrows.events.state.Policy;
import org.narrows.events.state.Row.PolicyRow;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.wire.EventCodec;
import org.narrows.events.wire.MalformedException;
import org.narrows.events.wire.Topics;
import org.narrows.projector.store.LiveCheckpoint;
import org.narrows.projector.store.LiveRows;
import org.narrows.projector.store.ProjectionStore;
import org.narrows.projector.store.StoredCheckpoint;

/**
 * Refuses early what is plainly wrong, for a good message; the fold alone decides. What it lets
 * through is the bytes to be published.
 */
@Singleton
class Proposals {
    private final LiveCheckpoint checkpoint;
    private final LiveRows rows;
    private final ProjectionStore store;

    Proposals(LiveCheckpoint checkpoint, LiveRows rows, ProjectionStore store) {
        this.checkpoint = checkpoint;
        this.rows = rows;
        this.store = store;
    }

    /** One event: published exactly as it came. */
    byte[] single(byte[] value, Caller caller) {
        check(value, caller, "");
        return value;
    }

    /** An array of events: each is published in the form of RFC 8785. */
    List<byte[]> batch(byte[] body, Caller caller) {
        JsonNode array = org.narrows.events.wire.Json.parse(body);
        if (!array.isArray()) {
            throw Problem.malformed("", "a batch is an array of events");
        }
        List<byte[]> values = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            byte[] value = org.narrows.events.wire.Json.canonicalBytes(array.get(i));
            check(value, caller, "[" + i + "]");
            values.add(value);
        }
        return values;
    }

    private void check(byte[] value, Caller caller, String place) {
        if (value.length > Topics.MAX_VALUE_BYTES) {
            throw Problem.of(HttpStatus.REQUEST_ENTITY_TOO_LARGE, "an event has 8 MiB at most");
        }
        try {
            refuseRootOnly(org.narrows.events.wire.Json.parse(value).path("type").asText());
            ChangeSet proposed = EventCodec.decode(value);
            proposed.actor()
                    .filter(actor -> !actor.equals(caller.subject()))
                    .ifPresent(
                            actor -> {
                                throw Problem.of(
                                        HttpStatus.FORBIDDEN,
                                        "`actor` names `" + actor + "`, who is not the caller");
                            });
            allow(proposed.event(), caller);
        } catch (MalformedException e) {
            String path =
                    place.isEmpty() || e.path().isEmpty()
                            ? place + e.path()
                            : place + "." + e.path();
            throw Problem.malformed(path, String.valueOf(e.getMessage()));
        }
    }

    private static void refuseRootOnly(String type) {
        String name =
                type.startsWith(EventType.PREFIX) ? type.substring(EventType.PREFIX.length()) : "";
        if (name.startsWith("log.") || name.startsWith("key.")) {
            throw Problem.of(
                    HttpStatus.FORBIDDEN, "`" + type + "` is published by the root key alone");
        }
    }

    private void allow(Event event, Caller caller) {
        caller.needs(
                switch (event) {
                    case PolicyChanged _ -> AdminScope.POLICY_WRITE;
                    case ConsentEvent _, InvitationEvent _, UserAdmitted _, UserRemoved _ ->
                            AdminScope.CONSENT_WRITE;
                    case RevocationEvent _, UserForgotten _, QuarantineResolved _, LogEvent _ ->
                            AdminScope.LOG_OPERATE;
                });
        if (!caller.may(AdminScope.LOG_OPERATE) && touchesAdmin(event)) {
            caller.needs(AdminScope.LOG_OPERATE);
        }
    }

    private boolean touchesAdmin(Event event) {
        StoredCheckpoint head =
                checkpoint.read().orElseThrow(() -> Problem.unavailable("there is no log yet"));
        Policy policy =
                event instanceof PolicyChanged
                        ? Policy.of(
                                rows.policy(head.seq()).stream()
                                        .map(stored -> (PolicyRow) stored.row())
                                        .toList())
                        : Policy.EMPTY;
        return AdminTouch.touches(
                event, policy, store.now(head.generation()), new IssuerUrl(head.issuer()));
    }
}

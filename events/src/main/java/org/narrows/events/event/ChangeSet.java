// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.event;

import java.util.Optional;
import org.narrows.events.value.EventId;

/**
 * One event with its envelope (CloudEvents 1.0): what is published.
 *
 * @param time RFC 3339; a claim, never trusted
 * @param actor who asked, when the publisher says so; must agree with the signature's
 * @param reason why, for people
 * @param expectedPosition seq as decimal text: rejected if what the event names changed after it
 */
public record ChangeSet(
        EventId id,
        String source,
        String time,
        Optional<String> subject,
        Optional<String> actor,
        Optional<String> reason,
        Optional<Long> expectedPosition,
        Event event) {
    public EventType type() {
        return EventType.of(event);
    }
}

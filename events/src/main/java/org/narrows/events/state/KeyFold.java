// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.util.Optional;
import org.narrows.events.event.EventType;
import org.narrows.events.event.LogEvent.KeyAdded;
import org.narrows.events.event.LogEvent.KeyRevoked;
import org.narrows.events.event.LogEvent.PublisherKey;
import org.narrows.events.state.Row.KeyRow;
import org.narrows.events.value.KeyId;

/** The keys that may publish. A key id is given once, so a row stays when its key is revoked. */
final class KeyFold {
    private KeyFold() {}

    static Effect added(Moment moment, KeyId rootKid, KeyAdded event) {
        PublisherKey key = event.key();
        if (key.kid().equals(rootKid) || moment.policy().keys().containsKey(key.kid())) {
            return new Effect.Refused("the key id `" + key.kid() + "` was given before");
        }
        Optional<String> rootOnly = key.types().stream().filter(EventType::isRootOnly).findFirst();
        if (rootOnly.isPresent()) {
            return new Effect.Refused("only the root key publishes `" + rootOnly.get() + "`");
        }
        return Effect.changing(
                new RowChange.Opened(new KeyRow(key, Optional.empty(), moment.seq())));
    }

    static Effect revoked(Moment moment, KeyRevoked event) {
        KeyRow key = moment.policy().keys().get(event.kid());
        if (key == null) {
            return new Effect.Refused("there is no key `" + event.kid() + "`");
        }
        if (key.revokedAt().isPresent()) {
            return new Effect.Refused(
                    "the key `" + event.kid() + "` was revoked at seq " + key.revokedAt().get());
        }
        return Effect.changing(
                new RowChange.Replaced(
                        key, new KeyRow(key.entry(), Optional.of(moment.seq()), key.since())));
    }
}

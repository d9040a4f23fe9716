// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.event;

import java.util.Optional;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.User;

/** What users allow at an audience, for all clients that exchange into it. */
public sealed interface ConsentEvent extends Event {
    User user();

    AudienceId audience();

    /**
     * Merged into the one active consent of that user and audience; {@code client} is the one that
     * prompted it.
     */
    record ConsentGranted(User user, AudienceId audience, Scopes scopes, ClientId client)
            implements ConsentEvent {
        public ConsentGranted {
            if (scopes.isEmpty()) {
                throw new IllegalArgumentException("a consent names at least one scope");
            }
        }
    }

    /** Takes these scopes out of the consent; empty optional takes all of it. */
    record ConsentWithdrawn(User user, AudienceId audience, Optional<Scopes> scopes)
            implements ConsentEvent {}
}

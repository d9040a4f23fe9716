// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.event;

import java.time.Instant;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;

/** What is no longer valid, whatever its signature and times say. */
public sealed interface RevocationEvent extends Event {
    /**
     * That token and all its descendants; of several revocations the latest {@code expiresAt}
     * holds.
     */
    record TokenRevoked(TokenRef token, Instant expiresAt) implements RevocationEvent {}

    /**
     * Every token of that user issued before the instant, and what derives from it; of several the
     * latest holds. A token without `iat` counts as issued in 1970.
     */
    record SubjectRevoked(User user, Instant notBefore) implements RevocationEvent {}
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.util.Optional;
import java.util.SortedSet;
import org.narrows.events.event.EventType;
import org.narrows.events.event.LogEvent.PublisherKey;
import org.narrows.events.value.AudienceId;

/** Whose key signed a record, and what that key may publish. */
sealed interface Publisher {
    /** The actor of everything the root key signs. */
    String ROOT_ACTOR = "narrows|root";

    /** The public JWK that its signatures verify under. */
    String jwk();

    /** Whether a record of this type is authentic from it, whatever the record says. */
    boolean mayPublish(String type);

    /** Where its audiences are bounded, those. */
    Optional<SortedSet<AudienceId>> audiences();

    /** Whether it may touch the admin audience. */
    boolean admin();

    /** The key that genesis names. It may publish everything. */
    record Root(String jwk) implements Publisher {
        @Override
        public boolean mayPublish(String type) {
            return true;
        }

        @Override
        public Optional<SortedSet<AudienceId>> audiences() {
            return Optional.empty();
        }

        @Override
        public boolean admin() {
            return true;
        }
    }

    /** A key that was added. */
    record Added(PublisherKey key) implements Publisher {
        @Override
        public String jwk() {
            return key.jwk();
        }

        @Override
        public boolean mayPublish(String type) {
            return !EventType.isRootOnly(type)
                    && key.types().contains(type)
                    && (key.audiences().isEmpty() || isOfOneAudience(type));
        }

        @Override
        public Optional<SortedSet<AudienceId>> audiences() {
            return key.audiences();
        }

        @Override
        public boolean admin() {
            return key.admin();
        }

        /**
         * Consent, user and invitation events, but for the one that ends a user at every audience.
         */
        private static boolean isOfOneAudience(String type) {
            return type.startsWith("consent.")
                    || type.startsWith("invitation.")
                    || (type.startsWith("user.") && !type.startsWith("user.forgotten."));
        }
    }
}

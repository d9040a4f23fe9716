// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.event;

import org.narrows.events.value.AudienceId;
import org.narrows.events.value.User;

/** Who belongs to which audience. */
public sealed interface UserEvent extends Event {
    User user();

    /** The user is a member; a removal is lifted only by {@link Via#ADMIN}. */
    record UserAdmitted(User user, AudienceId audience, Via via) implements UserEvent {}

    /** Bars the user in every mode until admitted again. */
    record UserRemoved(User user, AudienceId audience) implements UserEvent {}

    /** Ends and removes everything of that user. */
    record UserForgotten(User user) implements UserEvent {}

    /** How a user came in. An invitation admits by its own event. */
    enum Via {
        ADMIN("admin"),
        SIGN_UP("sign-up");

        private final String text;

        Via(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }
}

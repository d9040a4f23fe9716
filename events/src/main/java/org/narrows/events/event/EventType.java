// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.event;

import java.util.Optional;

/**
 * The event types this reader understands. A released version is frozen: whatever changes is a new
 * version.
 */
public enum EventType {
    LOG_OPENED("log.opened.v1", LogEvent.LogOpened.class),
    LOG_RESTORED("log.restored.v1", LogEvent.LogRestored.class),
    KEY_ADDED("key.added.v1", LogEvent.KeyAdded.class),
    KEY_REVOKED("key.revoked.v1", LogEvent.KeyRevoked.class),
    POLICY_CHANGED("policy.changed.v1", PolicyChanged.class),
    CONSENT_GRANTED("consent.granted.v1", ConsentEvent.ConsentGranted.class),
    CONSENT_WITHDRAWN("consent.withdrawn.v1", ConsentEvent.ConsentWithdrawn.class),
    USER_ADMITTED("user.admitted.v1", UserEvent.UserAdmitted.class),
    USER_REMOVED("user.removed.v1", UserEvent.UserRemoved.class),
    USER_FORGOTTEN("user.forgotten.v1", UserEvent.UserForgotten.class),
    INVITATION_ISSUED("invitation.issued.v1", InvitationEvent.InvitationIssued.class),
    INVITATION_REDEEMED("invitation.redeemed.v1", InvitationEvent.InvitationRedeemed.class),
    INVITATION_REVOKED("invitation.revoked.v1", InvitationEvent.InvitationRevoked.class),
    TOKEN_REVOKED("token.revoked.v1", RevocationEvent.TokenRevoked.class),
    SUBJECT_REVOKED("subject.revoked.v1", RevocationEvent.SubjectRevoked.class),
    QUARANTINE_RESOLVED("quarantine.resolved.v1", QuarantineResolved.class);

    /** What the CloudEvents `type` begins with. */
    public static final String PREFIX = "org.narrows.";

    private final String shortName;
    private final Class<? extends Event> payload;

    EventType(String shortName, Class<? extends Event> payload) {
        this.shortName = shortName;
        this.payload = payload;
    }

    /** As `key.added` names it: `policy.changed.v1`. */
    public String shortName() {
        return shortName;
    }

    /** The CloudEvents `type`: `org.narrows.policy.changed.v1`. */
    public String type() {
        return PREFIX + shortName;
    }

    public static EventType of(Event event) {
        for (EventType type : values()) {
            if (type.payload.isInstance(event)) {
                return type;
            }
        }
        throw new IllegalStateException("an event without a type: " + event.getClass());
    }

    public static Optional<EventType> named(String shortName) {
        for (EventType type : values()) {
            if (type.shortName.equals(shortName)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }

    /** `log.*` and `key.*` are published by the root key alone. */
    public boolean isRootOnly() {
        return isRootOnly(shortName);
    }

    /** The same of any type or version, also one yet to come. */
    public static boolean isRootOnly(String shortName) {
        return shortName.startsWith("log.") || shortName.startsWith("key.");
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.event;

import java.time.Instant;
import java.util.Optional;
import java.util.SortedMap;
import org.narrows.events.policy.Sets;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.InvitationId;
import org.narrows.events.value.User;

/** Invitations into an audience: issued once, redeemed once. */
public sealed interface InvitationEvent extends Event {
    InvitationId invitation();

    /**
     * An invitation exists.
     *
     * @param claims values, as canonical JSON, of claims declared at the audience
     */
    record InvitationIssued(
            InvitationId invitation,
            AudienceId audience,
            Optional<Instant> expiresAt,
            SortedMap<String, String> claims)
            implements InvitationEvent {
        public InvitationIssued {
            claims = Sets.copy(claims);
        }
    }

    /** Admits the user to the invitation's audience; lifts a removal too. */
    record InvitationRedeemed(InvitationId invitation, User user) implements InvitationEvent {}

    record InvitationRevoked(InvitationId invitation) implements InvitationEvent {}
}

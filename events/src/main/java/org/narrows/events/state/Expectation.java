// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.util.Optional;
import org.narrows.events.event.ConsentEvent;
import org.narrows.events.event.Event;
import org.narrows.events.event.InvitationEvent;
import org.narrows.events.event.LogEvent.KeyAdded;
import org.narrows.events.event.LogEvent.KeyRevoked;
import org.narrows.events.event.LogEvent.LogOpened;
import org.narrows.events.event.LogEvent.LogRestored;
import org.narrows.events.event.PolicyChanged;
import org.narrows.events.event.QuarantineResolved;
import org.narrows.events.event.RevocationEvent.SubjectRevoked;
import org.narrows.events.event.RevocationEvent.TokenRevoked;
import org.narrows.events.event.UserEvent.UserAdmitted;
import org.narrows.events.event.UserEvent.UserForgotten;
import org.narrows.events.event.UserEvent.UserRemoved;
import org.narrows.events.value.User;

/** Optimistic concurrency: an event may say as of which seq its author knew what it names. */
final class Expectation {
    private Expectation() {}

    /** Why the event comes too late, if so. */
    static Optional<String> missed(Checkpoint checkpoint, Rows rows, Event event, long expected) {
        if (expected > checkpoint.seq()) {
            return Optional.of("`expectedposition` " + expected + " is after this record");
        }
        long changed = lastChange(checkpoint, rows, event);
        return changed > expected
                ? Optional.of(
                        "what the event names changed at seq "
                                + changed
                                + ", after the expected "
                                + expected)
                : Optional.empty();
    }

    private static long lastChange(Checkpoint checkpoint, Rows rows, Event event) {
        return switch (event) {
            case PolicyChanged _ -> checkpoint.policyChangedAt();
            case ConsentEvent consent ->
                    ofUser(
                            rows,
                            consent.user(),
                            Row.Key.consent(consent.user(), consent.audience()));
            case UserAdmitted admitted ->
                    ofUser(
                            rows,
                            admitted.user(),
                            Row.Key.membership(admitted.user(), admitted.audience()));
            case UserRemoved removed ->
                    ofUser(
                            rows,
                            removed.user(),
                            Row.Key.membership(removed.user(), removed.audience()));
            case UserForgotten forgotten ->
                    rows.versionsOf(forgotten.user().key()).stream()
                            .mapToLong(version -> Math.max(version.from(), version.to()))
                            .max()
                            .orElse(0);
            case InvitationEvent invitation ->
                    rows.lastChange(Row.Key.invitation(invitation.invitation()));
            case TokenRevoked token -> rows.lastChange(Row.Key.tokenRevocation(token.token()));
            case SubjectRevoked subject ->
                    rows.lastChange(Row.Key.subjectRevocation(subject.user()));
            case QuarantineResolved resolved -> rows.lastChange(Row.Key.quarantine(resolved.seq()));
            case KeyAdded added -> rows.lastChange(Row.Key.key(added.key().kid()));
            case KeyRevoked revoked -> rows.lastChange(Row.Key.key(revoked.kid()));
            case LogOpened _, LogRestored _ -> 0;
        };
    }

    /**
     * A forgetting takes the history of a user's rows along, and is itself a change to all of them.
     */
    private static long ofUser(Rows rows, User user, Row.Key key) {
        long forgotten =
                rows.live(Row.Key.subjectRevocation(user))
                        .filter(row -> row.leavesAt().isPresent())
                        .map(Row::since)
                        .orElse(0L);
        return Math.max(forgotten, rows.lastChange(key));
    }
}

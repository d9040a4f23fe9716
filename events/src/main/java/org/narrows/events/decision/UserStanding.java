// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import java.util.Optional;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.state.Row.ConsentRow;
import org.narrows.events.state.Row.ConsentedScope;
import org.narrows.events.state.Row.MembershipRow;
import org.narrows.events.state.Row.ScopeRow;
import org.narrows.events.state.Row.Standing.Barred;
import org.narrows.events.state.Row.Standing.Member;
import org.narrows.events.state.UserFacts;

/**
 * What of a user's consents and memberships still counts: only what its audience and scope
 * outlived.
 */
public final class UserStanding {
    private UserStanding() {}

    /**
     * The seq since which the user has consented to the scope at the audience; empty when not. A
     * consent from before its scope or audience was defined anew was to something else.
     */
    public static Optional<Long> consentedSince(
            UserFacts facts, AudienceRow audience, ScopeRow scope) {
        ConsentRow consent = facts.consents().get(audience.entry().id());
        ConsentedScope given = consent == null ? null : consent.scopes().get(scope.entry().scope());
        return given == null || given.since() < audience.since() || given.since() < scope.since()
                ? Optional.empty()
                : Optional.of(given.since());
    }

    /** Whether the user was removed and not admitted again; a bar outlives its audience. */
    static boolean isBarred(UserFacts facts, AudienceRow audience) {
        MembershipRow row = facts.memberships().get(audience.entry().id());
        return row != null && row.standing() instanceof Barred;
    }

    /** The membership that counts at the audience as it is. */
    static Optional<MembershipRow> membership(UserFacts facts, AudienceRow audience) {
        MembershipRow row = facts.memberships().get(audience.entry().id());
        return row != null && row.standing() instanceof Member && row.since() >= audience.since()
                ? Optional.of(row)
                : Optional.empty();
    }

    /**
     * Whether the membership that an exchange at {@code seq} stood on has held since: as member
     * then, or with none while sign-up was open, and not removed since.
     */
    static boolean hasHeldSince(UserFacts facts, AudienceRow audience, long seq, boolean wasOpen) {
        MembershipRow row = facts.memberships().get(audience.entry().id());
        if (row == null) {
            return wasOpen;
        }
        return switch (row.standing()) {
            case Barred() -> false;
            case Member member ->
                    wasOpen
                            ? member.barLifted().isEmpty() || member.barLifted().get() <= seq
                            : row.since() <= seq && row.since() >= audience.since();
        };
    }
}

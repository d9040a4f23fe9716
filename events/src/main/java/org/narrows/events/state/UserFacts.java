// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.narrows.events.state.Row.ConsentRow;
import org.narrows.events.state.Row.MembershipRow;
import org.narrows.events.state.Row.SubjectRevocationRow;
import org.narrows.events.state.Row.UserRow;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.User;

/** All that the log says of one user, at one seq. */
public record UserFacts(
        User user,
        Map<AudienceId, ConsentRow> consents,
        Map<AudienceId, MembershipRow> memberships,
        Optional<SubjectRevocationRow> revocation) {
    public UserFacts {
        consents = Map.copyOf(consents);
        memberships = Map.copyOf(memberships);
    }

    public static UserFacts none(User user) {
        return new UserFacts(user, Map.of(), Map.of(), Optional.empty());
    }

    public static UserFacts of(User user, Collection<UserRow> rows) {
        Map<AudienceId, ConsentRow> consents = new HashMap<>();
        Map<AudienceId, MembershipRow> memberships = new HashMap<>();
        Optional<SubjectRevocationRow> revocation = Optional.empty();
        for (UserRow row : rows) {
            switch (row) {
                case ConsentRow consent -> consents.put(consent.audience(), consent);
                case MembershipRow membership -> memberships.put(membership.audience(), membership);
                case SubjectRevocationRow revoked -> revocation = Optional.of(revoked);
            }
        }
        return new UserFacts(user, consents, memberships, revocation);
    }
}

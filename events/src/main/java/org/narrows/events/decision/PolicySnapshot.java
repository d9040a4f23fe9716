// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import java.util.Map;
import java.util.Set;
import org.narrows.events.state.UserFacts;
import org.narrows.events.value.Position;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;

/**
 * Everything that one decision reads, as it stood at one position.
 *
 * @param users the facts of every user that {@link Decider#usersOf} names; one left out is a bug,
 *     not a stranger
 * @param revoked those of the tokens that {@link Decider#tokensOf} names which are revoked
 */
public record PolicySnapshot(
        Position position,
        CompiledPolicy policy,
        Map<User, UserFacts> users,
        Set<TokenRef> revoked) {
    public PolicySnapshot {
        users = Map.copyOf(users);
        revoked = Set.copyOf(revoked);
    }

    /** What the log says of this user. */
    public UserFacts factsOf(User user) {
        UserFacts facts = users.get(user);
        if (facts == null) {
            throw new IllegalStateException(
                    "the snapshot lacks the facts of a user the decision reads");
        }
        return facts;
    }
}

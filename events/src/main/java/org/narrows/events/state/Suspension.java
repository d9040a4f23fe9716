// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.util.Optional;
import java.util.SortedSet;
import org.narrows.events.policy.Sets;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.InvitationId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.User;

/**
 * One thing that a malformed restricting record names, and that is therefore held still until an
 * admin decides.
 */
public sealed interface Suspension {
    record OfIssuer(IssuerUrl issuer) implements Suspension {}

    record OfAudience(AudienceId audience) implements Suspension {}

    record OfScope(ScopeName scope) implements Suspension {}

    record OfClaim(String claim) implements Suspension {}

    record OfClient(ClientId client) implements Suspension {}

    record OfRule(RuleId rule) implements Suspension {}

    /** The user at this audience; empty is at every audience. */
    record OfUser(User user, Optional<AudienceId> audience) implements Suspension {}

    /** An invitation: it cannot be redeemed meanwhile. No exchange asks about it. */
    record OfInvitation(InvitationId invitation) implements Suspension {}

    /** A token id of whatever issuer could be read. */
    record OfToken(String tokenId) implements Suspension {}

    /** All that the key may publish about: these audiences, or (empty) everything. */
    record OfEverything(Optional<SortedSet<AudienceId>> audiences) implements Suspension {
        public OfEverything {
            audiences = audiences.map(Sets::copy);
        }
    }
}

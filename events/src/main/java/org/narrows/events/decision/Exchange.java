// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import java.util.List;
import java.util.Optional;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.Confirmation;
import org.narrows.events.value.Scopes;

/**
 * One exchange that is asked for, with everything that could be verified without the policy's
 * consent.
 *
 * @param client the authenticated requester
 * @param targets the `audience` and `resource` values as sent, in order; empty: the client's only
 *     target is meant
 * @param requested the `scope` parameter; empty optional when it was left out
 * @param proven what the requester proved possession of with this request (DPoP proofs and
 *     certificates)
 */
public record Exchange(
        ClientId client,
        PresentedToken subject,
        Optional<PresentedToken> actor,
        List<Target> targets,
        Optional<Scopes> requested,
        List<Confirmation> proven) {
    public Exchange {
        targets = List.copyOf(targets);
        proven = List.copyOf(proven);
    }

    /**
     * One named target: an `audience` (an id or a `tokenAudience`) or a `resource` (RFC 8707: an
     * absolute URI).
     */
    public record Target(Parameter parameter, String value) {}

    /** The parameter that named a target. */
    public enum Parameter {
        AUDIENCE,
        RESOURCE
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import org.narrows.events.state.Policy;
import org.narrows.events.value.IssuerUrl;

/**
 * The policy of one seq with the indexes that a decision looks things up by. Immutable; built once
 * for each seq.
 */
public final class CompiledPolicy {
    private final Policy policy;
    private final IssuerUrl ownIssuer;

    private CompiledPolicy(Policy policy, IssuerUrl ownIssuer) {
        this.policy = policy;
        this.ownIssuer = ownIssuer;
    }

    /**
     * Builds the indexes.
     *
     * @param ownIssuer what Narrows itself issues as
     */
    public static CompiledPolicy of(Policy policy, IssuerUrl ownIssuer) {
        return new CompiledPolicy(policy, ownIssuer);
    }

    public Policy policy() {
        return policy;
    }

    public IssuerUrl ownIssuer() {
        return ownIssuer;
    }
}

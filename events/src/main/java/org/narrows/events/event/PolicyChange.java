// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.event;

import java.util.Optional;
import org.narrows.events.policy.Audience;
import org.narrows.events.policy.ClaimDefinition;
import org.narrows.events.policy.Client;
import org.narrows.events.policy.Rule;
import org.narrows.events.policy.ScopeDefinition;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.ScopeName;

/** One change to one thing, so that history can say who did it. */
public sealed interface PolicyChange {
    record IssuerTrusted(TrustedIssuer entry) implements PolicyChange {}

    record AudienceDefined(Audience entry) implements PolicyChange {}

    record ScopeDefined(ScopeDefinition entry) implements PolicyChange {}

    record ClaimDefined(ClaimDefinition entry) implements PolicyChange {}

    record ClientRegistered(Client entry) implements PolicyChange {}

    record RuleDefined(Rule entry) implements PolicyChange {}

    record IssuerDistrusted(IssuerUrl issuer) implements PolicyChange {}

    record AudienceRetired(AudienceId id) implements PolicyChange {}

    /** The audience must be the scope's own; empty is a shared scope. */
    record ScopeRetired(ScopeName scope, Optional<AudienceId> audience) implements PolicyChange {}

    record ClaimRetired(String claim, Optional<AudienceId> audience) implements PolicyChange {}

    record RuleRetired(RuleId id) implements PolicyChange {}

    record ClientDisabled(ClientId id) implements PolicyChange {}

    record ClientEnabled(ClientId id) implements PolicyChange {}

    record ClientRemoved(ClientId id) implements PolicyChange {}

    record ClientScopeAllowed(ClientId client, ScopeName scope) implements PolicyChange {}

    record ClientScopeWithdrawn(ClientId client, ScopeName scope) implements PolicyChange {}

    record ClientAudienceAllowed(ClientId client, AudienceId audience) implements PolicyChange {}

    record ClientAudienceWithdrawn(ClientId client, AudienceId audience) implements PolicyChange {}
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.policy;

/** One entry of the policy, as admins write it. */
public sealed interface Entry
        permits TrustedIssuer, Audience, ScopeDefinition, ClaimDefinition, Client, Rule {}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.policy.Sets;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.Confirmation;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.User;

/**
 * What may be minted: never more than was asked, allowed and consented to.
 *
 * @param subject the `sub` in the naming of issued tokens
 * @param kind a client is issued with `sub_type: client`
 * @param audiences the `aud` values; one is written as a string
 * @param actors the `act` chain, the outermost first; empty is none
 * @param lineage ids of the subject tokens it derives from, root first
 * @param claims declared claims to copy, by name, as canonical JSON
 */
public record TokenTerms(
        User party,
        String subject,
        ActorKind kind,
        ClientId client,
        List<AudienceId> targets,
        List<String> audiences,
        Scopes scopes,
        Instant expiresAt,
        List<String> actors,
        List<String> lineage,
        Provenance provenance,
        Optional<Confirmation> boundTo,
        Optional<Instant> authTime,
        Optional<String> acr,
        SortedSet<String> amr,
        SortedMap<String, String> claims) {
    public TokenTerms {
        targets = List.copyOf(targets);
        audiences = List.copyOf(audiences);
        actors = List.copyOf(actors);
        lineage = List.copyOf(lineage);
        amr = Sets.copy(amr);
        claims = Sets.copy(claims);
    }
}

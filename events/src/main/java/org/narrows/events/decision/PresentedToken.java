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
import org.narrows.events.value.Confirmation;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;

/**
 * A subject or actor token whose signature, issuer, type and times were found good, in the terms of
 * the decision.
 *
 * @param ref the token itself; its issuer is the one that signed it
 * @param origin who signed it: a trusted issuer, or Narrows with what it wrote about the chain
 * @param party the user or client of the chain's first token
 * @param kind whether the party is a client or a user
 * @param idToken whether it is an ID token (OpenID Connect Core §2) and not an access token
 * @param audiences its `aud`
 * @param authorizedParty its `azp`
 * @param scopes what it holds, already in normal form (`openid` for an ID token, `workload` for a
 *     bare client token)
 * @param issuedAt its `iat`; a token without one counts as issued in 1970
 * @param actors its `act` chain, the outermost first, in the naming of issued tokens
 * @param mayAct its `may_act` (RFC 8693 §4.4)
 * @param claims its other claims, by name, as canonical JSON; only declared ones are ever copied
 */
public record PresentedToken(
        TokenRef ref,
        Origin origin,
        User party,
        ActorKind kind,
        boolean idToken,
        SortedSet<String> audiences,
        Optional<String> authorizedParty,
        Scopes scopes,
        Optional<Instant> issuedAt,
        Instant expiresAt,
        List<String> actors,
        Optional<MayAct> mayAct,
        Optional<Confirmation> boundTo,
        Optional<Instant> authTime,
        Optional<String> acr,
        SortedSet<String> amr,
        SortedMap<String, String> claims) {
    public PresentedToken {
        audiences = Sets.copy(audiences);
        actors = List.copyOf(actors);
        amr = Sets.copy(amr);
        claims = Sets.copy(claims);
    }

    /** Who signed a token. */
    public sealed interface Origin {
        /** A trusted issuer. */
        record Foreign(IssuerUrl issuer) implements Origin {}

        /**
         * Narrows itself.
         *
         * @param clientId the client it was issued to
         * @param policySeq the position of the decision behind it
         * @param lineage ids of the tokens it derives from, root first
         */
        record Own(String clientId, long policySeq, List<String> lineage, Provenance provenance)
                implements Origin {
            public Own {
                lineage = List.copyOf(lineage);
            }
        }
    }

    /**
     * Who may act for the subject: the identity members of `may_act`. Other members are named so as
     * to refuse.
     */
    public record MayAct(
            Optional<String> issuer, Optional<String> subject, SortedSet<String> otherMembers) {
        public MayAct {
            otherMembers = Sets.copy(otherMembers);
        }
    }
}

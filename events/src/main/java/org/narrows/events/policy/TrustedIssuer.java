// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.policy;

import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import org.narrows.events.value.Alias;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.IssuerUrl;

/**
 * An issuer whose tokens may be presented, and what they may be presented as.
 *
 * @param requireType accepted `typ` of access tokens in normal form (see {@link #normalType});
 *     `none` is no `typ`
 * @param audiences the audiences it may issue subject tokens for; empty optional is all, an empty
 *     set none
 * @param scopesFrom claims that hold scopes, the first present wins
 * @param primary its users keep their plain `sub` in issued tokens, unless that holds a `|`
 */
public record TrustedIssuer(
        IssuerUrl issuer,
        Alias alias,
        boolean primary,
        KeySource keys,
        SortedSet<Algorithm> algorithms,
        SortedSet<SubjectTokenType> subjectTokenTypes,
        SortedSet<String> requireType,
        Optional<SortedSet<AudienceId>> audiences,
        List<String> scopesFrom,
        ClientTokens clients)
        implements Entry {
    public static final List<String> DEFAULT_REQUIRE_TYPE = List.of("at+jwt", "jwt", "none");
    public static final List<String> DEFAULT_SCOPES_FROM = List.of("scope", "scp");

    public TrustedIssuer {
        algorithms = Sets.copy(algorithms);
        subjectTokenTypes = Sets.copy(subjectTokenTypes);
        requireType = Sets.copy(requireType);
        audiences = audiences.map(Sets::copy);
        scopesFrom = List.copyOf(scopesFrom);
        if (algorithms.isEmpty()) {
            throw new IllegalArgumentException("an issuer needs at least one algorithm");
        }
    }

    /** `typ` is compared without case and without `application/` (RFC 7515 §4.1.9). */
    public static String normalType(String typ) {
        String lower = typ.toLowerCase(java.util.Locale.ROOT);
        return lower.startsWith("application/") ? lower.substring("application/".length()) : lower;
    }
}

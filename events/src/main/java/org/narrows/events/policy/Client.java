// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.policy;

import java.util.SortedMap;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.IssuerUrl;

/**
 * A client as registered: who it is. What it may have (scopes and target audiences) are changes of
 * their own.
 *
 * @param audience its home, exactly one
 * @param knownAs its client id at other issuers, which their ID tokens carry as `aud`
 */
public record Client(
        ClientId id,
        AudienceId audience,
        ClientAuthentication authentication,
        SortedMap<IssuerUrl, String> knownAs,
        ExcessScope onExcessScope)
        implements Entry {
    public Client {
        knownAs = Sets.copy(knownAs);
    }

    /** The id under which ID tokens of the issuer name this client. */
    public String knownAs(IssuerUrl issuer) {
        return knownAs.getOrDefault(issuer, id.value());
    }

    /** What becomes of a request for more scope than can be granted. */
    public enum ExcessScope {
        /** It is refused. */
        REFUSE,
        /** What can be granted is. */
        NARROW;

        public String text() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }
}

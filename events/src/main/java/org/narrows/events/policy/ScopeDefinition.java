// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.policy;

import java.util.Optional;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ScopeName;

/**
 * A scope of one audience, or one that all audiences share.
 *
 * @param audience its audience; empty is shared by all
 * @param name for people; required of a consentable scope, as is the description
 */
public record ScopeDefinition(
        ScopeName scope,
        Optional<AudienceId> audience,
        ScopeKind kind,
        Optional<String> name,
        Optional<String> description)
        implements Entry {
    public ScopeDefinition {
        if (kind == ScopeKind.CONSENTABLE && (name.isEmpty() || description.isEmpty())) {
            throw new IllegalArgumentException(
                    "a consentable scope needs a name and a description for people");
        }
    }

    /** Whether the scope may be in a token for this audience. */
    public boolean isOf(AudienceId target) {
        return audience.isEmpty() || audience.get().equals(target);
    }

    /** What it takes to be granted a scope. */
    public enum ScopeKind {
        /** The user's consent. */
        CONSENTABLE,
        /** Only a rule. */
        GRANTABLE,
        /** A subject that is a client. */
        CLIENT;

        public String text() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }
}

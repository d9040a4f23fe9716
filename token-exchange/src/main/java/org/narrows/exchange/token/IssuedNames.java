// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.token;

import org.narrows.events.state.Policy;
import org.narrows.events.state.Row.AliasRow;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.User;

/**
 * How users are named in issued tokens: `alias|sub`, or the plain `sub` of the primary issuer's.
 * The text before the first `|` is always an alias.
 */
final class IssuedNames {
    private IssuedNames() {}

    /** The issued name of a trusted issuer's subject. */
    static String nameOf(Policy policy, IssuerUrl issuer, String subject) throws BadTokenException {
        AliasRow alias = policy.aliases().get(issuer);
        if (alias == null) {
            throw new BadTokenException("is of an issuer that is not trusted");
        }
        return alias.primary() && subject.indexOf('|') < 0
                ? subject
                : alias.alias().value() + "|" + subject;
    }

    /** Reads an issued name back. */
    static User userOf(Policy policy, String name) throws BadTokenException {
        int bar = name.indexOf('|');
        for (AliasRow row : policy.aliases().values()) {
            if (bar < 0 ? row.primary() : row.alias().value().equals(name.substring(0, bar))) {
                return user(row.issuer(), name.substring(bar + 1));
            }
        }
        throw new BadTokenException("has a `sub` that names no issuer");
    }

    static User user(IssuerUrl issuer, String subject) throws BadTokenException {
        try {
            return new User(issuer, subject);
        } catch (IllegalArgumentException e) {
            throw new BadTokenException("has a `sub` that is too long or holds control characters");
        }
    }
}

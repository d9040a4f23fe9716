// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.value;

/** A user: a subject of one issuer. Two issuers' equal subjects are two users. */
public record User(IssuerUrl issuer, String subject) implements Comparable<User> {
    public User {
        Text.printable("a subject", subject);
    }

    /** One text for one user; an issuer is a URL and so holds no `|`. */
    public String key() {
        return issuer.value() + "|" + subject;
    }

    /** Reads {@link #key} back. */
    public static User ofKey(String key) {
        int bar = key.indexOf('|');
        if (bar < 0) {
            throw new IllegalArgumentException("a user is written as issuer|subject");
        }
        return new User(new IssuerUrl(key.substring(0, bar)), key.substring(bar + 1));
    }

    @Override
    public int compareTo(User other) {
        return key().compareTo(other.key());
    }

    @Override
    public String toString() {
        return key();
    }
}

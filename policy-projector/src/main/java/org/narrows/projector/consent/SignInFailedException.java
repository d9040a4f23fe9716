// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.consent;

/** Nobody is signed in. Why is for our log; the user is told what to do. */
final class SignInFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /** What the user can do about it. */
    enum Kind {
        /** Come back in a moment: too many are signing in at this issuer. */
        BUSY,
        /** Come back later: the issuer does not answer, or not as it should. */
        UNREACHABLE,
        /** Begin anew: the issuer, or the user there, said no. */
        REFUSED,
        /** Begin anew: what came back does not fit what was begun in this browser. */
        MISFIT
    }

    SignInFailedException(Kind kind, String why) {
        super(why);
        this.kind = kind;
    }

    SignInFailedException(Kind kind, String why, Throwable cause) {
        super(why, cause);
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }
}

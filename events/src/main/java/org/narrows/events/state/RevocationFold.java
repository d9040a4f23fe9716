// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.time.Instant;
import java.util.Optional;
import org.narrows.events.event.RevocationEvent;
import org.narrows.events.event.RevocationEvent.SubjectRevoked;
import org.narrows.events.event.RevocationEvent.TokenRevoked;
import org.narrows.events.state.Row.SubjectRevocationRow;
import org.narrows.events.state.Row.TokenRevocationRow;

/**
 * Tokens that are over whatever they say of themselves; of several revocations the latest holds.
 */
final class RevocationFold {
    private RevocationFold() {}

    static Effect judge(Moment moment, RevocationEvent event) {
        return switch (event) {
            case TokenRevoked token -> token(moment, token);
            case SubjectRevoked subject -> subject(moment, subject);
        };
    }

    private static Effect token(Moment moment, TokenRevoked event) {
        boolean ours = event.token().issuer().equals(moment.issuer());
        Optional<String> objection =
                ours ? Optional.empty() : moment.neverTrusted(event.token().issuer());
        if (objection.isPresent()) {
            return new Effect.Refused(objection.get());
        }
        if (!TokenRevocationRow.leavesAfter(event.expiresAt()).isAfter(moment.clock())) {
            return Effect.NOTHING; // over for more than a day: it would leave with its own record
        }
        Optional<TokenRevocationRow> before =
                moment.live(Row.Key.tokenRevocation(event.token()), TokenRevocationRow.class);
        if (before.isEmpty()) {
            return Effect.putting(
                    before, new TokenRevocationRow(event.token(), event.expiresAt(), moment.seq()));
        }
        Instant latest = later(before.get().expiresAt(), event.expiresAt());
        return Effect.putting(
                before, new TokenRevocationRow(event.token(), latest, before.get().since()));
    }

    private static Effect subject(Moment moment, SubjectRevoked event) {
        Optional<String> objection = moment.neverAUser(event.user());
        if (objection.isPresent()) {
            return new Effect.Refused(objection.get());
        }
        Optional<SubjectRevocationRow> before =
                moment.live(Row.Key.subjectRevocation(event.user()), SubjectRevocationRow.class);
        if (before.isEmpty()) {
            return Effect.putting(
                    before,
                    new SubjectRevocationRow(
                            event.user(), event.notBefore(), Optional.empty(), moment.seq()));
        }
        // What a forgetting left stays for good once an operator revokes as well.
        Instant latest = later(before.get().notBefore(), event.notBefore());
        return Effect.putting(
                before,
                new SubjectRevocationRow(
                        event.user(), latest, Optional.empty(), before.get().since()));
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }
}

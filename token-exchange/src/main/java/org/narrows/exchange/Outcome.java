// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import java.util.List;
import org.narrows.events.decision.Decision.Permit;
import org.narrows.events.decision.DecisionRecord.RecordedReason;
import org.narrows.events.decision.PresentedToken;
import org.narrows.events.policy.SubjectTokenType;
import org.narrows.events.wire.StrictJwt;
import org.narrows.exchange.mint.IssuedToken;
import org.narrows.exchange.oauth.OAuthError;
import org.narrows.exchange.oauth.Refusal;

/** What became of one request. */
public sealed interface Outcome {
    /** A token may be given out. */
    record Issued(Permit permit, IssuedToken token, SubjectTokenType issuedAs) implements Outcome {}

    /** An introspected token that is active, and meant for the one who asks. */
    record Active(PresentedToken token, StrictJwt jwt) implements Outcome {}

    /** Any other introspected token; nothing more is said of it. */
    record Inactive() implements Outcome {}

    /** The token is revoked, now or before. */
    record Revoked() implements Outcome {}

    /** The token is none that the caller could revoke; it is told the same. */
    record NothingToRevoke() implements Outcome {}

    /** The request is refused: what the client is told, and what the journal keeps. */
    record Refused(OAuthError error, List<RecordedReason> reasons) implements Outcome {
        public Refused {
            reasons = List.copyOf(reasons);
        }

        static Refused of(Refusal refusal) {
            return new Refused(refusal.error(), refusal.reasons());
        }
    }
}

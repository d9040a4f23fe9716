// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import java.util.List;
import org.narrows.events.decision.Decision.Permit;
import org.narrows.events.decision.DecisionRecord.RecordedReason;
import org.narrows.events.policy.SubjectTokenType;
import org.narrows.exchange.mint.IssuedToken;
import org.narrows.exchange.oauth.OAuthError;
import org.narrows.exchange.oauth.Refusal;

/** What became of one request. */
public sealed interface Outcome {
    /** A token may be given out. */
    record Issued(Permit permit, IssuedToken token, SubjectTokenType issuedAs) implements Outcome {}

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

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.oauth;

import java.util.List;
import java.util.Map;
import org.narrows.events.decision.DecisionRecord.RecordedReason;
import org.narrows.exchange.oauth.OAuthError.Code;

/** A refusal: what the client is told, and what the journal keeps. */
public record Refusal(OAuthError error, List<RecordedReason> reasons) {
    /** Found before anything was decided: the reasons' codes of DESIGN §5. */
    public static final String UNSUPPORTED_GRANT = "unsupported_grant";

    public static final String CLIENT_DISABLED = "client_disabled";
    public static final String INVALID_PARAMETER = "invalid_parameter";
    public static final String INVALID_TOKEN = "invalid_token";
    public static final String INVALID_PROOF = "invalid_proof";

    public Refusal {
        reasons = List.copyOf(reasons);
    }

    /** A refusal whose description says to both alike what is wrong. */
    public static Refusal of(Code code, String reason, String description) {
        return new Refusal(
                OAuthError.of(code, description),
                List.of(new RecordedReason(reason, Map.of("detail", description))));
    }

    public static Refusal parameter(String description) {
        return of(Code.INVALID_REQUEST, INVALID_PARAMETER, description);
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import java.util.List;
import org.narrows.exchange.client.ClientCredentials;
import org.narrows.exchange.oauth.TokenForm;
import org.narrows.exchange.outage.Deadline;

/**
 * One request as it came in, parsed and not yet believed.
 *
 * @param decisionId given at the door, so that every answer has one
 * @param startedAt monotonic nanoseconds
 * @param consistency the `Narrows-Consistency` headers
 */
public record Asked(
        String decisionId,
        long startedAt,
        TokenForm form,
        ClientCredentials credentials,
        List<String> consistency,
        Transport transport,
        Deadline deadline) {
    public Asked {
        consistency = List.copyOf(consistency);
    }

    /** Never a token, a secret or a proof. */
    @Override
    public String toString() {
        return "Asked[" + decisionId + "]";
    }
}

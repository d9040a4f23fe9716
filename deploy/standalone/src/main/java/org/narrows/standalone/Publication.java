// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import org.narrows.projector.cli.CommandFailure;
import org.narrows.projector.cli.ControlPlane;
import org.narrows.projector.cli.Proposal;

/** Publishes what must be applied. */
final class Publication {
    private Publication() {}

    /**
     * Publishes an event and waits for its verdict.
     *
     * @return the consistency token
     * @throws CommandFailure when it was rejected, with the reason
     */
    static String publish(ControlPlane controlPlane, Proposal proposal) {
        JsonNode answer = controlPlane.publish(proposal.bytes()).getFirst();
        JsonNode verdict = answer.path("first").isObject() ? answer.path("first") : answer;
        if (!verdict.path("verdict").asText().equals("applied")) {
            throw CommandFailure.finding("it was not applied: " + verdict.path("reason").asText());
        }
        return answer.path("consistency").asText();
    }
}

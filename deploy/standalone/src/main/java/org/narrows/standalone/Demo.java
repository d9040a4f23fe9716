// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.standalone;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import org.narrows.events.event.EventType;
import org.narrows.projector.cli.CommandFailure;
import org.narrows.projector.cli.ControlPlane;
import org.narrows.projector.cli.Proposal;
import org.narrows.standalone.Exchanges.Answer;

/**
 * What a first start shows: a permit, and the same request refused once the user has withdrawn the
 * consent.
 */
final class Demo {
    private final ControlPlane controlPlane;
    private final Exchanges exchanges;
    private final String subjectToken;
    private final PrintStream out;

    Demo(ControlPlane controlPlane, Exchanges exchanges, String subjectToken, PrintStream out) {
        this.controlPlane = controlPlane;
        this.exchanges = exchanges;
        this.subjectToken = subjectToken;
        this.out = out;
    }

    /** Alice's consent, or its end. */
    static Proposal consent(boolean granted) {
        ObjectNode data = JsonNodeFactory.instance.objectNode();
        data.putObject("user").put("issuer", Sample.ISSUER).put("subject", Sample.SUBJECT);
        data.put("audience", Sample.TARGET);
        data.putArray("scopes").add(Sample.SCOPE);
        if (granted) {
            data.put("client", Sample.CLIENT);
        }
        return Proposal.of(granted ? EventType.CONSENT_GRANTED : EventType.CONSENT_WITHDRAWN, data);
    }

    /** Shows both, and leaves the consent given. */
    void show(String consistency) {
        out.println();
        out.println(
                "permit: "
                        + Sample.CLIENT
                        + " swaps "
                        + Sample.SUBJECT
                        + "'s token for "
                        + Sample.HOME
                        + " for one that may only "
                        + Sample.SCOPE
                        + " at "
                        + Sample.TARGET);
        print(exchanges.exchange(subjectToken, consistency), 200);
        out.println("deny: the same request, after " + Sample.SUBJECT + " withdrew the consent");
        print(
                exchanges.exchange(subjectToken, Publication.publish(controlPlane, consent(false))),
                400);
        Publication.publish(controlPlane, consent(true));
        out.println("(the consent is given again)");
        out.println();
        out.flush();
    }

    private void print(Answer answer, int expected) {
        out.println("  HTTP " + answer.status() + "  " + answer.body());
        if (answer.status() != expected) {
            throw CommandFailure.finding("the sample should have given HTTP " + expected);
        }
    }
}

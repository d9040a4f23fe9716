// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.insight;

import java.util.List;
import org.narrows.projector.store.JudgedRecord;

/**
 * An event that made something what a decision found it to be.
 *
 * @param about what of it the decision read
 */
public record DecidingEvent(JudgedRecord record, List<Subject> about) {
    public DecidingEvent {
        about = List.copyOf(about);
    }

    /**
     * One thing that a decision reads.
     *
     * @param kind as the sections of policy files: `clients`, or `consents`, `memberships`,
     *     `revocations`, `quarantine`
     * @param id of a consent or a membership, the audience
     */
    public record Subject(String kind, String id) {}
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.consent;

import java.util.List;
import java.util.Optional;

/**
 * A page that tells something. Public for the templates, as {@link Review} is.
 *
 * @param mood `good`, `bad`, or empty for nothing of both
 * @param link where to go on, if anywhere
 */
public record Message(String title, String mood, List<String> paragraphs, Optional<Link> link) {
    public Message {
        paragraphs = List.copyOf(paragraphs);
    }

    /** Where to go on, and what that is called. */
    public record Link(String href, String text) {}

    static Message of(String title, String... paragraphs) {
        return new Message(title, "", List.of(paragraphs), Optional.empty());
    }

    Message mood(String other) {
        return new Message(title, other, paragraphs, link);
    }

    Message link(String href, String text) {
        return new Message(title, mood, paragraphs, Optional.of(new Link(href, text)));
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.policy;

import java.util.SortedSet;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.Scopes;

/**
 * A client as files and answers write it: with all that it may have, which in the log are changes
 * of their own.
 *
 * @param scopes its hard cap; none is none
 * @param audiences the targets it may ask for; none is none
 */
public record ClientEntry(Client client, Scopes scopes, SortedSet<AudienceId> audiences) {
    public ClientEntry {
        audiences = Sets.copy(audiences);
    }
}

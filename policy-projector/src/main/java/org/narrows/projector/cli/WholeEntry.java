// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.SortedSet;
import java.util.TreeSet;
import org.narrows.events.policy.Client;
import org.narrows.events.policy.ClientEntry;
import org.narrows.events.policy.Entry;
import org.narrows.events.policy.Kind;
import org.narrows.events.policy.Sets;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.Scopes;
import org.narrows.events.wire.EntryCodec;
import org.narrows.events.wire.MalformedException;

/**
 * An entry as files and answers hold it: a client together with what it may have, which in the log
 * are changes of their own.
 *
 * @param scopes of a client
 * @param audiences of a client: targets it may ask for
 */
public record WholeEntry(
        EntryName name, Entry entry, Scopes scopes, SortedSet<AudienceId> audiences) {
    public WholeEntry {
        audiences = Sets.copy(audiences);
    }

    /**
     * Reads one.
     *
     * @throws MalformedException naming the path of the member that is wrong
     */
    static WholeEntry read(Kind kind, ObjectNode json, String path) {
        if (kind == Kind.CLIENTS) {
            ClientEntry client = EntryCodec.decodeClient(json, path);
            return new WholeEntry(
                    EntryName.of(client.client()),
                    client.client(),
                    client.scopes(),
                    client.audiences());
        }
        return of(EntryCodec.decode(kind, json, path));
    }

    /** An entry of any kind but a client, or a client that may have nothing. */
    static WholeEntry of(Entry entry) {
        return new WholeEntry(EntryName.of(entry), entry, Scopes.NONE, new TreeSet<>());
    }

    /** As a file holds it. */
    ObjectNode json() {
        return entry instanceof Client client
                ? EntryCodec.encode(new ClientEntry(client, scopes, audiences))
                : EntryCodec.encode(entry);
    }
}

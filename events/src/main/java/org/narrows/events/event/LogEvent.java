// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.event;

import java.util.Optional;
import java.util.SortedSet;
import org.narrows.events.policy.Sets;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.KeyId;

/**
 * The log's own authority: its root, and the keys that may publish. Only the root key signs these.
 */
public sealed interface LogEvent extends Event {
    /**
     * Genesis.
     *
     * @param rootKey public JWK as canonical JSON
     * @param rootKid the key's RFC 7638 thumbprint, computed when read; pinned in configuration
     * @param nonce makes two logs of one root different
     * @param issuer what Narrows itself issues as: nobody may be trusted under that name
     */
    record LogOpened(String rootKey, KeyId rootKid, String nonce, IssuerUrl issuer)
            implements LogEvent {}

    /**
     * A restore ends here.
     *
     * @param head base64url of the chain's head before this record
     * @param nextSeq this record's own seq
     */
    record LogRestored(String head, long nextSeq) implements LogEvent {}

    /** A key may publish from its own seq on. */
    record KeyAdded(PublisherKey key) implements LogEvent {}

    /** A key may publish no more, from its own seq on. */
    record KeyRevoked(KeyId kid) implements LogEvent {}

    /**
     * A key that may publish.
     *
     * @param jwk public JWK with this `kid`, as canonical JSON
     * @param holder for people
     * @param types the types it may publish, as `policy.changed.v1`; also of versions yet to come
     * @param audiences when present it may publish consent, user and invitation events of these
     *     only
     * @param admin whether it may touch the admin audience
     */
    record PublisherKey(
            KeyId kid,
            String jwk,
            String holder,
            SortedSet<String> types,
            Optional<SortedSet<AudienceId>> audiences,
            boolean admin) {
        public PublisherKey {
            types = Sets.copy(types);
            audiences = audiences.map(Sets::copy);
        }
    }
}

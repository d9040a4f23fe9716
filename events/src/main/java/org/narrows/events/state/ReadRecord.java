// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.narrows.events.event.ChangeSet;
import org.narrows.events.value.EventId;
import org.narrows.events.value.Hash;

/**
 * One record as the wire read it, before anyone asked the state whether to believe it.
 *
 * @param sigHash SHA-256 of the `sig` headers' bytes one after the other; of nothing when there is
 *     none
 * @param valueHash SHA-256 of the value; of nothing when there is none
 */
public record ReadRecord(Instant appendTime, Hash valueHash, Hash sigHash, Content content) {

    /** What the bytes hold. */
    public sealed interface Content {}

    /** Nothing that could be authentic: the reason is a sentence for operators. */
    public record Unreadable(String reason) implements Content {}

    /**
     * A signed event, its signature not yet checked.
     *
     * @param type the short name (`policy.changed.v1`), also of types this reader does not know
     */
    public record Signed(SignatureHeader signature, SignedBy signedBy, String type, Body body)
            implements Content {}

    /** The protected header of the `sig`: `log` is absent in genesis only. */
    public record SignatureHeader(
            String algorithm, String kid, Optional<String> log, String actor) {}

    /** What a signed record's value says. */
    public sealed interface Body {}

    public record Understood(ChangeSet changeSet) implements Body {}

    /**
     * A known type whose content breaks its form.
     *
     * @param problem a sentence that begins with the path of the member
     * @param restricts whether it meant to take something away
     * @param names what it then names, as far as it can be read; empty: not readable
     */
    public record Malformed(
            Optional<EventId> id, String problem, boolean restricts, List<Suspension> names)
            implements Body {
        public Malformed {
            names = List.copyOf(names);
        }
    }

    /** A type or version that this reader does not know. */
    public record Unknown() implements Body {}

    /**
     * Checks the record's signature over its exact bytes with one public key. Pure; may be asked
     * more than once.
     */
    @FunctionalInterface
    public interface SignedBy {
        /**
         * Whether the signature verifies under this public JWK (canonical JSON), with an algorithm
         * that suits it.
         */
        boolean key(String jwk);
    }
}

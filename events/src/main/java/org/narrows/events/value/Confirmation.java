// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.value;

/** What a token is bound to: the `cnf` claim (RFC 7800). */
public sealed interface Confirmation {
    /** A DPoP key, by its RFC 7638 thumbprint: `cnf.jkt` (RFC 9449 §6.1). */
    record DpopKey(String jkt) implements Confirmation {}

    /**
     * A client certificate, by the base64url SHA-256 of its DER: `cnf.x5t#S256` (RFC 8705 §3.1).
     */
    record Certificate(String x5t) implements Confirmation {}
}

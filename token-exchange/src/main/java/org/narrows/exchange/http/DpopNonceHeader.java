// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.http;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import org.narrows.events.wire.DpopProof;
import org.narrows.exchange.proof.DpopProofs;

/** Gives whoever sends a proof the nonce of the next one, where one is required (RFC 9449 §8.2). */
@ServerFilter({TokenEndpoint.PATH, TokenEndpoint.PATH + "/"})
final class DpopNonceHeader {
    static final String NAME = "DPoP-Nonce";

    private final DpopProofs proofs;

    DpopNonceHeader(DpopProofs proofs) {
        this.proofs = proofs;
    }

    @ResponseFilter
    void supply(HttpRequest<?> request, MutableHttpResponse<?> response) {
        if (request.getHeaders().contains(DpopProof.HEADER)) {
            proofs.nextNonce().ifPresent(nonce -> response.header(NAME, nonce));
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.proof;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.narrows.events.wire.BadTokenException;
import org.narrows.events.wire.DpopProof;
import org.narrows.exchange.client.ProofGuard;
import org.narrows.exchange.oauth.OAuthError.Code;
import org.narrows.exchange.oauth.Refusal;
import org.narrows.exchange.oauth.Result;

/** The DPoP proofs of requests to the token endpoint (RFC 9449 §5), each of them good once. */
public final class DpopProofs {
    private final List<String> endpoints;
    private final Optional<DpopNonces> nonces;
    private final ProofGuard guard;
    private final InstantSource clock;

    /**
     * Proofs for one endpoint.
     *
     * @param endpoints every URL that clients know it by
     * @param nonces what a proof must hold one of; empty where none is asked for
     */
    public DpopProofs(
            List<String> endpoints,
            Optional<DpopNonces> nonces,
            ProofGuard guard,
            InstantSource clock) {
        this.endpoints = List.copyOf(endpoints);
        this.nonces = nonces;
        this.guard = guard;
        this.clock = clock;
    }

    /**
     * Checks the proof of one request, and uses it up.
     *
     * @param headers every `DPoP` header; none is no proof
     * @return the proof, or `invalid_dpop_proof`, or `use_dpop_nonce`
     * @throws org.narrows.exchange.outage.OutageException when nobody knows whether it was used
     */
    public Result<Optional<DpopProof>> use(List<String> headers, Instant now) {
        if (headers.isEmpty()) {
            return Result.ok(Optional.empty());
        }
        DpopProof proof;
        try {
            proof = DpopProof.read(headers, "POST", endpoints, now, Optional.empty());
        } catch (BadTokenException e) {
            return bad(e.problem());
        }
        if (nonces.isPresent() && !holdsNonce(proof, nonces.get(), now)) {
            return Result.err(
                    Refusal.of(
                            Code.USE_DPOP_NONCE,
                            Refusal.INVALID_PROOF,
                            "the DPoP proof must hold the nonce of the header `DPoP-Nonce`"));
        }
        return guard.use(proof.namespace(), proof.jti(), proof.outdatedAt())
                ? Result.ok(Optional.of(proof))
                : bad("was used before");
    }

    /** What the next proof must hold; empty where nothing is asked for. */
    public Optional<String> nextNonce() {
        return nonces.map(given -> given.current(clock.instant()));
    }

    private static boolean holdsNonce(DpopProof proof, DpopNonces nonces, Instant now) {
        return proof.nonce().isPresent() && nonces.isAccepted(proof.nonce().get(), now);
    }

    private static Result<Optional<DpopProof>> bad(String problem) {
        return Result.err(
                Refusal.of(
                        Code.INVALID_DPOP_PROOF,
                        Refusal.INVALID_PROOF,
                        "the DPoP proof " + problem));
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.access;

import io.micronaut.context.annotation.Context;
import java.time.Instant;
import java.util.Optional;
import org.narrows.events.wire.BadTokenException;
import org.narrows.events.wire.DpopProof;
import org.narrows.projector.ProjectorConfiguration;
import org.narrows.projector.access.Credentials.Scheme;
import org.narrows.projector.access.NotAdmittedException.Kind;
import org.narrows.projector.store.UsedProofs;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The DPoP proofs of requests to this control plane, each good for one of them (RFC 9449 §7). */
@Context
class Proofs {
    private static final Logger LOG = LoggerFactory.getLogger(Proofs.class);

    private final UsedProofs used;
    private final Optional<String> root;

    Proofs(UsedProofs used, ProjectorConfiguration configuration) {
        this.used = used;
        this.root = configuration.adminUrl().map(url -> url.replaceFirst("/$", ""));
        if (root.isEmpty() && configuration.signingKeys().isPresent()) {
            LOG.info(
                    "NARROWS_ADMIN_URL is not set: no DPoP proof can be made for here, so tokens that"
                            + " are bound to a key are not accepted");
        }
    }

    /**
     * The proof that must come with a token under the scheme `DPoP`; empty under any other.
     *
     * @throws NotAdmittedException when there is none, or not a good one
     */
    Optional<DpopProof> of(Credentials shown, Instant now) throws NotAdmittedException {
        if (shown.scheme() != Scheme.DPOP) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    DpopProof.read(
                            shown.proofs(),
                            shown.target().method(),
                            root.map(url -> url + shown.target().path()).stream().toList(),
                            now,
                            Optional.of(shown.token())));
        } catch (BadTokenException e) {
            LOG.debug("a DPoP proof was refused: it {}", e.problem());
            throw bad(e.problem());
        }
    }

    /** The last thing to be asked, so that nobody uses up a proof whose token is not theirs. */
    void useUp(DpopProof proof) throws NotAdmittedException {
        if (!used.use(proof.namespace(), proof.jti(), proof.outdatedAt())) {
            LOG.info("a DPoP proof was refused: it was used before");
            throw bad("was used before");
        }
    }

    private static NotAdmittedException bad(String problem) {
        return new NotAdmittedException(Kind.INVALID_DPOP_PROOF, problem);
    }
}

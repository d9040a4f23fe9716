// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.access;

import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.narrows.events.decision.PresentedToken;
import org.narrows.events.decision.TokenActivity;
import org.narrows.events.wire.AdminTokens;
import org.narrows.events.wire.BadTokenException;
import org.narrows.events.wire.DpopProof;
import org.narrows.projector.ProjectorConfiguration;
import org.narrows.projector.access.Credentials.Scheme;
import org.narrows.projector.access.NotAdmittedException.Kind;
import org.narrows.projector.projection.Reached;
import org.narrows.projector.publish.UnavailableException;
import org.narrows.projector.store.LiveCheckpoint;
import org.narrows.projector.store.LiveSnapshots;
import org.narrows.projector.store.LiveSnapshots.LiveSnapshot;
import org.narrows.projector.store.StoredCheckpoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks the tokens that admins show, as {@code /introspect} would: against the log as it stands,
 * at each request. Nothing is remembered that could outlive a revocation.
 *
 * <p>A token of the root key needs only the log that it names, so it also serves while the
 * projection is held up or behind; one that Narrows issued does not.
 */
@Singleton
public class AdminAccess {
    private static final Logger LOG = LoggerFactory.getLogger(AdminAccess.class);

    private final LiveCheckpoint checkpoint;
    private final LiveSnapshots snapshots;
    private final Reached reached;
    private final VerifyingKeys keys;
    private final Proofs proofs;
    private final Duration maxStaleness;
    private final Clock clock;

    AdminAccess(
            LiveCheckpoint checkpoint,
            LiveSnapshots snapshots,
            Reached reached,
            VerifyingKeys keys,
            Proofs proofs,
            ProjectorConfiguration configuration,
            Clock clock) {
        this.checkpoint = checkpoint;
        this.snapshots = snapshots;
        this.reached = reached;
        this.keys = keys;
        this.proofs = proofs;
        this.maxStaleness = configuration.maxStaleness();
        this.clock = clock;
    }

    /**
     * Whom these credentials let in.
     *
     * @throws NotAdmittedException when nobody
     * @throws UnavailableException when that cannot be known now
     */
    public Admin admit(Credentials shown) throws NotAdmittedException {
        Instant now = clock.instant();
        StoredCheckpoint log =
                checkpoint
                        .read()
                        .orElseThrow(() -> new UnavailableException("there is no log yet"));
        Optional<AdminTokens.AdminToken> ofRoot =
                AdminTokens.verify(shown.token(), log.rootKey(), log.log(), now);
        if (ofRoot.isPresent() && shown.scheme() == Scheme.BEARER) {
            return new Admin(AdminTokens.ROOT, ofRoot.get().scopes());
        }
        IssuedToken token = opened(shown, log, now);
        Optional<DpopProof> proof = proofs.of(shown, now);
        try {
            token.mustBeProvenBy(proof);
            if (reached.atLeast(token.policySeq()).isEmpty()) {
                throw new UnavailableException("the projection has not come as far as the token");
            }
            Admin admin = snapshots.read(snapshot -> judge(token, snapshot, now));
            if (proof.isPresent()) {
                proofs.useUp(proof.get());
            }
            return admin;
        } catch (BadTokenException e) {
            // Only who has a token of ours comes so far, so strangers cannot fill the log.
            LOG.info("{} was refused: it {}", token, e.problem());
            throw new NotAdmittedException(Kind.INVALID_TOKEN, e.problem());
        }
    }

    private IssuedToken opened(Credentials shown, StoredCheckpoint log, Instant now)
            throws NotAdmittedException {
        try {
            return IssuedToken.open(shown.token(), log.issuer(), keys.keys(), now);
        } catch (BadTokenException e) {
            LOG.debug("a token was refused: it {}", e.problem());
            throw new NotAdmittedException(Kind.INVALID_TOKEN, e.problem());
        }
    }

    private Admin judge(IssuedToken token, LiveSnapshot snapshot, Instant now)
            throws BadTokenException {
        mustBeFresh(snapshot.head());
        PresentedToken claims = token.claims(snapshot.policy(), now);
        return token.admitted(
                claims,
                snapshot.of(
                        TokenActivity.usersOf(claims, snapshot.policy()),
                        TokenActivity.tokensOf(claims, snapshot.policy())),
                now);
    }

    /** What is not yet folded may be the very revocation that ends the token. */
    private void mustBeFresh(StoredCheckpoint head) {
        if (head.heldUp() != null) {
            throw new UnavailableException(
                    "the log is held up, so only tokens of the root key can be checked");
        }
        Instant caughtUpAt = head.caughtUpAt();
        if (caughtUpAt == null || caughtUpAt.plus(maxStaleness).isBefore(head.now())) {
            throw new UnavailableException(
                    "the projection is behind, so only tokens of the root key can be checked");
        }
    }
}

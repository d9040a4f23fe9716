// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.access;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.narrows.events.decision.CompiledPolicy;
import org.narrows.events.decision.PolicySnapshot;
import org.narrows.events.decision.PresentedToken;
import org.narrows.events.decision.TokenActivity;
import org.narrows.events.decision.TokenActivity.Lapse;
import org.narrows.events.policy.Audience;
import org.narrows.events.value.Confirmation;
import org.narrows.events.wire.BadTokenException;
import org.narrows.events.wire.DpopProof;
import org.narrows.events.wire.IssuedTokens;
import org.narrows.events.wire.StrictJwt;
import org.narrows.events.wire.TokenClaims;
import org.narrows.events.wire.TrustedKey;

/**
 * A token that Narrows issued for the control plane, and for nobody else: one of our keys signed
 * it. Whether it still stands is asked of a policy, at each request anew. Pure.
 */
final class IssuedToken {
    private final IssuedTokens.Signed signed;
    private final String subject;

    private IssuedToken(IssuedTokens.Signed signed, String subject) {
        this.signed = signed;
        this.subject = subject;
    }

    /**
     * Reads a token strictly, and checks its signature, its type, its times and whom it is for.
     *
     * @param issuer what Narrows issues as
     * @param keys the public parts of the keys that it signs with
     */
    static IssuedToken open(String text, String issuer, List<TrustedKey> keys, Instant now)
            throws BadTokenException {
        StrictJwt jwt = StrictJwt.read(text);
        if (!jwt.requiredString("iss").equals(issuer)) {
            throw new BadTokenException("is of another issuer");
        }
        IssuedTokens.Signed signed = IssuedTokens.open(jwt, keys);
        // Before anything is read for it: an old token must not cost more than a forged one.
        TokenClaims claims = new TokenClaims(jwt);
        claims.checkType(Set.of(IssuedTokens.TYPE));
        claims.checkTimes(now);
        if (!jwt.strings("aud").orElse(List.of()).equals(List.of(Audience.ADMIN.value()))) {
            throw new BadTokenException("is not for `" + Audience.ADMIN + "` alone");
        }
        return new IssuedToken(signed, jwt.requiredString("sub"));
    }

    /** The position of the decision behind it: no older policy may judge it. */
    long policySeq() {
        return signed.policySeq();
    }

    /**
     * A bound token is worth nothing to whoever merely holds it (RFC 9449 §7.1, RFC 8705 §3), and
     * one that is bound to nothing is not shown as if it were.
     *
     * @param proof empty where the token was shown as a bearer's
     */
    void mustBeProvenBy(Optional<DpopProof> proof) throws BadTokenException {
        Optional<Confirmation> bound = new TokenClaims(signed.jwt()).boundTo();
        if (bound.isEmpty()) {
            if (proof.isPresent()) {
                throw new BadTokenException("is bound to no key, and was not shown as a bearer's");
            }
            return;
        }
        switch (bound.get()) {
            case Confirmation.DpopKey(String jkt) -> {
                if (proof.isEmpty()) {
                    throw new BadTokenException("is bound to a key, and was shown as a bearer's");
                }
                if (!proof.get().jkt().equals(jkt)) {
                    throw new BadTokenException("is bound to another key than the proof's");
                }
            }
            case Confirmation.Certificate _ ->
                    throw new BadTokenException(
                            "is bound to a client certificate, and there is no TLS here that could show one");
        }
    }

    /** The claims, read by the policy that judges them. */
    PresentedToken claims(CompiledPolicy policy, Instant now) throws BadTokenException {
        return IssuedTokens.read(signed, policy, now);
    }

    /** Lets its user in while everything that it was issued by still stands. */
    Admin admitted(PresentedToken token, PolicySnapshot snapshot, Instant now)
            throws BadTokenException {
        List<Lapse> lapses = TokenActivity.lapses(token, snapshot, now);
        if (!lapses.isEmpty()) {
            throw new BadTokenException(
                    "is not active: "
                            + String.join(", ", lapses.stream().map(Lapse::detail).toList()));
        }
        return new Admin(subject, token.scopes());
    }

    /** Whose token it is, for our log. */
    @Override
    public String toString() {
        return "the token of `" + subject + "`";
    }
}

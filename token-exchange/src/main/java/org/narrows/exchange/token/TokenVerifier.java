// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.token;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.narrows.events.decision.CompiledPolicy;
import org.narrows.events.decision.Exchange;
import org.narrows.events.decision.PresentedToken;
import org.narrows.events.policy.SubjectTokenType;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.Confirmation;
import org.narrows.events.wire.BadTokenException;
import org.narrows.events.wire.ForeignTokens;
import org.narrows.events.wire.IssuedTokens;
import org.narrows.events.wire.StrictJwt;
import org.narrows.exchange.oauth.OAuthError.Code;
import org.narrows.exchange.oauth.Refusal;
import org.narrows.exchange.oauth.Result;
import org.narrows.exchange.outage.Deadline;
import org.narrows.exchange.request.ExchangeRequest;
import org.narrows.exchange.request.ExchangeRequest.PresentedText;
import org.narrows.exchange.token.OpenedTokens.Foreign;
import org.narrows.exchange.token.OpenedTokens.Opened;
import org.narrows.exchange.token.OpenedTokens.Own;

/**
 * Verifies the subject token, and the actor token when one is present (RFC 8693 §2.1): form and
 * signature here, and what the token says by {@link ForeignTokens} and {@link IssuedTokens}.
 * Whether it was made for this requester is left to the decision.
 */
public final class TokenVerifier {
    private final String ownIssuer;
    private final OwnKeys ownKeys;
    private final IssuerKeys issuerKeys;

    public TokenVerifier(String ownIssuer, OwnKeys ownKeys, IssuerKeys issuerKeys) {
        this.ownIssuer = ownIssuer;
        this.ownKeys = ownKeys;
        this.issuerKeys = issuerKeys;
    }

    /**
     * Reads the tokens strictly and checks the signatures of those that name Narrows as their
     * issuer.
     */
    public Result<OpenedTokens> open(ExchangeRequest request) {
        Result<Opened> subject = open(request.subjectToken(), "subject");
        if (request.actorToken().isEmpty()) {
            return subject.then(
                    opened -> Result.ok(new OpenedTokens(request, opened, Optional.empty())));
        }
        return subject.then(
                opened ->
                        open(request.actorToken().get(), "actor")
                                .then(
                                        actor ->
                                                Result.ok(
                                                        new OpenedTokens(
                                                                request,
                                                                opened,
                                                                Optional.of(actor)))));
    }

    private Result<Opened> open(PresentedText presented, String which) {
        try {
            StrictJwt jwt = StrictJwt.read(presented.token());
            String issuer = jwt.requiredString("iss");
            if (!issuer.equals(ownIssuer)) {
                return Result.ok(new Foreign(jwt, issuer));
            }
            return Result.ok(new Own(IssuedTokens.open(jwt, ownKeys.verifying())));
        } catch (BadTokenException e) {
            return Result.err(refusal(which, e));
        }
    }

    /** A token that Narrows signed; empty for any other text. */
    public Optional<IssuedTokens.Signed> openOwn(String token) {
        try {
            StrictJwt jwt = StrictJwt.read(token);
            return jwt.requiredString("iss").equals(ownIssuer)
                    ? Optional.of(IssuedTokens.open(jwt, ownKeys.verifying()))
                    : Optional.empty();
        } catch (BadTokenException e) {
            return Optional.empty();
        }
    }

    /** Which token of ours it is, whatever has become of it; empty for any other text. */
    public Optional<IssuedTokens.Identity> identify(String token) {
        return openOwn(token)
                .flatMap(
                        signed -> {
                            try {
                                return Optional.of(IssuedTokens.identify(signed));
                            } catch (BadTokenException e) {
                                return Optional.empty();
                            }
                        });
    }

    /**
     * Verifies the tokens by this policy.
     *
     * @param proven what the requester proved possession of
     * @return the verified exchange, or `invalid_request` (RFC 8693 §2.2.2)
     * @throws org.narrows.exchange.outage.OutageException when an issuer's keys cannot be had
     */
    public Result<VerifiedExchange> verify(
            OpenedTokens tokens,
            ClientId requester,
            List<Confirmation> proven,
            CompiledPolicy policy,
            Instant now,
            Deadline deadline) {
        ExchangeRequest request = tokens.request();
        SortedMap<String, String> found = new TreeMap<>();
        String which = "subject";
        try {
            PresentedToken subject =
                    verify(tokens.subject(), request.subjectToken().type(), policy, now, deadline);
            note(found, which, tokens.subject().jwt());
            Optional<PresentedToken> actor = Optional.empty();
            if (tokens.actor().isPresent() && request.actorToken().isPresent()) {
                which = "actor";
                Opened opened = tokens.actor().get();
                actor =
                        Optional.of(
                                verify(
                                        opened,
                                        request.actorToken().get().type(),
                                        policy,
                                        now,
                                        deadline));
                note(found, which, opened.jwt());
            }
            Exchange exchange =
                    new Exchange(
                            requester, subject, actor, request.targets(), request.scope(), proven);
            return Result.ok(new VerifiedExchange(exchange, request.requestedTokenType(), found));
        } catch (BadTokenException e) {
            return Result.err(refusal(which, e));
        }
    }

    private static void note(Map<String, String> found, String which, StrictJwt jwt)
            throws BadTokenException {
        found.put(which + "_signature", jwt.algorithm().name());
        found.put(which + "_kid", jwt.keyId().orElse(""));
        found.put(which + "_typ", jwt.type().orElse("none"));
    }

    private static Refusal refusal(String which, BadTokenException e) {
        return Refusal.of(
                Code.INVALID_REQUEST,
                Refusal.INVALID_TOKEN,
                "the " + which + " token " + e.problem());
    }

    private PresentedToken verify(
            Opened opened,
            SubjectTokenType presentedAs,
            CompiledPolicy policy,
            Instant now,
            Deadline deadline)
            throws BadTokenException {
        return switch (opened) {
            case Own(IssuedTokens.Signed token) -> {
                if (presentedAs == SubjectTokenType.ID_TOKEN) {
                    throw new BadTokenException("is no ID token");
                }
                yield IssuedTokens.read(token, policy, now);
            }
            case Foreign foreign -> foreign(foreign, presentedAs, policy, now, deadline);
        };
    }

    private PresentedToken foreign(
            Foreign token,
            SubjectTokenType presentedAs,
            CompiledPolicy policy,
            Instant now,
            Deadline deadline)
            throws BadTokenException {
        TrustedIssuer issuer =
                ForeignTokens.admit(token.jwt(), token.issuer(), presentedAs, policy);
        issuerKeys.verify(token.jwt(), issuer.keys(), deadline);
        return ForeignTokens.read(token.jwt(), issuer, presentedAs, policy, now);
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.token;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.narrows.events.decision.CompiledPolicy;
import org.narrows.events.decision.Exchange;
import org.narrows.events.decision.PresentedToken;
import org.narrows.events.decision.PresentedToken.Origin;
import org.narrows.events.policy.ClientTokens;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.policy.SubjectTokenType;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.state.Row.IssuerRow;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.Confirmation;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.User;
import org.narrows.events.wire.BadTokenException;
import org.narrows.events.wire.IssuedTokens;
import org.narrows.events.wire.StrictJwt;
import org.narrows.events.wire.TokenClaims;
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
 * Verifies the subject token, and the actor token when one is present (RFC 8693 §2.1).
 *
 * <p>Checks form, signature, issuer, {@code typ}, times and what the claims must be. Clock skew (at
 * most 60 s) is allowed for {@code nbf} and {@code iat} only: a token whose {@code exp} is {@code
 * now} is expired, because what is minted from it may not outlive it. Whether the token was made
 * for this requester is left to the decision.
 */
public final class TokenVerifier {
    private static final Set<String> ID_TOKEN_TYPES = Set.of("jwt", "none");
    private static final Scopes OPENID = Scopes.of("openid");
    private static final Scopes WORKLOAD = Scopes.of("workload");

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
        StrictJwt jwt = token.jwt();
        TrustedIssuer issuer = trusted(policy, token.issuer());
        if (!issuer.subjectTokenTypes().contains(presentedAs)) {
            throw new BadTokenException("may not be presented as this type");
        }
        if (!issuer.algorithms().contains(jwt.algorithm())) {
            throw new BadTokenException(
                    "is signed with an algorithm that its issuer is not trusted for");
        }
        issuerKeys.verify(jwt, issuer.keys(), deadline);

        boolean idToken = presentedAs == SubjectTokenType.ID_TOKEN;
        TokenClaims claims = new TokenClaims(jwt);
        claims.checkType(idToken ? ID_TOKEN_TYPES : issuer.requireType());
        if (idToken) {
            checkIdToken(jwt);
        } else {
            claims.checkAccessToken();
        }
        Instant expiresAt = claims.checkTimes(now);
        String subject = jwt.requiredString("sub");
        User party = user(issuer.issuer(), subject);
        ActorKind kind = kindOf(jwt, subject, issuer.clients());
        return new PresentedToken(
                claims.ref(issuer.issuer()),
                new Origin.Foreign(issuer.issuer()),
                party,
                kind,
                idToken,
                claims.audiences(),
                jwt.string("azp"),
                idToken ? OPENID : scopes(jwt, issuer, kind),
                jwt.instant("iat"),
                expiresAt,
                foreignActors(claims, issuer.issuer(), policy),
                claims.mayAct(),
                claims.boundTo(),
                jwt.instant("auth_time"),
                claims.acr(),
                claims.amr(),
                claims.declaredClaims(policy));
    }

    private static TrustedIssuer trusted(CompiledPolicy policy, String issuer)
            throws BadTokenException {
        try {
            Optional<IssuerRow> row = policy.issuer(new IssuerUrl(issuer));
            if (row.isPresent()) {
                return row.get().entry();
            }
        } catch (IllegalArgumentException e) {
            // No issuer is called like that.
        }
        throw new BadTokenException("is of an issuer that is not trusted");
    }

    private static void checkIdToken(StrictJwt jwt) throws BadTokenException {
        if (jwt.has("scope")
                || !jwt.string("typ").orElse("ID").equals("ID")
                || !jwt.string("token_use").orElse("id").equals("id")) {
            throw new BadTokenException("is no ID token");
        }
    }

    /** What the issuer's `clients` says of this token. */
    private static ActorKind kindOf(StrictJwt jwt, String subject, ClientTokens clients)
            throws BadTokenException {
        return switch (clients) {
            case ClientTokens.Never() -> {
                if (isOwnSubject(jwt, subject)) {
                    throw new BadTokenException(
                            "is about a client, for which its issuer is not trusted");
                }
                yield ActorKind.USER;
            }
            case ClientTokens.OwnSubject() ->
                    isOwnSubject(jwt, subject) ? ActorKind.CLIENT : ActorKind.USER;
            case ClientTokens.All() -> ActorKind.CLIENT;
            case ClientTokens.Marked(String claim, String value) ->
                    value.equals(jwt.claims().path(claim).asText())
                            ? ActorKind.CLIENT
                            : ActorKind.USER;
        };
    }

    private static boolean isOwnSubject(StrictJwt jwt, String subject) {
        for (String claim : List.of("client_id", "azp", "cid")) {
            if (jwt.claims().path(claim).asText().equals(subject)) {
                return true;
            }
        }
        return false;
    }

    /**
     * The scopes of an access token: names that could be no scope are worth nothing anywhere and
     * are passed over.
     */
    private static Scopes scopes(StrictJwt jwt, TrustedIssuer issuer, ActorKind kind)
            throws BadTokenException {
        Scopes scopes = Scopes.NONE;
        for (String claim : issuer.scopesFrom()) {
            Optional<List<String>> held = jwt.strings(claim);
            if (held.isPresent()) {
                boolean list = jwt.claims().path(claim).isArray();
                scopes =
                        TokenClaims.scopes(
                                list ? held.get() : List.of(held.get().getFirst().split(" ")));
                break;
            }
        }
        boolean workload = kind == ActorKind.CLIENT && issuer.clients() instanceof ClientTokens.All;
        return scopes.isEmpty() && workload ? WORKLOAD : scopes;
    }

    /** `act` of a foreign token names subjects of its own issuer (RFC 8693 §4.1). */
    private static List<String> foreignActors(
            TokenClaims claims, IssuerUrl issuer, CompiledPolicy policy) throws BadTokenException {
        List<String> actors = new ArrayList<>();
        for (ObjectNode act : claims.actChain()) {
            JsonNode of = act.path("iss");
            if (!of.isMissingNode() && !issuer.value().equals(of.textValue())) {
                throw new BadTokenException("has an `act` of another issuer");
            }
            User actor = user(issuer, TokenClaims.actorSubject(act));
            actors.add(nameOf(policy, actor));
        }
        return actors;
    }

    private static User user(IssuerUrl issuer, String subject) throws BadTokenException {
        try {
            return new User(issuer, subject);
        } catch (IllegalArgumentException e) {
            throw new BadTokenException("has a `sub` that is too long or holds control characters");
        }
    }

    private static String nameOf(CompiledPolicy policy, User user) throws BadTokenException {
        return policy.nameOf(user)
                .orElseThrow(() -> new BadTokenException("is of an issuer that is not trusted"));
    }
}

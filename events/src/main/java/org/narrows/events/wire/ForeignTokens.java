// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.narrows.events.decision.CompiledPolicy;
import org.narrows.events.decision.PresentedToken;
import org.narrows.events.decision.PresentedToken.Origin;
import org.narrows.events.policy.ClientTokens;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.policy.SubjectTokenType;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.state.Row.IssuerRow;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.User;

/**
 * Tokens of the issuers that a policy trusts, read in the terms of the decision: issuer, {@code
 * typ}, times and what the claims must be. Signatures are checked elsewhere, between {@link #admit}
 * and {@link #read}.
 *
 * <p>Clock skew (at most 60 s) is allowed for {@code nbf} and {@code iat} only: a token whose
 * {@code exp} is {@code now} is expired, because what is minted from it may not outlive it.
 */
public final class ForeignTokens {
    private static final Set<String> ID_TOKEN_TYPES = Set.of("jwt", "none");
    private static final Scopes OPENID = Scopes.of("openid");
    private static final Scopes WORKLOAD = Scopes.of("workload");

    private ForeignTokens() {}

    /**
     * The issuer whose keys have to have signed the token.
     *
     * @param issuer its `iss`, not ours
     * @throws BadTokenException when the issuer is not trusted, or not for tokens like this one
     */
    public static TrustedIssuer admit(
            StrictJwt jwt, String issuer, SubjectTokenType presentedAs, CompiledPolicy policy)
            throws BadTokenException {
        TrustedIssuer trusted = trusted(policy, issuer);
        if (!trusted.subjectTokenTypes().contains(presentedAs)) {
            throw new BadTokenException("may not be presented as this type");
        }
        if (!trusted.algorithms().contains(jwt.algorithm())) {
            throw new BadTokenException(
                    "is signed with an algorithm that its issuer is not trusted for");
        }
        return trusted;
    }

    /**
     * Reads the claims.
     *
     * @param issuer as {@link #admit} gave it
     * @throws BadTokenException when it is out of its time, or is not what it is presented as
     */
    public static PresentedToken read(
            StrictJwt jwt,
            TrustedIssuer issuer,
            SubjectTokenType presentedAs,
            CompiledPolicy policy,
            Instant now)
            throws BadTokenException {
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

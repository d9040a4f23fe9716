// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.token;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.narrows.events.decision.CompiledPolicy;
import org.narrows.events.decision.Exchange;
import org.narrows.events.decision.PresentedToken;
import org.narrows.events.decision.PresentedToken.MayAct;
import org.narrows.events.decision.PresentedToken.Origin;
import org.narrows.events.decision.Provenance;
import org.narrows.events.policy.ClaimDefinition;
import org.narrows.events.policy.ClientTokens;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.policy.SubjectTokenType;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.state.Row.IssuerRow;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.Confirmation;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.Position;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;
import org.narrows.events.wire.Json;
import org.narrows.events.wire.MalformedException;
import org.narrows.events.wire.ProvenanceCodec;
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
    static final Duration SKEW = Duration.ofSeconds(60);

    /** No chain of actors that anybody presents is longer. */
    private static final int MAX_ACTORS = 16;

    private static final String OWN_TYPE = "at+jwt";
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
            IssuerKeys.verify(jwt, IssuerKeys.candidates(ownKeys.verifying(), jwt.keyId()));
            return Result.ok(new Own(jwt, policySeq(jwt)));
        } catch (BadTokenException e) {
            return Result.err(refusal(which, e));
        }
    }

    private static long policySeq(StrictJwt jwt) throws BadTokenException {
        JsonNode seq = jwt.claims().path("policy_seq");
        if (!seq.isIntegralNumber()
                || !seq.canConvertToLong()
                || seq.longValue() < 1
                || seq.longValue() > Position.MAX_SEQ) {
            throw new BadTokenException("has no `policy_seq`");
        }
        return seq.longValue();
    }

    /**
     * Verifies the tokens by this policy.
     *
     * @return the verified exchange, or `invalid_request` (RFC 8693 §2.2.2)
     * @throws org.narrows.exchange.outage.OutageException when an issuer's keys cannot be had
     */
    public Result<VerifiedExchange> verify(
            OpenedTokens tokens,
            ClientId requester,
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
                            requester,
                            subject,
                            actor,
                            request.targets(),
                            request.scope(),
                            List.of());
            return Result.ok(new VerifiedExchange(exchange, found));
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
            Opened token,
            SubjectTokenType presentedAs,
            CompiledPolicy policy,
            Instant now,
            Deadline deadline)
            throws BadTokenException {
        return switch (token) {
            case Own own -> own(own, presentedAs, policy, now);
            case Foreign foreign -> foreign(foreign, presentedAs, policy, now, deadline);
        };
    }

    // ---- tokens of trusted issuers

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
        checkType(jwt, idToken ? ID_TOKEN_TYPES : issuer.requireType());
        if (idToken) {
            checkIdToken(jwt);
        } else {
            checkAccessToken(jwt);
        }
        Instant expiresAt = checkTimes(jwt, now);
        String subject = jwt.requiredString("sub");
        User party = user(issuer.issuer(), subject);
        ActorKind kind = kindOf(jwt, subject, issuer.clients());
        return new PresentedToken(
                ref(issuer.issuer(), jwt),
                new Origin.Foreign(issuer.issuer()),
                party,
                kind,
                idToken,
                audiences(jwt),
                jwt.string("azp"),
                idToken ? OPENID : scopes(jwt, issuer, kind),
                jwt.instant("iat"),
                expiresAt,
                foreignActors(jwt, issuer.issuer(), policy),
                mayAct(jwt),
                boundTo(jwt),
                jwt.instant("auth_time"),
                acr(jwt),
                amr(jwt),
                declaredClaims(jwt, policy));
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

    private static void checkType(StrictJwt jwt, Set<String> accepted) throws BadTokenException {
        if (!accepted.contains(jwt.type().orElse("none"))) {
            throw new BadTokenException("has a `typ` that is not accepted here");
        }
    }

    private static void checkIdToken(StrictJwt jwt) throws BadTokenException {
        if (jwt.has("scope")
                || !jwt.string("typ").orElse("ID").equals("ID")
                || !jwt.string("token_use").orElse("id").equals("id")) {
            throw new BadTokenException("is no ID token");
        }
    }

    private static void checkAccessToken(StrictJwt jwt) throws BadTokenException {
        String kind = jwt.string("typ").orElse("").toLowerCase(Locale.ROOT);
        boolean marked =
                Set.of("id", "refresh", "logout").contains(kind)
                        || jwt.string("token_use").orElse("").equalsIgnoreCase("id");
        if (marked || jwt.has("at_hash") || jwt.has("c_hash") || jwt.has("events")) {
            throw new BadTokenException("is no access token");
        }
    }

    private static Instant checkTimes(StrictJwt jwt, Instant now) throws BadTokenException {
        Instant expiresAt =
                jwt.instant("exp").orElseThrow(() -> new BadTokenException("has no `exp`"));
        if (!expiresAt.isAfter(now)) {
            throw new BadTokenException("is expired");
        }
        Instant ahead = now.plus(SKEW);
        if (jwt.instant("nbf").orElse(now).isAfter(ahead)) {
            throw new BadTokenException("is not valid yet");
        }
        if (jwt.instant("iat").orElse(now).isAfter(ahead)) {
            throw new BadTokenException("is issued in the future");
        }
        return expiresAt;
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
                scopes = scopes(list ? held.get() : List.of(held.get().getFirst().split(" ")));
                break;
            }
        }
        boolean workload = kind == ActorKind.CLIENT && issuer.clients() instanceof ClientTokens.All;
        return scopes.isEmpty() && workload ? WORKLOAD : scopes;
    }

    private static Scopes scopes(List<String> names) {
        List<ScopeName> scopes = new ArrayList<>();
        for (String name : names) {
            try {
                scopes.add(new ScopeName(name));
            } catch (IllegalArgumentException e) {
                // Passed over: no rule can name it.
            }
        }
        return Scopes.of(scopes);
    }

    /** `act` of a foreign token names subjects of its own issuer (RFC 8693 §4.1). */
    private static List<String> foreignActors(
            StrictJwt jwt, IssuerUrl issuer, CompiledPolicy policy) throws BadTokenException {
        List<String> actors = new ArrayList<>();
        for (ObjectNode act : actChain(jwt)) {
            JsonNode of = act.path("iss");
            if (!of.isMissingNode() && !issuer.value().equals(of.textValue())) {
                throw new BadTokenException("has an `act` of another issuer");
            }
            User actor = user(issuer, actorSubject(act));
            actors.add(nameOf(policy, actor));
        }
        return actors;
    }

    private static Optional<MayAct> mayAct(StrictJwt jwt) throws BadTokenException {
        JsonNode claim = jwt.claims().path("may_act");
        if (claim.isMissingNode()) {
            return Optional.empty();
        }
        if (!(claim instanceof ObjectNode mayAct)) {
            throw new BadTokenException("has a `may_act` that is no object");
        }
        TreeSet<String> others = new TreeSet<>();
        mayAct.fieldNames().forEachRemaining(others::add);
        others.removeAll(Set.of("iss", "sub"));
        return Optional.of(new MayAct(member(mayAct, "iss"), member(mayAct, "sub"), others));
    }

    private static Optional<String> member(ObjectNode mayAct, String name)
            throws BadTokenException {
        JsonNode value = mayAct.path(name);
        if (!value.isMissingNode() && !value.isTextual()) {
            throw new BadTokenException("has a `may_act` whose `" + name + "` is no string");
        }
        return Optional.ofNullable(value.textValue());
    }

    // ---- tokens that Narrows issued

    private PresentedToken own(
            Own token, SubjectTokenType presentedAs, CompiledPolicy policy, Instant now)
            throws BadTokenException {
        StrictJwt jwt = token.jwt();
        if (presentedAs == SubjectTokenType.ID_TOKEN) {
            throw new BadTokenException("is no ID token");
        }
        checkType(jwt, Set.of(OWN_TYPE));
        Instant expiresAt = checkTimes(jwt, now);
        Instant issuedAt =
                jwt.instant("iat").orElseThrow(() -> new BadTokenException("has no `iat`"));
        jwt.requiredString("jti");
        Origin.Own origin =
                new Origin.Own(
                        jwt.requiredString("client_id"),
                        token.policySeq(),
                        lineage(jwt),
                        provenance(jwt));
        List<String> actors = new ArrayList<>();
        for (ObjectNode act : actChain(jwt)) {
            actors.add(actorSubject(act));
        }
        return new PresentedToken(
                ref(policy.ownIssuer(), jwt),
                origin,
                userNamed(policy, jwt.requiredString("sub")),
                jwt.string("sub_type").filter("client"::equals).isPresent()
                        ? ActorKind.CLIENT
                        : ActorKind.USER,
                false,
                audiences(jwt),
                Optional.empty(),
                scopes(List.of(jwt.string("scope").orElse("").split(" "))),
                Optional.of(issuedAt),
                expiresAt,
                actors,
                mayAct(jwt),
                boundTo(jwt),
                jwt.instant("auth_time"),
                acr(jwt),
                amr(jwt),
                declaredClaims(jwt, policy));
    }

    private static List<String> lineage(StrictJwt jwt) throws BadTokenException {
        List<String> lineage = jwt.strings("lineage").orElse(List.of());
        if (lineage.isEmpty()) {
            throw new BadTokenException("has no `lineage`");
        }
        return lineage;
    }

    private static Provenance provenance(StrictJwt jwt) throws BadTokenException {
        try {
            return ProvenanceCodec.decode(jwt.claims().path("provenance"));
        } catch (MalformedException e) {
            throw new BadTokenException("has no `provenance` that can be read");
        }
    }

    // ---- claims that both kinds have

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

    private static User userNamed(CompiledPolicy policy, String name) throws BadTokenException {
        return policy.userNamed(name)
                .orElseThrow(() -> new BadTokenException("has a `sub` that names no user"));
    }

    private static TokenRef ref(IssuerUrl issuer, StrictJwt jwt) throws BadTokenException {
        try {
            return new TokenRef(
                    issuer, jwt.string("jti").filter(jti -> !jti.isEmpty()).orElseGet(jwt::hashId));
        } catch (IllegalArgumentException e) {
            throw new BadTokenException("has a `jti` that is too long or holds control characters");
        }
    }

    private static SortedSet<String> audiences(StrictJwt jwt) throws BadTokenException {
        List<String> audiences = jwt.strings("aud").orElse(List.of());
        if (audiences.isEmpty()) {
            throw new BadTokenException("has no `aud`");
        }
        return new TreeSet<>(audiences);
    }

    private static List<ObjectNode> actChain(StrictJwt jwt) throws BadTokenException {
        List<ObjectNode> chain = new ArrayList<>();
        JsonNode next = jwt.claims().path("act");
        while (!next.isMissingNode()) {
            if (!(next instanceof ObjectNode act) || chain.size() == MAX_ACTORS) {
                throw new BadTokenException("has an `act` that is no object, or too many of them");
            }
            chain.add(act);
            next = act.path("act");
        }
        return chain;
    }

    private static String actorSubject(ObjectNode act) throws BadTokenException {
        String subject = act.path("sub").textValue();
        if (subject == null || subject.isEmpty()) {
            throw new BadTokenException("has an `act` without `sub`");
        }
        return subject;
    }

    /**
     * A confirmation that cannot be understood cannot be asked for either, so the token is refused
     * (RFC 7800 §3.1).
     */
    private static Optional<Confirmation> boundTo(StrictJwt jwt) throws BadTokenException {
        JsonNode cnf = jwt.claims().path("cnf");
        if (cnf.isMissingNode()) {
            return Optional.empty();
        }
        if (cnf.size() == 1 && cnf.path("jkt").isTextual()) {
            return Optional.of(new Confirmation.DpopKey(cnf.path("jkt").textValue()));
        }
        if (cnf.size() == 1 && cnf.path("x5t#S256").isTextual()) {
            return Optional.of(new Confirmation.Certificate(cnf.path("x5t#S256").textValue()));
        }
        throw new BadTokenException("is bound in a way that is not supported");
    }

    private static Optional<String> acr(StrictJwt jwt) {
        return Optional.ofNullable(jwt.claims().path("acr").textValue());
    }

    private static SortedSet<String> amr(StrictJwt jwt) {
        SortedSet<String> methods = new TreeSet<>();
        for (JsonNode method : jwt.claims().path("amr")) {
            if (method.isTextual()) {
                methods.add(method.textValue());
            }
        }
        return methods;
    }

    /** Only declared claims are ever copied, so no others are kept, or recorded. */
    private static SortedMap<String, String> declaredClaims(StrictJwt jwt, CompiledPolicy policy) {
        SortedMap<String, String> claims = new TreeMap<>();
        for (ClaimDefinition declared : policy.policy().claims().keySet()) {
            if (jwt.has(declared.claim())) {
                claims.put(declared.claim(), Json.canonical(jwt.claims().path(declared.claim())));
            }
        }
        return claims;
    }
}

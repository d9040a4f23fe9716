// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.narrows.events.decision.CompiledPolicy;
import org.narrows.events.decision.PresentedToken.MayAct;
import org.narrows.events.policy.ClaimDefinition;
import org.narrows.events.value.Confirmation;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.TokenRef;

/**
 * What the claims of a token say in the terms of the decision, whoever signed it.
 *
 * <p>Clock skew (at most 60 s) is allowed for {@code nbf} and {@code iat} only: a token whose
 * {@code exp} is {@code now} is expired, because what is minted from it may not outlive it.
 */
public final class TokenClaims {
    /** How far the clock of whoever signed may be ahead of ours. */
    public static final Duration SKEW = Duration.ofSeconds(60);

    /** No chain of actors that anybody presents is longer. */
    private static final int MAX_ACTORS = 16;

    private final StrictJwt jwt;

    public TokenClaims(StrictJwt jwt) {
        this.jwt = jwt;
    }

    /** Holds the header's `typ`, `none` where there is none, to those that are accepted. */
    public void checkType(Set<String> accepted) throws BadTokenException {
        if (!accepted.contains(jwt.type().orElse("none"))) {
            throw new BadTokenException("has a `typ` that is not accepted here");
        }
    }

    /** Refuses what says of itself that it is another kind of token: for access tokens. */
    public void checkAccessToken() throws BadTokenException {
        String kind = jwt.string("typ").orElse("").toLowerCase(Locale.ROOT);
        boolean marked =
                Set.of("id", "refresh", "logout").contains(kind)
                        || jwt.string("token_use").orElse("").equalsIgnoreCase("id");
        if (marked || jwt.has("at_hash") || jwt.has("c_hash") || jwt.has("events")) {
            throw new BadTokenException("is no access token");
        }
    }

    /**
     * Holds the token to its times.
     *
     * @return when it expires
     */
    public Instant checkTimes(Instant now) throws BadTokenException {
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

    /** The token itself, by its `jti` or what stands in its place. */
    public TokenRef ref(IssuerUrl issuer) throws BadTokenException {
        try {
            return new TokenRef(
                    issuer, jwt.string("jti").filter(jti -> !jti.isEmpty()).orElseGet(jwt::hashId));
        } catch (IllegalArgumentException e) {
            throw new BadTokenException("has a `jti` that is too long or holds control characters");
        }
    }

    public SortedSet<String> audiences() throws BadTokenException {
        List<String> audiences = jwt.strings("aud").orElse(List.of());
        if (audiences.isEmpty()) {
            throw new BadTokenException(
                    "has no `aud`: its issuer has to name there whom it is for, as it may when asked by"
                            + " a `resource` parameter (RFC 8707; in Amazon Cognito: resource binding)");
        }
        return new TreeSet<>(audiences);
    }

    /** Scopes by name: what could be no scope is worth nothing anywhere and is passed over. */
    public static Scopes scopes(List<String> names) {
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

    /** Every `act`, the outermost first (RFC 8693 §4.1). */
    public List<ObjectNode> actChain() throws BadTokenException {
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

    public static String actorSubject(ObjectNode act) throws BadTokenException {
        String subject = act.path("sub").textValue();
        if (subject == null || subject.isEmpty()) {
            throw new BadTokenException("has an `act` without `sub`");
        }
        return subject;
    }

    public Optional<MayAct> mayAct() throws BadTokenException {
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

    /**
     * A confirmation that cannot be understood cannot be asked for either, so the token is refused
     * (RFC 7800 §3.1).
     */
    public Optional<Confirmation> boundTo() throws BadTokenException {
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

    public Optional<String> acr() {
        return Optional.ofNullable(jwt.claims().path("acr").textValue());
    }

    public SortedSet<String> amr() {
        SortedSet<String> methods = new TreeSet<>();
        for (JsonNode method : jwt.claims().path("amr")) {
            if (method.isTextual()) {
                methods.add(method.textValue());
            }
        }
        return methods;
    }

    /** Only declared claims are ever copied, so no others are kept, or recorded. */
    public SortedMap<String, String> declaredClaims(CompiledPolicy policy) {
        SortedMap<String, String> claims = new TreeMap<>();
        for (ClaimDefinition declared : policy.policy().claims().keySet()) {
            if (jwt.has(declared.claim())) {
                claims.put(declared.claim(), Json.canonical(jwt.claims().path(declared.claim())));
            }
        }
        return claims;
    }
}

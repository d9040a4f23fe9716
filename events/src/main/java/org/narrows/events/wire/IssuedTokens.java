// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.narrows.events.decision.CompiledPolicy;
import org.narrows.events.decision.PresentedToken;
import org.narrows.events.decision.PresentedToken.Origin;
import org.narrows.events.decision.Provenance;
import org.narrows.events.decision.TokenTerms;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.value.Confirmation;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.Position;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;

/**
 * Tokens that Narrows issued (RFC 9068), read again by whoever is shown one: the exchange, the
 * introspection, and the control plane for its admins.
 */
public final class IssuedTokens {
    /** The `typ` of every issued token (RFC 9068 §2.1). */
    public static final String TYPE = "at+jwt";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};

    private IssuedTokens() {}

    /**
     * A token that one of our keys signed; nothing else is known of it yet.
     *
     * @param policySeq the position of the decision behind it: no older policy may judge it
     */
    public record Signed(StrictJwt jwt, long policySeq) {}

    /**
     * Checks the signature of a token whose `iss` is ours.
     *
     * @param keys the public parts of the keys that Narrows signs with
     */
    public static Signed open(StrictJwt jwt, List<TrustedKey> keys) throws BadTokenException {
        TrustedKey.verify(jwt, keys);
        return new Signed(jwt, policySeq(jwt));
    }

    /**
     * Which token it is, and whose.
     *
     * @param clientId the client it was issued to
     */
    public record Identity(TokenRef ref, String clientId, Instant expiresAt) {}

    /**
     * Says which token this is without judging its times: one from a clock that is ahead can be
     * ended before it begins.
     */
    public static Identity identify(Signed token) throws BadTokenException {
        StrictJwt jwt = token.jwt();
        TokenClaims claims = new TokenClaims(jwt);
        claims.checkType(Set.of(TYPE));
        jwt.requiredString("jti");
        return new Identity(
                claims.ref(issuer(jwt)),
                jwt.requiredString("client_id"),
                jwt.instant("exp").orElseThrow(() -> new BadTokenException("has no `exp`")));
    }

    private static IssuerUrl issuer(StrictJwt jwt) throws BadTokenException {
        try {
            return new IssuerUrl(jwt.requiredString("iss"));
        } catch (IllegalArgumentException e) {
            throw new BadTokenException("has an `iss` that is no issuer");
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
     * Reads the claims.
     *
     * @throws BadTokenException when it is out of its time, or lacks what every issued token has
     */
    public static PresentedToken read(Signed token, CompiledPolicy policy, Instant now)
            throws BadTokenException {
        StrictJwt jwt = token.jwt();
        TokenClaims claims = new TokenClaims(jwt);
        claims.checkType(Set.of(TYPE));
        Instant expiresAt = claims.checkTimes(now);
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
        for (ObjectNode act : claims.actChain()) {
            actors.add(TokenClaims.actorSubject(act));
        }
        return new PresentedToken(
                claims.ref(policy.ownIssuer()),
                origin,
                userNamed(policy, jwt.requiredString("sub")),
                jwt.string("sub_type").filter("client"::equals).isPresent()
                        ? ActorKind.CLIENT
                        : ActorKind.USER,
                false,
                claims.audiences(),
                Optional.empty(),
                TokenClaims.scopes(List.of(jwt.string("scope").orElse("").split(" "))),
                Optional.of(issuedAt),
                expiresAt,
                actors,
                claims.mayAct(),
                claims.boundTo(),
                jwt.instant("auth_time"),
                claims.acr(),
                claims.amr(),
                claims.declaredClaims(policy));
    }

    private static User userNamed(CompiledPolicy policy, String name) throws BadTokenException {
        return policy.userNamed(name)
                .orElseThrow(() -> new BadTokenException("has a `sub` that names no user"));
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

    /**
     * What a token of these terms says: the claims of its JWT, by name, as plain values.
     *
     * @param issuer what Narrows issues as
     * @param policySeq the position of the decision
     */
    public static Map<String, Object> claims(
            TokenTerms terms,
            String issuer,
            String tokenId,
            long policySeq,
            Instant issuedAt,
            Instant expiresAt) {
        Map<String, Object> claims = new LinkedHashMap<>();
        // Declared claims first: none of them can be called like one of ours, and if one were, ours
        // would win.
        terms.claims().forEach((name, value) -> claims.put(name, value(value)));
        claims.put("iss", issuer);
        claims.put("sub", terms.subject());
        claims.put(
                "aud",
                terms.audiences().size() == 1 ? terms.audiences().getFirst() : terms.audiences());
        claims.put("exp", expiresAt.getEpochSecond());
        claims.put("iat", issuedAt.getEpochSecond());
        claims.put("jti", tokenId);
        claims.put("client_id", terms.client().value());
        claims.put("scope", terms.scopes().toString());
        if (terms.kind() == ActorKind.CLIENT) {
            claims.put("sub_type", "client");
        }
        if (!terms.actors().isEmpty()) {
            claims.put("act", act(terms.actors()));
        }
        terms.boundTo().ifPresent(bound -> claims.put("cnf", confirmation(bound)));
        terms.authTime().ifPresent(time -> claims.put("auth_time", time.getEpochSecond()));
        terms.acr().ifPresent(acr -> claims.put("acr", acr));
        if (!terms.amr().isEmpty()) {
            claims.put("amr", List.copyOf(terms.amr()));
        }
        claims.put("policy_seq", policySeq);
        claims.put("lineage", terms.lineage());
        claims.put(
                "provenance",
                JSON.convertValue(ProvenanceCodec.encode(terms.provenance()), OBJECT));
        return claims;
    }

    /** The outermost actor is the present one; those within it came before (RFC 8693 §4.1). */
    private static Map<String, Object> act(List<String> actors) {
        Map<String, Object> act = new LinkedHashMap<>();
        act.put("sub", actors.getFirst());
        if (actors.size() > 1) {
            act.put("act", act(actors.subList(1, actors.size())));
        }
        return act;
    }

    private static Map<String, String> confirmation(Confirmation bound) {
        return switch (bound) {
            case Confirmation.DpopKey(String jkt) -> Map.of("jkt", jkt);
            case Confirmation.Certificate(String x5t) -> Map.of("x5t#S256", x5t);
        };
    }

    private static Object value(String json) {
        try {
            return JSON.readValue(json, Object.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a claim that is no JSON", e);
        }
    }
}

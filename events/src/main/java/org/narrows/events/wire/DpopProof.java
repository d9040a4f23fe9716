// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.narrows.events.policy.Algorithm;
import org.narrows.events.value.Hash;

/**
 * A DPoP proof that is good in itself (RFC 9449 §4.3): whoever sent it holds the key, and made it
 * for this request, just now. Whether it was used before, and whether its nonce is one that was
 * given out, is for the caller to ask.
 *
 * @param jkt the RFC 7638 SHA-256 thumbprint of the key
 * @param jti at most {@value #MAX_JTI_LENGTH} characters; unique for this key
 */
public record DpopProof(
        String jkt, String jti, Instant issuedAt, Optional<String> nonce, Algorithm algorithm) {
    /** The request header that carries it. */
    public static final String HEADER = "DPoP";

    /** How far its `iat` may be from now, on both sides. */
    public static final Duration WINDOW = Duration.ofSeconds(60);

    public static final int MAX_JTI_LENGTH = 256;

    private static final String TYPE = "dpop+jwt";

    /** What the id is unique among: the ids that this key gave, and nobody else's. */
    public String namespace() {
        return "dpop|" + jkt;
    }

    /** From when on it is refused for its age, whether it was used or not. */
    public Instant outdatedAt() {
        return issuedAt.plus(WINDOW);
    }

    /**
     * Checks the proof of one request.
     *
     * @param headers every {@value #HEADER} header of it
     * @param method of the request
     * @param endpoints the URLs under which the endpoint is known; never what the request itself
     *     says of its host
     * @param accessToken what is sent along with the proof, which then must hold its hash
     * @throws BadTokenException whose problem goes on after "the DPoP proof …"
     */
    public static DpopProof read(
            List<String> headers,
            String method,
            Collection<String> endpoints,
            Instant now,
            Optional<String> accessToken)
            throws BadTokenException {
        if (headers.size() != 1) {
            throw new BadTokenException("must be sent exactly once");
        }
        StrictJwt jwt = StrictJwt.read(headers.getFirst());
        if (!jwt.type().orElse("").equals(TYPE)) {
            throw new BadTokenException("is not of the type `" + TYPE + "`");
        }
        if (!Algorithm.DEFAULT.contains(jwt.algorithm())) {
            throw new BadTokenException("is signed with an algorithm that is not supported");
        }
        JsonNode jwk = jwt.header().path("jwk");
        checkSignature(jwt, jwk);
        if (!jwt.requiredString("htm").equals(method)) {
            throw new BadTokenException("is made for another method");
        }
        checkTarget(jwt.requiredString("htu"), endpoints);
        Instant issuedAt = checkTimes(jwt, now);
        String jti = jwt.requiredString("jti");
        if (jti.length() > MAX_JTI_LENGTH) {
            throw new BadTokenException(
                    "has a `jti` of more than " + MAX_JTI_LENGTH + " characters");
        }
        if (accessToken.isPresent()) {
            checkAccessToken(jwt.requiredString("ath"), accessToken.get());
        }
        return new DpopProof(
                KeySets.thumbprint(jwk), jti, issuedAt, jwt.string("nonce"), jwt.algorithm());
    }

    /** The one place where a key comes from a header: what is proven is that it is held. */
    private static void checkSignature(StrictJwt jwt, JsonNode jwk) throws BadTokenException {
        TrustedKey key;
        try {
            key = new TrustedKey(KeySets.signatureKey(Located.whole(jwk)));
        } catch (MalformedException e) {
            throw new BadTokenException(
                    "has no `jwk` in its header, or one that is no public key that is accepted");
        }
        if (!key.suits(jwt.algorithm()) || !key.signed(jwt)) {
            throw new BadTokenException("is not signed by the key in its header");
        }
    }

    private static void checkTarget(String htu, Collection<String> endpoints)
            throws BadTokenException {
        Optional<String> target = TargetUri.normal(htu);
        if (target.isEmpty()
                || endpoints.stream()
                        .noneMatch(endpoint -> TargetUri.normal(endpoint).equals(target))) {
            throw new BadTokenException("is made for another URL");
        }
    }

    private static Instant checkTimes(StrictJwt jwt, Instant now) throws BadTokenException {
        Instant issuedAt =
                jwt.instant("iat").orElseThrow(() -> new BadTokenException("has no `iat`"));
        if (Duration.between(issuedAt, now).abs().compareTo(WINDOW) > 0) {
            throw new BadTokenException(
                    "was not made within " + WINDOW.toSeconds() + " seconds of now");
        }
        // Neither is asked for, but what a proof says of itself holds (RFC 7519 §4.1).
        Optional<Instant> expiresAt = jwt.instant("exp");
        if (expiresAt.isPresent() && !expiresAt.get().isAfter(now)) {
            throw new BadTokenException("is expired");
        }
        if (jwt.instant("nbf").orElse(now).isAfter(now.plus(WINDOW))) {
            throw new BadTokenException("is not valid yet");
        }
        return issuedAt;
    }

    private static void checkAccessToken(String ath, String accessToken) throws BadTokenException {
        byte[] hash =
                Hash.sha256(accessToken.getBytes(StandardCharsets.US_ASCII))
                        .toString()
                        .getBytes(StandardCharsets.US_ASCII);
        if (!MessageDigest.isEqual(hash, ath.getBytes(StandardCharsets.UTF_8))) {
            throw new BadTokenException("is made for another access token");
        }
    }

    /** Never the id: whoever knows it could not use it, but it is nobody's business. */
    @Override
    public String toString() {
        return "DpopProof[" + jkt + "]";
    }
}

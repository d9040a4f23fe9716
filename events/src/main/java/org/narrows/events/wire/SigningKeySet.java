// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jsonwebtoken.JwtException;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Jwk;
import io.jsonwebtoken.security.Jwks;
import io.jsonwebtoken.security.PrivateJwk;
import io.jsonwebtoken.security.SignatureAlgorithm;
import java.security.Key;
import java.security.PrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The keys that Narrows issues tokens with, as `NARROWS_SIGNING_KEYS` holds them: a JWK Set (RFC
 * 7517 §5) of P-256 (ES256), RSA from 2048 bits (RS256) and Ed25519 (EdDSA) keys. Whoever signs
 * needs the private keys; whoever only verifies may be given the public ones alone.
 *
 * @param verifying the public parts of all keys, each held to the one algorithm that it signs with
 * @param jwks the same as a JWK Set, to be published
 */
public record SigningKeySet(List<Member> members, List<TrustedKey> verifying, String jwks) {
    private static final int MIN_RSA_BITS = 2048;

    public SigningKeySet {
        members = List.copyOf(members);
        verifying = List.copyOf(verifying);
    }

    /**
     * One key.
     *
     * @param kid its own, or without one its RFC 7638 thumbprint
     * @param secret empty where only the public part is given
     * @param jwk as the file has it
     */
    public record Member(
            String kid, SignatureAlgorithm algorithm, Optional<PrivateKey> secret, JsonNode jwk) {
        /** Never the key. */
        @Override
        public String toString() {
            return "Member[" + kid + "]";
        }
    }

    /**
     * Reads a set.
     *
     * @throws MalformedException when it is none, is empty, or holds anything that is not such a
     *     key
     */
    public static SigningKeySet read(byte[] json) {
        List<Member> members = new ArrayList<>();
        ArrayNode published = Json.object().putArray("keys");
        Set<String> kids = new HashSet<>();
        JsonNode keys = Json.parse(json).path("keys");
        if (!keys.isArray() || keys.isEmpty()) {
            throw new MalformedException("keys", "must be an array of at least one key");
        }
        for (JsonNode key : keys) {
            Member member = member(key);
            if (!kids.add(member.kid())) {
                throw new MalformedException("keys", "two keys have the same `kid`");
            }
            members.add(member);
            published.add(publicPart(key, member));
        }
        ObjectNode set = Json.object();
        set.set("keys", published);
        String jwks = Json.canonical(set);
        List<TrustedKey> verifying = KeySets.usable(jwks).stream().map(TrustedKey::new).toList();
        if (verifying.size() != members.size()) {
            throw new MalformedException("keys", "a key cannot verify what it signs");
        }
        return new SigningKeySet(members, verifying, jwks);
    }

    private static Member member(JsonNode key) {
        Jwk<?> jwk;
        try {
            jwk = Jwks.parser().build().parse(key.toString());
        } catch (JwtException | IllegalArgumentException e) {
            throw new MalformedException("keys", "a key is no JWK that can be read");
        }
        Optional<PrivateKey> secret =
                jwk instanceof PrivateJwk<?, ?, ?> pair
                        ? Optional.of(pair.toKey())
                        : Optional.empty();
        SignatureAlgorithm algorithm =
                algorithm(
                        jwk instanceof PrivateJwk<?, ?, ?> pair
                                ? pair.toPublicJwk().toKey()
                                : jwk.toKey());
        if (key.hasNonNull("alg") && !key.path("alg").asText().equals(algorithm.getId())) {
            throw new MalformedException("keys", "a key has an `alg` that is not its own");
        }
        String kid = key.path("kid").asText();
        return new Member(
                kid.isEmpty() ? KeySets.thumbprint(key.toString()) : kid, algorithm, secret, key);
    }

    private static SignatureAlgorithm algorithm(Key publicKey) {
        if (publicKey instanceof ECPublicKey ec
                && ec.getParams().getCurve().getField().getFieldSize() == 256) {
            return Jwts.SIG.ES256;
        }
        if (publicKey instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() >= MIN_RSA_BITS) {
            return Jwts.SIG.RS256;
        }
        if (publicKey instanceof EdECPublicKey ed && ed.getParams().getName().equals("Ed25519")) {
            return Jwts.SIG.EdDSA;
        }
        throw new MalformedException(
                "keys", "a key is neither P-256, nor RSA of at least 2048 bits, nor Ed25519");
    }

    private static JsonNode publicPart(JsonNode key, Member member) {
        return ((ObjectNode) Json.parse(KeySets.publicPart(key.toString())))
                .put("kid", member.kid())
                .put("use", "sig")
                .put("alg", member.algorithm().getId());
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Jwk;
import io.jsonwebtoken.security.Jwks;
import java.security.Key;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.narrows.events.policy.Algorithm;

/**
 * Public keys as JWK and JWK Sets (RFC 7517): strict where they are registered, tolerant where they
 * are fetched.
 */
public final class KeySets {
    private static final int MAX_SET = 1024 * 1024;
    private static final List<String> REQUIRED = List.of("kty", "crv", "x", "y", "n", "e");

    private KeySets() {}

    /**
     * A public key of a set. `alg` and `use` as the set says, for the verifier to hold to.
     *
     * @param certificate the first of `x5c` (RFC 7517 §4.7), base64 of its DER
     */
    public record PublicJwk(
            Optional<String> kid,
            Optional<String> algorithm,
            Optional<String> use,
            Optional<String> certificate,
            PublicKey key) {}

    /**
     * The keys of a set that can verify signatures: `oct`, private, small and off-curve keys, and
     * kinds this reader does not know, are passed over.
     *
     * @throws MalformedException when the text is no JWK Set, or one beyond the bounds (1 MiB, 100
     *     keys)
     */
    public static List<PublicJwk> usable(String jwks) {
        if (jwks.length() > MAX_SET) {
            throw new MalformedException("", "a key set must have at most " + MAX_SET + " bytes");
        }
        Located keys = Located.whole(Json.parse(jwks)).members().need("keys");
        List<PublicJwk> usable = new ArrayList<>();
        for (Located key : keys.list(JwkRules.MAX_KEYS, item -> item)) {
            try {
                usable.add(signatureKey(key));
            } catch (MalformedException e) {
                // A fetched set is its issuer's: what is of no use to us does not spoil the rest.
            }
        }
        return usable;
    }

    /**
     * One public key that can verify signatures.
     *
     * @throws MalformedException when it is none: see {@link #usable}
     */
    static PublicJwk signatureKey(Located key) {
        JwkRules.publicKey(key);
        if (!verifies(key.json())) {
            throw key.wrong("must be a key that verifies");
        }
        return new PublicJwk(
                text(key.json(), "kid"),
                text(key.json(), "alg"),
                text(key.json(), "use"),
                Optional.ofNullable(key.json().path("x5c").path(0).textValue()),
                toPublicKey(key.json()));
    }

    /** What `key_ops` says (RFC 7517 §4.3), where it says anything. */
    private static boolean verifies(JsonNode key) {
        JsonNode operations = key.get("key_ops");
        if (operations == null || !operations.isArray()) {
            return true;
        }
        for (JsonNode operation : operations) {
            if (operation.isTextual() && operation.textValue().equals("verify")) {
                return true;
            }
        }
        return false;
    }

    private static Optional<String> text(JsonNode key, String member) {
        return Optional.ofNullable(key.get(member)).map(JsonNode::textValue);
    }

    /**
     * The key of one public JWK.
     *
     * @throws MalformedException when it is none that verifies signatures
     */
    public static PublicKey publicKey(String jwk) {
        Located key = Located.whole(Json.parse(jwk));
        JwkRules.publicKey(key);
        return toPublicKey(key.json());
    }

    /**
     * Of a key that has passed {@link JwkRules}: from what makes the key alone, whatever else is
     * said of it.
     */
    static PublicKey toPublicKey(JsonNode key) {
        Key parsed = parse(key).toKey();
        if (parsed instanceof PublicKey publicKey) {
            return publicKey;
        }
        throw new MalformedException("", "must be a public key");
    }

    private static Jwk<?> parse(JsonNode key) {
        ObjectNode bare = Json.object();
        for (String member : REQUIRED) {
            JsonNode value = key.get(member);
            if (value != null) {
                bare.set(member, value);
            }
        }
        return Jwks.parser().build().parse(Json.canonical(bare));
    }

    /** The RFC 7638 SHA-256 thumbprint of a public or private JWK. */
    public static String thumbprint(String jwk) {
        return thumbprint(Json.parse(jwk));
    }

    static String thumbprint(JsonNode jwk) {
        return parse(jwk).thumbprint().toString();
    }

    /** The public part of a private JWK, as canonical JSON, `kid` kept. */
    public static String publicPart(String privateJwk) {
        Located key = Located.whole(Json.parse(privateJwk));
        ObjectNode part = Json.object();
        key.members();
        key.json()
                .properties()
                .forEach(
                        member -> {
                            // What a private key may do (`sign`) is not what its public part may.
                            if (!JwkRules.PRIVATE.contains(member.getKey())
                                    && !member.getKey().equals("key_ops")) {
                                part.set(member.getKey(), member.getValue());
                            }
                        });
        JwkRules.publicKey(Located.whole(part));
        return Json.canonical(part);
    }

    /**
     * Makes a new key pair as a private JWK whose `kid` is its thumbprint: P-256 and the larger
     * curves for the ES algorithms, Ed25519, or RSA of 2048 bits.
     *
     * @return canonical JSON; secret
     */
    public static String generate(Algorithm algorithm) {
        KeyPair pair =
                switch (algorithm) {
                    case ES256 -> Jwts.SIG.ES256.keyPair().build();
                    case ES384 -> Jwts.SIG.ES384.keyPair().build();
                    case ES512 -> Jwts.SIG.ES512.keyPair().build();
                    case EdDSA -> Jwks.CRV.Ed25519.keyPair().build();
                    case RS256, RS384, RS512, PS256, PS384, PS512 ->
                            Jwts.SIG.RS256.keyPair().build();
                };
        Jwk<?> jwk =
                switch (algorithm) {
                    case ES256, ES384, ES512 ->
                            Jwks.builder().ecKeyPair(pair).idFromThumbprint().build();
                    case EdDSA -> Jwks.builder().octetKeyPair(pair).idFromThumbprint().build();
                    case RS256, RS384, RS512, PS256, PS384, PS512 ->
                            Jwks.builder().rsaKeyPair(pair).idFromThumbprint().build();
                };
        ObjectNode json = (ObjectNode) Json.parse(Jwks.UNSAFE_JSON(jwk));
        json.put("alg", algorithm.name()).put("use", "sig");
        return Json.canonical(json);
    }
}

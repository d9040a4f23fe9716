// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.databind.JsonNode;
import io.jsonwebtoken.JwtBuilder;
import io.jsonwebtoken.JwtException;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Jwks;
import io.jsonwebtoken.security.SecureDigestAlgorithm;
import java.security.PrivateKey;
import java.util.Optional;
import org.narrows.events.value.KeyId;
import org.narrows.events.value.LogId;
import org.narrows.events.wire.JwkRules.KeyKind;

/**
 * Signs records with one publisher key: a detached JWS (RFC 7515 appendix F, RFC 7797) over the
 * exact value bytes.
 */
public final class EventSigner {
    private final KeyId kid;
    private final String publicJwk;
    private final PrivateKey key;
    private final SecureDigestAlgorithm<PrivateKey, ?> algorithm;

    private EventSigner(
            KeyId kid,
            String publicJwk,
            PrivateKey key,
            SecureDigestAlgorithm<PrivateKey, ?> algorithm) {
        this.kid = kid;
        this.publicJwk = publicJwk;
        this.key = key;
        this.algorithm = algorithm;
    }

    /**
     * A signer.
     *
     * @param privateJwk a private P-256 or Ed25519 JWK with its `kid`
     * @throws MalformedException when it is none
     */
    public static EventSigner of(String privateJwk) {
        String publicJwk = KeySets.publicPart(privateJwk);
        JsonNode publicPart = Json.parse(publicJwk);
        KeyKind kind = JwkRules.publisherKey(Located.whole(publicPart));
        KeyId kid = Located.whole(publicPart).members().need("kid").as(KeyId::new);
        return new EventSigner(
                kid,
                publicJwk,
                privateKey(privateJwk),
                kind == KeyKind.P256 ? Jwts.SIG.ES256 : Jwts.SIG.EdDSA);
    }

    static PrivateKey privateKey(String privateJwk) {
        try {
            if (Jwks.parser().build().parse(privateJwk).toKey() instanceof PrivateKey privateKey) {
                return privateKey;
            }
        } catch (JwtException | IllegalArgumentException e) {
            // Nothing of the key belongs in a message, so not even the cause is told.
        }
        throw new MalformedException("", "must be a private key");
    }

    /** The `kid` it signs under. */
    public KeyId kid() {
        return kid;
    }

    /** The public part of its key, as canonical JSON. */
    public String publicJwk() {
        return publicJwk;
    }

    /** The value of the `sig` header for a record of this log. */
    public String sign(byte[] value, LogId log, String actor) {
        return sign(value, Optional.of(log), actor);
    }

    /** The value of the `sig` header for genesis, which names no log yet. */
    public String signGenesis(byte[] value, String actor) {
        return sign(value, Optional.empty(), actor);
    }

    private String sign(byte[] value, Optional<LogId> log, String actor) {
        JwtBuilder.BuilderHeader header =
                Jwts.builder().header().keyId(kid.value()).add("actor", actor);
        log.ifPresent(id -> header.add("log", id.value()));
        return header.and().content(value).encodePayload(false).signWith(key, algorithm).compact();
    }
}

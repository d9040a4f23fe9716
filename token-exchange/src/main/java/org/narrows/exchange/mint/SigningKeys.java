// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.mint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jsonwebtoken.JwtException;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Jwk;
import io.jsonwebtoken.security.Jwks;
import io.jsonwebtoken.security.PrivateJwk;
import io.jsonwebtoken.security.SignatureAlgorithm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.PrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;
import org.narrows.events.wire.KeySets;
import org.narrows.events.wire.MalformedException;
import org.narrows.events.wire.TrustedKey;
import org.narrows.exchange.token.OwnKeys;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys that Narrows signs with: a private JWK Set in a file. The first signs; the public parts
 * of all are published and verify, so that the next key is known before it signs and the previous
 * one for as long as its tokens live. The file is looked at again and again; a broken one changes
 * nothing.
 */
public final class SigningKeys implements OwnKeys {
    private static final Logger LOG = LoggerFactory.getLogger(SigningKeys.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MAX_BYTES = 1024 * 1024;
    private static final int MIN_RSA_BITS = 2048;
    private static final byte[] NONCE_SECRET =
            "narrows dpop nonce".getBytes(StandardCharsets.US_ASCII);
    private static final int NONCE_SECRET_BYTES = 32;

    private final Path file;
    private volatile Loaded loaded;
    private volatile byte[] seen;

    private SigningKeys(Path file, byte[] seen, Loaded loaded) {
        this.file = file;
        this.seen = seen;
        this.loaded = loaded;
    }

    /**
     * Reads the file.
     *
     * @throws IllegalStateException when it cannot be read or holds no such set
     */
    public static SigningKeys in(Path file) {
        try {
            byte[] bytes = read(file);
            return new SigningKeys(file, bytes, load(bytes));
        } catch (IOException e) {
            throw new IllegalStateException("the signing keys `" + file + "` cannot be read", e);
        } catch (MalformedException e) {
            throw new IllegalStateException(
                    "the signing keys `" + file + "` are not usable: " + e.getMessage(), e);
        }
    }

    /** Takes over what is in the file now. */
    public void reload() {
        try {
            byte[] bytes = read(file);
            if (!Arrays.equals(bytes, seen)) {
                seen = bytes;
                loaded = load(bytes);
                LOG.info("the signing keys have changed: `{}` signs now", loaded.signing().kid());
            }
        } catch (IOException | MalformedException e) {
            LOG.error(
                    "the signing keys in the file are not usable, the old ones stay: {}",
                    e.getMessage());
        }
    }

    private static byte[] read(Path file) throws IOException {
        if (Files.size(file) > MAX_BYTES) {
            throw new IOException("the file is larger than 1 MiB");
        }
        return Files.readAllBytes(file);
    }

    /** The key that signs now. */
    SigningKey signing() {
        return loaded.signing();
    }

    @Override
    public List<TrustedKey> verifying() {
        return loaded.verifying();
    }

    /** The public parts of all keys, as a JWK Set. */
    public String jwks() {
        return loaded.jwks();
    }

    /**
     * One secret of each key, the signing one's first: the same on every node that has the same
     * set, and of no use for finding the key.
     */
    public List<byte[]> nonceSecrets() {
        return loaded.nonceSecrets();
    }

    /** A private key, how it signs, and how it is named. */
    record SigningKey(String kid, PrivateKey key, SignatureAlgorithm algorithm) {
        /** Never the key. */
        @Override
        public String toString() {
            return "SigningKey[" + kid + "]";
        }
    }

    private record Loaded(
            SigningKey signing,
            List<TrustedKey> verifying,
            String jwks,
            List<byte[]> nonceSecrets) {}

    private static Loaded load(byte[] bytes) {
        List<SigningKey> keys = new ArrayList<>();
        List<byte[]> nonceSecrets = new ArrayList<>();
        ArrayNode published = JSON.createArrayNode();
        Set<String> kids = new HashSet<>();
        for (JsonNode member : members(bytes)) {
            SigningKey key = key(member);
            if (!kids.add(key.kid())) {
                throw new MalformedException("keys", "two keys have the same `kid`");
            }
            keys.add(key);
            nonceSecrets.add(nonceSecret(member));
            published.add(publicPart(member, key));
        }
        String jwks = JSON.createObjectNode().set("keys", published).toString();
        List<TrustedKey> verifying = KeySets.usable(jwks).stream().map(TrustedKey::new).toList();
        if (verifying.size() != keys.size()) {
            throw new MalformedException("keys", "a key cannot verify what it signs");
        }
        return new Loaded(keys.getFirst(), verifying, jwks, List.copyOf(nonceSecrets));
    }

    /**
     * Derived (RFC 5869) from the private part as the file has it: how a provider encodes a key may
     * differ from node to node.
     */
    private static byte[] nonceSecret(JsonNode member) {
        byte[] secret = member.path("d").asText().getBytes(StandardCharsets.US_ASCII);
        try {
            return KDF.getInstance("HKDF-SHA256")
                    .deriveData(
                            HKDFParameterSpec.ofExtract()
                                    .addIKM(secret)
                                    .thenExpand(NONCE_SECRET, NONCE_SECRET_BYTES));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode members(byte[] bytes) {
        try {
            JsonNode keys = JSON.readTree(bytes).path("keys");
            if (!keys.isArray() || keys.isEmpty()) {
                throw new MalformedException(
                        "keys", "must be an array of at least one private key");
            }
            return keys;
        } catch (IOException e) {
            throw new MalformedException("", "this is no JSON");
        }
    }

    private static SigningKey key(JsonNode member) {
        Jwk<?> jwk;
        try {
            jwk = Jwks.parser().build().parse(member.toString());
        } catch (JwtException | IllegalArgumentException e) {
            throw new MalformedException("keys", "a key is no JWK that can be read");
        }
        if (!(jwk instanceof PrivateJwk<?, ?, ?> secret)) {
            throw new MalformedException("keys", "a key is not private");
        }
        SignatureAlgorithm algorithm = algorithm(secret.toPublicJwk().toKey());
        if (member.hasNonNull("alg") && !member.path("alg").asText().equals(algorithm.getId())) {
            throw new MalformedException("keys", "a key has an `alg` that is not its own");
        }
        String kid = member.path("kid").asText();
        return new SigningKey(
                kid.isEmpty() ? KeySets.thumbprint(member.toString()) : kid,
                secret.toKey(),
                algorithm);
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

    private static JsonNode publicPart(JsonNode member, SigningKey key) {
        try {
            ObjectNode published =
                    (ObjectNode) JSON.readTree(KeySets.publicPart(member.toString()));
            return published
                    .put("kid", key.kid())
                    .put("use", "sig")
                    .put("alg", key.algorithm().getId());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a public key that is no JSON", e);
        }
    }
}

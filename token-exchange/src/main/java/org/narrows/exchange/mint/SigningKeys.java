// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.mint;

import com.fasterxml.jackson.databind.JsonNode;
import io.jsonwebtoken.security.SignatureAlgorithm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.util.Arrays;
import java.util.List;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;
import org.narrows.events.wire.MalformedException;
import org.narrows.events.wire.SigningKeySet;
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
    private static final int MAX_BYTES = 1024 * 1024;
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
        SigningKeySet set = SigningKeySet.read(bytes);
        List<SigningKey> keys = set.members().stream().map(SigningKeys::signing).toList();
        List<byte[]> nonceSecrets =
                set.members().stream().map(key -> nonceSecret(key.jwk())).toList();
        return new Loaded(keys.getFirst(), set.verifying(), set.jwks(), nonceSecrets);
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

    private static SigningKey signing(SigningKeySet.Member key) {
        return new SigningKey(
                key.kid(),
                key.secret()
                        .orElseThrow(() -> new MalformedException("keys", "a key is not private")),
                key.algorithm());
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.narrows.events.state.ReadRecord.SignatureHeader;
import org.narrows.events.state.ReadRecord.SignedBy;
import org.narrows.events.value.KeyId;
import org.narrows.events.value.LogId;
import org.narrows.events.wire.JwkRules.KeyKind;

/**
 * The `sig` header of a record: `header..signature`. The one place where a signature is checked
 * without the JOSE library, so that what counts as authentic is written down here and the value is
 * not copied.
 */
final class DetachedSignature implements SignedBy {
    private static final int MAX_LENGTH = 4_096;
    private static final int MAX_ACTOR = 512;
    private static final int MAX_REMEMBERED = 1_024;
    private static final int SIGNATURE_BYTES = 64;

    /** One publisher writes the same header again and again. */
    private static final Map<String, SignatureHeader> HEADERS = new ConcurrentHashMap<>();

    private static final Map<String, Optional<VerificationKey>> KEYS = new ConcurrentHashMap<>();

    private final SignatureHeader header;
    private final byte[] signingInput;
    private final byte[] signature;
    private final byte[] value;

    private DetachedSignature(
            SignatureHeader header, byte[] signingInput, byte[] signature, byte[] value) {
        this.header = header;
        this.signingInput = signingInput;
        this.signature = signature;
        this.value = value;
    }

    private record VerificationKey(String algorithm, PublicKey key) {}

    /**
     * Reads the compact form.
     *
     * @throws MalformedException saying what about it is wrong
     */
    static DetachedSignature read(byte[] sig, byte[] value) {
        if (sig.length > MAX_LENGTH) {
            throw new MalformedException("", "has more than " + MAX_LENGTH + " bytes");
        }
        // Latin-1 keeps what is not ASCII apart from what is; the base64url check then refuses it.
        String text = new String(sig, StandardCharsets.ISO_8859_1);
        int dots = text.indexOf("..");
        if (dots < 1) {
            throw new MalformedException("", "is not of the form `header..signature`");
        }
        String protectedHeader = text.substring(0, dots);
        byte[] signature =
                JwkRules.strictBase64url(text.substring(dots + 2))
                        .filter(bytes -> bytes.length == SIGNATURE_BYTES)
                        .orElseThrow(
                                () ->
                                        new MalformedException(
                                                "", "its signature is not 64 bytes in base64url"));
        SignatureHeader header = HEADERS.get(protectedHeader);
        if (header == null) {
            header = header(protectedHeader);
            remember(HEADERS, protectedHeader, header);
        }
        byte[] signingInput = (protectedHeader + ".").getBytes(StandardCharsets.US_ASCII);
        return new DetachedSignature(header, signingInput, signature, value);
    }

    private static SignatureHeader header(String encoded) {
        byte[] json =
                JwkRules.strictBase64url(encoded)
                        .orElseThrow(
                                () -> new MalformedException("", "its header is not base64url"));
        Members members = new Located(Json.parse(json), "header").members();
        Located algorithm = members.need("alg");
        if (!algorithm.text().equals("ES256") && !algorithm.text().equals("EdDSA")) {
            throw algorithm.wrong("must be `ES256` or `EdDSA`");
        }
        String kid = members.need("kid").as(KeyId::new).value();
        Located encodes = members.need("b64");
        if (encodes.flag()) {
            throw encodes.wrong("must be `false`");
        }
        Located critical = members.need("crit");
        JsonNode names = critical.json();
        if (!names.isArray() || names.size() != 1 || !"b64".equals(names.get(0).textValue())) {
            throw critical.wrong("must be `[\"b64\"]`");
        }
        Optional<String> log = members.find("log").map(id -> id.as(LogId::new).value());
        String actor = members.need("actor").printable(MAX_ACTOR);
        members.end();
        return new SignatureHeader(algorithm.text(), kid, log, actor);
    }

    private static <V> void remember(Map<String, V> memory, String key, V value) {
        if (memory.size() >= MAX_REMEMBERED) {
            memory.clear();
        }
        memory.put(key, value);
    }

    SignatureHeader header() {
        return header;
    }

    @Override
    public boolean key(String jwk) {
        Optional<VerificationKey> known = KEYS.get(jwk);
        if (known == null) {
            known = verificationKey(jwk);
            remember(KEYS, jwk, known);
        }
        return known.filter(key -> key.algorithm().equals(header.algorithm()))
                .map(key -> verifies(key.key()))
                .orElse(false);
    }

    private static Optional<VerificationKey> verificationKey(String jwk) {
        try {
            JsonNode key = Json.parse(jwk);
            KeyKind kind = JwkRules.publisherKey(Located.whole(key));
            String algorithm = kind == KeyKind.P256 ? "ES256" : "EdDSA";
            return Optional.of(new VerificationKey(algorithm, KeySets.toPublicKey(key)));
        } catch (MalformedException e) {
            return Optional.empty();
        }
    }

    private boolean verifies(PublicKey key) {
        try {
            // RFC 7518 §3.4: the two numbers side by side, not in DER.
            Signature verifier =
                    Signature.getInstance(
                            header.algorithm().equals("ES256")
                                    ? "SHA256withECDSAinP1363Format"
                                    : "Ed25519");
            verifier.initVerify(key);
            verifier.update(signingInput);
            verifier.update(value);
            return verifier.verify(signature);
        } catch (SignatureException e) {
            return false;
        } catch (GeneralSecurityException e) {
            // No such algorithm, or a key of ours that it cannot take: our own failure, never "not
            // authentic".
            throw new IllegalStateException(e);
        }
    }
}

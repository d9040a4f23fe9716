// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import org.narrows.events.policy.Algorithm;

/**
 * A JWS in compact form (RFC 7515 §7.1) whose form is right and whose signature nobody has checked
 * yet.
 *
 * <p>Stricter than the RFC asks: at most 16 KiB; base64url without padding and stray bits; no name
 * twice in the header; no `crit`, `b64`, `zip` or `enc`; only signature algorithms that a policy
 * may list. Key material in the header (`jwk`, `jku`, `x5u`, `x5c`) never verifies anything, but
 * for the `jwk` of a {@link DpopProof}.
 */
final class StrictJws {
    static final int MAX_LENGTH = 16 * 1024;

    private final String text;
    private final ObjectNode header;
    private final byte[] payload;
    private final Algorithm algorithm;

    private StrictJws(String text, ObjectNode header, byte[] payload, Algorithm algorithm) {
        this.text = text;
        this.header = header;
        this.payload = payload;
        this.algorithm = algorithm;
    }

    /**
     * Reads one.
     *
     * @throws BadTokenException saying what is wrong with its form
     */
    static StrictJws read(String text) throws BadTokenException {
        if (text.length() > MAX_LENGTH) {
            throw new BadTokenException("is longer than 16 KiB");
        }
        int firstDot = text.indexOf('.');
        int lastDot = text.lastIndexOf('.');
        if (firstDot < 0 || lastDot == firstDot || text.indexOf('.', firstDot + 1) != lastDot) {
            throw new BadTokenException("is not a signed JWT in compact form");
        }
        ObjectNode header = object(bytes(text.substring(0, firstDot)), "header");
        byte[] payload = bytes(text.substring(firstDot + 1, lastDot));
        if (bytes(text.substring(lastDot + 1)).length == 0) {
            throw new BadTokenException("has no signature");
        }
        for (String member : List.of("crit", "b64", "zip", "enc")) {
            if (header.has(member)) {
                throw new BadTokenException(
                        "has the header parameter `" + member + "`, which is not supported");
            }
        }
        JsonNode alg = header.path("alg");
        Algorithm algorithm =
                (alg.isTextual() ? Algorithm.named(alg.textValue()) : Optional.<Algorithm>empty())
                        .orElseThrow(
                                () ->
                                        new BadTokenException(
                                                "is signed with an algorithm that is not supported"));
        return new StrictJws(text, header, payload, algorithm);
    }

    /** The whole, as it was sent. */
    String text() {
        return text;
    }

    ObjectNode header() {
        return header;
    }

    /** The payload as one JSON object (RFC 7519 §7.2). */
    ObjectNode claims() throws BadTokenException {
        return object(payload, "payload");
    }

    Algorithm algorithm() {
        return algorithm;
    }

    /** The header's `kid`, which only ever selects among keys that are trusted already. */
    Optional<String> keyId() throws BadTokenException {
        return StrictJwt.string(header, "kid");
    }

    /** What the signature is made over (RFC 7515 §5.1). */
    String signingInput() {
        return text.substring(0, text.lastIndexOf('.'));
    }

    private static ObjectNode object(byte[] json, String name) throws BadTokenException {
        try {
            if (Json.parse(json) instanceof ObjectNode object) {
                return object;
            }
        } catch (MalformedException e) {
            // Told below: the path would repeat what a stranger wrote.
        }
        throw new BadTokenException("has a " + name + " that is not one JSON object");
    }

    private static byte[] bytes(String base64url) throws BadTokenException {
        return JwkRules.strictBase64url(base64url)
                .orElseThrow(() -> new BadTokenException("is not base64url without padding"));
    }

    /** Never the token itself. */
    @Override
    public String toString() {
        return "StrictJws[" + algorithm + "]";
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.narrows.events.policy.Algorithm;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.value.Hash;

/**
 * A JWT in compact form (RFC 7519, RFC 7515 §7.1) whose form is right and whose signature nobody
 * has checked yet.
 *
 * <p>Stricter than the RFCs ask: at most 16 KiB; base64url without padding and stray bits; no name
 * twice in header or payload; no `crit`, `b64`, `zip` or `enc`; only signature algorithms that a
 * policy may list. Key material in the header (`jwk`, `jku`, `x5u`, `x5c`) is not even read, but
 * for the `jwk` of a {@link DpopProof}.
 */
public final class StrictJwt {
    public static final int MAX_LENGTH = 16 * 1024;

    /** No claim that lists strings lists more. */
    private static final int MAX_STRINGS = 1024;

    /** The end of the year 9999: later instants cannot be written as RFC 3339. */
    private static final BigDecimal LAST_SECOND = BigDecimal.valueOf(253_402_300_799L);

    private final String text;
    private final ObjectNode header;
    private final ObjectNode payload;
    private final Algorithm algorithm;

    private StrictJwt(String text, ObjectNode header, ObjectNode payload, Algorithm algorithm) {
        this.text = text;
        this.header = header;
        this.payload = payload;
        this.algorithm = algorithm;
    }

    /**
     * Reads a token.
     *
     * @throws BadTokenException saying what is wrong with its form
     */
    public static StrictJwt read(String text) throws BadTokenException {
        if (text.length() > MAX_LENGTH) {
            throw new BadTokenException("is longer than 16 KiB");
        }
        int firstDot = text.indexOf('.');
        int lastDot = text.lastIndexOf('.');
        if (firstDot < 0 || lastDot == firstDot || text.indexOf('.', firstDot + 1) != lastDot) {
            throw new BadTokenException("is not a signed JWT in compact form");
        }
        ObjectNode header = part(text.substring(0, firstDot), "header");
        ObjectNode payload = part(text.substring(firstDot + 1, lastDot), "payload");
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
        return new StrictJwt(text, header, payload, algorithm);
    }

    private static ObjectNode part(String base64url, String name) throws BadTokenException {
        try {
            if (Json.parse(bytes(base64url)) instanceof ObjectNode object) {
                return object;
            }
        } catch (MalformedException e) {
            // Told below: the path would repeat what a stranger wrote.
        }
        throw new BadTokenException("has a " + name + " that is not one JSON object");
    }

    private static byte[] bytes(String base64url) throws BadTokenException {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(base64url);
            // Written again it must be the same: the decoder forgives padding and stray bits.
            if (Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(base64url)) {
                return bytes;
            }
        } catch (IllegalArgumentException e) {
            // Told below.
        }
        throw new BadTokenException("is not base64url without padding");
    }

    /** The whole token, as it was sent. */
    String text() {
        return text;
    }

    /** The whole header: only the reader of DPoP proofs takes a key from it. */
    ObjectNode header() {
        return header;
    }

    public Algorithm algorithm() {
        return algorithm;
    }

    /** The header's `kid`, which only ever selects among keys that are trusted already. */
    public Optional<String> keyId() throws BadTokenException {
        return string(header, "kid");
    }

    /** The header's `typ` in normal form: without case and without `application/`. */
    public Optional<String> type() throws BadTokenException {
        return string(header, "typ").map(TrustedIssuer::normalType);
    }

    /**
     * What stands in the place of a missing `jti`: never over the signature, which can be
     * re-spelled.
     */
    public String hashId() {
        return "sha256:"
                + Hash.sha256(
                        text.substring(0, text.lastIndexOf('.'))
                                .getBytes(StandardCharsets.US_ASCII));
    }

    public ObjectNode claims() {
        return payload;
    }

    public boolean has(String claim) {
        return payload.hasNonNull(claim);
    }

    /** A string claim; empty when absent. */
    public Optional<String> string(String claim) throws BadTokenException {
        return string(payload, claim);
    }

    public String requiredString(String claim) throws BadTokenException {
        return string(claim)
                .filter(value -> !value.isEmpty())
                .orElseThrow(() -> new BadTokenException("has no `" + claim + "`"));
    }

    /** A claim that is a NumericDate (RFC 7519 §2); empty when absent. */
    public Optional<Instant> instant(String claim) throws BadTokenException {
        JsonNode value = payload.path(claim);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        if (value.isNumber()) {
            BigDecimal seconds = value.decimalValue();
            if (seconds.signum() >= 0 && seconds.compareTo(LAST_SECOND) <= 0) {
                return Optional.of(
                        Instant.ofEpochSecond(
                                seconds.longValue(),
                                seconds.remainder(BigDecimal.ONE).movePointRight(9).longValue()));
            }
        }
        throw new BadTokenException("has a `" + claim + "` that is no time");
    }

    /** A claim that is a string or an array of strings (RFC 7519 §4.1.3); empty when absent. */
    public Optional<List<String>> strings(String claim) throws BadTokenException {
        JsonNode value = payload.path(claim);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        if (value.isTextual()) {
            return Optional.of(List.of(value.textValue()));
        }
        if (value.isArray() && value.size() <= MAX_STRINGS) {
            List<String> strings = new ArrayList<>();
            for (JsonNode item : value) {
                if (item.isTextual()) {
                    strings.add(item.textValue());
                }
            }
            if (strings.size() == value.size()) {
                return Optional.of(strings);
            }
        }
        throw new BadTokenException(
                "has a `" + claim + "` that is neither a string nor an array of strings");
    }

    private static Optional<String> string(ObjectNode object, String member)
            throws BadTokenException {
        JsonNode value = object.path(member);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        if (!value.isTextual()) {
            throw new BadTokenException("has a `" + member + "` that is no string");
        }
        return Optional.of(value.textValue());
    }

    /** Never the token itself. */
    @Override
    public String toString() {
        return "StrictJwt[" + algorithm + "]";
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.narrows.events.policy.Algorithm;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.value.Hash;

/**
 * A JWT in compact form (RFC 7519) whose form is right and whose signature nobody has checked yet:
 * a {@link StrictJws} whose payload is one JSON object, without a name twice.
 */
public final class StrictJwt {
    public static final int MAX_LENGTH = StrictJws.MAX_LENGTH;

    /** No claim that lists strings lists more. */
    private static final int MAX_STRINGS = 1024;

    /** The end of the year 9999: later instants cannot be written as RFC 3339. */
    private static final BigDecimal LAST_SECOND = BigDecimal.valueOf(253_402_300_799L);

    private final StrictJws jws;
    private final ObjectNode payload;

    private StrictJwt(StrictJws jws, ObjectNode payload) {
        this.jws = jws;
        this.payload = payload;
    }

    /**
     * Reads a token.
     *
     * @throws BadTokenException saying what is wrong with its form
     */
    public static StrictJwt read(String text) throws BadTokenException {
        StrictJws jws = StrictJws.read(text);
        return new StrictJwt(jws, jws.claims());
    }

    /** What is signed, whatever it says. */
    StrictJws jws() {
        return jws;
    }

    /** The whole header: only the reader of DPoP proofs takes a key from it. */
    ObjectNode header() {
        return jws.header();
    }

    public Algorithm algorithm() {
        return jws.algorithm();
    }

    /** The header's `kid`, which only ever selects among keys that are trusted already. */
    public Optional<String> keyId() throws BadTokenException {
        return jws.keyId();
    }

    /** The header's `typ` in normal form: without case and without `application/`. */
    public Optional<String> type() throws BadTokenException {
        return string(jws.header(), "typ").map(TrustedIssuer::normalType);
    }

    /**
     * What stands in the place of a missing `jti`: never over the signature, which can be
     * re-spelled.
     */
    public String hashId() {
        return "sha256:" + Hash.sha256(jws.signingInput().getBytes(StandardCharsets.US_ASCII));
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

    static Optional<String> string(ObjectNode object, String member) throws BadTokenException {
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
        return "StrictJwt[" + algorithm() + "]";
    }
}

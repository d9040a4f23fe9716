// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.text.ParseException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An answer.
 *
 * @param headers by their names in lower case
 */
public record Reply(int status, Map<String, List<String>> headers, String body) {
    private static final Duration OUTAGE_ENDS_WITHIN = Duration.ofSeconds(30);

    public Reply {
        headers =
                headers.entrySet().stream()
                        .collect(
                                Collectors.toUnmodifiableMap(
                                        header -> header.getKey().toLowerCase(Locale.ROOT),
                                        Map.Entry::getValue,
                                        (one, other) ->
                                                Stream.concat(one.stream(), other.stream())
                                                        .toList()));
    }

    /**
     * Asks until the answer is no outage: a machine that is busy with other tests may take longer
     * than a request has, and any client tries again then.
     *
     * @param request makes a new one each time, since proofs and assertions serve once
     */
    public static Reply onceAnswered(Supplier<Reply> request) {
        long deadline = System.nanoTime() + OUTAGE_ENDS_WITHIN.toNanos();
        Reply reply = request.get();
        while (reply.status() == 503 && System.nanoTime() < deadline) {
            reply = request.get();
        }
        return reply;
    }

    /** The first value of a header. */
    public Optional<String> header(String name) {
        return headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of()).stream().findFirst();
    }

    public JsonNode json() {
        return Narrows.parse(body);
    }

    /** A member of the body as text, empty when it is not there. */
    public String text(String member) {
        return json().path(member).asText();
    }

    public String error() {
        return text("error");
    }

    /** The issued token's claims, unverified. */
    public JWTClaimsSet claims() {
        try {
            return SignedJWT.parse(accessToken()).getJWTClaimsSet();
        } catch (ParseException e) {
            throw new IllegalStateException("no issued token: " + this, e);
        }
    }

    public String accessToken() {
        return text("access_token");
    }
}

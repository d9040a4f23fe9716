// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.text.ParseException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An answer.
 *
 * @param headers by their names in lower case
 */
public record Reply(int status, Map<String, List<String>> headers, String body) {
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

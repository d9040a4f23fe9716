// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.http;

import io.micronaut.http.MediaType;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.narrows.exchange.oauth.TokenForm;

/** Reads form bodies (application/x-www-form-urlencoded, UTF-8). */
final class FormReader {
    /** The most that a body may hold. */
    static final int MAX_BYTES = 64 * 1024;

    /** No request has more; what many names cost to look at is spent before anybody is known. */
    static final int MAX_PARAMETERS = 1_000;

    private static final char REPLACEMENT = '\uFFFD';

    private FormReader() {}

    /** Whether the content type says that the body is a form, in an encoding that can be read. */
    static boolean isForm(Optional<MediaType> contentType) {
        return contentType
                .filter(
                        type ->
                                type.getName()
                                        .equalsIgnoreCase(MediaType.APPLICATION_FORM_URLENCODED))
                .filter(
                        type ->
                                type.getParameters()
                                        .get("charset")
                                        .map(
                                                charset ->
                                                        charset.replace("\"", "")
                                                                .equalsIgnoreCase("utf-8"))
                                        .orElse(true))
                .isPresent();
    }

    /** The form; empty when a value is badly encoded, or there are too many. */
    static Optional<TokenForm> read(byte[] body) {
        try {
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
            Map<String, List<String>> parameters =
                    new QueryStringDecoder(
                                    text, StandardCharsets.UTF_8, false, MAX_PARAMETERS + 1, true)
                            .parameters();
            // The decoder drops what comes after its bound.
            int count = parameters.values().stream().mapToInt(List::size).sum();
            if (count > MAX_PARAMETERS) {
                return Optional.empty();
            }
            // What is no UTF-8 under its percent signs comes out as this character.
            boolean readable =
                    parameters.entrySet().stream()
                            .allMatch(
                                    parameter ->
                                            parameter.getKey().indexOf(REPLACEMENT) < 0
                                                    && parameter.getValue().stream()
                                                            .allMatch(
                                                                    value ->
                                                                            value.indexOf(
                                                                                            REPLACEMENT)
                                                                                    < 0));
            return readable ? Optional.of(TokenForm.of(parameters)) : Optional.empty();
        } catch (CharacterCodingException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}

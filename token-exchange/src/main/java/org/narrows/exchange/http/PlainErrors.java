// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.http;

import io.micronaut.context.annotation.Primary;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.server.exceptions.response.ErrorContext;
import io.micronaut.http.server.exceptions.response.ErrorResponseProcessor;
import jakarta.inject.Singleton;

/**
 * What the server itself refuses is answered in our own words: its own would repeat the exception's
 * text.
 */
@Singleton
@Primary
final class PlainErrors implements ErrorResponseProcessor<String> {
    private final AnswerHeaders headers;

    PlainErrors(AnswerHeaders headers) {
        this.headers = headers;
    }

    @Override
    @SuppressWarnings("unchecked") // The bodies are strings.
    public MutableHttpResponse<String> processResponse(
            ErrorContext context, MutableHttpResponse<?> response) {
        boolean isAtDoor = Door.isBehind(context.getRequest().getPath());
        MutableHttpResponse<?> plain =
                isAtDoor ? atDoor(response.code()) : problem(response.code());
        response.getHeaders()
                .forEachValue(
                        (name, value) -> {
                            if (!plain.getHeaders().contains(name)) {
                                plain.header(name, value);
                            }
                        });
        if (isAtDoor) {
            // What the server refuses before it reads a whole request passes no filter.
            headers.complete(plain);
        }
        return (MutableHttpResponse<String>) plain;
    }

    private static MutableHttpResponse<?> atDoor(int status) {
        return switch (status) {
            case 400 -> Door.unreadable();
            case 413 -> Door.tooLarge();
            default -> problem(status);
        };
    }

    private static MutableHttpResponse<?> problem(int status) {
        return Bodies.problem(HttpStatus.valueOf(status));
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.admin;

import io.micronaut.context.annotation.Factory;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import io.micronaut.http.server.exceptions.response.ErrorContext;
import io.micronaut.http.server.exceptions.response.ErrorResponseProcessor;
import io.netty.handler.codec.DecoderException;
import jakarta.inject.Singleton;
import java.sql.SQLException;
import java.util.Optional;
import org.narrows.events.wire.MalformedException;
import org.narrows.projector.publish.UnavailableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every refusal is problem details (RFC 9457), whoever refuses, and no answer tells an exception's
 * text.
 */
@Factory
class ProblemHandlers {
    private static final Logger LOG = LoggerFactory.getLogger(ProblemHandlers.class);

    /** PostgreSQL's SQLSTATE character_not_in_repertoire: of what Java holds, NUL alone. */
    private static final String NOT_TEXT = "22021";

    /** What our own code refuses. */
    @Singleton
    static class OfProblems implements ExceptionHandler<Problem, HttpResponse<?>> {
        @Override
        @SuppressWarnings("rawtypes") // as the interface has it
        public HttpResponse<?> handle(HttpRequest request, Problem problem) {
            return problem.response();
        }
    }

    /** What breaks its form. */
    @Singleton
    static class OfMalformed implements ExceptionHandler<MalformedException, HttpResponse<?>> {
        @Override
        @SuppressWarnings("rawtypes") // as the interface has it
        public HttpResponse<?> handle(HttpRequest request, MalformedException malformed) {
            return Problem.malformed(malformed.path(), String.valueOf(malformed.getMessage()))
                    .response();
        }
    }

    /** What can be asked again later. */
    @Singleton
    static class OfUnavailable implements ExceptionHandler<UnavailableException, HttpResponse<?>> {
        @Override
        @SuppressWarnings("rawtypes") // as the interface has it
        public HttpResponse<?> handle(HttpRequest request, UnavailableException unavailable) {
            return Problem.unavailable(String.valueOf(unavailable.getMessage())).response();
        }
    }

    /** A bug or an outage: the log has it, the answer does not. */
    @Singleton
    static class OfEverythingElse implements ExceptionHandler<Throwable, HttpResponse<?>> {
        @Override
        @SuppressWarnings("rawtypes") // as the interface has it
        public HttpResponse<?> handle(HttpRequest request, Throwable failure) {
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                if (cause instanceof DecoderException) {
                    return Problem.of(HttpStatus.BAD_REQUEST, "the body cannot be decoded")
                            .response();
                }
                if (cause instanceof SQLException sql) {
                    if (NOT_TEXT.equals(sql.getSQLState())) {
                        return Problem.of(HttpStatus.BAD_REQUEST, "no name holds the character NUL")
                                .response();
                    }
                    LOG.warn("the database does not answer: {}", cause.getMessage());
                    return Problem.unavailable("the database does not answer").response();
                }
            }
            LOG.error("{} {} failed", request.getMethod(), request.getPath(), failure);
            return Problem.of(HttpStatus.INTERNAL_SERVER_ERROR, "this is our mistake").response();
        }
    }

    /** What the framework refuses. */
    @Singleton
    static class OfTheFramework implements ErrorResponseProcessor<byte[]> {
        @Override
        public MutableHttpResponse<byte[]> processResponse(
                ErrorContext context, MutableHttpResponse<?> response) {
            HttpStatus status = response.status();
            String detail =
                    switch (status) {
                        case BAD_REQUEST -> "the body is missing, or the request cannot be read";
                        case NOT_FOUND -> "there is nothing here";
                        case METHOD_NOT_ALLOWED -> "this cannot be done here";
                        case REQUEST_ENTITY_TOO_LARGE -> "the request is too large";
                        default -> status.getReason();
                    };
            return response.contentType(Problem.MEDIA_TYPE)
                    .body(Problem.body(status, detail, Optional.empty()));
        }
    }
}

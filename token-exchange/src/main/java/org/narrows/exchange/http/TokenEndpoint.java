// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.http;

import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.narrows.exchange.Answer;
import org.narrows.exchange.Asked;
import org.narrows.exchange.ExchangeMetrics;
import org.narrows.exchange.ExchangeSettings;
import org.narrows.exchange.TokenExchange;
import org.narrows.exchange.client.ClientCredentials;
import org.narrows.exchange.journal.DecisionIds;
import org.narrows.exchange.oauth.OAuthError;
import org.narrows.exchange.oauth.OAuthError.Code;
import org.narrows.exchange.oauth.Result.Err;
import org.narrows.exchange.oauth.Result.Ok;
import org.narrows.exchange.oauth.TokenForm;
import org.narrows.exchange.outage.Deadline;
import org.narrows.exchange.outage.OutageException;
import org.narrows.exchange.outage.OutageException.What;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The token endpoint (RFC 8693 §2). The event loop only reads the form; everything that may wait
 * runs on a virtual thread of its own, and no more of them than there are places.
 */
@Controller
final class TokenEndpoint {
    static final String PATH = "/token-exchange";

    /** The router takes a slash at the end for the same path. */
    static final String PATH_AND_SLASH = PATH + "/";

    static final String DECISION_HEADER = "Narrows-Decision";
    static final String CONSISTENCY_HEADER = "Narrows-Consistency";
    static final Duration TIME_LIMIT = Duration.ofSeconds(2);

    private static final Logger LOG = LoggerFactory.getLogger(TokenEndpoint.class);

    private final TokenExchange exchanges;
    private final DecisionIds ids;
    private final Semaphore places;
    private final ExchangeMetrics metrics;

    TokenEndpoint(
            TokenExchange exchanges,
            DecisionIds ids,
            ExchangeSettings settings,
            ExchangeMetrics metrics) {
        this.exchanges = exchanges;
        this.ids = ids;
        this.metrics = metrics;
        this.places = new Semaphore(settings.maxInFlight());
    }

    @Post(PATH)
    @Consumes("*/*")
    @Produces("*/*")
    CompletableFuture<? extends HttpResponse<?>> exchange(
            HttpRequest<?> request, @Body byte @Nullable [] body) {
        String id = ids.next();
        long startedAt = System.nanoTime();
        List<String> authorization = request.getHeaders().getAll(HttpHeaders.AUTHORIZATION);
        boolean headerUsed = !authorization.isEmpty();
        if (!FormReader.isForm(request.getContentType())) {
            return refuse(
                    id,
                    startedAt,
                    Bodies.error(
                            OAuthError.of(
                                    Code.INVALID_REQUEST,
                                    "the body must be application/x-www-form-urlencoded"),
                            415));
        }
        if (body != null && body.length > FormReader.MAX_BYTES) {
            return refuse(id, startedAt, tooLarge());
        }
        TokenForm form = FormReader.read(body == null ? new byte[0] : body).orElse(null);
        if (form == null) {
            return refuse(
                    id,
                    startedAt,
                    Bodies.error(
                            OAuthError.of(
                                    Code.INVALID_REQUEST, "the body is no form that can be read"),
                            headerUsed));
        }
        return switch (ClientCredentials.of(form, authorization)) {
            case Ok<ClientCredentials>(ClientCredentials credentials) ->
                    work(
                            new Asked(
                                    id,
                                    startedAt,
                                    form,
                                    credentials,
                                    request.getHeaders().getAll(CONSISTENCY_HEADER),
                                    request.getHeaders().getAll("DPoP"),
                                    Deadline.in(TIME_LIMIT)),
                            headerUsed);
            case Err<ClientCredentials>(var refusal) ->
                    refuse(id, startedAt, Bodies.error(refusal.error(), headerUsed));
        };
    }

    static MutableHttpResponse<?> tooLarge() {
        return Bodies.error(
                OAuthError.of(Code.INVALID_REQUEST, "the body is larger than 64 KiB"), 413);
    }

    /** Empty, or not even a request to the server below. */
    static MutableHttpResponse<?> unreadable() {
        return Bodies.error(
                OAuthError.of(Code.INVALID_REQUEST, "the body is no form that can be read"), 400);
    }

    private CompletableFuture<HttpResponse<?>> refuse(
            String id, long startedAt, MutableHttpResponse<?> response) {
        metrics.refusedAtTheDoor(response.code(), startedAt);
        return CompletableFuture.completedFuture(response.header(DECISION_HEADER, id));
    }

    private CompletableFuture<HttpResponse<?>> work(Asked asked, boolean headerUsed) {
        if (!places.tryAcquire()) {
            return CompletableFuture.completedFuture(
                    unavailable(
                            asked,
                            new OutageException(
                                    What.OVERLOADED, "too many exchanges are under way")));
        }
        CompletableFuture<HttpResponse<?>> answer = new CompletableFuture<>();
        Thread worker =
                Thread.ofVirtual()
                        .name("exchange")
                        .start(
                                () -> {
                                    try {
                                        answer.complete(respond(asked, headerUsed));
                                    } finally {
                                        places.release();
                                    }
                                });
        return answer.orTimeout(asked.deadline().remaining().toMillis(), TimeUnit.MILLISECONDS)
                .exceptionally(
                        timeout -> {
                            // What it still waits for is of no use to anybody; the token, if one
                            // comes, is dropped.
                            worker.interrupt();
                            return unavailable(
                                    asked,
                                    new OutageException(
                                            What.OUT_OF_TIME,
                                            "the exchange took too long",
                                            timeout));
                        });
    }

    private HttpResponse<?> respond(Asked asked, boolean headerUsed) {
        try {
            Answer answer = exchanges.exchange(asked);
            metrics.answered(answer.outcome(), asked.startedAt());
            return Bodies.of(answer.outcome(), headerUsed)
                    .header(DECISION_HEADER, asked.decisionId())
                    .header(CONSISTENCY_HEADER, answer.position().toToken());
        } catch (OutageException e) {
            return unavailable(asked, e);
        } catch (RuntimeException e) {
            LOG.error("exchange {} failed", asked.decisionId(), e);
            metrics.failed(asked.startedAt());
            return Bodies.problem(500, "internal error", "")
                    .header(DECISION_HEADER, asked.decisionId());
        }
    }

    private HttpResponse<?> unavailable(Asked asked, OutageException outage) {
        metrics.unavailable(outage.what(), asked.startedAt());
        LOG.debug("exchange {} is not answered: {}", asked.decisionId(), outage.getMessage());
        return Bodies.unavailable(outage).header(DECISION_HEADER, asked.decisionId());
    }
}

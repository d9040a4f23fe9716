// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.http;

import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpResponse;
import jakarta.inject.Singleton;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.narrows.events.wire.DpopProof;
import org.narrows.exchange.Answer;
import org.narrows.exchange.Asked;
import org.narrows.exchange.Endpoint;
import org.narrows.exchange.ExchangeMetrics;
import org.narrows.exchange.ExchangeSettings;
import org.narrows.exchange.Transport;
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
 * What the endpoints share that clients post forms to: a body that can be read, credentials, a
 * place, and an answer in time.
 *
 * <p>The event loop only reads the form; everything that may wait runs on a virtual thread of its
 * own, and no more of them than there are places. Each endpoint has its own places, so that one
 * that waits for the log leaves the others theirs.
 */
@Singleton
final class Door {
    static final String DECISION_HEADER = "Narrows-Decision";
    static final String CONSISTENCY_HEADER = "Narrows-Consistency";
    static final Duration TIME_LIMIT = Duration.ofSeconds(2);

    private static final Logger LOG = LoggerFactory.getLogger(Door.class);
    private static final Set<String> PATHS =
            Set.of(TokenEndpoint.PATH, IntrospectionEndpoint.PATH, RevocationEndpoint.PATH);

    private final DecisionIds ids;
    private final ExchangeSettings settings;
    private final ExchangeMetrics metrics;
    private final ClientCertificates certificates;
    private final Map<Endpoint, Semaphore> places = new EnumMap<>(Endpoint.class);

    Door(
            DecisionIds ids,
            ExchangeSettings settings,
            ExchangeMetrics metrics,
            ClientCertificates certificates) {
        this.ids = ids;
        this.settings = settings;
        this.certificates = certificates;
        this.metrics = metrics;
        for (Endpoint endpoint : Endpoint.values()) {
            places.put(endpoint, new Semaphore(settings.maxInFlight()));
        }
    }

    /**
     * Whether a request to this path comes here. The router takes a slash at the end for the same.
     */
    static boolean isBehind(String path) {
        return PATHS.contains(path.endsWith("/") ? path.substring(0, path.length() - 1) : path);
    }

    /** Lets a request in, and answers what is answered to it, or why it was not. */
    CompletableFuture<? extends HttpResponse<?>> enter(
            Endpoint endpoint,
            HttpRequest<?> request,
            byte @Nullable [] body,
            Function<Asked, Answer> work) {
        Visit visit =
                new Visit(
                        endpoint,
                        ids.next(),
                        System.nanoTime(),
                        request.getHeaders().contains(HttpHeaders.AUTHORIZATION));
        if (!FormReader.isForm(request.getContentType())) {
            return refuse(visit, notAForm());
        }
        if (body != null && body.length > FormReader.MAX_BYTES) {
            return refuse(visit, tooLarge());
        }
        TokenForm form = FormReader.read(body == null ? new byte[0] : body).orElse(null);
        if (form == null) {
            return refuse(visit, unreadable());
        }
        return switch (certificates.of(request)) {
            case Ok<List<X509Certificate>>(var chain) -> enter(visit, request, form, chain, work);
            case Err<List<X509Certificate>>(var refusal) ->
                    refuse(visit, Bodies.error(refusal.error(), visit.headerUsed()));
        };
    }

    private CompletableFuture<? extends HttpResponse<?>> enter(
            Visit visit,
            HttpRequest<?> request,
            TokenForm form,
            List<X509Certificate> chain,
            Function<Asked, Answer> work) {
        List<String> authorization = request.getHeaders().getAll(HttpHeaders.AUTHORIZATION);
        return switch (ClientCredentials.of(form, authorization, chain)) {
            case Ok<ClientCredentials>(ClientCredentials credentials) -> {
                Asked asked =
                        new Asked(
                                visit.id(),
                                visit.startedAt(),
                                form,
                                credentials,
                                request.getHeaders().getAll(CONSISTENCY_HEADER),
                                new Transport(request.getHeaders().getAll(DpopProof.HEADER), chain),
                                Deadline.in(TIME_LIMIT));
                yield takePlace(visit, asked, work);
            }
            case Err<ClientCredentials>(var refusal) ->
                    refuse(visit, Bodies.error(refusal.error(), visit.headerUsed()));
        };
    }

    /**
     * One request at the door.
     *
     * @param headerUsed whether it came with an `Authorization` header
     */
    private record Visit(Endpoint endpoint, String id, long startedAt, boolean headerUsed) {}

    private static MutableHttpResponse<?> notAForm() {
        return Bodies.error(
                OAuthError.of(
                        Code.INVALID_REQUEST, "the body must be application/x-www-form-urlencoded"),
                415);
    }

    static MutableHttpResponse<?> tooLarge() {
        return Bodies.error(
                OAuthError.of(Code.INVALID_REQUEST, "the body is larger than 64 KiB"), 413);
    }

    /** Empty, badly encoded, or not even a request to the server below. */
    static MutableHttpResponse<?> unreadable() {
        return Bodies.error(
                OAuthError.of(Code.INVALID_REQUEST, "the body is no form that can be read"), 400);
    }

    private CompletableFuture<HttpResponse<?>> refuse(
            Visit visit, MutableHttpResponse<?> response) {
        metrics.refusedAtTheDoor(visit.endpoint(), response.code(), visit.startedAt());
        return CompletableFuture.completedFuture(response.header(DECISION_HEADER, visit.id()));
    }

    private CompletableFuture<HttpResponse<?>> takePlace(
            Visit visit, Asked asked, Function<Asked, Answer> work) {
        Semaphore free = Objects.requireNonNull(places.get(visit.endpoint()));
        if (!free.tryAcquire()) {
            return CompletableFuture.completedFuture(
                    unavailable(
                            visit,
                            new OutageException(
                                    What.OVERLOADED, "too many requests are under way")));
        }
        CompletableFuture<HttpResponse<?>> answer = new CompletableFuture<>();
        Thread worker =
                Thread.ofVirtual()
                        .name(visit.endpoint().text())
                        .start(
                                () -> {
                                    try {
                                        answer.complete(respond(visit, asked, work));
                                    } finally {
                                        free.release();
                                    }
                                });
        return answer.orTimeout(asked.deadline().remaining().toMillis(), TimeUnit.MILLISECONDS)
                .exceptionally(
                        timeout -> {
                            // What it still waits for is of no use to anybody; the token, if one
                            // comes, is dropped.
                            worker.interrupt();
                            return unavailable(
                                    visit,
                                    new OutageException(
                                            What.OUT_OF_TIME,
                                            "the request took too long",
                                            timeout));
                        });
    }

    private HttpResponse<?> respond(Visit visit, Asked asked, Function<Asked, Answer> work) {
        try {
            Answer answer = work.apply(asked);
            metrics.answered(visit.endpoint(), answer.outcome(), visit.startedAt());
            return Bodies.of(answer.outcome(), visit.headerUsed(), settings.consentUri(visit.id()))
                    .header(DECISION_HEADER, visit.id())
                    .header(CONSISTENCY_HEADER, answer.position().toToken());
        } catch (OutageException e) {
            return unavailable(visit, e);
        } catch (RuntimeException e) {
            LOG.error("{} {} failed", visit.endpoint().text(), visit.id(), e);
            metrics.failed(visit.endpoint(), visit.startedAt());
            return Bodies.problem(500, "internal error", "").header(DECISION_HEADER, visit.id());
        }
    }

    private HttpResponse<?> unavailable(Visit visit, OutageException outage) {
        metrics.unavailable(visit.endpoint(), outage.what(), visit.startedAt());
        LOG.debug(
                "{} {} is not answered: {}",
                visit.endpoint().text(),
                visit.id(),
                outage.getMessage());
        return Bodies.unavailable(outage).header(DECISION_HEADER, visit.id());
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.token;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.narrows.events.policy.KeySource;
import org.narrows.events.wire.KeySets;
import org.narrows.events.wire.TrustedKey;
import org.narrows.exchange.outage.Deadline;
import org.narrows.exchange.outage.OutageException;
import org.narrows.exchange.outage.OutageException.What;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keys that stand in the policy, and keys fetched from a registered URI.
 *
 * <p>A fetch takes at most 5 s and 1 MiB, follows no redirect, and starts at most once in 5 s for
 * one URI. A set is fetched again when it is 5 min old, or for a key id it lacks, with a back-off
 * for each such id. When it cannot be fetched the last one serves until it is 1 h old. One URI
 * never waits for another.
 */
public final class HttpIssuerKeys implements IssuerKeys {
    static final Duration FETCH_TIMEOUT = Duration.ofSeconds(5);
    static final Duration BETWEEN_FETCHES = Duration.ofSeconds(5);
    static final Duration REFRESH_AHEAD = Duration.ofMinutes(4);
    static final Duration REFRESH_AFTER = Duration.ofMinutes(5);
    static final Duration SERVES_AT_MOST = Duration.ofHours(1);
    static final long MAX_BYTES = 1024 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(HttpIssuerKeys.class);
    private static final Duration MAX_BACK_OFF = Duration.ofMinutes(5);

    /** How long an exchange waits for a fetch while an older set could still serve. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    /**
     * Requests that wait for one set. Whoever names an issuer that hangs waits for it, known or
     * not; the rest of the service must keep its places.
     */
    private static final int WAITING_AT_MOST = 64;

    private final HttpClient http;
    private final boolean loopbackAllowed;
    private final Ticker clock;
    private final Cache<String, List<TrustedKey>> inline =
            Caffeine.newBuilder().maximumSize(10_000).build();
    private final Cache<URI, RemoteSet> remote =
            Caffeine.newBuilder()
                    .maximumSize(10_000)
                    .expireAfterAccess(SERVES_AT_MOST.multipliedBy(2))
                    .build();

    /**
     * Keys over this client.
     *
     * @param http must not follow redirects
     * @param loopbackAllowed whether plain http may be used to this machine itself
     * @param clock nanoseconds, for the ages of sets
     */
    public HttpIssuerKeys(HttpClient http, boolean loopbackAllowed, Ticker clock) {
        if (http.followRedirects() != HttpClient.Redirect.NEVER) {
            throw new IllegalArgumentException("key sets are fetched from the registered URI only");
        }
        this.http = http;
        this.loopbackAllowed = loopbackAllowed;
        this.clock = clock;
    }

    @Override
    public List<TrustedKey> of(KeySource source, Optional<String> kid, Deadline deadline) {
        return switch (source) {
            case KeySource.Inline(String jwks) -> inline.get(jwks, HttpIssuerKeys::parse);
            case KeySource.Remote(URI uri) -> remote.get(uri, RemoteSet::new).keys(kid, deadline);
        };
    }

    private static List<TrustedKey> parse(String jwks) {
        return KeySets.usable(jwks).stream().map(TrustedKey::new).toList();
    }

    private CompletableFuture<List<TrustedKey>> fetch(URI uri) {
        if (!KeySource.mayServe(uri, loopbackAllowed)) {
            return CompletableFuture.failedFuture(
                    new IllegalStateException(
                            "not https, and no loopback address that is allowed"));
        }
        HttpRequest request =
                HttpRequest.newBuilder(uri)
                        .timeout(FETCH_TIMEOUT)
                        .header("Accept", "application/jwk-set+json, application/json")
                        .build();
        CompletableFuture<HttpResponse<byte[]>> answer =
                http.sendAsync(
                        request,
                        HttpResponse.BodyHandlers.limiting(
                                HttpResponse.BodyHandlers.ofByteArray(), MAX_BYTES));
        // The request's own timeout ends with the headers; this one holds for a body that never
        // ends, too.
        return answer.orTimeout(FETCH_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete(
                        (response, failure) -> {
                            if (failure != null) {
                                answer.cancel(true);
                            }
                        })
                .thenApply(
                        response -> {
                            if (response.statusCode() != 200) {
                                throw new IllegalStateException("status " + response.statusCode());
                            }
                            return parse(new String(response.body(), StandardCharsets.UTF_8));
                        });
    }

    /** The set of one URI: what was fetched last, and what is on its way. */
    private final class RemoteSet {
        private final URI uri;
        private final ReentrantLock lock = new ReentrantLock();
        private final Semaphore places = new Semaphore(WAITING_AT_MOST);
        private final Cache<String, BackOff> unknownKids =
                Caffeine.newBuilder().maximumSize(1_000).build();
        private volatile @Nullable Fetched last;
        private @Nullable CompletableFuture<Fetched> underWay;
        private @Nullable Long lastAttempt;

        RemoteSet(URI uri) {
            this.uri = uri;
        }

        List<TrustedKey> keys(Optional<String> kid, Deadline deadline) {
            Fetched set = last;
            if (set != null && age(set).compareTo(REFRESH_AFTER) < 0) {
                if (kid.isEmpty() || set.holds(kid.get())) {
                    if (age(set).compareTo(REFRESH_AHEAD) >= 0) {
                        startFetch();
                    }
                    return set.keys();
                }
                if (!mayAskFor(kid.get())) {
                    return set.keys();
                }
            }
            Optional<CompletableFuture<Fetched>> fetch = startFetch();
            Fetched fresh =
                    fetch.map(
                                    started ->
                                            await(
                                                    started,
                                                    set == null
                                                            ? deadline.remaining()
                                                            : deadline.atMost(PATIENCE)))
                            .orElse(null);
            if (fresh != null) {
                if (kid.isPresent() && fresh.holds(kid.get())) {
                    unknownKids.invalidate(kid.get());
                }
                return fresh.keys();
            }
            // Another fetch may have ended well between the two looks.
            Fetched now = last;
            if (now != null && age(now).compareTo(SERVES_AT_MOST) < 0) {
                return now.keys();
            }
            throw new OutageException(What.ISSUER_KEYS, "the keys of an issuer cannot be fetched");
        }

        private Duration age(Fetched set) {
            return Duration.ofNanos(clock.read() - set.at());
        }

        private boolean mayAskFor(String kid) {
            long now = clock.read();
            BackOff next =
                    unknownKids
                            .asMap()
                            .compute(
                                    kid,
                                    (_, before) ->
                                            before == null
                                                    ? new BackOff(now, BETWEEN_FETCHES, true)
                                                    : before.again(now));
            return next != null && next.mayAsk();
        }

        /** The fetch under way, a new one, or none so soon after the last. */
        private Optional<CompletableFuture<Fetched>> startFetch() {
            CompletableFuture<Fetched> started = new CompletableFuture<>();
            lock.lock();
            try {
                if (underWay != null) {
                    return Optional.of(underWay);
                }
                long now = clock.read();
                if (lastAttempt != null && now - lastAttempt < BETWEEN_FETCHES.toNanos()) {
                    return Optional.empty();
                }
                lastAttempt = now;
                underWay = started;
            } finally {
                lock.unlock();
            }
            long at = clock.read();
            CompletableFuture<?> _ =
                    fetch(uri)
                            .whenComplete(
                                    (keys, failure) -> {
                                        if (failure == null) {
                                            last = new Fetched(keys, at);
                                        } else {
                                            LOG.warn(
                                                    "the key set at {} cannot be fetched: {}",
                                                    uri,
                                                    reason(failure));
                                        }
                                        lock.lock();
                                        try {
                                            underWay = null;
                                        } finally {
                                            lock.unlock();
                                        }
                                        if (failure == null) {
                                            started.complete(new Fetched(keys, at));
                                        } else {
                                            started.completeExceptionally(failure);
                                        }
                                    });
            return Optional.of(started);
        }

        private @Nullable Fetched await(CompletableFuture<Fetched> fetch, Duration patience) {
            if (!places.tryAcquire()) {
                return null;
            }
            try {
                return fetch.get(patience.toNanos(), TimeUnit.NANOSECONDS);
            } catch (ExecutionException | TimeoutException e) {
                return null;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new OutageException(What.OUT_OF_TIME, "the request took too long", e);
            } finally {
                places.release();
            }
        }
    }

    private static String reason(Throwable failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        return cause.getClass().getSimpleName()
                + (cause.getMessage() == null ? "" : " (" + cause.getMessage() + ")");
    }

    /** A set, and when it was asked for: it is no younger than that. */
    private record Fetched(List<TrustedKey> keys, long at) {
        boolean holds(String kid) {
            return keys.stream()
                    .anyMatch(key -> key.kid().isEmpty() || key.kid().get().equals(kid));
        }
    }

    /** How long a key id that was not found is not asked for again: twice as long each time. */
    private record BackOff(long at, Duration pause, boolean mayAsk) {
        BackOff again(long now) {
            if (now - at < pause.toNanos()) {
                return new BackOff(at, pause, false);
            }
            Duration twice = pause.multipliedBy(2);
            return new BackOff(now, twice.compareTo(MAX_BACK_OFF) > 0 ? MAX_BACK_OFF : twice, true);
        }
    }
}

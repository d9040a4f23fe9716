// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * Many connections that send requests in turn, either as fast as they are answered or at a constant
 * rate.
 */
final class Load {
    private static final long LONGEST = Duration.ofSeconds(60).toNanos();
    private static final int DIGITS = 3;
    private static final int OK = 200;

    private final URI server;
    private final List<byte[]> requests;
    private final int connections;

    Load(URI server, List<byte[]> requests, int connections) {
        this.server = server;
        this.requests = requests;
        this.connections = connections;
    }

    /**
     * What came of it.
     *
     * @param latencies in nanoseconds; at a constant rate from the instant at which a request was
     *     due, not from when a connection came free for it
     * @param failed answers that were no token
     */
    record Result(Histogram latencies, long failed, Duration took) {
        double perSecond() {
            return latencies.getTotalCount() / (took.toNanos() / 1e9);
        }

        double millis(double percentile) {
            return latencies.getValueAtPercentile(percentile) / 1e6;
        }
    }

    /** As fast as it is answered. */
    Result peak(Duration duration) {
        return run(duration, 0);
    }

    /** So many requests in a second, whether they are answered or not. */
    Result constant(double perSecond, Duration duration) {
        return run(duration, perSecond);
    }

    private Result run(Duration duration, double perSecond) {
        AtomicLong next = new AtomicLong();
        AtomicLong failed = new AtomicLong();
        long begun = System.nanoTime();
        long end = begun + duration.toNanos();
        Histogram all = new Histogram(LONGEST, DIGITS);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Histogram>> running = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                running.add(threads.submit(() -> one(next, failed, begun, end, perSecond)));
            }
            for (Future<Histogram> one : running) {
                all.add(one.get());
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("a connection broke", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new Result(all, failed.get(), Duration.ofNanos(System.nanoTime() - begun));
    }

    private Histogram one(
            AtomicLong next, AtomicLong failed, long begun, long end, double perSecond) {
        Histogram latencies = new Histogram(LONGEST, DIGITS);
        try (Connection connection = new Connection(server)) {
            while (true) {
                long turn = next.getAndIncrement();
                long due =
                        perSecond > 0 ? begun + (long) (turn * 1e9 / perSecond) : System.nanoTime();
                if (due >= end) {
                    return latencies;
                }
                for (long wait = due - System.nanoTime();
                        wait > 0;
                        wait = due - System.nanoTime()) {
                    LockSupport.parkNanos(wait);
                }
                Connection.Answer answer =
                        connection.send(requests.get((int) (turn % requests.size())));
                latencies.recordValue(Math.min(LONGEST, Math.max(0, System.nanoTime() - due)));
                if (answer.status() != OK) {
                    failed.incrementAndGet();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.fuzz;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Shows one reader of outside bytes thousands of mutated inputs. An input that is answered as none
 * was before is mutated further, so the run finds its way from one check to the next.
 *
 * <p>A run is a fixed number of inputs from a fixed seed, the same each time. {@code
 * -Dfuzz.seconds=N} makes it go on for N seconds for each target, from a seed of its own that it
 * prints; {@code -Dfuzz.seed=S} takes that seed again. What fails is printed with seed, number and
 * its smallest bytes that still fail, as text and as base64.
 */
public final class Fuzz {
    /** What one input costs at most before the whole run counts as hung, however it is spent. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final long SECONDS = Long.getLong("fuzz.seconds", 0);
    private static final int MAX_LENGTH = 96 * 1024;
    private static final int MAX_CORPUS = 4_000;
    private static final int MAX_SHRINKING = 3_000;

    private final String name;
    private final int inputs;
    private final Target target;
    private final List<byte[]> corpus;
    private final Map<String, Integer> answers = new HashMap<>();
    private final AtomicReference<byte @Nullable []> current = new AtomicReference<>();

    /** Reads one input. */
    @FunctionalInterface
    public interface Target {
        /**
         * Reads it.
         *
         * @return what kind of answer it gave, without what is the input's own
         * @throws Exception when the reader did what none may do
         */
        String read(byte[] input) throws Exception;
    }

    private Fuzz(String name, int inputs, List<byte[]> corpus, Target target) {
        this.name = name;
        this.inputs = inputs;
        this.corpus = new ArrayList<>(corpus);
        this.target = target;
    }

    /**
     * Runs it.
     *
     * @param inputs how many, where no time is given
     * @param corpus good inputs, to begin with
     * @return the kinds of answers, each with how often it was given
     */
    public static Map<String, Integer> run(
            String name, int inputs, List<String> corpus, Target target) {
        List<byte[]> bytes =
                corpus.stream().map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
        return new Fuzz(name, inputs, bytes, target).run();
    }

    private Map<String, Integer> run() {
        long seed = Long.getLong("fuzz.seed", SECONDS == 0 ? 1 : System.nanoTime());
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread worker =
                Thread.ofPlatform()
                        .daemon()
                        .name("fuzz " + name)
                        .start(
                                () -> {
                                    try {
                                        rounds(seed);
                                        done.complete(null);
                                    } catch (Throwable e) {
                                        done.completeExceptionally(e);
                                    }
                                });
        try {
            done.get(PATIENCE.toSeconds() + SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            AssertionError hung = new AssertionError(told("hangs on", seed, current.get()));
            hung.setStackTrace(worker.getStackTrace());
            throw hung;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof AssertionError found ? found : new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
        return answers;
    }

    private void rounds(long seed) throws Exception {
        for (byte[] good : List.copyOf(corpus)) {
            answers.merge(target.read(good), 1, Integer::sum);
        }
        Mutations mutations = new Mutations(new Random(seed), corpus);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        long round = 0;
        while (SECONDS == 0 ? round < inputs : System.nanoTime() < end) {
            round++;
            byte[] input = mutations.next();
            if (input.length > MAX_LENGTH) {
                input = Arrays.copyOf(input, MAX_LENGTH);
            }
            current.set(input);
            String answer;
            try {
                answer = target.read(input);
            } catch (Throwable e) {
                byte[] least = shrunk(input, e.getClass());
                throw new AssertionError(told("fails on input " + round + ":", seed, least), e);
            }
            if (answers.merge(answer, 1, Integer::sum) == 1 && corpus.size() < MAX_CORPUS) {
                corpus.add(input);
            }
        }
        System.out.printf(
                "fuzz %s: seed %d, %d inputs, %d kinds of answers%n",
                name, seed, round, answers.size());
    }

    /** Takes away what can be taken away while it fails in the same way. */
    private byte[] shrunk(byte[] input, Class<?> failure) {
        byte[] least = input;
        int tries = 0;
        for (int size = Math.max(1, least.length / 2); size > 0; size /= 2) {
            for (int at = 0; at + size <= least.length && tries < MAX_SHRINKING; tries++) {
                byte[] less = Mutations.spliced(least, at, at + size, new byte[0]);
                if (fails(less, failure)) {
                    least = less;
                } else {
                    at += size;
                }
            }
        }
        return least;
    }

    private boolean fails(byte[] input, Class<?> failure) {
        try {
            target.read(input);
            return false;
        } catch (Throwable e) {
            return e.getClass() == failure;
        }
    }

    private String told(String what, long seed, byte @Nullable [] input) {
        byte[] bytes = input == null ? new byte[0] : input;
        return "%s %s seed %d, %d bytes: %s = base64 %s"
                .formatted(
                        name,
                        what,
                        seed,
                        bytes.length,
                        new String(bytes, 0, Math.min(500, bytes.length), StandardCharsets.UTF_8),
                        Base64.getEncoder().encodeToString(bytes));
    }
}

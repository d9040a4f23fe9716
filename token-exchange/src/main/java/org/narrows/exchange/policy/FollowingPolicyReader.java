// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.policy;

import com.github.benmanes.caffeine.cache.Cache;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.narrows.events.decision.CompiledPolicy;
import org.narrows.events.decision.Decider;
import org.narrows.events.decision.Exchange;
import org.narrows.events.decision.PolicySnapshot;
import org.narrows.events.decision.PresentedToken;
import org.narrows.events.decision.TokenActivity;
import org.narrows.events.state.Policy;
import org.narrows.events.state.Row;
import org.narrows.events.state.Row.PolicyRow;
import org.narrows.events.state.Row.TokenRevocationRow;
import org.narrows.events.state.UserFacts;
import org.narrows.events.value.Position;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;
import org.narrows.exchange.outage.Deadline;
import org.narrows.exchange.outage.OutageException;
import org.narrows.exchange.outage.OutageException.What;
import org.narrows.exchange.policy.PolicyStore.Beat;
import org.narrows.exchange.policy.PolicyStore.Step;
import org.narrows.exchange.policy.PolicyStore.Update;
import org.narrows.exchange.policy.PolicyStore.Whole;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the projection with one thread of its own and holds the policy of one seq in memory.
 *
 * <p>The hint of the projector only saves waiting; a poll every {@link #POLL} is the truth. Each
 * poll also says how old the projection is, and its age counts on from before the question was
 * asked.
 */
public final class FollowingPolicyReader implements PolicyReader, AutoCloseable {
    static final Duration POLL = Duration.ofMillis(100);
    static final Duration WAIT_FOR_POSITION = Duration.ofMillis(250);

    private static final Logger LOG = LoggerFactory.getLogger(FollowingPolicyReader.class);
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofMillis(200);

    private final PolicyStore store;
    private final Expected expected;
    private final Duration maxStaleness;
    private final LongSupplier nanoClock;
    private final UserCache users;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition moved = lock.newCondition();
    private volatile @Nullable Standing standing;
    private volatile @Nullable String trouble = "there is no log yet";
    private volatile boolean closed;
    private @Nullable Thread follower;

    /**
     * What the log must be.
     *
     * @param rootKid thumbprint of the root key that is pinned, when one is
     * @param logId id of the log, when one is named
     */
    public record Expected(String issuer, Optional<String> rootKid, Optional<String> logId) {}

    /**
     * A reader that does not follow yet.
     *
     * @param maxStaleness how old a view may be at most
     * @param nanoClock monotonic nanoseconds
     */
    public FollowingPolicyReader(
            PolicyStore store,
            Expected expected,
            Duration maxStaleness,
            int cachedUsers,
            LongSupplier nanoClock) {
        this.store = store;
        this.expected = expected;
        this.maxStaleness = maxStaleness;
        this.nanoClock = nanoClock;
        this.users = new UserCache(store, cachedUsers);
    }

    /**
     * Looks once, so that a node that is configured for another log does not start, and then
     * follows.
     *
     * @throws IllegalStateException when the log is not the one that is configured
     */
    public void start() {
        try {
            store.beat().ifPresent(this::assertExpected);
            follow();
        } catch (OutageException e) {
            LOG.warn("the policy store does not answer yet: {}", e.getMessage());
            store.reset();
        }
        Thread thread = Thread.ofPlatform().daemon().name("policy-follower").unstarted(this::run);
        follower = thread;
        thread.start();
    }

    private void run() {
        while (!closed) {
            try {
                store.awaitHint(POLL);
                follow();
            } catch (RuntimeException e) {
                if (!closed) {
                    LOG.warn("the policy cannot be followed, the view grows old: {}", e.toString());
                    store.reset();
                    pause();
                }
            }
        }
    }

    private void pause() {
        try {
            Thread.sleep(PAUSE_AFTER_FAILURE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closed = true;
        }
    }

    /** One poll: is the view still the newest one, and if not, how does one get there? */
    void follow() {
        Optional<Beat> beat = store.beat();
        if (beat.isEmpty()) {
            trouble = "there is no log yet";
            return;
        }
        Standing here = standing;
        Beat found = beat.get();
        if (here == null
                || found.generation() != here.beat.generation()
                || found.seq() != here.beat.seq()) {
            Optional<Update> update =
                    store.update(here == null ? Optional.empty() : Optional.of(here.beat));
            if (update.isEmpty()) {
                trouble = "there is no log any more";
                return;
            }
            found = update.get().beat();
            if (!isAcceptable(found, here)) {
                return;
            }
            here = moveTo(update.get(), here);
        } else if (!isAcceptable(found, here)) {
            return;
        }
        here.confirm(found);
        trouble =
                found.heldUp()
                        .map(why -> "the log holds an event that is not understood here")
                        .orElse(null);
        if (standing != here) {
            publish(here);
        }
    }

    private boolean isAcceptable(Beat found, @Nullable Standing here) {
        try {
            assertExpected(found);
        } catch (IllegalStateException e) {
            report(String.valueOf(e.getMessage()));
            return false;
        }
        if (here != null && !found.position().logId().equals(here.beat.position().logId())) {
            report("the store holds another log than before");
            return false;
        }
        if (here != null && found.seq() < here.beat.seq()) {
            report("the store is at an earlier position than before");
            return false;
        }
        return true;
    }

    private void report(String problem) {
        if (!problem.equals(trouble)) {
            LOG.error("no exchange is answered: {}", problem);
        }
        trouble = problem;
    }

    private void assertExpected(Beat found) {
        if (!found.issuer().value().equals(expected.issuer())) {
            throw new IllegalStateException(
                    "the log was opened for the issuer `"
                            + found.issuer()
                            + "`, and this node is configured as `"
                            + expected.issuer()
                            + "`");
        }
        if (expected.rootKid().isPresent() && !expected.rootKid().get().equals(found.rootKid())) {
            throw new IllegalStateException(
                    "the log was opened by another root key than the pinned one");
        }
        if (expected.logId().isPresent()
                && !expected.logId().get().equals(found.position().logId().value())) {
            throw new IllegalStateException(
                    "the store holds the log `"
                            + found.position().logId()
                            + "`, and this node is configured for `"
                            + expected.logId().get()
                            + "`");
        }
    }

    private Standing moveTo(Update update, @Nullable Standing here) {
        switch (update) {
            case Whole(Beat beat, List<PolicyRow> rows, List<TokenRevocationRow> revoked) -> {
                users.clear();
                Map<TokenRef, Long> revocations = new ConcurrentHashMap<>();
                revoked.forEach(row -> revocations.put(row.token(), row.since()));
                Map<Row.Key, PolicyRow> policy = new HashMap<>();
                rows.forEach(row -> policy.put(row.key(), row));
                return new Standing(beat, policy, compiled(beat, policy), revocations);
            }
            case Step(Beat beat, var policyChanges, var revocationChanges, var owners) -> {
                if (here == null) {
                    throw new IllegalStateException("a step from nowhere");
                }
                users.close(owners);
                revocationChanges.forEach(
                        (_, row) ->
                                row.ifPresent(
                                        revoked ->
                                                here.revocations.merge(
                                                        revoked.token(),
                                                        revoked.since(),
                                                        Math::min)));
                // A revocation that leaves names a token that expired a day ago: who still asks is
                // told so. Many may leave at once, and there may be many more.
                Set<String> left = new HashSet<>();
                revocationChanges.forEach(
                        (key, row) -> {
                            if (row.isEmpty()) {
                                left.add(key.name());
                            }
                        });
                if (!left.isEmpty()) {
                    here.revocations.keySet().removeIf(token -> left.contains(token.key()));
                }
                if (policyChanges.isEmpty()) {
                    return new Standing(beat, here.rows, here.compiled, here.revocations);
                }
                Map<Row.Key, PolicyRow> policy = new HashMap<>(here.rows);
                policyChanges.forEach(
                        (key, row) ->
                                row.ifPresentOrElse(
                                        present -> policy.put(key, present),
                                        () -> policy.remove(key)));
                return new Standing(beat, policy, compiled(beat, policy), here.revocations);
            }
        }
    }

    private static CompiledPolicy compiled(Beat beat, Map<Row.Key, PolicyRow> rows) {
        return CompiledPolicy.of(Policy.of(rows.values()), beat.issuer());
    }

    private void publish(Standing next) {
        lock.lock();
        try {
            standing = next;
            moved.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public PolicyView current() {
        Standing here = standing;
        if (here == null) {
            String why = trouble;
            throw new OutageException(
                    What.STALE_POLICY, why == null ? "there is no policy yet" : why);
        }
        here.assertFresh(maxStaleness);
        return here;
    }

    @Override
    public PolicyView view(long seq, Deadline deadline) {
        return await(
                here -> here.position().seq() >= seq,
                deadline.atMost(WAIT_FOR_POSITION),
                "this node has not reached that position yet");
    }

    @Override
    public PolicyView after(PolicyView left, Deadline deadline) {
        return await(
                here -> !here.equals(left) && here.position().seq() >= left.position().seq(),
                deadline.atMost(WAIT_FOR_POSITION),
                "this node has not reached that position yet");
    }

    @Override
    public PolicyView viewWhere(Predicate<PolicyView> wanted, Deadline deadline) {
        return await(
                wanted,
                deadline.remaining(),
                "what was published is not in force yet; sending it again is safe");
    }

    private PolicyView await(Predicate<PolicyView> wanted, Duration atMost, String otherwise) {
        long left = atMost.toNanos();
        lock.lock();
        try {
            Standing here = standing;
            while (here == null || !wanted.test(here)) {
                if (left <= 0) {
                    throw new OutageException(What.POSITION_NOT_REACHED, otherwise);
                }
                left = moved.awaitNanos(left);
                here = standing;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OutageException(What.OUT_OF_TIME, "the request took too long", e);
        } finally {
            lock.unlock();
        }
        return current();
    }

    @Override
    public Optional<Position> position() {
        return Optional.ofNullable(standing).map(Standing::position);
    }

    /** How old the newest view is; empty before there was any. */
    public Optional<Duration> age() {
        return Optional.ofNullable(standing).flatMap(Standing::age);
    }

    /** The cache of users, for metrics. */
    public Cache<?, ?> cache() {
        return users.cache();
    }

    @Override
    public void close() {
        closed = true;
        Thread thread = follower;
        if (thread != null) {
            thread.interrupt();
            try {
                thread.join(TimeUnit.SECONDS.toMillis(2));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        store.close();
    }

    /** One state of the policy; immutable but for what later polls say of its age. */
    private final class Standing implements PolicyView {
        private final Beat beat;
        private final Map<Row.Key, PolicyRow> rows;
        private final CompiledPolicy compiled;
        private final Map<TokenRef, Long> revocations;

        /**
         * Since when, at the latest, nothing newer than this state has been known; monotonic
         * nanoseconds.
         */
        private volatile @Nullable Long completeAt;

        Standing(
                Beat beat,
                Map<Row.Key, PolicyRow> rows,
                CompiledPolicy compiled,
                Map<TokenRef, Long> revocations) {
            this.beat = beat;
            this.rows = rows;
            this.compiled = compiled;
            this.revocations = revocations;
        }

        /**
         * The projection still stands here, and was complete that long ago. Only the follower says
         * so.
         */
        void confirm(Beat found) {
            found.age()
                    .ifPresent(
                            age -> {
                                long at = found.askedAt() - age.toNanos();
                                Long before = completeAt;
                                completeAt = before == null ? at : Math.max(before, at);
                            });
        }

        Optional<Duration> age() {
            Long at = completeAt;
            return at == null
                    ? Optional.empty()
                    : Optional.of(Duration.ofNanos(nanoClock.getAsLong() - at));
        }

        @Override
        public Position position() {
            return beat.position();
        }

        @Override
        public int generation() {
            return beat.generation();
        }

        @Override
        public int foldVersion() {
            return beat.foldVersion();
        }

        @Override
        public CompiledPolicy policy() {
            return compiled;
        }

        @Override
        public PolicySnapshot snapshotFor(Exchange exchange) {
            return snapshot(
                    Decider.usersOf(exchange, compiled), Decider.tokensOf(exchange, compiled));
        }

        @Override
        public PolicySnapshot snapshotFor(PresentedToken token) {
            return snapshot(
                    TokenActivity.usersOf(token, compiled),
                    TokenActivity.tokensOf(token, compiled));
        }

        private PolicySnapshot snapshot(Set<User> named, Set<TokenRef> tokens) {
            Map<User, UserFacts> facts = new HashMap<>();
            for (User user : named) {
                facts.put(user, users.factsOf(user, beat.generation(), beat.seq()));
            }
            Set<TokenRef> revoked = new HashSet<>();
            for (TokenRef token : tokens) {
                if (isRevoked(token)) {
                    revoked.add(token);
                }
            }
            return new PolicySnapshot(beat.position(), compiled, facts, revoked);
        }

        @Override
        public boolean isRevoked(TokenRef token) {
            Long since = revocations.get(token);
            return since != null && since <= beat.seq();
        }

        @Override
        public void assertFresh(Duration bound) {
            String why = trouble;
            if (why != null) {
                throw new OutageException(What.STALE_POLICY, why);
            }
            Duration least = bound.compareTo(maxStaleness) < 0 ? bound : maxStaleness;
            if (age().filter(age -> age.compareTo(least) <= 0).isEmpty()) {
                throw new OutageException(What.STALE_POLICY, "the policy known here is too old");
            }
        }
    }
}

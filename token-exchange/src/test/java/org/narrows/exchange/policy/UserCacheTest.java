// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.narrows.events.state.Row.ConsentRow;
import org.narrows.events.state.Row.ConsentedScope;
import org.narrows.events.state.Row.SubjectRevocationRow;
import org.narrows.events.state.UserFacts;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.User;
import org.narrows.exchange.policy.PolicyView.OutdatedException;

/**
 * What is kept of a user is right at every seq it is used for, however reads and changes fall
 * together.
 */
class UserCacheTest {
    private static final User ALICE = new User(new IssuerUrl("https://login.example.com"), "alice");
    private static final AudienceId BILLING = new AudienceId("billing-api");

    private final Versions store = new Versions();
    private final UserCache cache = new UserCache(store, 100);

    private static ConsentRow consent(long since) {
        return new ConsentRow(
                ALICE,
                BILLING,
                new java.util.TreeMap<>(
                        Map.of(
                                new ScopeName("invoice.read"),
                                new ConsentedScope(new ClientId("c"), since))),
                since);
    }

    private boolean consentedAt(long seq) {
        return cache.factsOf(ALICE, 1, seq).consents().containsKey(BILLING);
    }

    @Test
    void a_hit_costs_no_read() {
        store.opened(consent(5), 5);

        assertThat(consentedAt(7)).isTrue();
        assertThat(consentedAt(8)).isTrue();
        assertThat(consentedAt(100)).isTrue();
        assertThat(store.reads).isEqualTo(1);
    }

    @Test
    void the_feed_closes_what_is_kept() {
        store.opened(consent(5), 5);
        assertThat(consentedAt(7)).isTrue();

        store.closed(9);
        cache.close(Map.of(ALICE.key(), 9L));

        assertThat(consentedAt(8)).isTrue();
        assertThat(consentedAt(9)).isFalse();
        assertThat(store.reads).isEqualTo(2);
    }

    @Test
    void a_read_as_of_an_older_seq_does_not_see_what_came_later() {
        store.opened(consent(5), 5);
        store.closed(9);

        assertThat(consentedAt(8)).isTrue();
        // What was read at 8 ends at 9, although no feed has said so here.
        assertThat(consentedAt(9)).isFalse();
    }

    @Test
    void a_view_that_is_behind_the_cache_reads_beside_it() {
        store.opened(consent(5), 5);
        store.closed(9);

        assertThat(consentedAt(9)).isFalse();
        assertThat(consentedAt(8)).isTrue();
        assertThat(consentedAt(10)).isFalse();
        assertThat(store.reads).isEqualTo(2);
    }

    @Test
    void the_feed_closes_a_read_that_is_still_in_flight() throws Exception {
        store.opened(consent(5), 5);
        store.hold = new CountDownLatch(1);
        CompletableFuture<Boolean> atEight = inFlight(8);

        // The read has its rows, from before the change; the feed comes while it is on its way
        // back.
        store.closed(9);
        cache.close(Map.of(ALICE.key(), 9L));
        store.hold.countDown();
        store.hold = null;

        assertThat(atEight.get(5, TimeUnit.SECONDS)).isTrue();
        assertThat(consentedAt(9)).isFalse();
    }

    @Test
    void whoever_joins_a_read_looks_at_its_bound_afterwards() throws Exception {
        store.opened(consent(5), 5);
        store.hold = new CountDownLatch(1);
        CompletableFuture<Boolean> atEight = inFlight(8);
        store.closed(9);
        cache.close(Map.of(ALICE.key(), 9L));
        CompletableFuture<Boolean> atNine = CompletableFuture.supplyAsync(() -> at(9));
        store.hold.countDown();

        assertThat(atEight.get(5, TimeUnit.SECONDS)).isTrue();
        assertThat(atNine.get(5, TimeUnit.SECONDS)).isFalse();
    }

    private CompletableFuture<Boolean> inFlight(long seq) throws InterruptedException {
        store.reached = new CountDownLatch(1);
        CompletableFuture<Boolean> answer = CompletableFuture.supplyAsync(() -> at(seq));
        assertThat(store.reached.await(5, TimeUnit.SECONDS)).isTrue();
        return answer;
    }

    private boolean at(long seq) {
        try {
            return consentedAt(seq);
        } catch (OutdatedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void another_generation_is_never_read_as_this_one() {
        store.opened(consent(5), 5);
        store.generation = 2;

        assertThatThrownBy(() -> consentedAt(8)).isInstanceOf(OutdatedException.class);
        assertThat(cache.cache().estimatedSize()).isZero();
    }

    @Test
    void a_user_forgotten_since_cannot_be_read_any_more() {
        store.opened(
                new SubjectRevocationRow(ALICE, Instant.EPOCH, Optional.of(Instant.EPOCH), 9), 9);

        assertThatThrownBy(() -> consentedAt(8)).isInstanceOf(OutdatedException.class);
    }

    @Test
    void a_gap_in_the_feed_empties_the_cache() {
        store.opened(consent(5), 5);
        assertThat(consentedAt(7)).isTrue();

        cache.clear();

        assertThat(consentedAt(8)).isTrue();
        assertThat(store.reads).isEqualTo(2);
    }

    @Test
    void a_failed_read_is_not_kept() {
        store.opened(consent(5), 5);
        store.failing = true;
        assertThatThrownBy(() -> consentedAt(7)).isInstanceOf(IllegalStateException.class);

        store.failing = false;
        assertThat(consentedAt(7)).isTrue();
    }

    /** The versions of one user's rows in plain memory. */
    private static final class Versions implements PolicyStore {
        private final List<UserVersion> versions = new ArrayList<>();
        private int generation = 1;
        private int reads;
        private boolean failing;
        private volatile CountDownLatch hold;
        private volatile CountDownLatch reached;

        synchronized void opened(org.narrows.events.state.Row.UserRow row, long seq) {
            versions.add(new UserVersion(row, seq, Optional.empty()));
        }

        synchronized void closed(long seq) {
            UserVersion last = versions.removeLast();
            versions.add(new UserVersion(last.row(), last.from(), Optional.of(seq)));
        }

        @Override
        public UserVersions versionsOf(User user, long seq) {
            UserVersions read;
            synchronized (this) {
                reads++;
                if (failing) {
                    throw new IllegalStateException("the store is away");
                }
                read =
                        new UserVersions(
                                generation,
                                versions.stream()
                                        .filter(
                                                version ->
                                                        version.to().isEmpty()
                                                                || version.to().get() > seq)
                                        .toList());
            }
            CountDownLatch held = hold;
            if (reached != null) {
                reached.countDown();
            }
            if (held != null) {
                try {
                    held.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
            return read;
        }

        @Override
        public Optional<Beat> beat() {
            return Optional.empty();
        }

        @Override
        public Optional<Update> update(Optional<Beat> since) {
            return Optional.empty();
        }

        @Override
        public void awaitHint(Duration atMost) {}

        @Override
        public void reset() {}

        @Override
        public void close() {}
    }

    @Test
    void nothing_is_known_of_a_stranger() {
        assertThat(cache.factsOf(ALICE, 1, 3)).isEqualTo(UserFacts.none(ALICE));
    }
}

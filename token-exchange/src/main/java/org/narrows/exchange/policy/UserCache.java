// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.policy;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.narrows.events.state.Row.SubjectRevocationRow;
import org.narrows.events.state.Row.UserRow;
import org.narrows.events.state.UserFacts;
import org.narrows.events.value.User;
import org.narrows.exchange.outage.OutageException;
import org.narrows.exchange.outage.OutageException.What;
import org.narrows.exchange.policy.PolicyStore.UserVersion;
import org.narrows.exchange.policy.PolicyStore.UserVersions;
import org.narrows.exchange.policy.PolicyView.OutdatedException;

/**
 * A bounded cache of what the log says of single users, each entry with the seqs for which that is
 * known.
 *
 * <p>An entry stands in the cache before its rows are read. So every change lands in one of two
 * places: it was committed before the read, and the read itself bounds the entry; or after, and the
 * feed closes the entry, finished or not. The feed does so before any view at the new seq exists.
 * Readers look at the bound last.
 */
final class UserCache {
    private final PolicyStore store;
    private final Cache<String, Entry> entries;

    UserCache(PolicyStore store, int maximumUsers) {
        this.store = store;
        this.entries = Caffeine.newBuilder().maximumSize(maximumUsers).recordStats().build();
    }

    /** For metrics. */
    Cache<?, ?> cache() {
        return entries;
    }

    /** What the log says of the user at this seq of this generation. */
    UserFacts factsOf(User user, int generation, long seq) {
        String key = user.key();
        // Twice: the entry that somebody else is reading may turn out to end before our seq.
        for (int attempt = 0; attempt < 2; attempt++) {
            Entry mine = new Entry(generation, seq);
            Entry entry =
                    entries.asMap()
                            .compute(
                                    key,
                                    (_, there) ->
                                            there != null
                                                            && (there.mayServe(generation, seq)
                                                                    || there.from > seq)
                                                    ? there
                                                    : mine);
            if (entry == mine) {
                return read(user, mine);
            }
            if (entry.from <= seq) {
                UserFacts facts = entry.await();
                if (entry.mayServe(generation, seq)) {
                    return facts;
                }
            } else {
                break;
            }
        }
        // The cache is at a newer seq than this view: read beside it.
        return read(user, new Entry(generation, seq));
    }

    private UserFacts read(User user, Entry entry) {
        try {
            UserFacts facts = entry.fill(user, store.versionsOf(user, entry.from));
            entry.facts.complete(facts);
            return facts;
        } catch (RuntimeException e) {
            entries.asMap().remove(user.key(), entry);
            entry.facts.completeExceptionally(e);
            throw e;
        }
    }

    /** The feed: something of these users changed at these seqs. */
    void close(Map<String, Long> owners) {
        owners.forEach(
                (owner, seq) -> {
                    // Atomic with putting an entry in: one that comes after this reads the store
                    // after the change.
                    entries.asMap()
                            .computeIfPresent(
                                    owner,
                                    (_, entry) -> {
                                        entry.endAt(seq);
                                        return entry;
                                    });
                });
    }

    /** A gap in the feed, or another generation. */
    void clear() {
        entries.invalidateAll();
    }

    /** What is known of one user: from one seq to just before another. */
    private static final class Entry {
        private final int generation;
        private final long from;
        private final AtomicLong to = new AtomicLong(Long.MAX_VALUE);
        private final CompletableFuture<UserFacts> facts = new CompletableFuture<>();

        Entry(int generation, long from) {
            this.generation = generation;
            this.from = from;
        }

        boolean mayServe(int wanted, long seq) {
            return generation == wanted
                    && from <= seq
                    && seq < to.get()
                    && !facts.isCompletedExceptionally();
        }

        void endAt(long seq) {
            if (seq > from) {
                to.accumulateAndGet(seq, Math::min);
            }
        }

        UserFacts fill(User user, UserVersions read) {
            if (read.generation() != generation) {
                throw new OutdatedException("another generation is live");
            }
            List<UserRow> held = new ArrayList<>();
            for (UserVersion version : read.versions()) {
                endAt(version.from());
                version.to().ifPresent(this::endAt);
                boolean forgottenSince =
                        version.from() > from
                                && version.row()
                                        instanceof SubjectRevocationRow(_, _, var leavesAt, _)
                                && leavesAt.isPresent();
                if (forgottenSince) {
                    // The rows that held at our seq are erased; nobody can say any more what they
                    // were.
                    throw new OutdatedException("the user was forgotten");
                }
                if (version.from() <= from && version.to().orElse(Long.MAX_VALUE) > from) {
                    held.add(version.row());
                }
            }
            return UserFacts.of(user, held);
        }

        UserFacts await() {
            try {
                return facts.get(2, TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException e) {
                throw new OutageException(What.STORE, "the policy store does not answer", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new OutageException(What.OUT_OF_TIME, "the request took too long", e);
            }
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.policy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.narrows.events.state.Row;
import org.narrows.events.state.Row.PolicyRow;
import org.narrows.events.state.Row.TokenRevocationRow;
import org.narrows.events.state.Row.UserRow;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.Position;
import org.narrows.events.value.User;

/**
 * What the follower and the views ask of the store. Every answer is one consistent state.
 *
 * <p>Any method may throw {@link org.narrows.exchange.outage.OutageException}.
 */
public interface PolicyStore extends AutoCloseable {
    /** Where the projection stands; empty while there is no log. One round trip. */
    Optional<Beat> beat();

    /** What has changed since, in one transaction; the whole policy where that cannot be said. */
    Optional<Update> update(Optional<Beat> since);

    /** Rows of one user that hold at this seq or came later, in one statement. */
    UserVersions versionsOf(User user, long seq);

    /**
     * Waits until the projector hints that it has moved, or for this long. A hint may come without
     * a cause or not at all.
     */
    void awaitHint(Duration atMost);

    /**
     * Whatever is held open for {@link #beat}, {@link #update} and {@link #awaitHint} is opened
     * anew at the next call.
     */
    void reset();

    @Override
    void close();

    /**
     * The checkpoint as one query found it.
     *
     * @param rootKid thumbprint of the root key
     * @param feedFrom the change feed holds every change with this seq or a greater one
     * @param age how long ago the projection was known to be complete, as the database says; empty:
     *     never yet
     * @param heldUp why the log cannot be understood any further
     * @param askedAt monotonic nanoseconds from before the query
     */
    record Beat(
            int generation,
            int foldVersion,
            Position position,
            IssuerUrl issuer,
            String rootKid,
            long feedFrom,
            Optional<Duration> age,
            Optional<String> heldUp,
            long askedAt) {
        public long seq() {
            return position.seq();
        }

        /** Whether the change feed leads from there to here without a gap. */
        public boolean follows(Beat before) {
            return generation == before.generation
                    && seq() >= before.seq()
                    && feedFrom <= before.seq() + 1;
        }
    }

    /** How to get to a newer state. */
    sealed interface Update {
        Beat beat();
    }

    /** Everything that every reader holds in memory. */
    record Whole(Beat beat, List<PolicyRow> policy, List<TokenRevocationRow> revocations)
            implements Update {
        public Whole {
            policy = List.copyOf(policy);
            revocations = List.copyOf(revocations);
        }
    }

    /**
     * What changed since the seq that was asked about.
     *
     * @param policy changed rows of the policy as they stand now; empty: gone
     * @param revocations likewise
     * @param owners keys of users of whom anything changed, each with the first seq at which it did
     */
    record Step(
            Beat beat,
            Map<Row.Key, Optional<PolicyRow>> policy,
            Map<Row.Key, Optional<TokenRevocationRow>> revocations,
            Map<String, Long> owners)
            implements Update {
        public Step {
            policy = Map.copyOf(policy);
            revocations = Map.copyOf(revocations);
            owners = Map.copyOf(owners);
        }
    }

    /** Versions of a user's rows, and the generation they are of. */
    record UserVersions(int generation, List<UserVersion> versions) {
        public UserVersions {
            versions = List.copyOf(versions);
        }
    }

    /**
     * One version of a row.
     *
     * @param from the first seq at which it held
     * @param to the first seq at which it held no more; empty while it is live
     */
    record UserVersion(UserRow row, long from, Optional<Long> to) {}
}

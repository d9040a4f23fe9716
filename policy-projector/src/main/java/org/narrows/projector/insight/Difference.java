// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.insight;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.Hash;
import org.narrows.events.value.User;

/** How decisions would differ, client by client. Not thread-safe. */
public final class Difference {
    /** How many examples each client has at most. */
    public static final int EXAMPLES = 5;

    /**
     * How many users each of the four tallies tells apart at most, of all its clients together, so
     * that memory is bounded. Each has its own share: what was decided at all must not take the
     * room of what would be denied.
     */
    private static final int USERS = 250_000;

    private final Tally decisions;
    private final Tally newlyAllowed;
    private final Tally newlyDenied;
    private final Tally changedScope;

    Difference() {
        this(USERS);
    }

    Difference(int users) {
        this.decisions = new Tally(users);
        this.newlyAllowed = new Tally(users);
        this.newlyDenied = new Tally(users);
        this.changedScope = new Tally(users);
    }

    void note(DecisionRecord decision, Outcome before, Outcome after) {
        decisions.add(decision);
        if (before.permitted() != after.permitted()) {
            (after.permitted() ? newlyAllowed : newlyDenied).add(decision);
        } else if (!before.granted().equals(after.granted())) {
            changedScope.add(decision);
        }
    }

    /** Every exchange that was decided twice. */
    public Tally decisions() {
        return decisions;
    }

    public Tally newlyAllowed() {
        return newlyAllowed;
    }

    public Tally newlyDenied() {
        return newlyDenied;
    }

    /** Permitted before and after, with other scopes. */
    public Tally changedScope() {
        return changedScope;
    }

    /** Decisions of one kind. */
    public static final class Tally {
        private final SortedMap<ClientId, OfClient> clients = new TreeMap<>();
        private final int most;
        private int toldApart;
        private long count;

        private Tally(int most) {
            this.most = most;
        }

        private void add(DecisionRecord decision) {
            count++;
            OfClient client = clients.computeIfAbsent(decision.client(), _ -> new OfClient());
            decision.exchange()
                    .map(exchange -> mark(exchange.subject().party()))
                    .filter(user -> !client.users.contains(user))
                    .ifPresent(
                            user -> {
                                if (toldApart < most) {
                                    client.users.add(user);
                                    toldApart++;
                                } else {
                                    client.atLeast = true;
                                }
                            });
            if (client.examples.size() < EXAMPLES) {
                client.examples.add(decision.id());
            }
        }

        /** 64 bits of a hash take a fraction of a user's memory, and hardly ever meet. */
        private static Long mark(User user) {
            return ByteBuffer.wrap(Hash.sha256(user.key().getBytes(StandardCharsets.UTF_8)).bytes())
                    .getLong();
        }

        public long count() {
            return count;
        }

        public SortedMap<ClientId, OfClient> clients() {
            return clients;
        }
    }

    /** Those of one client. */
    public static final class OfClient {
        private final Set<Long> users = new HashSet<>();
        private final List<String> examples = new ArrayList<>();
        private boolean atLeast;

        /** How many users they are about, as far as they were told apart. */
        public int users() {
            return users.size();
        }

        /** Whether there are users that were not told apart any more, so there may be others. */
        public boolean atLeast() {
            return atLeast;
        }

        /** Ids of the first of them. */
        public List<String> examples() {
            return examples;
        }
    }
}

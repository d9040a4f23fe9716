// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.insight;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.User;

/** How decisions would differ, client by client. Not thread-safe. */
public final class Difference {
    /** How many examples each client has at most. */
    public static final int EXAMPLES = 5;

    /** How many users of a client are told apart at most, so that memory is bounded. */
    public static final int USERS = 100_000;

    private final Tally decisions = new Tally();
    private final Tally newlyAllowed = new Tally();
    private final Tally newlyDenied = new Tally();
    private final Tally changedScope = new Tally();

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
        private long count;

        private void add(DecisionRecord decision) {
            count++;
            OfClient client = clients.computeIfAbsent(decision.client(), _ -> new OfClient());
            if (client.users.size() < USERS) {
                decision.exchange()
                        .ifPresent(exchange -> client.users.add(exchange.subject().party()));
            }
            if (client.examples.size() < EXAMPLES) {
                client.examples.add(decision.id());
            }
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
        private final Set<User> users = new HashSet<>();
        private final List<String> examples = new ArrayList<>();

        /** How many users they are about; {@link #USERS} for that many and more. */
        public int users() {
            return users.size();
        }

        /** Ids of the first of them. */
        public List<String> examples() {
            return examples;
        }
    }
}

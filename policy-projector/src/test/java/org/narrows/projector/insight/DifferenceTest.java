// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.insight;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.events.decision.Exchange;
import org.narrows.events.decision.PresentedToken;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.Hash;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.LogId;
import org.narrows.events.value.Position;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;

class DifferenceTest {
    private static final IssuerUrl LOGIN = new IssuerUrl("https://login.test.invalid");

    private final Difference difference = new Difference(3);

    @Test
    void users_are_told_apart_up_to_a_bound_over_all_clients() {
        note("a", "alice", true);
        note("a", "bob", true);
        note("a", "alice", true);
        note("b", "alice", true);
        assertThat(users(difference.decisions(), "a")).isEqualTo("2");
        assertThat(users(difference.decisions(), "b")).isEqualTo("1");
        note("b", "alice", true);
        assertThat(users(difference.decisions(), "b")).isEqualTo("1");
        note("b", "carol", true);
        assertThat(users(difference.decisions(), "a")).isEqualTo("2");
        assertThat(users(difference.decisions(), "b")).isEqualTo("1 at least");
        assertThat(difference.decisions().count()).isEqualTo(6);
    }

    @Test
    void what_was_decided_takes_no_room_of_what_would_be_denied() {
        for (String subject : List.of("alice", "bob", "carol", "dan")) {
            note("a", subject, true);
        }
        note("a", "eve", false);
        assertThat(users(difference.decisions(), "a")).isEqualTo("3 at least");
        assertThat(users(difference.newlyDenied(), "a")).isEqualTo("1");
    }

    private static String users(Difference.Tally tally, String client) {
        Difference.OfClient of = tally.clients().get(new ClientId(client));
        return of.users() + (of.atLeast() ? " at least" : "");
    }

    private void note(String client, String subject, boolean permittedAfter) {
        difference.note(decision(client, subject), outcome(true), outcome(permittedAfter));
    }

    private static Outcome outcome(boolean permitted) {
        return new Outcome(
                permitted,
                List.of(),
                List.of(),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                List.of(),
                List.of());
    }

    private static DecisionRecord decision(String client, String subject) {
        PresentedToken token =
                new PresentedToken(
                        new TokenRef(LOGIN, "t"),
                        new PresentedToken.Origin.Foreign(LOGIN),
                        new User(LOGIN, subject),
                        ActorKind.USER,
                        false,
                        new TreeSet<>(),
                        Optional.empty(),
                        Scopes.parse("orders.read"),
                        Optional.empty(),
                        Instant.EPOCH,
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        new TreeSet<>(),
                        new TreeMap<>());
        return new DecisionRecord(
                "id",
                new Position(new LogId(Hash.ZERO.toString()), 1),
                1,
                1,
                1,
                Instant.EPOCH,
                new ClientId(client),
                Optional.of(
                        new Exchange(
                                new ClientId(client),
                                token,
                                Optional.empty(),
                                List.of(),
                                Optional.empty(),
                                List.of())),
                new TreeMap<>(),
                false,
                List.of(),
                List.of(),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                List.of(),
                Duration.ZERO);
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.narrows.events.value.Position;
import org.narrows.exchange.Outcome.Refused;
import org.narrows.exchange.client.AuthenticatedClient;
import org.narrows.exchange.client.ClientAuthenticator;
import org.narrows.exchange.oauth.Refusal;
import org.narrows.exchange.oauth.Result;
import org.narrows.exchange.oauth.Result.Err;
import org.narrows.exchange.oauth.Result.Ok;
import org.narrows.exchange.outage.OutageException;
import org.narrows.exchange.outage.OutageException.What;
import org.narrows.exchange.policy.PolicyReader;
import org.narrows.exchange.policy.PolicyView;
import org.narrows.exchange.policy.PolicyView.OutdatedException;

/**
 * Who asks, and by which view of the policy, at every endpoint alike.
 *
 * <p>The clock is read once. One view of the policy answers everything; where it turns out to be
 * too old for what is asked, the whole request is judged again at a newer one, and the client is
 * authenticated by that again. Only what it proved itself with is used up once.
 */
public final class Callers {
    /** Callers that nobody knows yet and that wait for a newer policy, at most. */
    private static final int WAITING_STRANGERS = 16;

    private final PolicyReader policies;
    private final ClientAuthenticator clients;
    private final InstantSource clock;
    private final Semaphore strangers = new Semaphore(WAITING_STRANGERS);

    public Callers(PolicyReader policies, ClientAuthenticator clients, InstantSource clock) {
        this.policies = policies;
        this.clients = clients;
        this.clock = clock;
    }

    /** Judges the request of a caller, by its view alone. */
    @FunctionalInterface
    public interface Judge {
        /**
         * What becomes of the request.
         *
         * @throws OutdatedException when the view cannot say
         */
        Answer judge(Caller caller);
    }

    /**
     * Answers one request: `invalid_client` when nobody knows who asks, else what the judge says.
     *
     * @throws org.narrows.exchange.outage.OutageException when no view is there that is fresh
     *     enough, or as new as the request wants it
     */
    public Answer answer(Asked asked, Judge judge) {
        Instant now = clock.instant();
        PolicyView view = freshEnough(asked, policies.current(), now);
        Result<AuthenticatedClient> client = prove(asked, view, now).then(clients::useUp);
        while (true) {
            try {
                return judged(asked, client, view, now, judge);
            } catch (OutdatedException e) {
                view =
                        e.seq() > view.position().seq()
                                ? policies.view(e.seq(), asked.deadline())
                                : policies.after(view, asked.deadline());
                client = prove(asked, view, now);
            }
        }
    }

    private static Answer judged(
            Asked asked,
            Result<AuthenticatedClient> client,
            PolicyView view,
            Instant now,
            Judge judge) {
        return switch (client) {
            case Ok<AuthenticatedClient>(var known) ->
                    judge.judge(new Caller(asked, known, view, now));
            case Err<AuthenticatedClient>(Refusal refusal) ->
                    new Answer(Refused.of(refusal), view.position());
        };
    }

    private Result<AuthenticatedClient> prove(Asked asked, PolicyView view, Instant now) {
        return clients.prove(asked.credentials(), view.policy(), now, asked.deadline());
    }

    /**
     * The view that the caller's consistency token asks for. It must also say who the caller is: a
     * client registered a moment ago is known there. Few who cannot prove by the present view who
     * they are may wait.
     */
    private PolicyView freshEnough(Asked asked, PolicyView view, Instant now) {
        Optional<Position> wanted = wanted(asked, view);
        if (wanted.isEmpty() || wanted.get().seq() <= view.position().seq()) {
            return view;
        }
        long seq = wanted.get().seq();
        if (prove(asked, view, now) instanceof Ok) {
            return policies.view(seq, asked.deadline());
        }
        if (!strangers.tryAcquire()) {
            // Not 401: who is known at the position it names would take that for final.
            throw new OutageException(
                    What.POSITION_NOT_REACHED, "this node has not reached that position yet");
        }
        try {
            return policies.view(seq, asked.deadline());
        } finally {
            strangers.release();
        }
    }

    /**
     * The position that the caller names, when it is one of this log; what else it may be is told
     * once the caller is known.
     */
    private static Optional<Position> wanted(Asked asked, PolicyView view) {
        return asked.consistency().stream()
                .map(token -> position(token, view))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** Whether the `Narrows-Consistency` header is absent, or one position of this log. */
    static boolean isConsistencyReadable(Asked asked, PolicyView view) {
        return asked.consistency().isEmpty()
                || (asked.consistency().size() == 1
                        && position(asked.consistency().getFirst(), view).isPresent());
    }

    private static Optional<Position> position(String token, PolicyView view) {
        try {
            return Optional.of(Position.ofToken(token))
                    .filter(position -> position.logId().equals(view.position().logId()))
                    .filter(position -> !view.policy().isLost(position.seq()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}

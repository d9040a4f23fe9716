// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.narrows.events.decision.Decider;
import org.narrows.events.decision.Decision;
import org.narrows.events.decision.Decision.Basis;
import org.narrows.events.decision.Decision.Deny;
import org.narrows.events.decision.Decision.Permit;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.events.decision.TokenTerms;
import org.narrows.events.policy.Audience;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.Position;
import org.narrows.exchange.Outcome.Issued;
import org.narrows.exchange.Outcome.Refused;
import org.narrows.exchange.client.AuthenticatedClient;
import org.narrows.exchange.client.ClientAuthenticator;
import org.narrows.exchange.journal.DecisionJournal;
import org.narrows.exchange.mint.IssuedToken;
import org.narrows.exchange.mint.TokenMinter;
import org.narrows.exchange.oauth.OAuthError.Code;
import org.narrows.exchange.oauth.Refusal;
import org.narrows.exchange.oauth.Result;
import org.narrows.exchange.oauth.Result.Err;
import org.narrows.exchange.oauth.Result.Ok;
import org.narrows.exchange.policy.PolicyReader;
import org.narrows.exchange.policy.PolicyView;
import org.narrows.exchange.policy.PolicyView.MovedOnException;
import org.narrows.exchange.request.ExchangeRequest;
import org.narrows.exchange.token.OpenedTokens;
import org.narrows.exchange.token.TokenVerifier;
import org.narrows.exchange.token.VerifiedExchange;

/**
 * The path of one request: who asks, what for, with which tokens; then one decision, recorded
 * before anyone is told.
 *
 * <p>The clock is read once. One view of the policy answers everything; where it turns out to be
 * too old for a token that is presented, the whole exchange is judged again at a newer one. Outages
 * throw {@link org.narrows.exchange.outage.OutageException} and drop the token.
 */
public final class TokenExchange {
    static final String CLIENT_DISABLED = "the client is disabled";

    /** Callers that nobody knows yet and that wait for a newer policy, at most. */
    private static final int WAITING_STRANGERS = 16;

    private final PolicyReader policies;
    private final ClientAuthenticator clients;
    private final TokenVerifier tokens;
    private final TokenMinter minter;
    private final DecisionJournal journal;
    private final InstantSource clock;
    private final Semaphore strangers = new Semaphore(WAITING_STRANGERS);

    public TokenExchange(
            PolicyReader policies,
            ClientAuthenticator clients,
            TokenVerifier tokens,
            TokenMinter minter,
            DecisionJournal journal,
            InstantSource clock) {
        this.policies = policies;
        this.clients = clients;
        this.tokens = tokens;
        this.minter = minter;
        this.journal = journal;
        this.clock = clock;
    }

    /** Answers one exchange. */
    public Answer exchange(Asked asked) {
        Instant now = clock.instant();
        PolicyView view = freshEnough(asked, policies.current(), now);
        Result<AuthenticatedClient> client =
                clients.prove(asked.credentials(), view.policy(), now, asked.deadline())
                        .then(clients::useUp);
        return switch (client) {
            case Ok<AuthenticatedClient>(var known) -> answer(asked, known, view, now);
            // Counted, not recorded.
            case Err<AuthenticatedClient>(Refusal refusal) ->
                    new Answer(refused(refusal), view.position());
        };
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
        boolean known =
                clients.prove(asked.credentials(), view.policy(), now, asked.deadline())
                        instanceof Ok;
        if (known) {
            return policies.view(seq, asked.deadline());
        }
        if (!strangers.tryAcquire()) {
            return view;
        }
        try {
            return policies.view(seq, asked.deadline());
        } finally {
            strangers.release();
        }
    }

    /**
     * The position that the caller names, when it is one of this log; what else it may be is told
     * by the judge.
     */
    private static Optional<Position> wanted(Asked asked, PolicyView view) {
        return asked.consistency().stream()
                .map(TokenExchange::position)
                .flatMap(Optional::stream)
                .filter(position -> isOfThisLog(position, view))
                .findFirst();
    }

    private static boolean isOfThisLog(Position position, PolicyView view) {
        return position.logId().equals(view.position().logId())
                && !view.policy().isLost(position.seq());
    }

    private static Optional<Position> position(String token) {
        try {
            return Optional.of(Position.ofToken(token));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Everything past authentication is recorded before anyone is told, refusals included. */
    private Answer answer(Asked asked, AuthenticatedClient client, PolicyView view, Instant now) {
        Result<OpenedTokens> opened =
                admitted(client)
                        .then(_ -> checkHeaders(asked, view))
                        .then(_ -> ExchangeRequest.parse(asked.form()))
                        .then(tokens::open);
        // A token of ours is a consistency token too: no older policy than its own may judge it.
        if (opened instanceof Ok<OpenedTokens>(var good)
                && good.policySeq() > view.position().seq()
                && !view.policy().isLost(good.policySeq())) {
            return judgedAnew(
                    policies.view(good.policySeq(), asked.deadline()), asked, opened, now);
        }
        return judged(view, client, asked, opened, now);
    }

    /** At a newer policy than the client was authenticated by: it must know the client too. */
    private Answer judgedAnew(
            PolicyView view, Asked asked, Result<OpenedTokens> opened, Instant now) {
        return switch (clients.prove(asked.credentials(), view.policy(), now, asked.deadline())) {
            case Ok<AuthenticatedClient>(var client) -> judged(view, client, asked, opened, now);
            case Err<AuthenticatedClient>(Refusal refusal) ->
                    new Answer(refused(refusal), view.position());
        };
    }

    private Answer judged(
            PolicyView view,
            AuthenticatedClient client,
            Asked asked,
            Result<OpenedTokens> opened,
            Instant now) {
        Journey journey = new Journey(client);
        try {
            Outcome outcome =
                    outcome(
                            admitted(client)
                                    .then(_ -> opened)
                                    .then(
                                            good ->
                                                    tokens.verify(
                                                                    good,
                                                                    client.id(),
                                                                    view.policy(),
                                                                    now,
                                                                    asked.deadline())
                                                            .then(
                                                                    exchange ->
                                                                            decide(
                                                                                    exchange,
                                                                                    good.request(),
                                                                                    view,
                                                                                    now,
                                                                                    journey))));
            asked.deadline().assertNotPassed();
            journal.record(record(asked, view, journey, outcome, now), asked.deadline());
            view.assertFresh(bound(outcome, view));
            asked.deadline().assertNotPassed();
            return new Answer(outcome, view.position());
        } catch (MovedOn e) {
            return judgedAnew(policies.after(view, asked.deadline()), asked, opened, now);
        }
    }

    private static Result<AuthenticatedClient> admitted(AuthenticatedClient client) {
        return client.isEnabled()
                ? Result.ok(client)
                : Result.err(
                        Refusal.of(
                                Code.UNAUTHORIZED_CLIENT,
                                Refusal.CLIENT_DISABLED,
                                CLIENT_DISABLED));
    }

    private static Result<Asked> checkHeaders(Asked asked, PolicyView view) {
        // Whoever sends a proof expects a bound token; a bearer token in its place would be worth
        // more.
        if (!asked.proofs().isEmpty()) {
            return Result.err(
                    Refusal.of(
                            Code.INVALID_REQUEST,
                            Refusal.INVALID_PROOF,
                            "DPoP is not supported here"));
        }
        if (asked.consistency().isEmpty()) {
            return Result.ok(asked);
        }
        boolean good =
                asked.consistency().size() == 1
                        && position(asked.consistency().getFirst())
                                .filter(position -> isOfThisLog(position, view))
                                .isPresent();
        return good
                ? Result.ok(asked)
                : Result.err(
                        Refusal.parameter(
                                "the header `Narrows-Consistency` is no position of this log"));
    }

    private Result<Issued> decide(
            VerifiedExchange verified,
            ExchangeRequest request,
            PolicyView view,
            Instant now,
            Journey journey) {
        journey.verified = verified;
        try {
            Decision decision =
                    Decider.decide(verified.exchange(), view.snapshotFor(verified.exchange()), now);
            return switch (decision) {
                case Permit permit -> {
                    // Before signing, so that a policy too old for this audience costs nothing.
                    view.assertFresh(bound(permit.terms(), view));
                    IssuedToken token = minter.mint(permit.terms(), view.position().seq(), now);
                    yield Result.ok(new Issued(permit, token, request.requestedTokenType()));
                }
                case Deny deny -> Result.err(Refusals.of(deny));
            };
        } catch (MovedOnException e) {
            throw new MovedOn(e);
        }
    }

    private static Outcome outcome(Result<Issued> result) {
        return switch (result) {
            case Ok<Issued>(Issued issued) -> issued;
            case Err<Issued>(Refusal refusal) -> refused(refusal);
        };
    }

    private static Refused refused(Refusal refusal) {
        return new Refused(refusal.error(), refusal.reasons());
    }

    /**
     * How old the policy behind this answer may be: the least of what the audiences of a token say.
     */
    private static Duration bound(Outcome outcome, PolicyView view) {
        return switch (outcome) {
            case Issued issued -> bound(issued.permit().terms(), view);
            case Refused _ -> UNBOUNDED;
        };
    }

    private static final Duration UNBOUNDED = Duration.ofSeconds(Long.MAX_VALUE);

    private static Duration bound(TokenTerms terms, PolicyView view) {
        Duration bound = UNBOUNDED;
        for (AudienceId target : terms.targets()) {
            Duration own =
                    view.policy()
                            .audience(target)
                            .map(AudienceRow::entry)
                            .flatMap(Audience::maxStaleness)
                            .orElse(UNBOUNDED);
            bound = own.compareTo(bound) < 0 ? own : bound;
        }
        return bound;
    }

    private DecisionRecord record(
            Asked asked, PolicyView view, Journey journey, Outcome outcome, Instant now) {
        SortedMap<String, String> found =
                new TreeMap<>(Map.of("client_authentication", journey.client.method()));
        VerifiedExchange verified = journey.verified;
        if (verified != null) {
            found.putAll(verified.found());
        }
        Optional<Issued> issued =
                outcome instanceof Issued token ? Optional.of(token) : Optional.empty();
        Optional<TokenTerms> terms = issued.map(Issued::permit).map(Permit::terms);
        List<Basis> basis = issued.map(Issued::permit).map(Permit::basis).orElse(List.of());
        return new DecisionRecord(
                asked.decisionId(),
                view.position(),
                view.generation(),
                view.foldVersion(),
                Decider.VERSION,
                now,
                journey.client.id(),
                Optional.ofNullable(verified).map(VerifiedExchange::exchange),
                found,
                issued.isPresent(),
                verified == null
                        ? List.of()
                        : Decider.targetsOf(verified.exchange(), view.policy()),
                basis.stream().map(Basis::rule).toList(),
                terms.map(TokenTerms::scopes),
                outcome instanceof Refused refused ? refused.reasons() : List.of(),
                issued.map(Issued::token).map(IssuedToken::tokenId),
                issued.map(Issued::token).map(IssuedToken::expiresAt),
                terms.map(TokenTerms::lineage).orElse(List.of()),
                issued.map(Issued::permit).map(Permit::admits).orElse(List.of()),
                Duration.ofNanos(Math.max(0, System.nanoTime() - asked.startedAt())));
    }

    /** What is known of one exchange when it is recorded, however far it came. */
    private static final class Journey {
        private final AuthenticatedClient client;
        private @Nullable VerifiedExchange verified;

        Journey(AuthenticatedClient client) {
            this.client = client;
        }
    }

    /** Carries {@link MovedOnException} through the steps. */
    private static final class MovedOn extends RuntimeException {
        private static final long serialVersionUID = 1L;

        MovedOn(MovedOnException cause) {
            super(cause.getMessage(), cause, false, false);
        }
    }
}

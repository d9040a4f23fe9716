// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.narrows.events.decision.Decider;
import org.narrows.events.decision.Decision;
import org.narrows.events.decision.Decision.Basis;
import org.narrows.events.decision.Decision.Deny;
import org.narrows.events.decision.Decision.Permit;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.events.decision.TokenTerms;
import org.narrows.events.value.AudienceId;
import org.narrows.events.wire.DpopProof;
import org.narrows.exchange.Outcome.Issued;
import org.narrows.exchange.Outcome.Refused;
import org.narrows.exchange.client.AuthenticatedClient;
import org.narrows.exchange.journal.DecisionJournal;
import org.narrows.exchange.mint.IssuedToken;
import org.narrows.exchange.mint.TokenMinter;
import org.narrows.exchange.oauth.Refusal;
import org.narrows.exchange.oauth.Result;
import org.narrows.exchange.oauth.Result.Err;
import org.narrows.exchange.oauth.Result.Ok;
import org.narrows.exchange.policy.PolicyView;
import org.narrows.exchange.proof.DpopProofs;
import org.narrows.exchange.proof.Possession;
import org.narrows.exchange.request.ExchangeRequest;
import org.narrows.exchange.token.OpenedTokens;
import org.narrows.exchange.token.TokenVerifier;
import org.narrows.exchange.token.VerifiedExchange;

/**
 * The path of one request: what is asked for, with which tokens; then one decision, recorded before
 * anyone is told. Who asks, and by which view of the policy, is found out by {@link Callers}.
 *
 * <p>Outages throw {@link org.narrows.exchange.outage.OutageException} and drop the token.
 */
public final class TokenExchange {
    private final Callers callers;
    private final DpopProofs proofs;
    private final TokenVerifier tokens;
    private final TokenMinter minter;
    private final DecisionJournal journal;

    public TokenExchange(
            Callers callers,
            DpopProofs proofs,
            TokenVerifier tokens,
            TokenMinter minter,
            DecisionJournal journal) {
        this.callers = callers;
        this.proofs = proofs;
        this.tokens = tokens;
        this.minter = minter;
        this.journal = journal;
    }

    /** Answers one exchange. One whose client did not authenticate is counted, not recorded. */
    public Answer exchange(Asked asked) {
        Proof proof = new Proof(asked);
        return callers.answer(asked, caller -> caller.answer(exchange(caller, proof)));
    }

    /** Everything past authentication is recorded before anyone is told, refusals included. */
    private Outcome exchange(Caller caller, Proof proof) {
        Journey journey = new Journey(caller);
        Outcome outcome =
                outcome(
                        caller.admitted()
                                .then(proof::use)
                                .then(journey::holding)
                                .then(_ -> ExchangeRequest.parse(caller.asked().form()))
                                .then(tokens::open)
                                .then(opened -> verify(opened, journey))
                                .then(verified -> decide(verified, journey)));
        caller.asked().deadline().assertNotPassed();
        journal.record(record(journey, outcome), caller.asked().deadline());
        caller.view().assertFreshFor(targets(outcome));
        caller.asked().deadline().assertNotPassed();
        return outcome;
    }

    private Result<VerifiedExchange> verify(OpenedTokens opened, Journey journey) {
        Caller caller = journey.caller;
        // A token of ours is a consistency token too: no older policy than its own may judge it.
        caller.view().assertReached(opened.policySeq());
        return tokens.verify(
                opened,
                caller.client().id(),
                journey.possession.proven(),
                caller.view().policy(),
                caller.now(),
                caller.asked().deadline());
    }

    private Result<Issued> decide(VerifiedExchange verified, Journey journey) {
        journey.verified = verified;
        PolicyView view = journey.caller.view();
        Instant now = journey.caller.now();
        Decision decision =
                Decider.decide(verified.exchange(), view.snapshotFor(verified.exchange()), now);
        return switch (decision) {
            case Permit permit -> {
                // Before signing, so that a policy too old for this audience costs nothing.
                view.assertFreshFor(permit.terms().targets());
                IssuedToken token = minter.mint(permit.terms(), view.position().seq(), now);
                yield Result.ok(new Issued(permit, token, verified.requestedTokenType()));
            }
            case Deny deny -> Result.err(Refusals.of(deny));
        };
    }

    private static Outcome outcome(Result<Issued> result) {
        return switch (result) {
            case Ok<Issued>(Issued issued) -> issued;
            case Err<Issued>(Refusal refusal) -> Refused.of(refusal);
        };
    }

    /** Whose own bounds on the age of the policy an answer must keep. */
    private static List<AudienceId> targets(Outcome outcome) {
        return outcome instanceof Issued issued ? issued.permit().terms().targets() : List.of();
    }

    private static DecisionRecord record(Journey journey, Outcome outcome) {
        Asked asked = journey.caller.asked();
        AuthenticatedClient client = journey.caller.client();
        PolicyView view = journey.caller.view();
        SortedMap<String, String> found =
                new TreeMap<>(Map.of("client_authentication", client.method()));
        found.putAll(journey.possession.found());
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
                journey.caller.now(),
                client.id(),
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
        private final Caller caller;
        private Possession possession;
        private @Nullable VerifiedExchange verified;

        Journey(Caller caller) {
            this.caller = caller;
            this.possession = holds(Optional.empty());
        }

        private Possession holds(Optional<DpopProof> proof) {
            return Possession.of(proof, caller.asked().transport().certificates());
        }

        Result<Caller> holding(Optional<DpopProof> proof) {
            possession = holds(proof);
            return Result.ok(caller);
        }
    }

    /** The proof of one request: used up once, however often the request is judged anew. */
    private final class Proof {
        private final Asked asked;
        private @Nullable Result<Optional<DpopProof>> used;

        Proof(Asked asked) {
            this.asked = asked;
        }

        Result<Optional<DpopProof>> use(Caller caller) {
            Result<Optional<DpopProof>> before = used;
            Result<Optional<DpopProof>> result =
                    before == null ? proofs.use(asked.transport().proofs(), caller.now()) : before;
            used = result;
            return result;
        }
    }
}

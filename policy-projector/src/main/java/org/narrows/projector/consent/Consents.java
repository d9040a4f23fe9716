// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.consent;

import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.narrows.events.decision.CompiledPolicy;
import org.narrows.events.decision.Decider;
import org.narrows.events.decision.Decision;
import org.narrows.events.decision.UserStanding;
import org.narrows.events.event.ChangeSet;
import org.narrows.events.event.ConsentEvent.ConsentGranted;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.state.Row.IssuerRow;
import org.narrows.events.state.RowKind;
import org.narrows.events.state.UserFacts;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.EventId;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.Scopes;
import org.narrows.events.wire.EventCodec;
import org.narrows.projector.publish.Publisher;
import org.narrows.projector.publish.Publisher.Published;
import org.narrows.projector.publish.UnavailableException;
import org.narrows.projector.store.JudgedRecord;
import org.narrows.projector.store.LandedDecisions;
import org.narrows.projector.store.LiveLog;
import org.narrows.projector.store.LiveRows;
import org.narrows.projector.store.LiveSnapshots;
import org.narrows.projector.store.LiveSnapshots.LiveSnapshot;

/** What is asked of users, how that stands now, and how it becomes a consent. */
@Singleton
class Consents {
    private static final String SOURCE = "urn:narrows:consent-page";

    /**
     * Visits at once that need the policy: each loads it whole, on one of the few connections that
     * the fold needs too.
     */
    private static final int PLACES = 4;

    private final LandedDecisions decisions;
    private final LiveRows rows;
    private final LiveSnapshots snapshots;
    private final LiveLog log;
    private final Publisher publisher;
    private final Semaphore places = new Semaphore(PLACES);

    Consents(
            LandedDecisions decisions,
            LiveRows rows,
            LiveSnapshots snapshots,
            LiveLog log,
            Publisher publisher) {
        this.decisions = decisions;
        this.rows = rows;
        this.snapshots = snapshots;
        this.log = log;
        this.publisher = publisher;
    }

    /**
     * How a request for consent stands at the head of the log.
     *
     * @param review empty when what was asked can be asked no more, or its lack is not all that the
     *     exchange would be denied for
     * @param given what of it is in force, complete or not at all
     * @param actor the user as issued tokens name one
     */
    record Standing(Optional<Review> review, Optional<InForce> given, String actor) {}

    /** Since when the whole of what was asked has been in force, and at which seq of the log. */
    record InForce(Instant since, long seq) {}

    /** What became of an answer that said yes. */
    sealed interface Allowed {
        record Now(InForce inForce) implements Allowed {}

        /** The link was used before, and what came of that was ended since. */
        record Spent() implements Allowed {}

        /**
         * The log did not take it.
         *
         * @param taken the audiences whose part of the answer it took
         */
        record Rejected(String reason, List<AudienceId> taken) implements Allowed {}
    }

    /** Empty while it has not landed, and for decisions that ask nothing of a user. */
    Optional<Asked> asked(String decisionId) {
        return decisions.find(decisionId).flatMap(Asked::of);
    }

    /**
     * The user's issuer as the policy has it now; empty when it is not trusted. One row is read.
     */
    Optional<TrustedIssuer> trusted(Asked asked) {
        return rows.find(RowKind.ISSUER.name(), "", asked.user().issuer().value(), Long.MAX_VALUE)
                .map(stored -> ((IssuerRow) stored.row()).entry());
    }

    /**
     * How it stands.
     *
     * @throws UnavailableException when too many ask at once
     */
    Standing standing(Asked asked) {
        return read(
                snapshot -> {
                    CompiledPolicy policy = snapshot.policy();
                    return new Standing(
                            lacksConsentAlone(asked, snapshot)
                                    ? Review.of(asked, policy.policy())
                                    : Optional.empty(),
                            inForce(asked, snapshot),
                            policy.nameOf(asked.user()).orElse(asked.user().subject()));
                });
    }

    private <T> T read(LiveSnapshots.Reading<T, RuntimeException> reading) {
        if (!places.tryAcquire()) {
            throw new UnavailableException("too many ask for the policy at once");
        }
        try {
            return snapshots.read(reading);
        } catch (IllegalStateException e) {
            throw new UnavailableException("there is no log yet", e);
        } finally {
            places.release();
        }
    }

    /**
     * Whether the same exchange, decided again by what holds now, is still denied for nothing but
     * consent, and for none that was not asked.
     */
    private static boolean lacksConsentAlone(Asked asked, LiveSnapshot snapshot) {
        Decision again =
                Decider.decide(
                        asked.exchange(),
                        snapshot.of(
                                Decider.usersOf(asked.exchange(), snapshot.policy()),
                                Decider.tokensOf(asked.exchange(), snapshot.policy())),
                        asked.at());
        return again instanceof Decision.Deny deny
                && deny.consentRequired()
                        .map(missing -> isWithin(missing, asked.missing()))
                        .orElse(false);
    }

    private static boolean isWithin(
            Map<AudienceId, Scopes> missing, Map<AudienceId, Scopes> asked) {
        return missing.entrySet().stream()
                .allMatch(
                        at ->
                                asked.getOrDefault(at.getKey(), Scopes.NONE)
                                        .containsAll(at.getValue()));
    }

    private Optional<InForce> inForce(Asked asked, LiveSnapshot snapshot) {
        UserFacts facts = snapshot.of(Set.of(asked.user()), Set.of()).factsOf(asked.user());
        long latest = 0;
        for (Map.Entry<AudienceId, Scopes> missing : asked.missing().entrySet()) {
            Optional<AudienceRow> audience = snapshot.policy().audience(missing.getKey());
            for (ScopeName name : missing.getValue()) {
                Optional<Long> since =
                        audience.flatMap(
                                row ->
                                        snapshot.policy()
                                                .scope(name)
                                                .flatMap(
                                                        scope ->
                                                                UserStanding.consentedSince(
                                                                        facts, row, scope)));
                if (since.isEmpty()) {
                    return Optional.empty();
                }
                latest = Math.max(latest, since.get());
            }
        }
        long seq = latest;
        return log.at(seq).map(record -> new InForce(record.time(), seq));
    }

    /**
     * Publishes the consent and waits until it is judged. Of one decision always the same events
     * are made, to the last byte: so an answer that is sent twice is one consent, and one that was
     * withdrawn since does not come back by a link that was used before.
     *
     * @throws UnavailableException when there is no verdict in time; answering again is safe
     */
    Allowed allow(Asked asked, String actor) {
        List<byte[]> values = new ArrayList<>();
        asked.missing().forEach((audience, scopes) -> values.add(event(asked, audience, scopes)));
        List<AudienceId> taken = new ArrayList<>();
        Optional<String> rejected = Optional.empty();
        Iterator<AudienceId> audiences = asked.missing().keySet().iterator();
        for (Published published : publisher.publish(values, actor)) {
            AudienceId audience = audiences.next();
            Optional<String> reason = rejection(published.record());
            if (reason.isEmpty()) {
                taken.add(audience);
            }
            rejected = rejected.or(() -> reason);
        }
        if (rejected.isPresent()) {
            return new Allowed.Rejected(rejected.get(), taken);
        }
        return standing(asked).given().<Allowed>map(Allowed.Now::new).orElseGet(Allowed.Spent::new);
    }

    private static Optional<String> rejection(JudgedRecord record) {
        return switch (record.outcome()) {
            case "applied" -> Optional.empty();
            case "duplicate" ->
                    "rejected".equals(record.firstOutcome())
                            ? Optional.of(String.valueOf(record.firstReason()))
                            : Optional.empty();
            default -> Optional.of(String.valueOf(record.reason()));
        };
    }

    private static byte[] event(Asked asked, AudienceId audience, Scopes scopes) {
        return EventCodec.encode(
                new ChangeSet(
                        new EventId(asked.decisionId() + ":consent:" + audience.value()),
                        SOURCE,
                        // A claim that must not change; when it was allowed, the log itself tells.
                        asked.at().toString(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of("consent page, decision " + asked.decisionId()),
                        Optional.empty(),
                        new ConsentGranted(asked.user(), audience, scopes, asked.client())));
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import org.narrows.events.event.ConsentEvent;
import org.narrows.events.event.Event;
import org.narrows.events.event.InvitationEvent.InvitationIssued;
import org.narrows.events.event.InvitationEvent.InvitationRedeemed;
import org.narrows.events.event.InvitationEvent.InvitationRevoked;
import org.narrows.events.event.LogEvent;
import org.narrows.events.event.PolicyChanged;
import org.narrows.events.event.QuarantineResolved;
import org.narrows.events.event.RevocationEvent;
import org.narrows.events.event.UserEvent.UserAdmitted;
import org.narrows.events.event.UserEvent.UserForgotten;
import org.narrows.events.event.UserEvent.UserRemoved;
import org.narrows.events.state.ReadRecord.Malformed;
import org.narrows.events.state.ReadRecord.SignatureHeader;
import org.narrows.events.state.ReadRecord.Signed;
import org.narrows.events.state.ReadRecord.Understood;
import org.narrows.events.state.ReadRecord.Unknown;
import org.narrows.events.state.Row.KeyRow;
import org.narrows.events.state.Suspension.OfAudience;
import org.narrows.events.state.Suspension.OfEverything;
import org.narrows.events.state.Suspension.OfInvitation;
import org.narrows.events.state.Suspension.OfUser;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.KeyId;

/**
 * Whether a record is authentic: signed for this log by a key that may publish what it says (DESIGN
 * §3, §10).
 */
final class Authority {
    private static final Set<String> ALGORITHMS = Set.of("ES256", "EdDSA");

    private Authority() {}

    /** Either the publisher or why there is none. */
    sealed interface Finding {
        record Authentic(Publisher publisher) implements Finding {}

        record NotAuthentic(String reason) implements Finding {}
    }

    static Finding judge(Checkpoint checkpoint, Policy policy, Rows rows, Signed record) {
        SignatureHeader header = record.signature();
        Optional<String> foreign = notOfThisLog(checkpoint, header);
        if (foreign.isPresent()) {
            return new Finding.NotAuthentic(foreign.get());
        }
        boolean byRoot = header.kid().equals(checkpoint.rootKid().value());
        if (!byRoot) {
            Optional<String> noKey = noKey(policy, header.kid());
            if (noKey.isPresent()) {
                return new Finding.NotAuthentic(noKey.get());
            }
        }
        Publisher publisher =
                byRoot
                        ? new Publisher.Root(checkpoint.rootKey())
                        : new Publisher.Added(keyOf(policy, header.kid()).orElseThrow().entry());
        if (!record.signedBy().key(publisher.jwk())) {
            return new Finding.NotAuthentic(
                    "the signature does not verify under the key `" + header.kid() + "`");
        }
        return noAuthority(publisher, rows, record)
                .<Finding>map(Finding.NotAuthentic::new)
                .orElseGet(() -> new Finding.Authentic(publisher));
    }

    private static Optional<String> notOfThisLog(Checkpoint checkpoint, SignatureHeader header) {
        if (!ALGORITHMS.contains(header.algorithm())) {
            return Optional.of("the signature's `alg` is neither ES256 nor EdDSA");
        }
        if (header.log().isEmpty()) {
            return Optional.of("the signature names no log");
        }
        return header.log().get().equals(checkpoint.logId().value())
                ? Optional.empty()
                : Optional.of("the signature is for another log");
    }

    private static Optional<String> noKey(Policy policy, String kid) {
        Optional<KeyRow> key = keyOf(policy, kid);
        if (key.isEmpty()) {
            return Optional.of("the signing key is not known to this log");
        }
        return key.get().revokedAt().map(seq -> "the key `" + kid + "` was revoked at seq " + seq);
    }

    /** The `kid` of a header is any text; one that can be no key id is no key's. */
    private static Optional<KeyRow> keyOf(Policy policy, String kid) {
        try {
            return Optional.ofNullable(policy.keys().get(new KeyId(kid)));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static Optional<String> noAuthority(Publisher publisher, Rows rows, Signed record) {
        String kid = record.signature().kid();
        if (publisher instanceof Publisher.Root
                && !record.signature().actor().equals(Publisher.ROOT_ACTOR)) {
            return Optional.of("the root key acts as `" + Publisher.ROOT_ACTOR + "` only");
        }
        if (!publisher.mayPublish(record.type())) {
            return Optional.of("the key `" + kid + "` may not publish `" + record.type() + "`");
        }
        if (publisher.audiences().isEmpty()) {
            return Optional.empty();
        }
        SortedSet<AudienceId> audiences = publisher.audiences().get();
        return switch (record.body()) {
            case Understood(var changeSet) ->
                    audienceOf(changeSet.event(), rows)
                            .filter(audience -> !audiences.contains(audience))
                            .map(
                                    audience ->
                                            "the key `"
                                                    + kid
                                                    + "` may not publish about the audience `"
                                                    + audience
                                                    + "`");
            case Malformed malformed ->
                    !malformed.names().isEmpty()
                                    && within(malformed.names(), audiences, rows).isEmpty()
                            ? Optional.of(
                                    "the key `"
                                            + kid
                                            + "` may not publish about what the record names")
                            : Optional.empty();
            case Unknown _ -> Optional.empty();
        };
    }

    /** The one audience that an event is about; empty also for an invitation that nobody issued. */
    static Optional<AudienceId> audienceOf(Event event, Rows rows) {
        return switch (event) {
            case ConsentEvent consent -> Optional.of(consent.audience());
            case UserAdmitted admitted -> Optional.of(admitted.audience());
            case UserRemoved removed -> Optional.of(removed.audience());
            case InvitationIssued issued -> Optional.of(issued.audience());
            case InvitationRedeemed redeemed ->
                    InvitationFold.audienceOf(rows, redeemed.invitation());
            case InvitationRevoked revoked -> InvitationFold.audienceOf(rows, revoked.invitation());
            case UserForgotten _,
                    LogEvent _,
                    PolicyChanged _,
                    RevocationEvent _,
                    QuarantineResolved _ ->
                    Optional.empty();
        };
    }

    /**
     * What a malformed record of this publisher suspends: what it names, as far as the publisher's
     * word goes.
     */
    static List<Suspension> suspended(Publisher publisher, Rows rows, Malformed malformed) {
        if (malformed.names().isEmpty()) {
            return List.of(new OfEverything(publisher.audiences()));
        }
        return publisher
                .audiences()
                .map(audiences -> within(malformed.names(), audiences, rows))
                .orElse(malformed.names());
    }

    private static List<Suspension> within(
            List<Suspension> names, SortedSet<AudienceId> audiences, Rows rows) {
        return names.stream()
                .<Suspension>mapMulti(
                        (name, kept) -> {
                            switch (name) {
                                case OfAudience(AudienceId audience)
                                        when audiences.contains(audience) ->
                                        kept.accept(name);
                                case OfUser(var user, var at) when at.isEmpty() ->
                                        audiences.forEach(
                                                audience ->
                                                        kept.accept(
                                                                new OfUser(
                                                                        user,
                                                                        Optional.of(audience))));
                                case OfUser(_, var at) when audiences.contains(at.get()) ->
                                        kept.accept(name);
                                case OfInvitation(var invitation)
                                        when InvitationFold.audienceOf(rows, invitation)
                                                .filter(audience -> audiences.contains(audience))
                                                .isPresent() ->
                                        kept.accept(name);
                                case OfEverything _ ->
                                        kept.accept(new OfEverything(Optional.of(audiences)));
                                case OfAudience _,
                                        OfUser _,
                                        OfInvitation _,
                                        Suspension.OfIssuer _,
                                        Suspension.OfScope _,
                                        Suspension.OfClaim _,
                                        Suspension.OfClient _,
                                        Suspension.OfRule _,
                                        Suspension.OfToken _ -> {}
                            }
                        })
                .toList();
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.narrows.events.event.InvitationEvent;
import org.narrows.events.event.InvitationEvent.InvitationIssued;
import org.narrows.events.event.InvitationEvent.InvitationRedeemed;
import org.narrows.events.event.InvitationEvent.InvitationRevoked;
import org.narrows.events.policy.ClaimDefinition;
import org.narrows.events.state.Row.InvitationRow;
import org.narrows.events.state.Row.InvitationState;
import org.narrows.events.state.Suspension.OfAudience;
import org.narrows.events.state.Suspension.OfClaim;
import org.narrows.events.state.Suspension.OfClient;
import org.narrows.events.state.Suspension.OfEverything;
import org.narrows.events.state.Suspension.OfInvitation;
import org.narrows.events.state.Suspension.OfIssuer;
import org.narrows.events.state.Suspension.OfRule;
import org.narrows.events.state.Suspension.OfScope;
import org.narrows.events.state.Suspension.OfToken;
import org.narrows.events.state.Suspension.OfUser;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.InvitationId;

/** Invitations: issued once, redeemed once. The row stays whatever becomes of it. */
final class InvitationFold {
    private InvitationFold() {}

    static Effect judge(Moment moment, InvitationEvent event) {
        return switch (event) {
            case InvitationIssued issued -> issued(moment, issued);
            case InvitationRedeemed redeemed -> redeemed(moment, redeemed);
            case InvitationRevoked revoked -> revoked(moment, revoked);
        };
    }

    /** The audience that an invitation was issued for, if there is such an invitation. */
    static Optional<AudienceId> audienceOf(Rows rows, InvitationId invitation) {
        return rows.live(Row.Key.invitation(invitation))
                .map(InvitationRow.class::cast)
                .map(InvitationRow::audience);
    }

    private static Effect issued(Moment moment, InvitationIssued event) {
        Optional<String> objection =
                moment.noAudience(event.audience())
                        .or(() -> invitationsOff(moment, event.audience()))
                        .or(
                                () ->
                                        event.claims().keySet().stream()
                                                .filter(
                                                        claim ->
                                                                !isDeclared(
                                                                        moment.policy(),
                                                                        claim,
                                                                        event.audience()))
                                                .map(
                                                        claim ->
                                                                "the claim `"
                                                                        + claim
                                                                        + "` is not declared at the audience `"
                                                                        + event.audience()
                                                                        + "`")
                                                .findFirst())
                        .or(() -> find(moment, event).map(_ -> "the invitation was issued before"));
        if (objection.isPresent()) {
            return new Effect.Refused(objection.get());
        }
        return Effect.changing(
                new RowChange.Opened(
                        new InvitationRow(
                                event.invitation(),
                                event.audience(),
                                event.expiresAt(),
                                event.claims(),
                                InvitationState.ISSUED,
                                moment.seq())));
    }

    private static boolean isDeclared(Policy policy, String claim, AudienceId audience) {
        return policy.claims().containsKey(new ClaimDefinition(claim, Optional.of(audience)))
                || policy.claims().containsKey(new ClaimDefinition(claim, Optional.empty()));
    }

    private static Effect redeemed(Moment moment, InvitationRedeemed event) {
        Optional<InvitationRow> found = find(moment, event);
        if (found.isEmpty()) {
            return new Effect.Refused("there is no such invitation");
        }
        InvitationRow invitation = found.get();
        Optional<String> objection =
                moment.noUser(event.user())
                        .or(() -> notRedeemable(moment, invitation))
                        .or(() -> invitationsOff(moment, invitation.audience()))
                        .or(() -> suspended(moment.policy(), invitation));
        if (objection.isPresent()) {
            return new Effect.Refused(objection.get());
        }
        List<RowChange> changes = new ArrayList<>();
        changes.add(
                new RowChange.Replaced(
                        invitation, withState(invitation, InvitationState.REDEEMED)));
        changes.add(
                MembershipFold.invited(
                        moment, event.user(), invitation.audience(), invitation.claims()));
        return new Effect.Applied(changes, List.of());
    }

    private static Optional<String> notRedeemable(Moment moment, InvitationRow invitation) {
        return switch (invitation.state()) {
            case REDEEMED -> Optional.of("the invitation was redeemed before");
            case REVOKED -> Optional.of("the invitation was revoked");
            case ISSUED -> {
                if (invitation
                        .expiresAt()
                        .filter(expiry -> !moment.clock().isBefore(expiry))
                        .isPresent()) {
                    yield Optional.of("the invitation has expired");
                }
                yield moment.holdsSince(invitation.audience(), invitation.since())
                        ? Optional.empty()
                        : Optional.of(
                                "the audience `"
                                        + invitation.audience()
                                        + "` was retired after the invitation was issued");
            }
        };
    }

    private static Optional<String> invitationsOff(Moment moment, AudienceId audience) {
        return moment.audience(audience)
                .filter(row -> !row.entry().invitationEnabled())
                .map(_ -> "invitations are not enabled at the audience `" + audience + "`");
    }

    /**
     * What a malformed `invitation.revoked` meant to end does not admit until an admin has decided.
     */
    private static Optional<String> suspended(Policy policy, InvitationRow invitation) {
        return policy.quarantine().values().stream()
                .filter(
                        quarantine ->
                                quarantine.names().stream()
                                        .anyMatch(name -> isAbout(name, invitation)))
                .map(
                        quarantine ->
                                "the invitation is suspended by the malformed record at seq "
                                        + quarantine.since())
                .findFirst();
    }

    private static boolean isAbout(Suspension name, InvitationRow invitation) {
        return switch (name) {
            case OfInvitation(var suspended) -> suspended.equals(invitation.invitation());
            case OfEverything(var audiences) ->
                    audiences.isEmpty() || audiences.get().contains(invitation.audience());
            case OfIssuer _,
                    OfAudience _,
                    OfScope _,
                    OfClaim _,
                    OfClient _,
                    OfRule _,
                    OfUser _,
                    OfToken _ ->
                    false;
        };
    }

    private static Effect revoked(Moment moment, InvitationRevoked event) {
        Optional<InvitationRow> found = find(moment, event);
        if (found.isEmpty()) {
            return new Effect.Refused("there is no such invitation");
        }
        return switch (found.get().state()) {
            case REDEEMED ->
                    new Effect.Refused(
                            "the invitation was redeemed before; remove the user instead");
            case REVOKED, ISSUED ->
                    Effect.putting(found, withState(found.get(), InvitationState.REVOKED));
        };
    }

    private static Optional<InvitationRow> find(Moment moment, InvitationEvent event) {
        return moment.live(Row.Key.invitation(event.invitation()), InvitationRow.class);
    }

    private static InvitationRow withState(InvitationRow row, InvitationState state) {
        return new InvitationRow(
                row.invitation(),
                row.audience(),
                row.expiresAt(),
                row.claims(),
                state,
                row.since());
    }
}

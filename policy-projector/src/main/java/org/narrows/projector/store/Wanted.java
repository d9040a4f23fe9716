// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.store;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.narrows.events.event.ConsentEvent;
import org.narrows.events.event.Event;
import org.narrows.events.event.InvitationEvent;
import org.narrows.events.event.InvitationEvent.InvitationRedeemed;
import org.narrows.events.event.LogEvent;
import org.narrows.events.event.PolicyChanged;
import org.narrows.events.event.QuarantineResolved;
import org.narrows.events.event.RevocationEvent.SubjectRevoked;
import org.narrows.events.event.RevocationEvent.TokenRevoked;
import org.narrows.events.event.UserEvent;
import org.narrows.events.event.UserEvent.UserForgotten;
import org.narrows.events.state.ReadRecord;
import org.narrows.events.state.ReadRecord.Malformed;
import org.narrows.events.state.ReadRecord.Signed;
import org.narrows.events.state.ReadRecord.Understood;
import org.narrows.events.state.ReadRecord.Unknown;
import org.narrows.events.state.ReadRecord.Unreadable;
import org.narrows.events.state.Row;
import org.narrows.events.state.RowKind;
import org.narrows.events.value.EventId;

/**
 * What the records of a batch name, so that it is fetched at once. Only a matter of speed: what is
 * not foreseen here is fetched when the fold asks.
 *
 * @param owners users whose rows are wanted as they are now
 * @param forgotten users whose whole history is wanted
 */
public record Wanted(
        Set<String> owners, Set<String> forgotten, Set<Row.Key> keys, Set<EventId> ids) {
    public static Wanted by(Collection<ReadRecord> records) {
        Wanted wanted =
                new Wanted(new HashSet<>(), new HashSet<>(), new HashSet<>(), new HashSet<>());
        for (ReadRecord read : records) {
            switch (read.content()) {
                case Unreadable _ -> {}
                case Signed signed -> {
                    switch (signed.body()) {
                        case Understood understood -> {
                            wanted.ids.add(understood.changeSet().id());
                            wanted.add(understood.changeSet().event());
                        }
                        case Malformed malformed -> malformed.id().ifPresent(wanted.ids::add);
                        case Unknown _ -> {}
                    }
                }
            }
        }
        return wanted;
    }

    private void add(Event event) {
        switch (event) {
            case ConsentEvent consent -> owners.add(consent.user().key());
            case UserForgotten forget -> {
                owners.add(forget.user().key());
                forgotten.add(forget.user().key());
            }
            case UserEvent membership -> owners.add(membership.user().key());
            case InvitationEvent invitation -> {
                keys.add(new Row.Key(RowKind.INVITATION, "", invitation.invitation().value()));
                if (invitation instanceof InvitationRedeemed redeemed) {
                    owners.add(redeemed.user().key());
                }
            }
            case SubjectRevoked revoked -> owners.add(revoked.user().key());
            case TokenRevoked revoked ->
                    keys.add(new Row.Key(RowKind.TOKEN_REVOCATION, "", revoked.token().key()));
            case LogEvent _, PolicyChanged _, QuarantineResolved _ -> {}
        }
    }
}

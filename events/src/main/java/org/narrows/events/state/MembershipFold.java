// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.narrows.events.event.UserEvent;
import org.narrows.events.event.UserEvent.UserAdmitted;
import org.narrows.events.event.UserEvent.UserForgotten;
import org.narrows.events.event.UserEvent.UserRemoved;
import org.narrows.events.state.Row.MembershipRow;
import org.narrows.events.state.Row.Standing.Barred;
import org.narrows.events.state.Row.Standing.Member;
import org.narrows.events.state.Row.SubjectRevocationRow;
import org.narrows.events.state.Row.TokenRevocationRow;
import org.narrows.events.state.Row.Via;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.User;

/** Who belongs to which audience, and who is barred from it. */
final class MembershipFold {
    private MembershipFold() {}

    static Effect judge(Moment moment, UserEvent event) {
        return switch (event) {
            case UserAdmitted admitted -> admitted(moment, admitted);
            case UserRemoved removed -> removed(moment, removed);
            case UserForgotten forgotten -> forgotten(moment, forgotten);
        };
    }

    private static Effect admitted(Moment moment, UserAdmitted event) {
        Optional<String> objection =
                moment.noUser(event.user())
                        .or(() -> moment.noAudience(event.audience()))
                        .or(
                                () ->
                                        switch (event.via()) {
                                            case ADMIN -> Optional.empty();
                                            case SIGN_UP -> noSignUp(moment, event);
                                        });
        if (objection.isPresent()) {
            return new Effect.Refused(objection.get());
        }
        Optional<MembershipRow> before = membership(moment, event.user(), event.audience());
        if (before.isPresent() && isMember(moment, before.get())) {
            return Effect.NOTHING;
        }
        Member member = new Member(Via.of(event.via()), new TreeMap<>(), barLifted(moment, before));
        return Effect.putting(
                before, new MembershipRow(event.user(), event.audience(), member, moment.seq()));
    }

    private static Optional<String> noSignUp(Moment moment, UserAdmitted event) {
        boolean open =
                moment.audience(event.audience())
                        .filter(audience -> audience.entry().signUpEnabled())
                        .isPresent();
        if (!open) {
            return Optional.of("sign-up is not open at the audience `" + event.audience() + "`");
        }
        return membership(moment, event.user(), event.audience())
                .filter(row -> row.standing() instanceof Barred)
                .map(
                        _ ->
                                "the user was removed from the audience `"
                                        + event.audience()
                                        + "`, which a sign-up does not lift");
    }

    private static Effect removed(Moment moment, UserRemoved event) {
        Optional<String> objection =
                moment.neverAUser(event.user()).or(() -> moment.neverAnAudience(event.audience()));
        if (objection.isPresent()) {
            return new Effect.Refused(objection.get());
        }
        Optional<MembershipRow> before = membership(moment, event.user(), event.audience());
        if (before.isPresent() && before.get().standing() instanceof Barred) {
            return Effect.NOTHING;
        }
        return Effect.putting(
                before,
                new MembershipRow(event.user(), event.audience(), new Barred(), moment.seq()));
    }

    /**
     * Everything of the user goes, history too; what is left for a day ends the tokens that are
     * still about.
     */
    private static Effect forgotten(Moment moment, UserForgotten event) {
        Optional<String> objection = moment.neverAUser(event.user());
        if (objection.isPresent()) {
            return new Effect.Refused(objection.get());
        }
        SubjectRevocationRow bar =
                new SubjectRevocationRow(
                        event.user(),
                        moment.clock(),
                        Optional.of(TokenRevocationRow.leavesAfter(moment.clock())),
                        moment.seq());
        return Effect.changing(new RowChange.Erased(event.user().key()), new RowChange.Opened(bar));
    }

    /**
     * An invitation admits whoever redeems it, also one who was removed; its claims come on top of
     * those held.
     */
    static RowChange invited(
            Moment moment, User user, AudienceId audience, SortedMap<String, String> claims) {
        Optional<MembershipRow> before = membership(moment, user, audience);
        SortedMap<String, String> held = new TreeMap<>();
        long since = moment.seq();
        if (before.isPresent()
                && before.get().standing() instanceof Member member
                && isMember(moment, before.get())) {
            held.putAll(member.claims());
            since = before.get().since();
        }
        held.putAll(claims);
        Member member = new Member(Via.INVITATION, held, barLifted(moment, before));
        MembershipRow after = new MembershipRow(user, audience, member, since);
        return before.isPresent()
                ? new RowChange.Replaced(before.get(), after)
                : new RowChange.Opened(after);
    }

    /**
     * When a bar was lifted, this time or before: an exchange made while sign-up was open stands on
     * no membership.
     */
    private static Optional<Long> barLifted(Moment moment, Optional<MembershipRow> before) {
        return before.flatMap(
                row ->
                        switch (row.standing()) {
                            case Barred() -> Optional.of(moment.seq());
                            case Member(_, _, var lifted) -> lifted;
                        });
    }

    private static boolean isMember(Moment moment, MembershipRow row) {
        return row.standing() instanceof Member && moment.holdsSince(row.audience(), row.since());
    }

    private static Optional<MembershipRow> membership(
            Moment moment, User user, AudienceId audience) {
        return moment.live(Row.Key.membership(user, audience), MembershipRow.class);
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.time.Instant;
import java.util.Optional;
import org.narrows.events.policy.Audience;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.User;

/**
 * What an event is judged by: everything as it stood before it, and the event's own seq and time.
 *
 * @param issuer what Narrows itself issues as
 * @param clock the greatest append time, the record's own included
 */
record Moment(Policy policy, Rows rows, IssuerUrl issuer, long seq, Instant clock) {

    /** The row under this key, where it is of the kind that the key says. */
    <R extends Row> Optional<R> live(Row.Key key, Class<R> type) {
        return rows.live(key).map(type::cast);
    }

    Optional<AudienceRow> audience(AudienceId audience) {
        return Optional.ofNullable(policy.audiences().get(audience));
    }

    /** Why nothing can be given at this audience, if so. */
    Optional<String> noAudience(AudienceId audience) {
        return audience(audience).isPresent()
                ? Optional.empty()
                : Optional.of("there is no audience `" + audience + "`");
    }

    /**
     * Why nothing can be taken away at this audience, if so; one that was retired is still spoken
     * of.
     */
    Optional<String> neverAnAudience(AudienceId audience) {
        boolean ever =
                audience(audience).isPresent() || rows.lastChange(Row.Key.audience(audience)) > 0;
        return ever
                ? Optional.empty()
                : Optional.of("there never was an audience `" + audience + "`");
    }

    /** Why nothing can be given to this user, if so. */
    Optional<String> noUser(User user) {
        return ownUser(user)
                .or(
                        () ->
                                policy.issuers().containsKey(user.issuer())
                                        ? Optional.empty()
                                        : Optional.of(
                                                "the issuer `"
                                                        + user.issuer()
                                                        + "` is not trusted"));
    }

    /**
     * Why nothing can be taken from this user, if so; an issuer that is trusted no more is still
     * spoken of.
     */
    Optional<String> neverAUser(User user) {
        return ownUser(user).or(() -> neverTrusted(user.issuer()));
    }

    Optional<String> neverTrusted(IssuerUrl named) {
        return policy.aliases().containsKey(named)
                ? Optional.empty()
                : Optional.of("the issuer `" + named + "` was never trusted");
    }

    private Optional<String> ownUser(User user) {
        return user.issuer().equals(issuer)
                ? Optional.of(
                        "`"
                                + issuer
                                + "` is what this log issues as; users belong to the issuer of their first token")
                : Optional.empty();
    }

    /**
     * Whether what was given at this audience at that seq still counts: the audience has held
     * unbroken since.
     */
    boolean holdsSince(AudienceId audience, long since) {
        return audience(audience).filter(row -> row.since() <= since).isPresent();
    }

    /** Whether the event is about the audience of the control plane. */
    static boolean isAdmin(AudienceId audience) {
        return audience.equals(Audience.ADMIN);
    }
}

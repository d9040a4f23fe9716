// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.narrows.events.event.LogEvent.PublisherKey;
import org.narrows.events.event.UserEvent;
import org.narrows.events.policy.Audience;
import org.narrows.events.policy.ClaimDefinition;
import org.narrows.events.policy.Client;
import org.narrows.events.policy.Rule;
import org.narrows.events.policy.ScopeDefinition;
import org.narrows.events.policy.Sets;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.value.Alias;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.InvitationId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.KeyId;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;

/**
 * One live thing that the log adds up to. A row is what the store keeps, what the digests hash and
 * what decisions read; {@code since} is the seq from which the thing has held unbroken.
 */
public sealed interface Row {
    Key key();

    long since();

    /**
     * When the row leaves the live ones by itself: a day past the end of a revocation; empty for
     * never.
     */
    default Optional<Instant> leavesAt() {
        return Optional.empty();
    }

    /**
     * What a row is found by.
     *
     * @param owner the user's {@link User#key} for rows of users, the audience for claims, else
     *     empty
     */
    record Key(RowKind kind, String owner, String name) implements Comparable<Key> {
        private static final Comparator<Key> ORDER =
                Comparator.comparing(Key::kind).thenComparing(Key::owner).thenComparing(Key::name);

        public static Key audience(AudienceId audience) {
            return new Key(RowKind.AUDIENCE, "", audience.value());
        }

        public static Key scope(ScopeName scope) {
            return new Key(RowKind.SCOPE, "", scope.value());
        }

        public static Key key(KeyId kid) {
            return new Key(RowKind.KEY, "", kid.value());
        }

        /** Of what the malformed record at this seq suspends. */
        public static Key quarantine(long seq) {
            return new Key(RowKind.QUARANTINE, "", Long.toString(seq));
        }

        public static Key consent(User user, AudienceId audience) {
            return new Key(RowKind.CONSENT, user.key(), audience.value());
        }

        public static Key membership(User user, AudienceId audience) {
            return new Key(RowKind.MEMBERSHIP, user.key(), audience.value());
        }

        public static Key subjectRevocation(User user) {
            return new Key(RowKind.SUBJECT_REVOCATION, user.key(), "");
        }

        public static Key invitation(InvitationId invitation) {
            return new Key(RowKind.INVITATION, "", invitation.value());
        }

        public static Key tokenRevocation(TokenRef token) {
            return new Key(RowKind.TOKEN_REVOCATION, "", token.key());
        }

        @Override
        public int compareTo(Key other) {
            return ORDER.compare(this, other);
        }
    }

    /** Rows of the small policy, held whole by every reader. */
    sealed interface PolicyRow extends Row {}

    /** Rows of one user. */
    sealed interface UserRow extends Row {
        User user();

        @Override
        default Key key() {
            return new Key(kind(), user().key(), name());
        }

        RowKind kind();

        String name();
    }

    record IssuerRow(TrustedIssuer entry, long since) implements PolicyRow {
        @Override
        public Key key() {
            return new Key(RowKind.ISSUER, "", entry.issuer().value());
        }
    }

    /**
     * An alias, and being primary, belong to an issuer for good, also when it is trusted no more.
     * Never closed.
     */
    record AliasRow(IssuerUrl issuer, Alias alias, boolean primary, long since)
            implements PolicyRow {
        @Override
        public Key key() {
            return new Key(RowKind.ALIAS, "", issuer.value());
        }
    }

    record AudienceRow(Audience entry, long since) implements PolicyRow {
        @Override
        public Key key() {
            return new Key(RowKind.AUDIENCE, "", entry.id().value());
        }
    }

    record ScopeRow(ScopeDefinition entry, long since) implements PolicyRow {
        @Override
        public Key key() {
            return new Key(RowKind.SCOPE, "", entry.scope().value());
        }
    }

    record ClaimRow(ClaimDefinition entry, long since) implements PolicyRow {
        @Override
        public Key key() {
            return new Key(
                    RowKind.CLAIM,
                    entry.audience().map(AudienceId::value).orElse(""),
                    entry.claim());
        }
    }

    /**
     * A client with all that it may have.
     *
     * @param enabledSince empty while disabled
     * @param scopes each with the seq since which the client has had it
     * @param audiences the targets, likewise
     */
    record ClientRow(
            Client entry,
            Optional<Long> enabledSince,
            SortedMap<ScopeName, Long> scopes,
            SortedMap<AudienceId, Long> audiences,
            long since)
            implements PolicyRow {
        public ClientRow {
            scopes = Sets.copy(scopes);
            audiences = Sets.copy(audiences);
        }

        @Override
        public Key key() {
            return new Key(RowKind.CLIENT, "", entry.id().value());
        }
    }

    record RuleRow(Rule entry, long since) implements PolicyRow {
        @Override
        public Key key() {
            return new Key(RowKind.RULE, "", entry.id().value());
        }
    }

    /** A key that publishes, also one revoked: a `kid` is given once. */
    record KeyRow(PublisherKey entry, Optional<Long> revokedAt, long since) implements PolicyRow {
        @Override
        public Key key() {
            return new Key(RowKind.KEY, "", entry.kid().value());
        }
    }

    /**
     * What a malformed record suspends until {@code quarantine.resolved}. {@code since} is that
     * record's seq.
     */
    record QuarantineRow(List<Suspension> names, long since) implements PolicyRow {
        public QuarantineRow {
            names = List.copyOf(names);
        }

        @Override
        public Key key() {
            return new Key(RowKind.QUARANTINE, "", Long.toString(since));
        }
    }

    /**
     * The seqs {@code first} to {@code last} were lost in a restore. {@code since} is the restore's
     * seq.
     */
    record GapRow(long first, long last, long since) implements PolicyRow {
        @Override
        public Key key() {
            return new Key(RowKind.GAP, "", Long.toString(since));
        }
    }

    /**
     * The one active consent of a user at an audience; {@code since} is per scope, the row's is
     * when it began.
     */
    record ConsentRow(
            User user, AudienceId audience, SortedMap<ScopeName, ConsentedScope> scopes, long since)
            implements UserRow {
        public ConsentRow {
            scopes = Sets.copy(scopes);
        }

        @Override
        public RowKind kind() {
            return RowKind.CONSENT;
        }

        @Override
        public String name() {
            return audience.value();
        }
    }

    /** One scope of a consent: the client that prompted it, and since when it has held. */
    record ConsentedScope(ClientId client, long since) {}

    /** A user's standing at an audience. */
    record MembershipRow(User user, AudienceId audience, Standing standing, long since)
            implements UserRow {
        @Override
        public RowKind kind() {
            return RowKind.MEMBERSHIP;
        }

        @Override
        public String name() {
            return audience.value();
        }
    }

    /** How a user stands to an audience; one without a row is neither. */
    sealed interface Standing {
        /**
         * The user belongs to the audience.
         *
         * @param claims values that an invitation assigned, as canonical JSON; they win over the
         *     token's
         * @param barLifted when this membership lifted a bar: since which seq. Kept while it lasts,
         *     so that no token from before the bar, of whoever had no membership yet, revives
         */
        record Member(Via via, SortedMap<String, String> claims, Optional<Long> barLifted)
                implements Standing {
            public Member {
                claims = Sets.copy(claims);
            }

            /** A membership that lifts no bar. */
            public Member(Via via, SortedMap<String, String> claims) {
                this(via, claims, Optional.empty());
            }
        }

        /** Removed: barred in every mode until admitted again. A bar outlives its audience. */
        record Barred() implements Standing {}
    }

    /** How a member came in. */
    enum Via {
        ADMIN("admin"),
        SIGN_UP("sign-up"),
        INVITATION("invitation");

        private final String text;

        Via(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }

        public static Via of(UserEvent.Via via) {
            return switch (via) {
                case ADMIN -> ADMIN;
                case SIGN_UP -> SIGN_UP;
            };
        }
    }

    /**
     * Every token of the user issued before {@code notBefore} is over. {@code leavesAt} only after
     * a forgetting.
     */
    record SubjectRevocationRow(
            User user, Instant notBefore, Optional<Instant> leavesAt, long since)
            implements UserRow {
        @Override
        public RowKind kind() {
            return RowKind.SUBJECT_REVOCATION;
        }

        @Override
        public String name() {
            return "";
        }
    }

    /** An invitation, whatever became of it: it is issued once. */
    record InvitationRow(
            InvitationId invitation,
            AudienceId audience,
            Optional<Instant> expiresAt,
            SortedMap<String, String> claims,
            InvitationState state,
            long since)
            implements Row {
        public InvitationRow {
            claims = Sets.copy(claims);
        }

        @Override
        public Key key() {
            return new Key(RowKind.INVITATION, "", invitation.value());
        }
    }

    /** What became of an invitation. */
    enum InvitationState {
        ISSUED,
        REDEEMED,
        REVOKED
    }

    /** The token and all its descendants are over; the row leaves a day after {@code expiresAt}. */
    record TokenRevocationRow(TokenRef token, Instant expiresAt, long since) implements Row {
        /** How long a revocation stays after the token's own end: clocks differ. */
        public static final Duration STAYS = Duration.ofDays(1);

        /** When a revocation of a token that ends then would leave. */
        public static Instant leavesAfter(Instant expiresAt) {
            return expiresAt.isAfter(Instant.MAX.minus(STAYS))
                    ? Instant.MAX
                    : expiresAt.plus(STAYS);
        }

        @Override
        public Optional<Instant> leavesAt() {
            return Optional.of(leavesAfter(expiresAt));
        }

        @Override
        public Key key() {
            return new Key(RowKind.TOKEN_REVOCATION, "", token.key());
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.narrows.events.decision.CompiledPolicy;
import org.narrows.events.decision.Decider;
import org.narrows.events.decision.Decision.Deny;
import org.narrows.events.decision.Decision.Permit;
import org.narrows.events.decision.Exchange;
import org.narrows.events.decision.PolicySnapshot;
import org.narrows.events.decision.PresentedToken;
import org.narrows.events.event.ChangeSet;
import org.narrows.events.event.Event;
import org.narrows.events.event.LogEvent.LogOpened;
import org.narrows.events.policy.Algorithm;
import org.narrows.events.policy.SubjectTokenType;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.state.Folding;
import org.narrows.events.state.LogFold;
import org.narrows.events.state.LogState;
import org.narrows.events.state.MemoryRows;
import org.narrows.events.state.ReadRecord;
import org.narrows.events.state.Row.AudienceRow;
import org.narrows.events.state.Row.ClientRow;
import org.narrows.events.state.Row.IssuerRow;
import org.narrows.events.state.Row.UserRow;
import org.narrows.events.state.Rows;
import org.narrows.events.state.UserFacts;
import org.narrows.events.state.Verdict;
import org.narrows.events.state.Verdict.Outcome;
import org.narrows.events.value.EventId;
import org.narrows.events.value.Hash;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.KeyId;
import org.narrows.events.value.Position;
import org.narrows.events.value.User;
import org.narrows.events.wire.AdminTokens;
import org.narrows.events.wire.BadTokenException;
import org.narrows.events.wire.EventCodec;
import org.narrows.events.wire.ForeignTokens;
import org.narrows.events.wire.IssuedTokens;
import org.narrows.events.wire.MalformedException;
import org.narrows.events.wire.RowCodec;
import org.narrows.events.wire.StrictJwt;
import org.narrows.projector.cli.PolicyTest.Asked;
import org.narrows.projector.cli.PolicyTest.Token;

/**
 * The policy of files as it would stand in a log, folded in memory, to decide exchanges by. What
 * folds, what reads tokens and what decides are the services' own; only signatures are not made,
 * and so not checked.
 */
final class TestedPolicy {
    /** What Narrows issues as in a test. */
    static final IssuerUrl NARROWS = new IssuerUrl("https://narrows.invalid");

    /** How long a token of a test is valid that does not say it. */
    static final Duration TOKEN_LIFETIME = Duration.ofMinutes(5);

    private static final KeyId ROOT = new KeyId("policy-tests");
    private static final String SOURCE = "urn:narrows:policy-tests";
    private static final ObjectMapper CLAIMS = new ObjectMapper();

    /** Nothing that these events do depends on when they came. */
    private static final Instant APPENDED = Instant.EPOCH;

    private final LogFold fold;
    private final LogState state;
    private final Rows rows;
    private final CompiledPolicy policy;

    private TestedPolicy(LogFold fold, LogState state, Rows rows) {
        this.fold = fold;
        this.state = state;
        this.rows = rows;
        this.policy = CompiledPolicy.of(state.policy(), NARROWS);
    }

    /**
     * Opens a log in memory and applies the files to it.
     *
     * @throws CommandFailure when a log would reject them
     */
    static TestedPolicy of(PolicyFiles files) {
        Given log = new Given(new LogFold(ROOT, RowCodec::encode));
        log.add(new LogOpened("{}", ROOT, "policy-tests", NARROWS));
        PolicyDifference difference =
                PolicyDifference.between(CurrentPolicy.of(log.state), files, false);
        if (!difference.isEmpty()) {
            log.add(changeSet(difference))
                    .ifPresent(
                            reason -> {
                                throw CommandFailure.invalid(
                                        "a log would reject this policy: " + reason);
                            });
        }
        return new TestedPolicy(log.fold, log.state, log.rows);
    }

    private static ChangeSet changeSet(PolicyDifference difference) {
        try {
            return EventCodec.decode(difference.proposal().bytes());
        } catch (MalformedException e) {
            throw CommandFailure.invalid("a log would reject this policy: " + e.getMessage());
        }
    }

    CompiledPolicy policy() {
        return policy;
    }

    /** All of it, with what is there from genesis. */
    SortedMap<EntryName, WholeEntry> entries() {
        return CurrentPolicy.of(state).entries();
    }

    /** Nothing but the policy, for what a test adds to it. */
    Given given() {
        return new Given(this);
    }

    /** A log in memory: what the fold makes of the events that are added. Not thread-safe. */
    static final class Given {
        private final LogFold fold;
        private final MemoryRows rows;
        private LogState state;

        private Given(LogFold fold) {
            this.fold = fold;
            this.rows = new MemoryRows();
            this.state = LogState.BEFORE_GENESIS;
        }

        private Given(TestedPolicy policy) {
            this.fold = policy.fold;
            this.rows = new MemoryRows(policy.rows);
            this.state = policy.state;
        }

        /**
         * Folds one event more.
         *
         * @return why it is rejected, if it is
         */
        Optional<String> add(Event event) {
            return add(
                    new ChangeSet(
                            new EventId("event-" + (state.seq() + 1)),
                            SOURCE,
                            APPENDED.toString(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            event));
        }

        private Optional<String> add(ChangeSet changeSet) {
            ReadRecord record = record(changeSet);
            return switch (fold.fold(state, rows, record)) {
                case Folding.Folded folded -> {
                    rows.apply(folded, record.valueHash());
                    state = folded.state();
                    Verdict verdict = folded.verdict();
                    yield verdict.outcome() == Outcome.APPLIED
                            ? Optional.empty()
                            : verdict.reason();
                }
                case Folding.HeldUp(String reason) -> throw new IllegalStateException(reason);
            };
        }

        /** The record as the wire would have read it, signed by the root key. */
        private ReadRecord record(ChangeSet changeSet) {
            ReadRecord.SignatureHeader signature =
                    new ReadRecord.SignatureHeader(
                            "ES256",
                            ROOT.value(),
                            state.checkpoint().map(at -> at.logId().value()),
                            AdminTokens.ROOT);
            Hash valueHash = Hash.sha256(changeSet.id().value().getBytes(StandardCharsets.UTF_8));
            return new ReadRecord(
                    APPENDED,
                    valueHash,
                    Hash.sha256(),
                    new ReadRecord.Signed(
                            signature,
                            _ -> true,
                            changeSet.type().shortName(),
                            new ReadRecord.Understood(changeSet)));
        }

        private Position position() {
            return new Position(state.checkpoint().orElseThrow().logId(), state.seq());
        }

        private UserFacts factsOf(User user) {
            return UserFacts.of(
                    user,
                    rows.versionsOf(user.key()).stream()
                            .filter(version -> version.to() == 0)
                            .map(version -> (UserRow) version.row())
                            .toList());
        }
    }

    /** Decides one exchange. */
    Found decide(Asked asked, Given given, Instant now) {
        return decide(asked, given, now, "");
    }

    /**
     * Decides one exchange.
     *
     * @param path tells its tokens from those of the exchanges around it
     */
    private Found decide(Asked asked, Given given, Instant now, String path) {
        String which = "subject";
        try {
            PresentedToken subject = present(asked.subject(), asked, given, now, path + which);
            Optional<PresentedToken> actor = Optional.empty();
            if (asked.actor().isPresent()) {
                which = "actor";
                actor = Optional.of(present(asked.actor().get(), asked, given, now, path + which));
            }
            return decide(
                    new Exchange(
                            asked.client(),
                            subject,
                            actor,
                            asked.targets(),
                            asked.scope(),
                            asked.proven()),
                    given,
                    now);
        } catch (BadTokenException e) {
            return new Found.Refused(
                    List.of(
                            Found.Objection.invalidToken(
                                    "the " + which + " token " + e.problem())));
        } catch (NotIssued e) {
            return new Found.NotReached(e.found);
        }
    }

    private Found decide(Exchange exchange, Given given, Instant now) {
        Map<User, UserFacts> users = new HashMap<>();
        Decider.usersOf(exchange, policy).forEach(user -> users.put(user, given.factsOf(user)));
        PolicySnapshot snapshot = new PolicySnapshot(given.position(), policy, users, Set.of());
        return switch (Decider.decide(exchange, snapshot, now)) {
            case Permit permit -> new Found.Permitted(permit);
            case Deny deny ->
                    new Found.Refused(deny.reasons().stream().map(Found.Objection::of).toList());
        };
    }

    private PresentedToken present(Token token, Asked asked, Given given, Instant now, String path)
            throws BadTokenException, NotIssued {
        return switch (token) {
            case Token.Claims claims -> foreign(claims, asked, now);
            case Token.After(Asked before) -> own(before, given, now, path);
        };
    }

    private PresentedToken foreign(Token.Claims token, Asked asked, Instant now)
            throws BadTokenException {
        ObjectNode claims = Json.object();
        primaryIssuer().ifPresent(issuer -> claims.put("iss", issuer.value()));
        String iss = token.claims().path("iss").asText(claims.path("iss").asText());
        Optional<TrustedIssuer> issuer = issuer(iss);
        SubjectTokenType presentedAs =
                token.presentedAs()
                        .or(() -> issuer.map(TestedPolicy::firstType))
                        .orElse(SubjectTokenType.ACCESS_TOKEN);
        boolean idToken = presentedAs == SubjectTokenType.ID_TOKEN;
        audienceOf(asked, issuer, idToken).ifPresent(aud -> claims.put("aud", aud));
        claims.put("iat", now.getEpochSecond());
        claims.put("exp", now.plus(TOKEN_LIFETIME).getEpochSecond());
        token.claims().properties().forEach(one -> claims.set(one.getKey(), one.getValue()));
        claims.properties().removeIf(one -> one.getValue().isNull());

        ObjectNode header = Json.object();
        header.put(
                "alg", issuer.map(one -> one.algorithms().first()).orElse(Algorithm.ES256).name());
        issuer.flatMap(one -> typeOf(one, idToken)).ifPresent(typ -> header.put("typ", typ));
        StrictJwt jwt = unsigned(header, claims);
        String named = jwt.requiredString("iss");
        TrustedIssuer trusted = ForeignTokens.admit(jwt, named, presentedAs, policy);
        return ForeignTokens.read(jwt, trusted, presentedAs, policy, now);
    }

    /** The issuer that a token is of which does not say it: the primary one, or the only one. */
    Optional<IssuerUrl> primaryIssuer() {
        List<TrustedIssuer> issuers =
                policy.policy().issuers().values().stream().map(IssuerRow::entry).toList();
        return issuers.stream()
                .filter(issuer -> issuers.size() == 1 || issuer.primary())
                .map(TrustedIssuer::issuer)
                .findFirst();
    }

    private Optional<TrustedIssuer> issuer(String iss) {
        try {
            return policy.issuer(new IssuerUrl(iss)).map(IssuerRow::entry);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static SubjectTokenType firstType(TrustedIssuer issuer) {
        return issuer.subjectTokenTypes().isEmpty()
                ? SubjectTokenType.ACCESS_TOKEN
                : issuer.subjectTokenTypes().first();
    }

    /** Whom a token is for that does not say it: the client's home; of an ID token the client. */
    private Optional<String> audienceOf(
            Asked asked, Optional<TrustedIssuer> issuer, boolean idToken) {
        Optional<ClientRow> client = policy.client(asked.client());
        if (idToken && issuer.isPresent()) {
            return client.map(row -> row.entry().knownAs(issuer.get().issuer()));
        }
        return client.flatMap(row -> policy.audience(row.entry().audience()))
                .map(AudienceRow::entry)
                .map(org.narrows.events.policy.Audience::tokenAudience);
    }

    /** A `typ` that the issuer's tokens may have; empty for none. */
    private static Optional<String> typeOf(TrustedIssuer issuer, boolean idToken) {
        if (idToken || issuer.requireType().contains("none")) {
            return Optional.empty();
        }
        return Optional.of(issuer.requireType().first());
    }

    /** The token that an exchange gives, presented again. */
    private PresentedToken own(Asked before, Given given, Instant now, String path)
            throws BadTokenException, NotIssued {
        Found found = decide(before, given, now, path + ".");
        if (!(found instanceof Found.Permitted(Permit permit))) {
            throw new NotIssued(found);
        }
        Map<String, Object> claims =
                IssuedTokens.claims(
                        permit.terms(),
                        NARROWS.value(),
                        path,
                        given.position().seq(),
                        now.truncatedTo(ChronoUnit.SECONDS),
                        permit.terms().expiresAt());
        ObjectNode header =
                Json.object().put("alg", Algorithm.ES256.name()).put("typ", IssuedTokens.TYPE);
        StrictJwt jwt = unsigned(header, CLAIMS.valueToTree(claims));
        return IssuedTokens.read(new IssuedTokens.Signed(jwt, given.position().seq()), policy, now);
    }

    /** A token as a request would hold it, but for its signature, which nobody here looks at. */
    private static StrictJwt unsigned(JsonNode header, JsonNode claims) throws BadTokenException {
        return StrictJwt.read(base64url(header) + "." + base64url(claims) + ".AA");
    }

    private static String base64url(JsonNode json) {
        try {
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(CLAIMS.writeValueAsBytes(json));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree that cannot be written", e);
        }
    }

    /** An exchange that should have given a token did not; never leaves this class. */
    private static final class NotIssued extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient Found found;

        NotIssued(Found found) {
            super("", null, false, false);
            this.found = found;
        }
    }
}

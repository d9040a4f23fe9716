// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.narrows.events.event.ChangeSet;
import org.narrows.events.event.ConsentEvent.ConsentGranted;
import org.narrows.events.event.ConsentEvent.ConsentWithdrawn;
import org.narrows.events.event.Event;
import org.narrows.events.event.InvitationEvent.InvitationIssued;
import org.narrows.events.event.InvitationEvent.InvitationRedeemed;
import org.narrows.events.event.InvitationEvent.InvitationRevoked;
import org.narrows.events.event.LogEvent.KeyAdded;
import org.narrows.events.event.LogEvent.KeyRevoked;
import org.narrows.events.event.PolicyChange;
import org.narrows.events.event.PolicyChange.*;
import org.narrows.events.event.PolicyChanged;
import org.narrows.events.event.QuarantineResolved;
import org.narrows.events.event.RevocationEvent.SubjectRevoked;
import org.narrows.events.event.RevocationEvent.TokenRevoked;
import org.narrows.events.event.UserEvent.UserAdmitted;
import org.narrows.events.event.UserEvent.UserForgotten;
import org.narrows.events.event.UserEvent.UserRemoved;
import org.narrows.events.event.UserEvent.Via;
import org.narrows.events.policy.ClaimDefinition;
import org.narrows.events.policy.Rule;
import org.narrows.events.policy.ScopeDefinition.ScopeKind;
import org.narrows.events.state.ReadRecord.Unreadable;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.Hash;
import org.narrows.events.value.InvitationId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;

/**
 * Random histories from a seed: a small world in which much is given, taken and given again, most
 * of it sensibly, some of it in vain, forged, malformed or twice. Same seed, same history.
 */
public final class World {
    private static final List<String> ISSUERS =
            List.of(
                    "https://login.example.com",
                    "https://partner.example.com",
                    "https://third.example.com");
    private static final List<String> AUDIENCES = List.of("orders", "billing", "stock", "mail");
    private static final List<String> SCOPES =
            List.of("read", "write", "list", "send", "profile", "audit");
    private static final List<String> CLIENTS =
            List.of("orders-app", "billing-app", "stock-app", "mail-app", "tool");
    private static final List<String> RULES = List.of("r1", "r2", "r3", "r4", "d1", "d2");
    private static final List<String> SUBJECTS = List.of("alice", "bob", "carol");
    private static final String LIMITED = "limited";

    private final Random random;
    private int ids;
    private Instant now = TestLog.START;

    private World(long seed) {
        random = new Random(seed);
    }

    public static World from(long seed) {
        return new World(seed);
    }

    /** A history of this many records, genesis, keys and a first policy included. */
    public List<ReadRecord> history(int records) {
        List<ReadRecord> history = new ArrayList<>();
        history.add(TestLog.genesis());
        history.add(
                signed(
                        TestLog.ROOT,
                        new KeyAdded(
                                TestLog.key(
                                        TestLog.CONTROL,
                                        true,
                                        Optional.empty(),
                                        TestLog.allTypes()))));
        history.add(
                signed(
                        TestLog.ROOT,
                        new KeyAdded(
                                TestLog.key(
                                        LIMITED,
                                        false,
                                        Optional.of(List.of("billing", "stock")),
                                        "consent.granted.v1",
                                        "consent.withdrawn.v1",
                                        "user.removed.v1"))));
        history.add(signed(TestLog.CONTROL, new PolicyChanged(firstPolicy())));
        while (history.size() < records) {
            if (random.nextInt(15) == 0) {
                story().forEach(event -> history.add(signed(TestLog.CONTROL, event)));
            } else {
                history.add(next(history));
            }
        }
        return List.copyOf(history.subList(0, records));
    }

    /**
     * What chance seldom brings about: one thing given, ended, and given again; one user given much
     * and forgotten.
     */
    private List<Event> story() {
        User user = aUser();
        ClientId client = aClient();
        int scope = random.nextInt(SCOPES.size());
        AudienceId audience = new AudienceId(scope == 4 ? pick(AUDIENCES) : homeOfScope(scope));
        PolicyChange define =
                new ScopeDefined(
                        Entries.scope(SCOPES.get(scope), homeOfScope(scope), kindOf(scope)));
        Event grant = new ConsentGranted(user, audience, Scopes.of(SCOPES.get(scope)), client);
        Event profile = new ConsentGranted(user, audience, Scopes.of("profile"), client);
        Event welcome = new UserAdmitted(user, audience, Via.ADMIN);
        Event again =
                new PolicyChanged(
                        List.of(new AudienceDefined(Entries.audience(audience.value())), define));
        return switch (random.nextInt(4)) {
            case 0 ->
                    List.of(
                            again,
                            grant,
                            new PolicyChanged(
                                    List.of(
                                            new ScopeRetired(
                                                    new ScopeName(SCOPES.get(scope)),
                                                    Optional.of(homeOfScope(scope))
                                                            .filter(home -> !home.isEmpty())
                                                            .map(AudienceId::new)))),
                            new PolicyChanged(List.of(define)),
                            grant);
            case 1 ->
                    List.of(
                            again,
                            profile,
                            grant,
                            welcome,
                            new PolicyChanged(List.of(new AudienceRetired(audience))),
                            again,
                            profile,
                            grant,
                            welcome);
            case 2 ->
                    List.of(
                            again,
                            grant,
                            profile,
                            new UserRemoved(user, audience),
                            new ConsentWithdrawn(user, audience, Optional.of(Scopes.of("profile"))),
                            welcome,
                            new UserForgotten(user),
                            grant);
            default ->
                    List.of(
                            again,
                            grant,
                            new ConsentWithdrawn(user, audience, Optional.empty()),
                            grant);
        };
    }

    /** What every world begins with: all that it knows of, defined once. */
    public List<PolicyChange> firstPolicy() {
        List<PolicyChange> changes = new ArrayList<>();
        for (int i = 0; i < ISSUERS.size(); i++) {
            changes.add(new IssuerTrusted(Entries.issuer(ISSUERS.get(i), "alias" + i, i == 0)));
        }
        AUDIENCES.forEach(id -> changes.add(new AudienceDefined(Entries.audience(id))));
        for (int i = 0; i < SCOPES.size(); i++) {
            changes.add(new ScopeDefined(Entries.scope(SCOPES.get(i), homeOfScope(i), kindOf(i))));
        }
        for (int i = 0; i < CLIENTS.size(); i++) {
            changes.add(new ClientRegistered(Entries.client(CLIENTS.get(i), homeOfClient(i))));
            changes.add(new ClientAudienceAllowed(new ClientId(CLIENTS.get(i)), anAudience()));
        }
        for (int i = 0; i < RULES.size(); i++) {
            changes.add(new RuleDefined(rule(i)));
        }
        return changes;
    }

    private static String homeOfScope(int i) {
        return i == 4 ? "" : AUDIENCES.get(i % AUDIENCES.size());
    }

    private static ScopeKind kindOf(int i) {
        return i == 3 ? ScopeKind.GRANTABLE : ScopeKind.CONSENTABLE;
    }

    private static String homeOfClient(int i) {
        return AUDIENCES.get(i % AUDIENCES.size());
    }

    private Rule rule(int i) {
        int from = i % AUDIENCES.size();
        int to = (i + 1) % AUDIENCES.size();
        Rule rule =
                RULES.get(i).startsWith("d")
                        ? Entries.deny(RULES.get(i), AUDIENCES.get(from), AUDIENCES.get(to))
                        : Entries.allow(
                                RULES.get(i),
                                AUDIENCES.get(from),
                                AUDIENCES.get(to),
                                "any: "
                                        + SCOPES.get(to)
                                        + (random.nextBoolean() ? " profile" : ""));
        if (random.nextInt(3) == 0) {
            rule = Entries.forClients(rule, CLIENTS.get(from));
        }
        if (random.nextInt(3) == 0) {
            rule = Entries.forIssuers(rule, pick(ISSUERS));
        }
        return rule;
    }

    private ReadRecord next(List<ReadRecord> history) {
        // Mostly forward, at times by days; a broker's clock may also step back.
        now =
                now.plus(
                        switch (random.nextInt(20)) {
                            case 0 -> Duration.ofDays(1);
                            case 1 -> Duration.ofSeconds(-30);
                            default -> Duration.ofSeconds(random.nextInt(600));
                        });
        return switch (random.nextInt(40)) {
            case 0 ->
                    new ReadRecord(
                            now,
                            Hash.ZERO,
                            Hash.ZERO,
                            new Unreadable("the record has no `sig` header"));
            case 1 -> forged();
            case 2 -> malformed();
            case 3, 4 -> again(pick(history));
            case 5 -> signed(TestLog.ROOT, keys());
            case 6 -> otherBytes(pick(history));
            case 7 -> signed(LIMITED, users());
            default -> signed(TestLog.CONTROL, event(history.size()));
        };
    }

    private ReadRecord again(ReadRecord record) {
        return new ReadRecord(now, record.valueHash(), record.sigHash(), record.content());
    }

    private ReadRecord otherBytes(ReadRecord record) {
        return new ReadRecord(
                now, Hash.sha256(record.valueHash().bytes()), record.sigHash(), record.content());
    }

    private ReadRecord forged() {
        ChangeSet set = envelope(event(1));
        return TestLog.signed(
                now,
                TestLog.CONTROL,
                "mallory",
                Optional.of(logId()),
                "actor of control",
                set.type().shortName(),
                new ReadRecord.Understood(set));
    }

    private ReadRecord malformed() {
        return TestLog.signed(
                now,
                TestLog.CONTROL,
                TestLog.CONTROL,
                Optional.of(logId()),
                "actor of control",
                "consent.withdrawn.v1",
                new ReadRecord.Malformed(
                        Optional.of(envelope(event(1)).id()),
                        "data.scopes: is no array",
                        random.nextBoolean(),
                        random.nextBoolean()
                                ? List.of()
                                : List.of(
                                        new Suspension.OfUser(
                                                aUser(), Optional.of(anAudience())))));
    }

    private ReadRecord signed(String kid, Event event) {
        return TestLog.signed(
                now, kid, Optional.of(logId()), TestLog.actorOf(kid), envelope(event));
    }

    private ChangeSet envelope(Event event) {
        ChangeSet set = TestLog.of("event-" + ++ids, event);
        return random.nextInt(10) == 0 ? TestLog.expecting(set, random.nextInt(ids + 1)) : set;
    }

    private static String logId() {
        return TestLog.genesis().valueHash().toString();
    }

    private Event keys() {
        return random.nextInt(4) == 0
                ? new KeyRevoked(
                        TestLog.key("key-" + random.nextInt(5), false, Optional.empty()).kid())
                : new KeyAdded(
                        TestLog.key(
                                "key-" + random.nextInt(5),
                                false,
                                Optional.empty(),
                                "token.revoked.v1"));
    }

    /** Any event that the control key may publish. */
    public Event event(int seq) {
        return switch (random.nextInt(12)) {
            case 0, 1, 2 -> new PolicyChanged(changes());
            case 3 -> invitations();
            case 4 ->
                    new TokenRevoked(
                            new TokenRef(
                                    new IssuerUrl(pick(ISSUERS)), "token-" + random.nextInt(6)),
                            now.plus(Duration.ofHours(random.nextInt(30) - 26L)));
            case 5 ->
                    random.nextInt(3) == 0
                            ? new UserForgotten(aUser())
                            : new SubjectRevoked(
                                    aUser(), now.minus(Duration.ofMinutes(random.nextInt(100))));
            case 6 -> new QuarantineResolved(random.nextInt(seq) + 1L);
            default -> users();
        };
    }

    private Event users() {
        return switch (random.nextInt(8)) {
            case 0, 1, 2 -> new ConsentGranted(aUser(), anAudience(), someScopes(), aClient());
            case 3 -> new ConsentWithdrawn(aUser(), anAudience(), Optional.of(someScopes()));
            case 4 -> new ConsentWithdrawn(aUser(), anAudience(), Optional.empty());
            case 5 -> new UserAdmitted(aUser(), anAudience(), Via.ADMIN);
            case 6 -> new UserAdmitted(aUser(), anAudience(), Via.SIGN_UP);
            default -> new UserRemoved(aUser(), anAudience());
        };
    }

    private Event invitations() {
        InvitationId invitation =
                new InvitationId("sha256:" + Hash.sha256(new byte[] {(byte) random.nextInt(8)}));
        SortedMap<String, String> claims = new TreeMap<>();
        if (random.nextInt(3) == 0) {
            claims.put("plan", "\"gold\"");
        }
        return switch (random.nextInt(5)) {
            case 0, 1 ->
                    new InvitationIssued(
                            invitation,
                            anAudience(),
                            random.nextBoolean()
                                    ? Optional.empty()
                                    : Optional.of(now.plus(Duration.ofHours(3))),
                            claims);
            case 2, 3 -> new InvitationRedeemed(invitation, aUser());
            default -> new InvitationRevoked(invitation);
        };
    }

    /** One to four changes, no two about the same, in any order. */
    public List<PolicyChange> changes() {
        List<PolicyChange> changes = new ArrayList<>();
        int wanted = 1 + random.nextInt(4);
        while (changes.size() < wanted) {
            changes.add(change());
            if (ChangeSubject.namedTwice(changes).isPresent()) {
                changes.removeLast();
            }
        }
        Collections.shuffle(changes, random);
        return changes;
    }

    private PolicyChange change() {
        int issuer = random.nextInt(ISSUERS.size());
        int audience = random.nextInt(AUDIENCES.size());
        int scope = random.nextInt(SCOPES.size());
        int client = random.nextInt(CLIENTS.size());
        int rule = random.nextInt(RULES.size());
        Optional<AudienceId> homeOfScope =
                Optional.of(homeOfScope(scope))
                        .filter(home -> !home.isEmpty())
                        .map(AudienceId::new);
        Optional<AudienceId> homeOfClaim =
                random.nextBoolean() ? Optional.empty() : Optional.of(anAudience());
        return switch (random.nextInt(30)) {
            case 0, 1 ->
                    new IssuerTrusted(
                            Entries.issuer(ISSUERS.get(issuer), "alias" + issuer, issuer == 0));
            case 2 -> new IssuerDistrusted(new IssuerUrl(ISSUERS.get(issuer)));
            case 3, 4, 5 ->
                    new AudienceDefined(
                            Entries.audience(
                                    AUDIENCES.get(audience),
                                    AUDIENCES.get(audience),
                                    random.nextBoolean(),
                                    random.nextBoolean()));
            case 6 -> new AudienceRetired(new AudienceId(AUDIENCES.get(audience)));
            case 7, 8, 9 ->
                    new ScopeDefined(
                            Entries.scope(SCOPES.get(scope), homeOfScope(scope), kindOf(scope)));
            case 10 -> new ScopeRetired(new ScopeName(SCOPES.get(scope)), homeOfScope);
            case 11, 12 -> new ClaimDefined(new ClaimDefinition("plan", homeOfClaim));
            case 13 -> new ClaimRetired("plan", homeOfClaim);
            case 14, 15, 16 ->
                    new ClientRegistered(Entries.client(CLIENTS.get(client), homeOfClient(client)));
            case 17 -> new ClientRemoved(new ClientId(CLIENTS.get(client)));
            case 18 -> new ClientDisabled(new ClientId(CLIENTS.get(client)));
            case 19 -> new ClientEnabled(new ClientId(CLIENTS.get(client)));
            case 20, 21 ->
                    new ClientScopeAllowed(
                            new ClientId(CLIENTS.get(client)), new ScopeName(SCOPES.get(scope)));
            case 22 ->
                    new ClientScopeWithdrawn(
                            new ClientId(CLIENTS.get(client)), new ScopeName(SCOPES.get(scope)));
            case 23, 24 ->
                    new ClientAudienceAllowed(new ClientId(CLIENTS.get(client)), anAudience());
            case 25 -> new ClientAudienceWithdrawn(new ClientId(CLIENTS.get(client)), anAudience());
            case 26 -> new RuleRetired(new RuleId(RULES.get(rule)));
            default -> new RuleDefined(rule(rule));
        };
    }

    private Scopes someScopes() {
        Scopes scopes = Scopes.of(pick(SCOPES));
        return random.nextInt(3) == 0 ? scopes.or(Scopes.of(pick(SCOPES))) : scopes;
    }

    private User aUser() {
        return new User(new IssuerUrl(pick(ISSUERS)), pick(SUBJECTS));
    }

    private AudienceId anAudience() {
        return new AudienceId(pick(AUDIENCES));
    }

    private ClientId aClient() {
        return new ClientId(pick(CLIENTS));
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }
}

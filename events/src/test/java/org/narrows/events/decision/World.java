// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import static org.narrows.events.decision.Given.NOW;
import static org.narrows.events.decision.Given.allow;
import static org.narrows.events.decision.Given.anAudience;
import static org.narrows.events.decision.Given.deny;
import static org.narrows.events.decision.Given.exchange;
import static org.narrows.events.decision.Given.token;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.narrows.events.decision.Decision.Permit;
import org.narrows.events.decision.Given.ExchangeBuilder;
import org.narrows.events.decision.Given.RuleBuilder;
import org.narrows.events.decision.Given.TokenBuilder;
import org.narrows.events.policy.Audience.BindingRequirement;
import org.narrows.events.policy.Client.ExcessScope;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.policy.Rule.Mode;
import org.narrows.events.policy.ScopeDefinition.ScopeKind;
import org.narrows.events.state.Row.ClientRow;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.Confirmation;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.User;

/** A random small policy with users, and random exchanges in it; the same for the same seed. */
final class World {
    private static final List<IssuerUrl> ISSUERS =
            List.of(Given.LOGIN, Given.PARTNER, new IssuerUrl("https://third.example.com"));
    private static final List<String> ALIASES = List.of("login", "partner", "third");
    private static final List<String> ROOT_SCOPES = List.of("root.a", "root.b");
    private static final List<Confirmation> KEYS =
            List.of(
                    new Confirmation.DpopKey("k1"),
                    new Confirmation.DpopKey("k2"),
                    new Confirmation.Certificate("c1"));
    private static final int AUDIENCES = 4;
    private static final int CLIENTS = 8;

    private final Random random;
    private final Given given = Given.nothing();
    private final List<String> scopes = new ArrayList<>();

    private World(long seed) {
        random = new Random(seed);
        for (int i = 0; i < ISSUERS.size(); i++) {
            given.issuer(
                    ISSUERS.get(i),
                    ALIASES.get(i),
                    i == 0,
                    chance(10) ? Optional.of("api-0 api-1") : Optional.empty());
        }
        for (int a = 0; a < AUDIENCES; a++) {
            given.audience(
                    anAudience("api-" + a)
                            .tokenAudience(chance(50) ? "https://api-" + a : "api-" + a)
                            .entry(chance(70), chance(50))
                            .maxLifetime(Duration.ofSeconds(30 + random.nextInt(600)))
                            .binding(
                                    chance(85)
                                            ? BindingRequirement.NONE
                                            : one(BindingRequirement.values()))
                            .labels(chance(80) ? new String[0] : new String[] {"pci"}));
            for (String name : List.of("read-" + a, "write-" + a)) {
                given.scope(name, "api-" + a, one(ScopeKind.values()));
                scopes.add(name);
            }
        }
        given.scope("shared", "", ScopeKind.GRANTABLE);
        scopes.add("shared");
        for (int c = 0; c < CLIENTS; c++) {
            given.client(
                    "client-" + c,
                    "api-" + c % AUDIENCES,
                    String.join(" ", some(65, audiences())),
                    String.join(" ", some(80, scopes)),
                    chance(50) ? ExcessScope.REFUSE : ExcessScope.NARROW,
                    Map.of());
        }
        for (int r = 0; r < 24; r++) {
            given.rule(rule("rule-" + r));
        }
        for (User user : users()) {
            for (String audience : audiences()) {
                if (chance(75)) {
                    given.consent(user, audience, String.join(" ", scopes));
                }
                if (chance(50)) {
                    given.member(user, audience);
                } else if (chance(10)) {
                    given.bar(user, audience);
                }
            }
        }
    }

    static World from(long seed) {
        return new World(seed);
    }

    Given given() {
        return given;
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private <T> T one(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    @SafeVarargs
    private <T> T one(T... values) {
        return values[random.nextInt(values.length)];
    }

    private <T> List<T> some(int percent, List<T> values) {
        return values.stream().filter(_ -> chance(percent)).toList();
    }

    private static List<String> audiences() {
        return IntStream.range(0, AUDIENCES).mapToObj(a -> "api-" + a).toList();
    }

    private static List<User> users() {
        return ISSUERS.stream()
                .flatMap(issuer -> List.of("ann", "bob|x").stream().map(s -> new User(issuer, s)))
                .toList();
    }

    private RuleBuilder rule(String id) {
        String from = one(audiences());
        String to = one(audiences());
        RuleBuilder rule;
        if (chance(8)) {
            rule = deny(id, from, to);
        } else {
            List<String> pairs = new ArrayList<>();
            for (String left :
                    List.of(
                            "root.a",
                            "root.b",
                            "read-" + from.charAt(4),
                            "write-" + from.charAt(4))) {
                List<String> right =
                        some(
                                60,
                                List.of(
                                        "read-" + to.charAt(4),
                                        "write-" + to.charAt(4),
                                        "shared",
                                        one(scopes)));
                if (!right.isEmpty()) {
                    pairs.add(left + ": " + String.join(" ", right));
                }
            }
            rule =
                    allow(
                            id,
                            from,
                            to,
                            pairs.isEmpty() ? "root.a: shared" : String.join(", ", pairs));
            rule.modes(chance(50) ? Mode.values() : new Mode[] {one(Mode.values())});
            rule.depth(1 + random.nextInt(4));
            if (chance(50)) {
                rule.maxLifetime(Duration.ofSeconds(10 + random.nextInt(600)));
            }
            if (chance(50)) {
                rule.rebind();
            }
            if (chance(70)) {
                rule.combinable();
            }
        }
        rule.actors(chance(60) ? ActorKind.values() : new ActorKind[] {one(ActorKind.values())});
        if (chance(15)) {
            rule.issuers(one(ISSUERS));
        }
        if (chance(20)) {
            rule.clients(
                    IntStream.range(0, CLIENTS)
                            .filter(c -> from.equals("api-" + c % AUDIENCES))
                            .mapToObj(c -> "client-" + c)
                            .limit(1)
                            .toArray(String[]::new));
        }
        if (chance(15)) {
            rule.window(
                    chance(50)
                            ? Optional.of(NOW.plusSeconds(random.nextInt(40) - 30))
                            : Optional.empty(),
                    chance(50)
                            ? Optional.of(NOW.plusSeconds(random.nextInt(400) - 40))
                            : Optional.empty());
        }
        if (chance(10)) {
            rule.conditions(Set.of("mfa"), Set.of(), Optional.of(Duration.ofMinutes(10)));
        }
        return rule;
    }

    /** A foreign token, mostly for the home of this client. */
    TokenBuilder foreign(String client) {
        ClientRow row = given.client(client);
        TokenBuilder token =
                token(one(users()))
                        .id("t" + random.nextInt(1_000_000))
                        .audiences(chance(95) ? tokenAudience(row.entry().audience()) : "elsewhere")
                        .scopes(String.join(" ", some(80, ROOT_SCOPES)))
                        .expiresAt(NOW.plusSeconds(5 + random.nextInt(1000)));
        if (chance(20)) {
            token.aboutClient();
        }
        if (chance(10)) {
            token.actors(chance(90) ? "partner|zoe" : "unknown|zoe");
        }
        if (chance(5)) {
            token.mayAct(Optional.empty(), Optional.of("ann"));
        }
        if (chance(15)) {
            token.boundTo(one(KEYS));
        }
        if (chance(60)) {
            token.authenticated(NOW.minusSeconds(random.nextInt(900)), one("mfa", "pwd"), "hwk");
        }
        return token;
    }

    String tokenAudience(AudienceId id) {
        return given.policy().audience(id).orElseThrow().entry().tokenAudience();
    }

    String client() {
        return "client-" + random.nextInt(CLIENTS);
    }

    ExchangeBuilder exchangeBy(String client, PresentedToken subject) {
        ExchangeBuilder exchange = exchange().by(client).of(subject);
        List<String> allowed =
                given.client(client).audiences().keySet().stream().map(AudienceId::value).toList();
        if (chance(5)) {
            exchange.to();
        } else if (chance(20)) {
            List<String> pool = allowed.isEmpty() ? audiences() : allowed;
            exchange.to(one(pool), one(pool));
        } else {
            exchange.to(allowed.isEmpty() || chance(5) ? "nowhere" : one(allowed));
        }
        if (chance(30)) {
            exchange.scope(String.join(" ", some(25, scopes)));
        }
        if (chance(25)) {
            exchange.actor(foreign(client));
        }
        if (chance(40)) {
            exchange.proving(some(50, KEYS).toArray(Confirmation[]::new));
        }
        return exchange;
    }

    ExchangeBuilder anyExchange() {
        String client = client();
        return exchangeBy(client, foreign(client).build());
    }

    /** The next exchange of a token that was issued, by some client that it is for. */
    ExchangeBuilder next(PresentedToken issued) {
        List<String> able =
                IntStream.range(0, CLIENTS)
                        .mapToObj(c -> "client-" + c)
                        .filter(
                                c ->
                                        issued.audiences()
                                                .contains(
                                                        tokenAudience(
                                                                given.client(c)
                                                                        .entry()
                                                                        .audience())))
                        .toList();
        return exchangeBy(able.isEmpty() ? client() : one(able), issued);
    }

    /** Something permitted, after at most so many tries. */
    Optional<PermittedExchange> permitted(int tries) {
        for (int i = 0; i < tries; i++) {
            Exchange asked = anyExchange().build();
            if (given.decide(asked, NOW) instanceof Permit permit) {
                return Optional.of(new PermittedExchange(asked, permit));
            }
        }
        return Optional.empty();
    }

    Instant later() {
        return NOW.plusSeconds(random.nextInt(5));
    }

    <T> T pick(List<T> values) {
        return one(values);
    }

    /** An exchange with what came of it. */
    record PermittedExchange(Exchange exchange, Permit permit) {}
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.narrows.events.decision.Decision.Permit;
import org.narrows.events.decision.Exchange.Parameter;
import org.narrows.events.decision.Exchange.Target;
import org.narrows.events.event.ConsentEvent.ConsentGranted;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.User;
import org.narrows.projector.cli.Hint.Check;
import org.narrows.projector.cli.PolicyTest.Asked;
import org.narrows.projector.cli.PolicyTest.Token;

/**
 * No hint is a false alarm: what it says can never be is not, in any of very many random exchanges
 * over random policies, decided by the real decision.
 */
class PolicyLintPropertiesTest {
    private static final long SEED = Long.getLong("lint.seed", 20260101);
    private static final int POLICIES = Integer.getInteger("lint.policies", 100);
    private static final int EXCHANGES = 150;
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final List<String> ISSUERS =
            List.of("https://one.example.com", "https://two.example.com");
    private static final List<String> AUDIENCES = List.of("a:one", "a:two");
    private static final List<String> SCOPES = List.of("s1", "s2", "s3", "s4");
    private static final List<String> HELD = List.of("h1", "h2");
    private static final List<String> CLIENTS = List.of("c1", "c2");

    @TempDir Path directory;

    private Random random = new Random(SEED);

    /** Whether all rules take the tokens of the first issuer only, and no actor tokens. */
    private boolean oneIssuer;

    @Test
    void what_a_hint_says_can_never_be_is_never_decided() throws Exception {
        Map<Check, Integer> seen = new EnumMap<>(Check.class);
        int permits = 0;
        for (int i = 0; i < POLICIES; i++) {
            random = new Random(SEED + i);
            oneIssuer = random.nextInt(6) == 0;
            Path file = directory.resolve("policy.yaml");
            List<String> rules = IntStream.range(0, 6).mapToObj(this::rule).toList();
            String entries = entries();
            Files.writeString(file, entries + "rules:\n" + String.join("", rules));
            PolicyFiles files = PolicyFiles.read(List.of(file));
            TestedPolicy policy = TestedPolicy.of(files);
            List<Hint> hints = PolicyLint.hints(policy.entries().values(), NOW);
            hints.forEach(hint -> seen.merge(hint.check(), 1, Integer::sum));
            Map<String, TestedPolicy> without = without(hints, file, entries, rules);
            for (int j = 0; j < EXCHANGES; j++) {
                Asked asked = asked();
                Instant now = NOW.plusSeconds(random.nextLong(90L * 86_400));
                Found found = policy.decide(asked, consents(policy), now);
                String where = "seed " + (SEED + i) + "\n" + Files.readString(file) + "\n" + asked;
                if (found instanceof Found.Permitted(Permit permit)) {
                    permits++;
                    hints.forEach(hint -> hold(hint, permit, asked, where));
                }
                without.forEach(
                        (rule, rest) ->
                                assertThat(shown(rest.decide(asked, consents(rest), now)))
                                        .as(where + "\nwithout " + rule)
                                        .isEqualTo(shown(found)));
            }
        }
        assertThat(permits).as("permits").isGreaterThan(POLICIES);
        assertThat(seen.keySet())
                .contains(
                        Check.SHADOWED_RULE,
                        Check.COVERED_RULE,
                        Check.UNREACHABLE_RULE,
                        Check.UNREACHABLE_SCOPE,
                        Check.IDLE_CLIENT,
                        Check.UNUSED_ISSUER);
    }

    private static void hold(Hint hint, Permit permit, Asked asked, String where) {
        String id = hint.entry().id();
        boolean byRule = permit.basis().stream().anyMatch(one -> one.rule().value().equals(id));
        switch (hint.check()) {
            case SHADOWED_RULE, UNREACHABLE_RULE ->
                    assertThat(byRule).as(where + "\n" + hint).isFalse();
            case UNREACHABLE_SCOPE -> {
                if (hint.entry().kind() == org.narrows.events.policy.Kind.SCOPES) {
                    assertThat(permit.terms().scopes().toString().split(" "))
                            .as(where + "\n" + hint)
                            .doesNotContain(id);
                } else if (asked.client().value().equals(id)) {
                    permit.terms()
                            .scopes()
                            .forEach(
                                    scope ->
                                            assertThat(hint.sentence())
                                                    .as(where)
                                                    .doesNotContain("`" + scope + "`"));
                }
            }
            case IDLE_CLIENT ->
                    assertThat(asked.client().value()).as(where + "\n" + hint).isNotEqualTo(id);
            case UNUSED_ISSUER ->
                    assertThat(permit.terms().party().issuer().value())
                            .as(where + "\n" + hint)
                            .isNotEqualTo(id);
            case COVERED_RULE,
                    EXPIRING_RULE,
                    WIDELY_SHARED_CONSENT,
                    WEAK_SECRET,
                    AUDIENCE_NO_URI,
                    PAST_TOKEN_AUDIENCE -> {}
        }
    }

    /** The policy without each rule that is said to be needless. */
    private static Map<String, TestedPolicy> without(
            List<Hint> hints, Path file, String entries, List<String> rules) throws Exception {
        Map<String, TestedPolicy> without = new java.util.TreeMap<>();
        Path rest = file.resolveSibling("rest.yaml");
        for (Hint hint : hints) {
            if (hint.check() == Check.COVERED_RULE) {
                String id = hint.entry().id();
                List<String> others =
                        rules.stream().filter(rule -> !rule.contains("{id: " + id + ",")).toList();
                Files.writeString(rest, entries + "rules:\n" + String.join("", others));
                without.put(id, TestedPolicy.of(PolicyFiles.read(List.of(rest))));
            }
        }
        return without;
    }

    /** What is decided; by which rule, and which of several objections explain a denial, aside. */
    private static String shown(Found found) {
        return found instanceof Found.Permitted(Permit permit)
                ? found.shown() + " until " + permit.terms().expiresAt()
                : "deny";
    }

    private String entries() {
        StringBuilder policy = new StringBuilder("issuers:\n");
        for (int i = 0; i < ISSUERS.size(); i++) {
            policy.append(
                    "  - {issuer: %s, alias: i%d, clients: %s, jwksUri: %s/keys}\n"
                            .formatted(
                                    ISSUERS.get(i),
                                    i,
                                    one(List.of("false", "false", "true", "all")),
                                    ISSUERS.get(i)));
        }
        policy.append("audiences:\n");
        AUDIENCES.forEach(id -> policy.append("  - {id: \"" + id + "\"}\n"));
        policy.append("scopes:\n");
        for (String scope : SCOPES) {
            policy.append(
                    "  - {scope: %s, kind: %s, name: n, description: d%s}\n"
                            .formatted(
                                    scope,
                                    one(List.of("grantable", "grantable", "consentable", "client")),
                                    audienceOf(scope)
                                            .map(audience -> ", audience: \"" + audience + '"')
                                            .orElse("")));
        }
        policy.append("clients:\n");
        for (String client : CLIENTS) {
            policy.append(
                    ("  - {id: %s, audience: \"a:one\", authentication: {method: tls_client_auth, sanDns: %s}, audiences:"
                                    + " [%s], scopes: [%s], onExcessScope: narrow}\n")
                            .formatted(
                                    client,
                                    client,
                                    random.nextInt(6) == 0 ? "" : quoted(some(AUDIENCES)),
                                    random.nextInt(6) == 0 ? "" : String.join(", ", some(SCOPES))));
        }
        return policy.toString();
    }

    private static Optional<String> audienceOf(String scope) {
        return switch (scope) {
            case "s1" -> Optional.of("a:one");
            case "s2" -> Optional.of("a:two");
            default -> Optional.empty();
        };
    }

    private String rule(int number) {
        String to = one(AUDIENCES);
        StringBuilder rule = new StringBuilder("  - {id: r" + number + ", ");
        boolean allow = random.nextInt(5) > 0;
        rule.append("effect: ").append(allow ? "allow" : "deny");
        rule.append(", from: \"a:one\", to: \"").append(to).append('"');
        rule.append(maybe(", clients: [" + String.join(", ", some(CLIENTS)) + "]"));
        rule.append(
                oneIssuer
                        ? ", issuers: [" + ISSUERS.getFirst() + "]"
                        : maybe(
                                ", issuers: ["
                                        + one(ISSUERS)
                                        + "]"
                                        + maybe(", modes: [impersonation, delegation]")));
        rule.append(random.nextInt(4) == 0 ? ", actors: [client, user]" : "");
        rule.append(maybe(", conditions: {acr: [" + String.join(", ", some(HELD)) + "]}"));
        rule.append(
                random.nextInt(3) == 0
                        ? ", notAfter: 2026-0" + (1 + random.nextInt(3)) + "-20T00:00:00Z"
                        : "");
        rule.append(
                random.nextInt(4) == 0
                        ? ", notBefore: 202" + (5 + random.nextInt(2)) + "-01-10T00:00:00Z"
                        : "");
        if (allow) {
            rule.append(", scopes: {")
                    .append(one(HELD))
                    .append(": [")
                    .append(String.join(", ", some(scopesOf(to))))
                    .append("]}");
            rule.append(random.nextInt(4) == 0 ? ", maxLifetime: PT1M" : "");
            rule.append(random.nextInt(4) == 0 ? ", combinable: true" : "");
        }
        return rule.append("}\n").toString();
    }

    private static List<String> scopesOf(String audience) {
        return SCOPES.stream()
                .filter(scope -> audienceOf(scope).filter(of -> !of.equals(audience)).isEmpty())
                .toList();
    }

    private Asked asked() {
        List<Target> targets =
                (random.nextInt(4) == 0 ? AUDIENCES : List.of(one(AUDIENCES)))
                        .stream().map(id -> new Target(Parameter.AUDIENCE, id)).toList();
        return new Asked(
                new ClientId(one(CLIENTS)),
                token("user"),
                random.nextInt(4) == 0 ? Optional.of(token("actor")) : Optional.empty(),
                targets,
                random.nextInt(3) == 0
                        ? Optional.of(Scopes.of(some(SCOPES).toArray(String[]::new)))
                        : Optional.empty(),
                List.of());
    }

    private Token token(String subject) {
        ObjectNode claims = Json.object().put("iss", one(ISSUERS)).put("sub", subject);
        claims.put("scope", String.join(" ", some(HELD))).put("acr", one(HELD));
        if (random.nextInt(3) == 0) {
            claims.put("client_id", subject);
        }
        return new Token.Claims(claims, Optional.empty());
    }

    /** Whatever can be consented to is. */
    private static TestedPolicy.Given consents(TestedPolicy policy) {
        TestedPolicy.Given given = policy.given();
        for (String issuer : ISSUERS) {
            for (String audience : AUDIENCES) {
                for (String scope : SCOPES) {
                    var _ =
                            given.add(
                                    new ConsentGranted(
                                            new User(new IssuerUrl(issuer), "user"),
                                            new AudienceId(audience),
                                            Scopes.of(scope),
                                            new ClientId("c1")));
                }
            }
        }
        return given;
    }

    private String one(List<String> texts) {
        return texts.get(random.nextInt(texts.size()));
    }

    private List<String> some(List<String> texts) {
        List<String> some =
                new ArrayList<>(texts.stream().filter(_ -> random.nextBoolean()).toList());
        return some.isEmpty() ? List.of(one(texts)) : some;
    }

    private String maybe(String text) {
        return random.nextBoolean() ? text : "";
    }

    private static String quoted(List<String> texts) {
        return '"' + String.join("\", \"", texts) + '"';
    }
}

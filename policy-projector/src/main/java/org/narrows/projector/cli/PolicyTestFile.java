// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.narrows.events.decision.CompiledPolicy;
import org.narrows.events.decision.Exchange.Parameter;
import org.narrows.events.decision.Exchange.Target;
import org.narrows.events.event.ConsentEvent.ConsentGranted;
import org.narrows.events.event.UserEvent.UserAdmitted;
import org.narrows.events.event.UserEvent.Via;
import org.narrows.events.policy.Kind;
import org.narrows.events.policy.SubjectTokenType;
import org.narrows.events.state.Policy;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.Confirmation;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.ScopeName;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.User;
import org.narrows.events.wire.Located;
import org.narrows.events.wire.MalformedException;
import org.narrows.events.wire.Members;
import org.narrows.projector.cli.PolicyTest.Asked;
import org.narrows.projector.cli.PolicyTest.Expected;
import org.narrows.projector.cli.PolicyTest.Token;

/**
 * Reads the policy tests of one file. A name that the policy does not know is an error here, and no
 * refusal: a test that fails for a typing error would tell nothing of the policy.
 */
final class PolicyTestFile {
    /**
     * What a test may be denied for: what `decide` finds, and a token that is none. No file can
     * suspend anything or disable a client.
     */
    static final List<String> CODES =
            List.of(
                    "subject_audience",
                    "actor_audience",
                    "may_act_mismatch",
                    "actor_repeated",
                    "chain_too_deep",
                    "token_not_active",
                    "binding_missing",
                    "target_unknown",
                    "target_not_allowed",
                    "no_rule",
                    "mode",
                    "actor",
                    "window",
                    "condition",
                    "denied",
                    "not_a_member",
                    "not_combinable",
                    "scopes_not_permitted",
                    "consent_missing",
                    Found.Objection.INVALID_TOKEN);

    private static final int MAX_TESTS = 100_000;
    private static final int MAX_NAME = 255;

    private final TestedPolicy tested;
    private final CompiledPolicy policy;
    private final String file;
    private final List<String> problems;
    private final Map<String, Integer> names = new HashMap<>();
    private final Map<Kind, Set<String>> ids = new EnumMap<>(Kind.class);
    private final List<PolicyTest> tests = new ArrayList<>();

    private PolicyTestFile(TestedPolicy tested, String file, List<String> problems) {
        this.tested = tested;
        this.policy = tested.policy();
        this.file = file;
        this.problems = problems;
    }

    /**
     * Reads a file.
     *
     * @param problems takes what is wrong, each with file, line and field
     */
    static List<PolicyTest> read(Path path, TestedPolicy tested, List<String> problems) {
        PolicyTestFile file = new PolicyTestFile(tested, path.toString(), problems);
        for (LocatedYaml document : LocatedYaml.read(PolicyFiles.text(path), path.toString())) {
            file.read(document);
        }
        return file.tests;
    }

    private void read(LocatedYaml document) {
        attempt(
                document,
                () -> {
                    Members members = members(Located.whole(document.tree()), "tests");
                    for (Located test : members.need("tests").list(MAX_TESTS, one -> one)) {
                        attempt(document, () -> tests.add(test(test, document)));
                    }
                });
    }

    private void attempt(LocatedYaml document, Runnable reading) {
        try {
            reading.run();
        } catch (MalformedException e) {
            problems.add(file + ":" + document.line(e.path()) + ": " + e.getMessage());
        }
    }

    private PolicyTest test(Located at, LocatedYaml document) {
        Members members = members(at, "name", "consents", "members", "now", "exchange", "expect");
        Located name = members.need("name");
        int line = document.line(at.path());
        Integer before = names.putIfAbsent(name.printable(MAX_NAME), line);
        if (before != null) {
            throw name.wrong("the test at line " + before + " has this name already");
        }
        Expected expected = expected(members.need("expect"));
        Asked asked = exchange(members.need("exchange"), expected);
        TestedPolicy.Given given = tested.given();
        members.find("consents")
                .ifPresent(list -> list.list(one -> consent(one, asked.client(), given)));
        members.find("members").ifPresent(list -> list.list(one -> member(one, given)));
        return new PolicyTest(
                name.text(),
                file,
                line,
                given,
                members.find("now").map(Located::instant),
                asked,
                expected);
    }

    // What is expected

    private Expected expected(Located at) {
        Members members = members(at, "permit", "deny");
        members.either("permit", "deny");
        Optional<Located> permit = members.find("permit");
        if (permit.isPresent()) {
            Scopes scopes = scopes(permit.get());
            scopes.forEach(scope -> there(permit.get(), scope.value(), Kind.SCOPES));
            return new Expected.Permit(scopes);
        }
        return new Expected.Deny(new TreeSet<>(members.need("deny").someOf(PolicyTestFile::code)));
    }

    private static String code(Located at) {
        if (!CODES.contains(at.text())) {
            throw at.wrong(
                    "`"
                            + at.text()
                            + "` is no reason that a test can find"
                            + NearestName.hint(at.text(), CODES));
        }
        return at.text();
    }

    /** Names of scopes as in the parameter `scope`, parted by spaces (RFC 6749 §3.3). */
    private static Scopes scopes(Located at) {
        Scopes scopes = at.as(Scopes::parse);
        if (scopes.isEmpty()) {
            throw at.wrong("must name at least one scope");
        }
        return scopes;
    }

    private static boolean expects(Expected expected, String code) {
        return expected instanceof Expected.Deny(var codes) && codes.contains(code);
    }

    // What is asked

    private Asked exchange(Located at, Expected expected) {
        Members members =
                members(
                        at,
                        "client",
                        "subject",
                        "subject_token_type",
                        "actor",
                        "actor_token_type",
                        "audience",
                        "scope",
                        "proven");
        Located client = members.need("client");
        there(client, client.text(), Kind.CLIENTS);
        Optional<SubjectTokenType> subjectType = members.find("subject_token_type").map(this::type);
        Optional<SubjectTokenType> actorType = members.find("actor_token_type").map(this::type);
        Optional<Located> actor = members.find("actor");
        if (actorType.isPresent() && actor.isEmpty()) {
            throw members.need("actor_token_type").wrong("must not be there without `actor`");
        }
        Optional<Located> scope = members.find("scope");
        return new Asked(
                new ClientId(client.text()),
                token(members.need("subject"), subjectType),
                actor.map(one -> token(one, actorType)),
                members.find("audience").map(one -> targets(one, expected)).orElse(List.of()),
                scope.map(one -> requested(one, expected)),
                members.find("proven")
                        .map(list -> list.list(PolicyTestFile::confirmation))
                        .orElse(List.of()));
    }

    private SubjectTokenType type(Located at) {
        return at.oneOf(List.of(SubjectTokenType.values()), SubjectTokenType::text);
    }

    private Token token(Located at, Optional<SubjectTokenType> type) {
        Members members = at.members();
        if (members.find("after").isPresent()) {
            Located before = members(at, "after").need("after");
            if (type.isPresent()) {
                throw at.wrong("a token that Narrows issued is an access token");
            }
            return new Token.After(exchange(before, new Expected.Permit(Scopes.NONE)));
        }
        for (String ours : List.of("lineage", "provenance", "policy_seq")) {
            members.refuse(
                    ours,
                    "is of tokens that Narrows issues: write `after` with the exchange that gives"
                            + " the token in the place of its claims");
        }
        if (tested.primaryIssuer().isEmpty()) {
            members.need("iss");
        }
        members.need("sub");
        return new Token.Claims((ObjectNode) at.json(), type);
    }

    private List<Target> targets(Located at, Expected expected) {
        List<Located> named = at.json().isArray() ? at.someOf(one -> one) : List.of(at);
        List<Target> targets = new ArrayList<>();
        for (Located one : named) {
            Target target = new Target(Parameter.AUDIENCE, one.text());
            if (policy.named(target).isEmpty() && !expects(expected, "target_unknown")) {
                throw one.wrong(notThere(one.text(), Kind.AUDIENCES, audienceNames()));
            }
            targets.add(target);
        }
        return targets;
    }

    private Set<String> audienceNames() {
        Set<String> names = new TreeSet<>();
        policy.policy()
                .audiences()
                .values()
                .forEach(
                        row -> {
                            names.add(row.entry().id().value());
                            names.add(row.entry().tokenAudience());
                        });
        return names;
    }

    /** The requested scopes; one that there is not can only be asked for to see it refused. */
    private Scopes requested(Located at, Expected expected) {
        Scopes scopes = scopes(at);
        if (!expects(expected, "scopes_not_permitted")) {
            scopes.forEach(scope -> there(at, scope.value(), Kind.SCOPES));
        }
        return scopes;
    }

    /** What the requester proves possession of, as a `cnf` says it (RFC 7800). */
    private static Confirmation confirmation(Located at) {
        Members members = members(at, "jkt", "x5t#S256");
        members.either("jkt", "x5t#S256");
        return members.find("jkt")
                .<Confirmation>map(jkt -> new Confirmation.DpopKey(jkt.text()))
                .orElseGet(() -> new Confirmation.Certificate(members.need("x5t#S256").text()));
    }

    // What is given

    private ConsentGranted consent(Located at, ClientId client, TestedPolicy.Given given) {
        Members members = members(at, "user", "audience", "scopes");
        Located scopes = members.need("scopes");
        List<ScopeName> names =
                scopes.someOf(
                        one -> {
                            there(one, one.text(), Kind.SCOPES);
                            return one.as(ScopeName::new);
                        });
        ConsentGranted event =
                new ConsentGranted(
                        user(members.need("user")),
                        audience(members.need("audience")),
                        Scopes.of(names),
                        client);
        given.add(event)
                .ifPresent(
                        reason -> {
                            throw scopes.wrong(reason);
                        });
        return event;
    }

    private UserAdmitted member(Located at, TestedPolicy.Given given) {
        Members members = members(at, "user", "audience");
        UserAdmitted event =
                new UserAdmitted(
                        user(members.need("user")), audience(members.need("audience")), Via.ADMIN);
        given.add(event)
                .ifPresent(
                        reason -> {
                            throw at.wrong(reason);
                        });
        return event;
    }

    private AudienceId audience(Located at) {
        there(at, at.text(), Kind.AUDIENCES);
        return new AudienceId(at.text());
    }

    /** `alias|subject`, the subject alone for the primary issuer's, or `{issuer, subject}`. */
    private User user(Located at) {
        if (at.json().isObject()) {
            Members members = members(at, "issuer", "subject");
            Located issuer = members.need("issuer");
            there(issuer, issuer.text(), Kind.ISSUERS);
            return members.need("subject")
                    .as(subject -> new User(new IssuerUrl(issuer.text()), subject));
        }
        String name = at.text();
        int bar = name.indexOf('|');
        if (bar < 0) {
            IssuerUrl issuer =
                    tested.primaryIssuer()
                            .orElseThrow(
                                    () -> at.wrong("no issuer is primary: write `alias|subject`"));
            return at.as(subject -> new User(issuer, subject));
        }
        return at.as(policy::userNamed)
                .orElseThrow(
                        () ->
                                at.wrong(
                                        "no issuer has the alias `"
                                                + name.substring(0, bar)
                                                + "`"
                                                + NearestName.hint(
                                                        name.substring(0, bar), aliases())));
    }

    private List<String> aliases() {
        return policy.policy().aliases().values().stream().map(row -> row.alias().value()).toList();
    }

    // Names

    /** The members of an object, after a look for those that nobody knows. */
    private static Members members(Located at, String... known) {
        Members members = at.members();
        for (String name : members.names()) {
            if (!List.of(known).contains(name)) {
                throw new MalformedException(
                        at.path().isEmpty() ? name : at.path() + "." + name,
                        "is not known here" + NearestName.hint(name, List.of(known)));
            }
        }
        return members;
    }

    /** An entry of this kind that the policy has; the id is its text. */
    private void there(Located at, String name, Kind kind) {
        Set<String> names = ids.computeIfAbsent(kind, this::idsOf);
        if (!names.contains(name)) {
            throw at.wrong(notThere(name, kind, names));
        }
    }

    private Set<String> idsOf(Kind kind) {
        Policy all = policy.policy();
        Collection<?> ids =
                switch (kind) {
                    case ISSUERS -> all.issuers().keySet();
                    case AUDIENCES -> all.audiences().keySet();
                    case SCOPES -> all.scopes().keySet();
                    case CLAIMS -> all.claims().keySet();
                    case CLIENTS -> all.clients().keySet();
                    case RULES -> all.rules().keySet();
                };
        return ids.stream().map(Object::toString).collect(Collectors.toCollection(TreeSet::new));
    }

    private static String notThere(String name, Kind kind, Collection<String> names) {
        return "there is no `" + name + "` in " + kind.section() + NearestName.hint(name, names);
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaId;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion.VersionFlag;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.narrows.events.policy.Kind;
import org.narrows.projector.cli.SchemaCommand.Of;

/** An editor must never call wrong what the reader takes, and should call wrong what it refuses. */
class SchemaTest {
    private static final long SEED = Long.getLong("schema.seed", 20260101);
    private static final Path REPOSITORY = Path.of("..");
    private static final JsonSchemaFactory SCHEMAS =
            JsonSchemaFactory.getInstance(VersionFlag.V202012);
    private static final JsonSchema POLICY = SCHEMAS.getSchema(Of.POLICY.text());
    private static final JsonSchema TESTS = SCHEMAS.getSchema(Of.TESTS.text());

    private static final String EC =
            "{kty: EC, crv: P-256, kid: k, x: LIEqv9EpH2dYB1S5f9MlY8MQztYOHcCGABdBk0hA8CE,"
                    + " y: 7AreHOZFksquNmxFIr7oIu6mEpvKDcrcAr1dtnkFq9c}";

    /** Every member of every kind of entry, in every form that it may have. */
    private static final String EVERYTHING =
            """
            issuers:
              - issuer: https://one.example.com
                alias: one
                primary: true
                jwksUri: https://one.example.com/keys
                algorithms: [ES256, EdDSA]
                subjectTokenTypes: [access_token, jwt, id_token]
                requireType: [at+jwt, application/JWT, none]
                audiences: [a]
                scopesFrom: [scope, scp]
                clients: true
              - {issuer: https://two.example.com, alias: two, jwks: {keys: [EC]}, clients: all}
              - {issuer: "http://127.0.0.1:8080/three", alias: three, jwksUri: "http://127.0.0.1:8080/keys", clients: {kind: app},
                 subjectTokenTypes: [], audiences: [], scopesFrom: []}
            audiences:
              - id: a
                tokenAudience: https://a.example.com
                formerTokenAudiences: [{value: https://old.example.com, until: 2035-01-01T00:00:00Z}]
                name: A and more
                signUpEnabled: true
                invitationEnabled: false
                maxLifetime: PT5M
                maxStaleness: PT0.5S
                requireBinding: dpop
                labels: [pci]
              - {id: b, maxLifetime: P1DT1H, labels: []}
            scopes:
              - {scope: read, audience: a, kind: consentable, name: Read it, description: Read all of it}
              - {scope: write, kind: grantable}
              - {scope: sync, kind: client, name: Sync}
            claims:
              - {claim: email, audience: a}
              - {claim: https://example.com/department}
            clients:
              - id: c1
                audience: a
                authentication: {method: client_secret, secretHash: "sha256:RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o"}
                knownAs: {https://one.example.com: c one}
                audiences: [b]
                scopes: [write]
                onExcessScope: narrow
              - id: c2
                audience: a
                authentication: {method: client_secret, secretHashes: ["sha256:RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o"]}
              - {id: c3, audience: a, authentication: {method: private_key_jwt, jwks: {keys: [EC]}, assertionAudience: endpoint}}
              - {id: c4, audience: a, authentication: {method: private_key_jwt, jwksUri: https://c.example.com/keys}}
              - {id: c5, audience: a, authentication: {method: tls_client_auth, subjectDn: "CN=c5,O=Example"}}
              - {id: c6, audience: a, authentication: {method: tls_client_auth, sanDns: c6.example.com}}
              - {id: c7, audience: a, authentication: {method: tls_client_auth, sanUri: https://c7.example.com}}
              - {id: c8, audience: a, authentication: {method: self_signed_tls_client_auth, jwks: {keys: [EC]}}}
              - {id: c9, audience: a, authentication: {method: federated_jwt, issuer: https://two.example.com, subject: pod, maxAge: PT2H}}
            rules:
              - id: r1
                effect: allow
                clients: [c1]
                from: a
                to: b
                scopes: {held: [write], more: []}
                issuers: [https://one.example.com]
                modes: [impersonation, delegation]
                actors: [client, user]
                boundSubject: rebind
                maxLifetime: PT2M
                maxChainDepth: 8
                notBefore: 2026-01-01T00:00:00Z
                notAfter: 2035-12-31T00:00:00.5Z
                conditions: {acr: [urn:mfa], amr: [hwk], maxAuthAge: PT1H}
                combinable: true
              - {id: r2, effect: deny, from: a, to: b, clients: [c2], actors: []}
            """
                    .replace("[EC]", "[" + EC + "]");

    private static final String EVERY_TEST =
            """
            tests:
              - name: everything
                consents:
                  - {user: "one|u", audience: a, scopes: [read]}
                  - {user: u, audience: a, scopes: [read]}
                  - {user: {issuer: https://two.example.com, subject: u}, audience: a, scopes: [read]}
                members: [{user: u, audience: b}]
                now: 2026-01-01T00:00:00Z
                exchange:
                  client: c1
                  subject: {sub: u, scope: held, exp: 1767226000, aud: [a, b], act: {sub: x}, acr: null}
                  subject_token_type: jwt
                  actor: {sub: b}
                  actor_token_type: id_token
                  audience: [a, b]
                  scope: read write
                  proven: [{jkt: k}, {x5t#S256: c}]
                expect: {permit: read write}
              - name: another
                exchange: {client: c1, subject: {after: {client: c2, subject: {sub: u}, audience: b}}, audience: b}
                expect: {deny: [no_rule, target_not_allowed]}
            """;

    @TempDir Path directory;

    @ParameterizedTest
    @EnumSource
    void the_command_prints_a_schema_that_is_one(Of of) {
        StringWriter out = new StringWriter();
        assertThat(
                        Narrows.run(
                                new PrintWriter(out, true),
                                new PrintWriter(out, true),
                                "schema",
                                of.toString()))
                .isZero();
        assertThat(out.toString()).isEqualTo(of.text());
        assertThat(SCHEMAS.getSchema(SchemaLocation.of(SchemaId.V202012)).validate(yaml(of.text())))
                .isEmpty();
    }

    @Test
    void every_member_that_is_known_is_in_the_schema_and_no_other() {
        JsonNode schema = yaml(Of.POLICY.text());
        Set<String> sections = new TreeSet<>();
        for (Kind kind : Kind.values()) {
            String name = kind.section().substring(0, kind.section().length() - 1);
            Set<String> members = new TreeSet<>();
            JsonNode entry = schema.path("$defs").path(name);
            entry.path("properties").fieldNames().forEachRemaining(members::add);
            assertThat(members).as(name).isEqualTo(new TreeSet<>(Members.of(kind)));
            assertThat(entry.path("additionalProperties").asBoolean(true)).as(name).isFalse();
            sections.add(kind.section());
        }
        Set<String> properties = new TreeSet<>();
        schema.path("properties").fieldNames().forEachRemaining(properties::add);
        assertThat(properties).isEqualTo(sections);
    }

    @Test
    void every_definition_and_every_member_says_what_it_is() {
        for (Of of : Of.values()) {
            JsonNode schema = yaml(of.text());
            schema.path("$defs")
                    .properties()
                    .forEach(
                            defined ->
                                    defined.getValue()
                                            .path("properties")
                                            .properties()
                                            .forEach(
                                                    member ->
                                                            assertThat(isDescribed(member, schema))
                                                                    .as(
                                                                            defined.getKey()
                                                                                    + "."
                                                                                    + member)
                                                                    .isTrue()));
        }
    }

    private static boolean isDescribed(Map.Entry<String, JsonNode> member, JsonNode schema) {
        JsonNode value = member.getValue();
        String ref = value.path("$ref").asText().replace("#/$defs/", "");
        return value.isBoolean()
                || value.has("description")
                || schema.path("$defs").path(ref).has("description")
                // What keys hold is the business of RFC 7517.
                || Set.of("kty", "kid", "alg", "use", "id", "name", "method")
                        .contains(member.getKey());
    }

    @Test
    void every_policy_and_test_file_of_the_repository_is_valid() throws Exception {
        List<String> seen = new ArrayList<>();
        try (Stream<Path> files = Files.walk(REPOSITORY)) {
            for (Path file :
                    files.filter(path -> path.toString().matches(".*\\.ya?ml"))
                            .filter(
                                    path ->
                                            !path.toString()
                                                    .matches(
                                                            ".*/(target|node_modules|\\..*[^/.].*)/.*"))
                            .toList()) {
                isValid(file.toString(), Files.readString(file), seen);
            }
        }
        Matcher block =
                Pattern.compile("^```yaml\\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL)
                        .matcher(Files.readString(REPOSITORY.resolve("README.md")));
        int blocks = 0;
        while (block.find()) {
            blocks++;
            isValid("README.md, block " + blocks, block.group(1), seen);
        }
        assertThat(seen)
                .contains(
                        "../deploy/sample/orders-and-billing.yaml",
                        "../deploy/sample/orders-and-billing.test.yaml",
                        "README.md, block 1")
                .hasSizeGreaterThan(8);
        isValid("EVERYTHING", EVERYTHING, seen);
        isValid("EVERY_TEST", EVERY_TEST, seen);
    }

    private static void isValid(String name, String text, List<String> seen) {
        for (LocatedYaml document : LocatedYaml.read(text, name)) {
            Set<String> members = new HashSet<>();
            document.tree().fieldNames().forEachRemaining(members::add);
            List<String> sections = Arrays.stream(Kind.values()).map(Kind::section).toList();
            if (members.contains("tests")
                    || (!members.isEmpty() && sections.containsAll(members))) {
                JsonSchema schema = members.contains("tests") ? TESTS : POLICY;
                assertThat(schema.validate(document.tree())).as(name).isEmpty();
                seen.add(name);
            }
        }
    }

    @Test
    void what_the_schema_of_policies_refuses_the_reader_refuses() throws Exception {
        ObjectNode everything = (ObjectNode) yaml(EVERYTHING);
        assertThat(refusedByReader(everything)).isEmpty();
        int both = 0;
        int readerOnly = 0;
        List<String> wrong = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            for (JsonNode entry : everything.path(kind.section())) {
                for (Mutation mutation : mutations(entry, SEED)) {
                    ObjectNode document = Json.object();
                    document.putArray(kind.section()).add(mutation.mutated());
                    boolean bySchema = !POLICY.validate(document).isEmpty();
                    List<String> byReader = refusedByReader(document);
                    if (bySchema && byReader.isEmpty()) {
                        wrong.add(kind + " " + mutation);
                    }
                    if (!bySchema && mutation.ofForm() && !byReader.isEmpty()) {
                        wrong.add("not refused: " + kind + " " + mutation + ": " + byReader);
                    }
                    both += bySchema ? 1 : 0;
                    readerOnly += !bySchema && !byReader.isEmpty() ? 1 : 0;
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(both).isGreaterThan(1_000);
        // What only the reader can know: whether a point is on its curve, say.
        assertThat(readerOnly).isLessThan(both / 4);
    }

    @Test
    void what_the_schema_of_tests_refuses_the_reader_refuses() throws Exception {
        Path policy = directory.resolve("policy.yaml");
        Files.writeString(policy, EVERYTHING);
        TestedPolicy tested = TestedPolicy.of(PolicyFiles.read(List.of(policy)));
        Path file = directory.resolve("policy.test.yaml");
        List<String> wrong = new ArrayList<>();
        int both = 0;
        for (JsonNode test : yaml(EVERY_TEST).path("tests")) {
            for (Mutation mutation : mutations(test, SEED)) {
                ObjectNode document = Json.object();
                document.putArray("tests").add(mutation.mutated());
                if (!TESTS.validate(document).isEmpty()) {
                    both++;
                    Files.writeString(file, Json.compact(document));
                    List<String> problems = new ArrayList<>();
                    List<PolicyTest> read = PolicyTestFile.read(file, tested, problems);
                    if (problems.isEmpty()) {
                        wrong.add(mutation + ": " + read);
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(both).isGreaterThan(200);
    }

    /** Documents of one line that are wrong, and both have to say so. */
    static List<String> wrong() {
        String issuer =
                "issuers: [{issuer: https://i.example.com, alias: i, jwksUri: https://i.example.com/k, %s}]";
        String rule = "rules: [{id: r, effect: allow, from: a, to: b, scopes: {}, %s}]";
        String deny = "rules: [{id: r, effect: deny, from: a, to: b, %s}]";
        String client = "clients: [{id: c, audience: a, authentication: {method: %s}}]";
        return Stream.of(
                        Stream.of(
                                "rule: []",
                                "tests: []",
                                "issuers: {}",
                                "issuers: [text]",
                                "issuers: [{alias: i, jwksUri: https://i.example.com/k}]",
                                "issuers: [{issuer: https://i.example.com, jwksUri: https://i.example.com/k}]",
                                "issuers: [{issuer: https://i.example.com, alias: i}]",
                                "issuers: [{issuer: ftp://i.example.com, alias: i, jwksUri: https://i.example.com/k}]",
                                "issuers: [{issuer: https://i.example.com, alias: I_, jwksUri: https://i.example.com/k}]",
                                "issuers: [{issuer: https://i.example.com, alias: narrows, jwksUri: https://i.example.com/k}]",
                                "issuers: [{issuer: https://i.example.com, alias: i, jwks: {keys: []}}]",
                                "issuers: [{issuer: https://i.example.com, alias: i, jwks: {keys: [{kty: oct, k: AAAA}]}}]",
                                "issuers: [{issuer: https://i.example.com, alias: i, jwks: {keys: [{kty: EC, crv: P-256, x: AA}]}}]",
                                "audiences: [{}]",
                                "audiences: [{id: with space}]",
                                "audiences: [{id: a, maxLifetime: 5m}]",
                                "audiences: [{id: a, signUpEnabled: yes please}]",
                                "audiences: [{id: a, requireBinding: tls}]",
                                "audiences: [{id: a, formerTokenAudiences: [{value: b}]}]",
                                "audiences: [{id: a, formerTokenAudiences: [{value: b, until: 2035-01-01}]}]",
                                "scopes: [{scope: s}]",
                                "scopes: [{scope: s, kind: free}]",
                                "scopes: [{scope: s, kind: consentable}]",
                                "scopes: [{scope: s, kind: consentable, name: S}]",
                                "claims: [{claim: sub}]",
                                "claims: [{claim: provenance}]",
                                "clients: [{id: c, audience: a}]",
                                "clients: [{id: c, authentication: {method: tls_client_auth, sanDns: d}}]"),
                        Stream.of(
                                        "jwks: {keys: []}",
                                        "algorithms: [HS256]",
                                        "algorithms: []",
                                        "requireType: []",
                                        "subjectTokenTypes: [refresh_token]",
                                        "clients: some",
                                        "clients: {a: b, c: d}",
                                        "primary: 1",
                                        "aud: [a]")
                                .map(issuer::formatted),
                        Stream.of(
                                        "clients: []",
                                        "issuers: []",
                                        "modes: []",
                                        "modes: [both]",
                                        "actors: [machine]",
                                        "boundSubject: yes",
                                        "maxChainDepth: 0",
                                        "maxChainDepth: 9",
                                        "maxChainDepth: 1.5",
                                        "notAfter: tomorrow",
                                        "conditions: {acr: []}",
                                        "conditions: {mfa: true}",
                                        "combinable: maybe",
                                        "when: now")
                                .map(rule::formatted),
                        Stream.of(
                                        "scopes: {}",
                                        "maxLifetime: PT1M",
                                        "maxChainDepth: 1",
                                        "combinable: false",
                                        "boundSubject: refuse")
                                .map(deny::formatted),
                        Stream.of(
                                "rules: [{id: r, effect: allow, from: a, to: b}]",
                                "rules: [{id: r, effect: refuse, from: a, to: b}]",
                                "rules: [{id: r, effect: deny, from: a}]",
                                "rules: [{id: r, effect: allow, from: a, to: b, scopes: [s]}]",
                                "rules: [{id: r, effect: allow, from: a, to: b, scopes: {s: t}}]"),
                        Stream.of(
                                        "none",
                                        "client_secret",
                                        "client_secret, secret: x",
                                        "client_secret, secretHash: \"sha256:short\"",
                                        "client_secret, secretHashes: []",
                                        "private_key_jwt",
                                        "private_key_jwt, jwksUri: https://c.example.com, jwks: {keys: []}",
                                        "private_key_jwt, jwksUri: https://c.example.com, assertionAudience: us",
                                        "tls_client_auth",
                                        "tls_client_auth, sanDns: a, sanUri: b",
                                        "self_signed_tls_client_auth, sanDns: a",
                                        "federated_jwt, issuer: https://i.example.com",
                                        "federated_jwt, subject: s",
                                        "federated_jwt, issuer: i, subject: s")
                                .map(client::formatted))
                .flatMap(documents -> documents)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void both_refuse_what_is_wrong(String text) throws Exception {
        JsonNode document = yaml(text);
        assertThat(refusedByReader(document)).as("reader").isNotEmpty();
        assertThat(POLICY.validate(document)).as("schema").isNotEmpty();
    }

    @Test
    void every_claim_that_the_schema_refuses_is_the_protocols_own() throws Exception {
        JsonNode claims = yaml(Of.POLICY.text()).at("/$defs/claim/properties/claim/not/enum");
        assertThat(claims.size()).isGreaterThan(60);
        for (JsonNode claim : claims) {
            ObjectNode document = Json.object();
            document.putArray("claims").addObject().set("claim", claim);
            assertThat(refusedByReader(document)).as(claim.toString()).isNotEmpty();
        }
    }

    @Test
    void every_reason_that_a_test_may_expect_is_in_the_schema() {
        Set<String> codes = new TreeSet<>();
        yaml(Of.TESTS.text())
                .at("/$defs/test/properties/expect/oneOf/1/properties/deny/items/enum")
                .forEach(code -> codes.add(code.asText()));
        assertThat(codes).isEqualTo(new TreeSet<>(PolicyTestFile.CODES));
    }

    // Mutations

    /**
     * One change of a good entry.
     *
     * @param ofForm whether it changes a type, or which members there are: then both must agree
     */
    private record Mutation(String path, String what, boolean ofForm, JsonNode mutated) {
        @Override
        public String toString() {
            return path + " " + what + ": " + mutated;
        }
    }

    private static List<Mutation> mutations(JsonNode entry, long seed) {
        List<Mutation> mutations = new ArrayList<>();
        mutate(entry, entry, "", new Random(seed), mutations);
        return mutations;
    }

    private static void mutate(
            JsonNode root, JsonNode at, String pointer, Random random, List<Mutation> mutations) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        if (!pointer.isEmpty()) {
            List<JsonNode> others =
                    List.of(
                            nodes.nullNode(),
                            nodes.booleanNode(true),
                            nodes.numberNode(1),
                            nodes.numberNode(1.5),
                            nodes.arrayNode(),
                            nodes.arrayNode().add(1),
                            nodes.arrayNode().add(nodes.arrayNode()),
                            nodes.objectNode(),
                            nodes.objectNode().put("unknown", 1));
            for (JsonNode other : others) {
                add(root, pointer, "becomes " + other, true, other, mutations);
            }
            for (String text :
                    List.of("", " ", "text", "a\u0007b", "ä", "x".repeat(20_000), "-1")) {
                add(root, pointer, "becomes text", false, nodes.textNode(text), mutations);
            }
        }
        switch (at) {
            case ObjectNode object -> {
                ObjectNode more = object.deepCopy();
                add(root, pointer, "has more", true, more.put("unknown", true), mutations);
                object.properties()
                        .forEach(
                                member -> {
                                    ObjectNode less = object.deepCopy();
                                    less.remove(member.getKey());
                                    add(
                                            root,
                                            pointer,
                                            "lacks " + member.getKey(),
                                            true,
                                            less,
                                            mutations);
                                    mutate(
                                            root,
                                            member.getValue(),
                                            pointer
                                                    + "/"
                                                    + member.getKey()
                                                            .replace("~", "~0")
                                                            .replace("/", "~1"),
                                            random,
                                            mutations);
                                });
            }
            case ArrayNode array -> {
                for (int i = 0; i < array.size(); i++) {
                    mutate(root, array.get(i), pointer + "/" + i, random, mutations);
                }
            }
            default -> {
                if (at.isTextual()) {
                    for (int i = 0; i < 8; i++) {
                        StringBuilder text = new StringBuilder(at.asText());
                        int place = random.nextInt(text.length() + 1);
                        text.insert(place, (char) (0x20 + random.nextInt(0x5f)));
                        add(
                                root,
                                pointer,
                                "is changed",
                                false,
                                nodes.textNode(text.toString()),
                                mutations);
                    }
                }
            }
        }
    }

    private static void add(
            JsonNode root,
            String pointer,
            String what,
            boolean ofForm,
            JsonNode value,
            List<Mutation> mutations) {
        JsonNode copy = root.deepCopy();
        if (pointer.isEmpty()) {
            copy = value;
        } else {
            int last = pointer.lastIndexOf('/');
            String name = pointer.substring(last + 1).replace("~1", "/").replace("~0", "~");
            switch (copy.at(pointer.substring(0, last))) {
                case ObjectNode parent -> parent.set(name, value);
                case ArrayNode parent -> parent.set(Integer.parseInt(name), value);
                default -> throw new IllegalStateException(pointer);
            }
        }
        mutations.add(new Mutation(pointer, what, ofForm, copy));
    }

    private static JsonNode yaml(String text) {
        return LocatedYaml.read(text, "a document").getFirst().tree();
    }

    private List<String> refusedByReader(JsonNode document) throws Exception {
        Path file = directory.resolve("read.yaml");
        Files.writeString(file, Json.compact(document));
        try {
            PolicyFiles.read(List.of(file));
            return List.of();
        } catch (CommandFailure e) {
            return List.of(e.sentence());
        }
    }
}

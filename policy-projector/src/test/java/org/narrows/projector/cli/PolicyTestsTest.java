// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.SchemaFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.narrows.events.decision.Reason;
import org.w3c.dom.Element;

class PolicyTestsTest {
    private static final String POLICY =
            """
            issuers:
              - {issuer: https://login.example.com, alias: login, primary: true, jwksUri: https://login.example.com/keys}
              - {issuer: https://partner.example.com, alias: partner, clients: true, subjectTokenTypes: [id_token],
                 jwksUri: https://partner.example.com/keys}
            audiences:
              - {id: orders-api, tokenAudience: https://orders.example.com}
              - {id: billing-api, signUpEnabled: true}
              - {id: ledger-api, signUpEnabled: false}
              - {id: vault-api, requireBinding: dpop}
            scopes:
              - {scope: invoice.read, audience: billing-api, kind: consentable, name: Read, description: See them}
              - {scope: ledger.read, audience: ledger-api, kind: grantable}
              - {scope: vault.open, audience: vault-api, kind: grantable}
            clients:
              - id: orders-service
                audience: orders-api
                authentication: {method: client_secret, secretHash: "sha256:RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o"}
                knownAs: {https://partner.example.com: orders-at-partner}
                audiences: [billing-api, ledger-api, vault-api]
                scopes: [invoice.read, ledger.read, vault.open]
              - id: billing-service
                audience: billing-api
                authentication: {method: client_secret, secretHash: "sha256:n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"}
                audiences: [ledger-api]
                scopes: [ledger.read]
            rules:
              - {id: orders-to-billing, effect: allow, from: orders-api, to: billing-api,
                 scopes: {orders.read: [invoice.read], openid: [invoice.read]}, modes: [impersonation, delegation],
                 actors: [client, user]}
              - {id: orders-to-ledger, effect: allow, from: orders-api, to: ledger-api, scopes: {orders.read: [ledger.read]},
                 notAfter: 2026-06-01T00:00:00Z}
              - {id: orders-to-vault, effect: allow, from: orders-api, to: vault-api, scopes: {orders.read: [vault.open]}}
              - {id: billing-to-ledger, effect: allow, from: billing-api, to: ledger-api, maxChainDepth: 2,
                 scopes: {invoice.read: [ledger.read]}}
            """;

    @TempDir Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void what_the_policy_does_is_what_a_test_finds() throws Exception {
        write(
                """
                tests:
                  - name: with consent
                    consents: [{user: alice, audience: billing-api, scopes: [invoice.read]}]
                    exchange: {client: orders-service, subject: {sub: alice, scope: orders.read}, audience: billing-api}
                    expect: {permit: invoice.read}
                  - name: without consent, which another test gave
                    exchange: {client: orders-service, subject: {sub: alice, scope: orders.read}, audience: billing-api}
                    expect: {deny: [consent_missing]}
                  - name: a member, within the window
                    now: 2026-01-01T00:00:00Z
                    members: [{user: "login|alice", audience: ledger-api}]
                    exchange: {client: orders-service, subject: {sub: alice, scope: orders.read}, audience: ledger-api}
                    expect: {permit: ledger.read}
                  - name: no member, and the window has passed
                    now: 2026-06-01T00:00:00Z
                    exchange: {client: orders-service, subject: {sub: alice, scope: orders.read}, audience: ledger-api}
                    expect: {deny: [window, not_a_member]}
                """);
        assertThat(run()).isZero();
        assertThat(out.toString().lines())
                .containsExactly(
                        "ok      " + file() + ":2: with consent",
                        "ok      " + file() + ":6: without consent, which another test gave",
                        "ok      " + file() + ":9: a member, within the window",
                        "ok      " + file() + ":14: no member, and the window has passed",
                        "4 passed, 0 failed");
    }

    @Test
    void a_failure_shows_what_was_expected_what_was_found_and_why() throws Exception {
        write(
                """
                tests:
                  - name: too hopeful
                    exchange: {client: orders-service, subject: {sub: alice, scope: orders.read}, audience: billing-api}
                    expect: {permit: invoice.read}
                  - name: too anxious
                    consents: [{user: alice, audience: billing-api, scopes: [invoice.read]}]
                    exchange: {client: orders-service, subject: {sub: alice, scope: orders.read}, audience: billing-api}
                    expect: {deny: [no_rule, denied]}
                """);
        assertThat(run()).isOne();
        assertThat(out.toString().lines())
                .containsExactly(
                        "FAILED  " + file() + ":2: too hopeful",
                        "    - permit invoice.read",
                        "    + deny consent_missing",
                        "      consent_missing: the user has not consented at `billing-api` to `invoice.read`",
                        "FAILED  " + file() + ":5: too anxious",
                        "    - deny denied, no_rule",
                        "    + permit invoice.read",
                        "      the rule `orders-to-billing` permits it at `billing-api`",
                        "0 passed, 2 failed");
    }

    @Test
    void a_denial_names_all_of_its_reasons_and_no_others() throws Exception {
        write(
                """
                tests:
                  - name: one of two
                    now: 2027-01-01T00:00:00Z
                    exchange: {client: orders-service, subject: {sub: alice, scope: orders.read}, audience: ledger-api}
                    expect: {deny: [window]}
                  - name: two of one
                    exchange: {client: orders-service, subject: {sub: alice, scope: orders.read}, audience: billing-api}
                    expect: {deny: [consent_missing, window]}
                """);
        assertThat(run()).isOne();
        assertThat(out.toString()).contains("0 passed, 2 failed");
    }

    @Test
    void a_short_token_is_of_the_primary_issuer_for_the_clients_home_and_valid_now()
            throws Exception {
        write(
                """
                tests:
                  - name: as short as can be
                    consents: [{user: alice, audience: billing-api, scopes: [invoice.read]}]
                    exchange: {client: orders-service, subject: {sub: alice, scope: orders.read}, audience: billing-api}
                    expect: {permit: invoice.read}
                  - name: the same at length
                    now: 2026-01-01T00:00:00Z
                    consents:
                      - {user: {issuer: https://login.example.com, subject: alice}, audience: billing-api, scopes: [invoice.read]}
                    exchange:
                      client: orders-service
                      subject:
                        {iss: https://login.example.com, sub: alice, aud: [https://orders.example.com, other], iat: 1767225600,
                         exp: 1767225900, scp: [orders.read], jti: x}
                      subject_token_type: jwt
                      audience: [billing-api]
                      scope: invoice.read
                    expect: {permit: invoice.read}
                  - name: an ID token is for the client's id at its issuer
                    consents: [{user: "partner|paul", audience: billing-api, scopes: [invoice.read]}]
                    exchange: {client: orders-service, subject: {iss: https://partner.example.com, sub: paul}, audience: billing-api}
                    expect: {permit: invoice.read}
                """);
        assertThat(run()).as(out + "" + err).isZero();
    }

    static Stream<Arguments> claims() {
        return Stream.of(
                Arguments.of("sub: alice, aud: orders-api", "subject_audience"),
                Arguments.of("sub: alice, aud: null", "invalid_token"),
                Arguments.of("sub: alice, exp: null", "invalid_token"),
                Arguments.of("sub: alice, exp: tomorrow", "invalid_token"),
                Arguments.of("sub: null", "invalid_token"),
                Arguments.of("sub: alice, nbf: 99999999999", "invalid_token"),
                Arguments.of("sub: alice, client_id: alice", "invalid_token"),
                Arguments.of("sub: alice, typ: ID", "invalid_token"),
                Arguments.of("sub: alice, iss: https://stranger.example.com", "invalid_token"),
                Arguments.of("sub: alice, iss: null", "invalid_token"),
                Arguments.of(
                        "sub: paul, iss: https://partner.example.com, scope: x", "invalid_token"),
                Arguments.of("sub: alice, cnf: {jkt: key}", "binding_missing"),
                Arguments.of("sub: alice, may_act: {sub: bob}", "may_act_mismatch"));
    }

    @ParameterizedTest
    @MethodSource("claims")
    void a_claim_that_is_written_is_taken_as_it_is(String claims, String code) throws Exception {
        write(
                """
                tests:
                  - name: claims
                    consents:
                      - {user: alice, audience: billing-api, scopes: [invoice.read]}
                      - {user: "partner|paul", audience: billing-api, scopes: [invoice.read]}
                    exchange: {client: orders-service, subject: {scope: orders.read, %s}, audience: billing-api}
                    expect: {deny: [%s]}
                """
                        .formatted(claims, code)
                        .replace(
                                "scope: orders.read, sub: paul",
                                "sub: paul")); // no member may be there twice
        assertThat(run()).as(out + "" + err).isZero();
    }

    @Test
    void an_actor_and_a_proof_can_be_given() throws Exception {
        write(
                """
                tests:
                  - name: delegation
                    consents: [{user: alice, audience: billing-api, scopes: [invoice.read]}]
                    exchange: {client: orders-service, subject: {sub: alice, scope: orders.read}, actor: {sub: bob}, audience: billing-api}
                    expect: {permit: invoice.read}
                  - name: a bound token
                    exchange: {client: orders-service, subject: {sub: alice, scope: orders.read}, audience: vault-api, proven: [{jkt: key}]}
                    expect: {permit: vault.open}
                  - name: no proof
                    exchange: {client: orders-service, subject: {sub: alice, scope: orders.read}, audience: vault-api}
                    expect: {deny: [binding_missing]}
                """);
        assertThat(run()).as(out + "" + err).isZero();
    }

    @Test
    void a_token_of_narrows_is_what_an_exchange_before_gave() throws Exception {
        String second =
                """
                    members: [{user: alice, audience: ledger-api}]
                    exchange:
                      client: billing-service
                      subject: {after: {client: orders-service, subject: {sub: alice, scope: orders.read}, audience: billing-api}}
                      audience: ledger-api
                """;
        write(
                """
                tests:
                  - name: two hops
                    consents: [{user: alice, audience: billing-api, scopes: [invoice.read]}]
                """
                        + second
                        + """
                            expect: {permit: ledger.read}
                          - name: the first hop gives nothing
                        """
                        + second
                        + """
                            expect: {deny: [consent_missing]}
                        """);
        assertThat(run()).isOne();
        assertThat(out.toString())
                .contains("ok      " + file() + ":2: two hops")
                .contains("    + deny consent_missing, at the exchange before");
        out.getBuffer().setLength(0);
        Files.writeString(
                directory.resolve("policy.yaml"), POLICY.replace("maxChainDepth: 2,", ""));
        run("--name", "two hops");
        assertThat(out.toString()).contains("    + deny chain_too_deep");
    }

    @Test
    void several_targets_and_none_are_asked_for_as_in_a_request() throws Exception {
        write(
                """
                tests:
                  - name: not combinable
                    now: 2026-01-01T00:00:00Z
                    members: [{user: alice, audience: ledger-api}]
                    exchange: {client: orders-service, subject: {sub: alice, scope: orders.read}, audience: [ledger-api, billing-api]}
                    expect: {deny: [consent_missing, not_combinable]}
                  - name: the client's only target
                    now: 2026-01-01T00:00:00Z
                    members: [{user: alice, audience: ledger-api}]
                    exchange: {client: billing-service, subject: {sub: alice, scope: invoice.read}}
                    expect: {permit: ledger.read}
                  - name: which of them
                    exchange: {client: orders-service, subject: {sub: alice}}
                    expect: {deny: [target_unknown]}
                  - name: there is none
                    exchange: {client: orders-service, subject: {sub: alice}, audience: nowhere}
                    expect: {deny: [target_unknown]}
                  - name: a scope that there is not
                    exchange: {client: orders-service, subject: {sub: alice, scope: orders.read}, audience: vault-api,
                               scope: nothing, proven: [{jkt: key}]}
                    expect: {deny: [scopes_not_permitted]}
                """);
        assertThat(run()).as(out + "" + err).isZero();
    }

    static Stream<Arguments> invalid() {
        String exchange =
                "exchange: {client: orders-service, subject: {sub: a}, audience: billing-api}";
        String permit = "expect: {permit: invoice.read}";
        return Stream.of(
                Arguments.of(
                        exchange + "\n    expected: {permit: x}",
                        4,
                        "`tests[0].expected`: is not known here; did you mean `expect`?"),
                Arguments.of(exchange, 2, "`tests[0].expect`: is missing"),
                Arguments.of(permit, 2, "`tests[0].exchange`: is missing"),
                Arguments.of(
                        exchange + "\n    expect: {permit: invoice.red}",
                        4,
                        "`tests[0].expect.permit`: there is no `invoice.red` in scopes; did you mean `invoice.read`?"),
                Arguments.of(
                        exchange + "\n    expect: {deny: [consent]}",
                        4,
                        "`tests[0].expect.deny[0]`: `consent` is no reason that a test can find"),
                Arguments.of(
                        exchange + "\n    expect: {deny: []}",
                        4,
                        "`tests[0].expect.deny`: must not be empty"),
                Arguments.of(
                        exchange + "\n    expect: {permit: invoice.read, deny: [mode]}",
                        4,
                        "`tests[0].expect`: must not hold both `permit` and `deny`"),
                Arguments.of(
                        permit + "\n    exchange: {client: order-service, subject: {sub: a}}",
                        4,
                        "`tests[0].exchange.client`: there is no `order-service` in clients; did you mean `orders-service`?"),
                Arguments.of(
                        permit
                                + "\n    exchange:\n      client: orders-service\n      subject: {sub: a}\n      audience: biling-api",
                        7,
                        "`tests[0].exchange.audience`: there is no `biling-api` in audiences; did you mean `billing-api`?"),
                Arguments.of(
                        permit + "\n    exchange: {client: orders-service, subject: alice}",
                        4,
                        "`tests[0].exchange.subject`: must be an object"),
                Arguments.of(
                        permit + "\n    exchange: {client: orders-service, subject: {scope: x}}",
                        4,
                        "`tests[0].exchange.subject.sub`: is missing"),
                Arguments.of(
                        permit
                                + "\n    exchange: {client: orders-service, subject: {sub: a, lineage: [x]}}",
                        4,
                        "`tests[0].exchange.subject.lineage`: is of tokens that Narrows issues: write `after`"),
                Arguments.of(
                        permit
                                + "\n    exchange: {client: orders-service, subject: {sub: a}, subject_token_type: saml}",
                        4,
                        "`tests[0].exchange.subject_token_type`: must be one of `access_token`, `jwt`, `id_token`"),
                Arguments.of(
                        exchange
                                + "\n    "
                                + permit
                                + "\n    consents:\n      - {user: a, audience: ledger-api, scopes: [ledger.read]}",
                        6,
                        "`tests[0].consents[0].scopes`: the scope `ledger.read` is not consentable"),
                Arguments.of(
                        exchange
                                + "\n    "
                                + permit
                                + "\n    consents:\n      - {user: a, audience: ledger-api, scopes: [invoice.read]}",
                        6,
                        "`tests[0].consents[0].scopes`: the scope `invoice.read` is not one of the audience `ledger-api`"),
                Arguments.of(
                        exchange
                                + "\n    "
                                + permit
                                + "\n    consents: [{user: a, audience: billing-api, scopes: [invoce.read]}]",
                        5,
                        "`tests[0].consents[0].scopes[0]`: there is no `invoce.read` in scopes; did you mean `invoice.read`?"),
                Arguments.of(
                        exchange
                                + "\n    "
                                + permit
                                + "\n    members: [{user: logn|a, audience: ledger-api}]",
                        5,
                        "`tests[0].members[0].user`: no issuer has the alias `logn`; did you mean `login`?"),
                Arguments.of(
                        exchange + "\n    " + permit + "\n    now: yesterday",
                        5,
                        "`tests[0].now`: must be an instant in UTC"));
    }

    @ParameterizedTest
    @MethodSource("invalid")
    void what_is_wrong_with_a_test_is_said_with_file_line_and_field(
            String test, int line, String message) throws Exception {
        write("tests:\n  - name: wrong\n    " + test + "\n");
        assertThat(run()).isEqualTo(2);
        assertThat(err.toString()).startsWith("narrows: " + file() + ":" + line + ": " + message);
    }

    @Test
    void without_an_issuer_to_assume_a_token_has_to_name_its_own() throws Exception {
        write(
                """
                tests:
                  - name: whose
                    exchange: {client: orders-service, subject: {sub: a}}
                    expect: {deny: [no_rule]}
                """);
        Files.writeString(directory.resolve("policy.yaml"), POLICY.replace("primary: true, ", ""));
        assertThat(run()).isEqualTo(2);
        assertThat(err.toString()).contains(":3: `tests[0].exchange.subject.iss`: is missing");
    }

    @Test
    void names_tell_tests_apart_and_choose_among_them() throws Exception {
        String test =
                """
                  - name: %s
                    exchange: {client: orders-service, subject: {sub: a}, audience: billing-api}
                    expect: {deny: [scopes_not_permitted]}
                """;
        write("tests:\n" + test.formatted("one") + test.formatted("two"));
        assertThat(run("--name", "^t")).isZero();
        assertThat(out.toString()).contains(": two").doesNotContain(": one");
        assertThat(run("--name", "three")).isEqualTo(2);
        assertThat(run("--name", "(")).isEqualTo(2);
        write("tests:\n" + test.formatted("one") + test.formatted("one"));
        assertThat(run()).isEqualTo(2);
        assertThat(err.toString())
                .contains(":5: `tests[1].name`: the test at line 2 has this name already");
    }

    @Test
    void nothing_to_run_is_an_error_and_so_is_a_policy_that_a_log_would_reject() throws Exception {
        Files.writeString(directory.resolve("policy.yaml"), POLICY);
        assertThat(run()).isEqualTo(2);
        write("tests: []\n");
        assertThat(run()).isEqualTo(2);
        assertThat(narrows("test", "-f", directory.resolve("policy.yaml").toString())).isEqualTo(2);
        write(
                """
                tests:
                  - name: one
                    exchange: {client: orders-service, subject: {sub: a}}
                    expect: {deny: [no_rule]}
                """);
        Files.writeString(
                directory.resolve("policy.yaml"),
                POLICY.replace("https://orders.example.com}", "billing-api}"));
        err.getBuffer().setLength(0);
        assertThat(run()).isEqualTo(2);
        assertThat(err.toString())
                .startsWith(
                        "narrows: a log would reject this policy: `billing-api` names the audience");
    }

    @Test
    void a_single_file_is_tested_by_the_policy_beside_it() throws Exception {
        write(
                """
                tests:
                  - name: alone
                    exchange: {client: orders-service, subject: {sub: a}, audience: billing-api}
                    expect: {deny: [scopes_not_permitted]}
                """);
        Files.writeString(directory.resolve("broken.test.yaml"), "tests: nothing\n");
        assertThat(narrows("test", "-f", file())).isZero();
        assertThat(run()).isEqualTo(2);
    }

    @Test
    void programs_get_the_same_as_json() throws Exception {
        write(
                """
                tests:
                  - name: too hopeful
                    exchange: {client: orders-service, subject: {sub: alice, scope: orders.read}, audience: billing-api}
                    expect: {permit: invoice.read}
                """);
        assertThat(run("-o", "json")).isOne();
        JsonNode json = Json.read(out.toString());
        assertThat(json.path("failed").asInt()).isOne();
        JsonNode test = json.path("tests").path(0);
        assertThat(test.path("outcome").asText()).isEqualTo("failed");
        assertThat(test.path("line").asInt()).isEqualTo(2);
        assertThat(test.path("expected").path("permit").asText()).isEqualTo("invoice.read");
        assertThat(test.path("found").path("deny").path(0).asText()).isEqualTo("consent_missing");
        assertThat(test.path("found").path("reasons").path(0).path("audience").asText())
                .isEqualTo("billing-api");
    }

    /** What CI servers agree on, of the many schemas of a format without an owner. */
    private static final String JUNIT_XSD =
            """
            <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
              <xs:attributeGroup name="counts">
                <xs:attribute name="name" type="xs:string" use="required"/>
                <xs:attribute name="tests" type="xs:nonNegativeInteger" use="required"/>
                <xs:attribute name="failures" type="xs:nonNegativeInteger" use="required"/>
                <xs:attribute name="errors" type="xs:nonNegativeInteger" use="required"/>
                <xs:attribute name="skipped" type="xs:nonNegativeInteger"/>
                <xs:attribute name="time" type="xs:decimal"/>
              </xs:attributeGroup>
              <xs:element name="testsuites"><xs:complexType>
                <xs:sequence><xs:element ref="testsuite" maxOccurs="unbounded"/></xs:sequence>
                <xs:attributeGroup ref="counts"/>
              </xs:complexType></xs:element>
              <xs:element name="testsuite"><xs:complexType>
                <xs:sequence><xs:element ref="testcase" maxOccurs="unbounded"/></xs:sequence>
                <xs:attributeGroup ref="counts"/>
              </xs:complexType></xs:element>
              <xs:element name="testcase"><xs:complexType>
                <xs:sequence><xs:element ref="failure" minOccurs="0"/></xs:sequence>
                <xs:attribute name="name" type="xs:string" use="required"/>
                <xs:attribute name="classname" type="xs:string" use="required"/>
                <xs:attribute name="file" type="xs:string"/>
                <xs:attribute name="line" type="xs:positiveInteger"/>
                <xs:attribute name="time" type="xs:decimal"/>
              </xs:complexType></xs:element>
              <xs:element name="failure"><xs:complexType><xs:simpleContent><xs:extension base="xs:string">
                <xs:attribute name="message" type="xs:string"/>
                <xs:attribute name="type" type="xs:string"/>
              </xs:extension></xs:simpleContent></xs:complexType></xs:element>
            </xs:schema>
            """;

    @Test
    void ci_gets_the_same_as_junit_xml() throws Exception {
        write(
                """
                tests:
                  - name: too hopeful <&"'> ünïcode
                    exchange: {client: orders-service, subject: {sub: alice, scope: orders.read}, audience: billing-api}
                    expect: {permit: invoice.read}
                  - name: "a target that no XML can hold"
                    exchange: {client: orders-service, subject: {sub: alice}, audience: "\\0\\uFFFE"}
                    expect: {deny: [target_unknown, mode]}
                  - name: right
                    exchange: {client: orders-service, subject: {sub: alice, scope: orders.read}, audience: billing-api}
                    expect: {deny: [consent_missing]}
                """);
        Path report = directory.resolve("reports/junit.xml");
        assertThat(run("--junit", report.toString())).isOne();
        assertThatCode(
                        () ->
                                SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI)
                                        .newSchema(new StreamSource(new StringReader(JUNIT_XSD)))
                                        .newValidator()
                                        .validate(new StreamSource(report.toFile())))
                .doesNotThrowAnyException();
        Element suites =
                DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(report.toFile())
                        .getDocumentElement();
        assertThat(suites.getAttribute("tests")).isEqualTo("3");
        assertThat(suites.getAttribute("failures")).isEqualTo("2");
        Element first = (Element) suites.getElementsByTagName("testcase").item(0);
        assertThat(first.getAttribute("name")).isEqualTo("too hopeful <&\"'> ünïcode");
        assertThat(first.getElementsByTagName("failure").item(0).getTextContent())
                .contains("- permit invoice.read\n+ deny consent_missing");
        Element last = (Element) suites.getElementsByTagName("testcase").item(2);
        assertThat(last.getElementsByTagName("failure").getLength()).isZero();
    }

    @Test
    void the_sample_keeps_what_its_tests_promise() {
        assertThat(narrows("test", "-f", "../deploy/sample")).as(out + "" + err).isZero();
        assertThat(out.toString()).contains("0 failed");
    }

    @Test
    void every_reason_that_files_can_give_rise_to_can_be_expected() throws Exception {
        Set<String> reasons = new TreeSet<>();
        new YAMLMapper()
                .readTree(
                        PolicyTestsTest.class.getResourceAsStream(
                                "/org/narrows/projector/openapi.yaml"))
                .at("/components/schemas/Reason/properties/code/enum")
                .forEach(code -> reasons.add(code.asText()));
        assertThat(reasons).hasSizeGreaterThan(Reason.class.getPermittedSubclasses().length);
        reasons.removeAll(
                Set.of(
                        "suspended",
                        "client_disabled",
                        "unsupported_grant",
                        "invalid_parameter",
                        "invalid_proof"));
        assertThat(PolicyTestFile.CODES).containsExactlyInAnyOrderElementsOf(reasons);
    }

    @Test
    void a_user_that_can_be_none_is_an_error_with_file_and_line() throws Exception {
        write(
                """
                tests:
                  - name: nobody
                    members: [{user: "login|\\u0001", audience: billing-api}]
                    exchange: {client: orders-service, subject: {sub: alice}, audience: billing-api}
                    expect: {deny: [no_rule]}
                """);
        assertThat(run()).as(out + "" + err).isEqualTo(2);
        assertThat(err.toString()).contains("policy.test.yaml:3: `tests[0].members[0].user`");
    }

    private void write(String tests) throws Exception {
        Files.writeString(directory.resolve("policy.yaml"), POLICY);
        Files.writeString(directory.resolve("policy.test.yaml"), tests);
    }

    private String file() {
        return directory.resolve("policy.test.yaml").toString();
    }

    private int run(String... more) {
        return narrows(
                Stream.concat(Stream.of("test", "-f", directory.toString()), Stream.of(more))
                        .toArray(String[]::new));
    }

    private int narrows(String... args) {
        return Narrows.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.nimbusds.jwt.JWTClaimsSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpCookie;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.events.decision.DecisionRecord.RecordedReason;
import org.narrows.events.decision.Exchange;
import org.narrows.events.decision.Exchange.Parameter;
import org.narrows.events.decision.Exchange.Target;
import org.narrows.events.decision.PresentedToken;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.Position;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;
import org.narrows.events.wire.DecisionCodec;

/** The consent page over a real log and store, with an issuer that can be told to misbehave. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConsentPageIT {
    private static final JsonMapper JSON = new JsonMapper();
    private static final AudienceId BILLING = new AudienceId("billing-api");
    private static final String NOBODY = "https://nobody.test.invalid";

    private static final String RULE =
            """
            {"ruleDefined":{"id":"orders-to-billing","effect":"allow","from":"orders-api","to":"billing-api",
              "scopes":{"orders.read":["invoice.read"]}}}""";

    @TempDir static Path directory;

    private OidcIssuer issuer;
    private TestLog log;
    private TestLog.Server server;
    private URI base;
    private int users;

    @BeforeAll
    void start() throws IOException {
        issuer = new OidcIssuer();
        log = new TestLog().open();
        int port = freePort();
        base = URI.create("http://127.0.0.1:" + port);
        Path signIn = directory.resolve("sign-in.json");
        Files.writeString(
                signIn,
                "[{\"issuer\":\"%s\",\"clientId\":\"%s\"}]"
                        .formatted(issuer.url(), OidcIssuer.CLIENT));
        server =
                log.start(
                        Map.of(
                                "micronaut.server.port",
                                port,
                                "narrows.consent-url",
                                base.toString(),
                                "narrows.consent-sign-in",
                                signIn.toString(),
                                "narrows.allow-loopback-jwks",
                                "true"));
        await().until(() -> server.get("/status").statusCode() == 200);
        policy(
                """
                {"issuerTrusted":{"issuer":"%1$s","alias":"shop","primary":true,"jwksUri":"%1$s/keys"}},
                {"issuerTrusted":{"issuer":"%2$s","alias":"nobody","jwksUri":"%2$s/keys"}},
                {"audienceDefined":{"id":"orders-api","name":"Orders"}},
                {"audienceDefined":{"id":"billing-api","name":"Billing of the shop"}},
                {"scopeDefined":{"scope":"invoice.read","audience":"billing-api","kind":"consentable",
                  "name":"Read invoices","description":"See the invoices on your account"}},
                {"clientRegistered":{"id":"orders-service","audience":"orders-api",
                  "authentication":{"method":"client_secret",
                    "secretHash":"sha256:n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"}}},
                {"clientScopeAllowed":{"client":"orders-service","scope":"invoice.read"}},
                {"clientAudienceAllowed":{"client":"orders-service","audience":"billing-api"}},
                %3$s"""
                        .formatted(issuer.url(), NOBODY, RULE));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @AfterEach
    void behave() {
        issuer.goOn();
        issuer.behave();
    }

    @AfterAll
    void end() {
        server.close();
        log.close();
        issuer.close();
    }

    // ---- what users do

    @Test
    void a_user_signs_in_sees_what_is_asked_and_allows_it() {
        String alice = user();
        String link = link(alice);
        Visitor visitor = new Visitor(base);

        HttpResponse<String> page = visitor.signIn(issuer, link, alice);
        assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
        assertThat(page.body())
                .contains("orders-service")
                .contains("Orders")
                .contains("Billing of the shop")
                .contains("Read invoices")
                .contains("See the invoices on your account")
                .contains(alice + " of the shop");
        assertThat(consents(alice)).isEmpty();

        HttpResponse<String> done = visitor.press(link, page, "allow");
        assertThat(done.statusCode()).as(done.body()).isEqualTo(200);
        JsonNode consent = consents(alice).path(0);
        assertThat(consent.path("audience").asText()).isEqualTo("billing-api");
        assertThat(consent.path("scopes").path(0).path("scope").asText()).isEqualTo("invoice.read");
        assertThat(consent.path("scopes").path(0).path("client").asText())
                .isEqualTo("orders-service");
        long seq = consent.path("scopes").path(0).path("since").asLong();
        assertThat(done.body()).contains("In force since").contains("at seq " + seq + " of");

        JsonNode record = read("/log/" + seq);
        assertThat(record.path("actor").asText())
                .as("the user, as tokens name one")
                .isEqualTo(alice);
        assertThat(record.path("type").asText()).isEqualTo("org.narrows.consent.granted.v1");
        assertThat(
                        new String(
                                Base64.getDecoder().decode(record.path("value").asText()),
                                StandardCharsets.UTF_8))
                .contains("consent page, decision " + link.substring("/consent/".length()));

        assertThat(visitor.press(link, page, "allow").body())
                .as("a second press of the button")
                .contains("at seq " + seq + " of");
        assertThat(visitor.get(link).body()).contains("at seq " + seq + " of");
        assertThat(head()).isEqualTo(seq);
    }

    @Test
    void two_answers_at_once_are_one_consent() {
        String alice = user();
        String link = link(alice);
        Visitor visitor = new Visitor(base);
        HttpResponse<String> page = visitor.signIn(issuer, link, alice);

        List<CompletableFuture<HttpResponse<String>>> presses =
                Stream.generate(
                                () ->
                                        CompletableFuture.supplyAsync(
                                                () -> visitor.press(link, page, "allow")))
                        .limit(4)
                        .toList();
        List<String> told =
                presses.stream()
                        .map(CompletableFuture::join)
                        .map(done -> done.body().replaceFirst("(?s).*at seq (\\d+) of.*", "$1"))
                        .distinct()
                        .toList();
        assertThat(told)
                .containsExactly(
                        consents(alice).path(0).path("scopes").path(0).path("since").asText());
    }

    @Test
    void a_user_who_denies_changes_nothing() {
        String bob = user();
        String link = link(bob);
        Visitor visitor = new Visitor(base);
        HttpResponse<String> page = visitor.signIn(issuer, link, bob);
        long before = head();

        HttpResponse<String> done = visitor.press(link, page, "deny");
        assertThat(done.statusCode()).isEqualTo(200);
        assertThat(done.body()).contains("Denied").contains("Nothing was changed");
        assertThat(head()).isEqualTo(before);
        assertThat(consents(bob)).isEmpty();
    }

    @Test
    void nobody_else_sees_what_is_asked() {
        String alice = user();
        String link = link(alice);
        Visitor mallory = new Visitor(base);

        HttpResponse<String> page = mallory.signIn(issuer, link, user());
        assertThat(page.statusCode()).isEqualTo(403);
        assertThat(page.body())
                .contains("another account")
                .doesNotContain("orders-service")
                .doesNotContain("Billing")
                .doesNotContain("invoice")
                .doesNotContain(alice);
        assertThat(mallory.get(link).statusCode()).as("not signed in for this").isEqualTo(303);
        assertThat(Visitor.location(mallory.get(link + "?account=another")).getRawQuery())
                .contains("prompt=login");
        assertThat(mallory.post(link, Map.of("answer", "allow")).statusCode()).isEqualTo(403);
        assertThat(consents(alice)).isEmpty();
    }

    @Test
    void a_session_is_for_one_link_and_its_user() {
        String alice = user();
        String first = link(alice);
        String second = link(alice);
        Visitor visitor = new Visitor(base);
        HttpResponse<String> page = visitor.signIn(issuer, first, alice);

        assertThat(visitor.get(second).statusCode()).isEqualTo(303);
        assertThat(visitor.press(second, page, "allow").statusCode()).isEqualTo(403);
        assertThat(consents(alice)).isEmpty();
    }

    @Test
    void what_was_withdrawn_does_not_come_back_by_a_link_of_before() {
        String alice = user();
        String link = link(alice);
        Visitor visitor = new Visitor(base);
        HttpResponse<String> page = visitor.signIn(issuer, link, alice);
        assertThat(visitor.press(link, page, "allow").statusCode()).isEqualTo(200);
        applied(
                server.publish(
                        Sample.event(
                                Sample.id(),
                                "consent.withdrawn.v1",
                                "{\"user\":{\"issuer\":\"%s\",\"subject\":\"%s\"},\"audience\":\"billing-api\"}"
                                        .formatted(issuer.url(), alice))));

        HttpResponse<String> again = visitor.press(link, visitor.get(link), "allow");
        assertThat(again.statusCode()).isEqualTo(409);
        assertThat(again.body()).contains("This link was used before");
        assertThat(consents(alice)).isEmpty();

        String next = link(alice);
        HttpResponse<String> anew =
                visitor.press(next, visitor.signIn(issuer, next, alice), "allow");
        assertThat(anew.body()).as("a new request is another question").contains("In force since");
    }

    // ---- what is looked at again

    @Test
    void nobody_allows_what_reads_differently_from_what_was_shown() {
        String alice = user();
        String link = link(alice);
        Visitor visitor = new Visitor(base);
        HttpResponse<String> page = visitor.signIn(issuer, link, alice);
        describe("See and pay the invoices on your account");
        try {
            HttpResponse<String> again = visitor.press(link, page, "allow");
            assertThat(again.statusCode()).isEqualTo(409);
            assertThat(again.body())
                    .contains("has changed since")
                    .contains("See and pay the invoices on your account");
            assertThat(consents(alice)).isEmpty();

            assertThat(visitor.press(link, again, "allow").body()).contains("In force since");
        } finally {
            describe("See the invoices on your account");
        }
    }

    private void describe(String description) {
        policy(
                """
                {"scopeDefined":{"scope":"invoice.read","audience":"billing-api","kind":"consentable",
                  "name":"Read invoices","description":"%s"}}"""
                        .formatted(description));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{\"clientDisabled\":{\"id\":\"orders-service\"}};{\"clientEnabled\":{\"id\":\"orders-service\"}}",
                "{\"clientScopeWithdrawn\":{\"client\":\"orders-service\",\"scope\":\"invoice.read\"}};"
                        + "{\"clientScopeAllowed\":{\"client\":\"orders-service\",\"scope\":\"invoice.read\"}}",
                "{\"clientAudienceWithdrawn\":{\"client\":\"orders-service\",\"audience\":\"billing-api\"}};"
                        + "{\"clientAudienceAllowed\":{\"client\":\"orders-service\",\"audience\":\"billing-api\"}}"
            })
    void what_the_application_may_ask_no_more_cannot_be_allowed(String change, String back) {
        String alice = user();
        String link = link(alice);
        Visitor visitor = new Visitor(base);
        HttpResponse<String> page = visitor.signIn(issuer, link, alice);
        policy(change);
        long before = head();
        try {
            HttpResponse<String> refused = visitor.press(link, page, "allow");
            assertThat(refused.statusCode()).isEqualTo(409);
            assertThat(refused.body()).contains("no longer asked");
            assertThat(visitor.get(link).body()).contains("no longer asked");
            assertThat(head()).as("nothing was published").isEqualTo(before);
        } finally {
            policy(back);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{\"ruleRetired\":{\"id\":\"orders-to-billing\"}};" + "RULE",
                "{\"ruleDefined\":{\"id\":\"never\",\"effect\":\"deny\",\"from\":\"orders-api\",\"to\":\"billing-api\"}};"
                        + "{\"ruleRetired\":{\"id\":\"never\"}}"
            })
    void what_consent_alone_would_no_longer_turn_cannot_be_allowed(String change, String back) {
        String alice = user();
        String link = link(alice);
        Visitor visitor = new Visitor(base);
        HttpResponse<String> page = visitor.signIn(issuer, link, alice);
        assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
        policy(change);
        try {
            nothingIsAsked(visitor, link, page);
            assertThat(consents(alice)).isEmpty();
        } finally {
            policy(back.equals("RULE") ? RULE : back);
        }
        assertThat(visitor.press(link, page, "allow").body()).contains("In force since");
    }

    @ParameterizedTest
    @ValueSource(strings = {"user.removed.v1;,\"audience\":\"billing-api\"", "user.forgotten.v1;"})
    void nobody_allows_what_would_not_be_theirs_to_use(String event) {
        String alice = user();
        String link = link(alice);
        Visitor visitor = new Visitor(base);
        HttpResponse<String> page = visitor.signIn(issuer, link, alice);
        assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
        String[] parts = event.split(";", -1);
        applied(
                server.publish(
                        Sample.event(
                                Sample.id(),
                                parts[0],
                                "{\"user\":{\"issuer\":\"%s\",\"subject\":\"%s\"}%s}"
                                        .formatted(issuer.url(), alice, parts[1]))));

        nothingIsAsked(visitor, link, page);
        assertThat(consents(alice)).isEmpty();
    }

    private void nothingIsAsked(Visitor visitor, String link, HttpResponse<String> page) {
        long before = head();
        HttpResponse<String> refused = visitor.press(link, page, "allow");
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(409);
        assertThat(refused.body()).contains("no longer asked");
        assertThat(visitor.get(link).body()).contains("no longer asked");
        assertThat(head()).as("nothing was published").isEqualTo(before);
    }

    // ---- links

    @Test
    void a_link_that_is_here_before_its_decision_waits_for_it() {
        DecisionRecord decision = denial(id(Instant.now()), user(), Instant.now());
        Visitor visitor = new Visitor(base);

        HttpResponse<String> early = visitor.get("/consent/" + decision.id());
        assertThat(early.statusCode()).isEqualTo(202);
        assertThat(early.headers().firstValue("Refresh")).contains("1");

        log.sendDecision(decision.id(), DecisionCodec.encode(decision));
        await().until(() -> visitor.get("/consent/" + decision.id()).statusCode() == 303);
    }

    @Test
    void a_link_is_good_for_an_hour() {
        Instant past = Instant.now().minus(Duration.ofMinutes(62));
        DecisionRecord old = denial(id(past), user(), past);
        assertThat(new Visitor(base).get(land(old)).statusCode()).isEqualTo(410);

        Instant nearly = Instant.now().minus(Duration.ofMinutes(60).plusSeconds(5));
        DecisionRecord just = denial(id(nearly), user(), nearly);
        assertThat(new Visitor(base).get(land(just)).statusCode())
                .as("the decision's own time counts, not only its id's")
                .isEqualTo(410);

        Instant late = Instant.now().minus(Duration.ofMinutes(50));
        DecisionRecord good = denial(id(late), user(), late);
        assertThat(new Visitor(base).get(land(good)).statusCode()).isEqualTo(303);
    }

    @Test
    void an_hour_that_ends_while_the_page_is_open_ends_the_answer() throws Exception {
        Instant nearly = Instant.now().minus(Duration.ofMinutes(60)).plusSeconds(8);
        String alice = user();
        DecisionRecord decision = denial(id(nearly), alice, nearly);
        String link = land(decision);
        Visitor visitor = new Visitor(base);
        HttpResponse<String> page = visitor.signIn(issuer, link, alice);
        assertThat(page.statusCode()).isEqualTo(200);
        Thread.sleep(
                Duration.between(Instant.now(), nearly.plus(Duration.ofMinutes(60)))
                        .plusMillis(200));

        assertThat(visitor.press(link, page, "allow").statusCode()).isEqualTo(410);
        assertThat(consents(alice)).isEmpty();
    }

    @Test
    void a_link_that_asks_nothing_of_a_user_says_so() {
        Instant now = Instant.now().minusSeconds(20);
        assertThat(new Visitor(base).get("/consent/" + id(now)).statusCode()).isEqualTo(404);

        DecisionRecord other =
                record(
                        id(now),
                        issuer.url(),
                        user(),
                        now,
                        List.of(
                                missing("invoice.read"),
                                new RecordedReason("denied", Map.of("rule", "no"))));
        assertThat(new Visitor(base).get(land(other)).statusCode()).isEqualTo(404);
    }

    @Test
    void where_nobody_can_sign_in_the_page_says_what_the_operator_must_set() {
        Instant now = Instant.now();
        DecisionRecord decision =
                record(id(now), NOBODY, "alice", now, List.of(missing("invoice.read")));

        HttpResponse<String> page = new Visitor(base).get(land(decision));
        assertThat(page.statusCode()).isEqualTo(503);
        assertThat(page.body())
                .contains("NARROWS_CONSENT_SIGN_IN")
                .contains(NOBODY)
                .contains(base + "/consent/callback/nobody")
                .doesNotContain("invoice");
    }

    // ---- signing in

    @Test
    void a_sign_in_is_asked_for_as_it_should_be() {
        String link = link(user());
        Visitor visitor = new Visitor(base);
        HttpResponse<String> response = visitor.get(link);
        URI asked = Visitor.location(response);

        assertThat(asked.toString()).startsWith(issuer.url() + "/authorize?");
        assertThat(asked.getRawQuery())
                .contains("response_type=code")
                .contains("scope=openid")
                .contains("code_challenge_method=S256")
                .contains("nonce=")
                .contains(
                        "redirect_uri="
                                + URLEncoder.encode(
                                        base + "/consent/callback/shop", StandardCharsets.UTF_8))
                .contains("state=");
        String cookie = response.headers().firstValue("Set-Cookie").orElseThrow();
        assertThat(cookie)
                .containsIgnoringCase("HttpOnly")
                .contains("SameSite=Lax")
                .contains("Path=/consent")
                .contains("Max-Age=600");
        assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
    }

    @Test
    void a_callback_serves_once() {
        String alice = user();
        String link = link(alice);
        Visitor visitor = new Visitor(base);
        String query = issuer.signIn(Visitor.location(visitor.get(link)), alice);
        HttpCookie begun = visitor.cookies.getCookieStore().getCookies().getFirst();
        assertThat(visitor.callback(query).statusCode()).isEqualTo(303);

        HttpResponse<String> replayed = visitor.callback(query);
        assertThat(replayed.statusCode()).as("the browser forgot the sign-in").isEqualTo(400);

        Visitor thief = new Visitor(base);
        assertThat(thief.callback(query).statusCode()).as("another browser").isEqualTo(400);
        thief.cookies.getCookieStore().add(base, begun);
        HttpResponse<String> stolen = thief.callback(query);
        assertThat(stolen.statusCode()).as("with the cookie: the code was used").isEqualTo(400);
        assertThat(stolen.headers().allValues("Set-Cookie").toString())
                .doesNotContain("narrows-consent=");
    }

    record Misfit(String name, UnaryOperator<String> query) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Misfit> misfits() {
        return Stream.of(
                new Misfit("another state", query -> query.replace("&state=", "&state=x")),
                new Misfit("no state", query -> query.replaceFirst("&state=[^&]*", "")),
                new Misfit("no code", query -> query.replaceFirst("^code=[^&]*&", "")),
                new Misfit("another code", query -> query.replaceFirst("code=", "code=x")),
                new Misfit("two codes", query -> query + "&code=y"),
                new Misfit(
                        "another issuer",
                        query ->
                                query.replaceFirst(
                                        "&iss=[^&]*", "&iss=https%3A%2F%2Fevil.example")),
                new Misfit(
                        "no issuer though announced",
                        query -> query.replaceFirst("&iss=[^&]*", "")),
                new Misfit(
                        "an error",
                        query -> query.replaceFirst("code=[^&]*", "error=access_denied")),
                new Misfit("nothing", query -> ""));
    }

    @ParameterizedTest
    @MethodSource("misfits")
    void what_comes_back_must_fit_what_was_begun(Misfit misfit) {
        String alice = user();
        Visitor visitor = new Visitor(base);
        String query = issuer.signIn(Visitor.location(visitor.get(link(alice))), alice);

        refused(visitor.callback(misfit.query().apply(query)));
    }

    @Test
    void what_comes_back_by_the_address_of_another_issuer_is_refused() {
        String alice = user();
        Visitor visitor = new Visitor(base);
        String query = issuer.signIn(Visitor.location(visitor.get(link(alice))), alice);

        refused(visitor.callback("nobody", query));
    }

    record BadToken(String name, UnaryOperator<JWTClaimsSet.Builder> claims) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<BadToken> badTokens() {
        Instant now = Instant.now();
        return Stream.of(
                new BadToken("another nonce", claims -> claims.claim("nonce", "x")),
                new BadToken("no nonce", claims -> claims.claim("nonce", null)),
                new BadToken("another audience", claims -> claims.audience("somebody")),
                new BadToken(
                        "two audiences, meant for the other",
                        claims ->
                                claims.audience(List.of(OidcIssuer.CLIENT, "somebody"))
                                        .claim("azp", "somebody")),
                new BadToken(
                        "two audiences, meant for nobody in particular",
                        claims -> claims.audience(List.of(OidcIssuer.CLIENT, "somebody"))),
                new BadToken("another issuer", claims -> claims.issuer("https://evil.example")),
                new BadToken(
                        "over", claims -> claims.expirationTime(Date.from(now.minusSeconds(120)))),
                new BadToken("no end", claims -> claims.expirationTime(null)),
                new BadToken("no subject", claims -> claims.subject(null)));
    }

    @ParameterizedTest
    @MethodSource("badTokens")
    void an_id_token_must_be_for_this_sign_in(BadToken bad) {
        issuer.claims = bad.claims();
        String alice = user();
        refused(signInOnly(link(alice), alice));
    }

    @Test
    void an_id_token_must_be_signed_by_a_key_that_the_policy_names() {
        issuer.signsWith = OidcIssuer.newKey();
        String alice = user();
        refused(signInOnly(link(alice), alice));
    }

    private HttpResponse<String> signInOnly(String link, String subject) {
        Visitor visitor = new Visitor(base);
        return visitor.callback(issuer.signIn(Visitor.location(visitor.get(link)), subject));
    }

    private static void refused(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(response.body()).contains("Nothing was changed").doesNotContain("invoice");
        assertThat(response.headers().allValues("Set-Cookie").toString())
                .doesNotContain("narrows-consent=")
                .contains("narrows-consent-sign-in=;");
    }

    // ---- answers that a user did not give

    @Test
    void an_answer_comes_from_the_page_itself() {
        String alice = user();
        String link = link(alice);
        Visitor visitor = new Visitor(base);
        HttpResponse<String> page = visitor.signIn(issuer, link, alice);
        Map<String, String> form =
                Map.of(
                        "token",
                        Visitor.field(page, "token"),
                        "shown",
                        Visitor.field(page, "shown"),
                        "answer",
                        "allow");

        Map<String, String> withoutToken = new TreeMap<>(form);
        withoutToken.remove("token");
        Map<String, String> otherToken = new TreeMap<>(form);
        otherToken.put("token", "x".repeat(22));
        Map<String, String> noAnswer = new TreeMap<>(form);
        noAnswer.remove("answer");
        List<HttpResponse<String>> forged = new ArrayList<>();
        forged.add(visitor.post(link, withoutToken));
        forged.add(visitor.post(link, otherToken));
        forged.add(visitor.post(link, noAnswer));
        forged.add(visitor.post(link, form, "Origin", "https://evil.example"));
        forged.add(visitor.post(link, form, "Origin", "null"));
        forged.add(visitor.post(link, form, "Sec-Fetch-Site", "cross-site"));
        forged.add(visitor.post(link, form, "Sec-Fetch-Site", "same-site"));
        forged.add(new Visitor(base).post(link, form));
        assertThat(forged).allMatch(response -> response.statusCode() == 403);
        assertThat(consents(alice)).isEmpty();

        assertThat(
                        visitor.post(
                                        link,
                                        form,
                                        "Origin",
                                        base.toString(),
                                        "Sec-Fetch-Site",
                                        "same-origin")
                                .body())
                .contains("In force since");
    }

    // ---- bounds

    @Test
    void few_at_once_need_the_policy_and_strangers_never() throws Exception {
        List<Visitor> visitors = new ArrayList<>();
        List<String> links = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            String subject = user();
            visitors.add(new Visitor(base));
            links.add(link(subject));
            assertThat(visitors.get(i).signIn(issuer, links.get(i), subject).statusCode())
                    .isEqualTo(200);
        }
        String unopened = link(user());
        List<CompletableFuture<HttpResponse<String>>> visits = new ArrayList<>();
        try (Connection holder = log.connect();
                Statement statement = holder.createStatement()) {
            holder.setAutoCommit(false);
            // Whoever reads the policy reads where it stands first.
            statement.execute("lock table narrows.checkpoint in access exclusive mode");
            for (int i = 0; i < 6; i++) {
                Visitor visitor = visitors.get(i);
                String link = links.get(i);
                visits.add(
                        CompletableFuture.supplyAsync(
                                () -> visitor.get(link),
                                command -> Thread.ofVirtual().start(command)));
            }
            await().until(
                            () ->
                                    visits.stream().filter(CompletableFuture::isDone).count()
                                            == visits.size() - 4);
            assertThat(new Visitor(base).get(unopened).statusCode())
                    .as("a stranger is sent to sign in")
                    .isEqualTo(303);
            holder.rollback();
        }
        Map<Boolean, List<HttpResponse<String>>> answers =
                visits.stream()
                        .map(CompletableFuture::join)
                        .collect(Collectors.partitioningBy(page -> page.statusCode() == 200));
        assertThat(answers.get(true)).hasSize(4);
        assertThat(answers.get(false))
                .hasSize(2)
                .allMatch(page -> page.statusCode() == 503)
                .allMatch(page -> page.headers().firstValue("Retry-After").isPresent());
    }

    @Test
    void a_form_is_small() {
        String link = link(user());
        Visitor visitor = new Visitor(base);

        assertThat(visitor.post(link, Map.of("token", "x".repeat(5_000))).statusCode())
                .isEqualTo(413);
        HttpRequest.Builder unsaid =
                HttpRequest.newBuilder(base.resolve(link))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(
                                BodyPublishers.ofInputStream(
                                        () ->
                                                new java.io.ByteArrayInputStream(
                                                        "answer=allow"
                                                                .getBytes(
                                                                        StandardCharsets.UTF_8))));
        assertThat(visitor.send(unsaid).statusCode()).isEqualTo(413);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/consent",
                "/consent/x",
                "/consent/callback",
                "/consent/callback/x",
                "/consent/callback/x/y",
                "/consent/../status",
                "/consent/%2e%2e/status",
                "/consent/callback/..%2f..%2fstatus",
                "/consents"
            })
    void whoever_comes_in_for_the_page_sees_nothing_else(String path) {
        assertThat(new Visitor(base).get(path).statusCode()).isIn(400, 401, 404);
    }

    @Test
    void an_issuer_that_hangs_keeps_nobody_else_waiting() throws Exception {
        List<String> links = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            links.add(link(user()));
        }
        // Its metadata are not known yet to a server of its own.
        try (TestLog.Server beside = startBeside()) {
            issuer.hang();
            List<CompletableFuture<Integer>> waiting =
                    links.stream()
                            .map(
                                    link ->
                                            CompletableFuture.supplyAsync(
                                                    () ->
                                                            new Visitor(beside.uri)
                                                                    .get(link)
                                                                    .statusCode(),
                                                    command -> Thread.ofVirtual().start(command)))
                            .toList();
            await().atMost(Duration.ofSeconds(4))
                    .until(() -> waiting.stream().filter(CompletableFuture::isDone).count() >= 4);
            assertThat(waiting.stream().filter(visit -> !visit.isDone()).count())
                    .as("those that have a place")
                    .isLessThanOrEqualTo(16);
            assertThat(beside.get("/status").statusCode()).isEqualTo(200);
            assertThat(waiting.stream().map(CompletableFuture::join)).allMatch(s -> s == 503);
        }
    }

    private TestLog.Server startBeside() {
        return log.start(
                Map.of(
                        "narrows.consent-url",
                        base.toString(),
                        "narrows.consent-sign-in",
                        directory.resolve("sign-in.json").toString(),
                        "narrows.allow-loopback-jwks",
                        "true"));
    }

    // ---- what is asked

    private synchronized String user() {
        return "user-" + ++users;
    }

    /** A link to a denial that lacks this user's consent, and has landed. */
    private String link(String subject) {
        Instant now = Instant.now();
        return land(denial(id(now), subject, now));
    }

    private String land(DecisionRecord decision) {
        log.sendDecision(decision.id(), DecisionCodec.encode(decision));
        await().until(() -> server.get("/decisions/" + decision.id()).statusCode() == 200);
        return "/consent/" + decision.id();
    }

    /** A UUIDv7 of that moment. */
    private static String id(Instant at) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new UUID(
                        (at.toEpochMilli() << 16) | 0x7000L | random.nextInt(0x1000),
                        0x8000_0000_0000_0000L | (random.nextLong() >>> 2))
                .toString();
    }

    private DecisionRecord denial(String id, String subject, Instant at) {
        return record(id, issuer.url(), subject, at, List.of(missing("invoice.read")));
    }

    private static RecordedReason missing(String scopes) {
        return new RecordedReason(
                "consent_missing", Map.of("audience", BILLING.value(), "scopes", scopes));
    }

    private DecisionRecord record(
            String id, String issuerUrl, String subject, Instant at, List<RecordedReason> reasons) {
        IssuerUrl login = new IssuerUrl(issuerUrl);
        PresentedToken token =
                new PresentedToken(
                        new TokenRef(login, "jti-" + id),
                        new PresentedToken.Origin.Foreign(login),
                        new User(login, subject),
                        ActorKind.USER,
                        false,
                        new TreeSet<>(List.of("orders-api")),
                        Optional.empty(),
                        Scopes.of("orders.read"),
                        Optional.of(at),
                        at.plusSeconds(300),
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        new TreeSet<>(),
                        new TreeMap<>());
        Exchange exchange =
                new Exchange(
                        new ClientId("orders-service"),
                        token,
                        Optional.empty(),
                        List.of(new Target(Parameter.AUDIENCE, BILLING.value())),
                        Optional.of(Scopes.of("invoice.read")),
                        List.of());
        return new DecisionRecord(
                id,
                new Position(log.logId, 3),
                1,
                1,
                1,
                at,
                new ClientId("orders-service"),
                Optional.of(exchange),
                new TreeMap<>(),
                false,
                List.of(BILLING),
                List.of(),
                Optional.empty(),
                reasons,
                Optional.empty(),
                Optional.empty(),
                List.of("shop|jti-" + id),
                List.of(),
                Duration.ofMillis(1));
    }

    // ---- what became of it

    private void policy(String changes) {
        applied(
                server.publish(
                        Sample.event(
                                Sample.id(),
                                "policy.changed.v1",
                                "{\"changes\":[" + changes + "]}")));
    }

    private static void applied(HttpResponse<String> response) {
        assertThat(parse(response.body()).path("verdict").asText())
                .as(response.body())
                .isEqualTo("applied");
    }

    private JsonNode consents(String subject) {
        return read("/users/shop/" + subject + "/consents").path("items");
    }

    private long head() {
        return read("/status").path("position").path("seq").asLong();
    }

    private JsonNode read(String path) {
        return parse(server.get(path).body());
    }

    private static JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

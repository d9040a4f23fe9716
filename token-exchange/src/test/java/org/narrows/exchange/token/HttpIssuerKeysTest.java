// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.token;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.narrows.events.policy.Algorithm;
import org.narrows.events.policy.KeySource;
import org.narrows.events.wire.KeySets;
import org.narrows.exchange.outage.Deadline;
import org.narrows.exchange.outage.OutageException;

/**
 * Key sets of others, fetched: in their bounds, as often as they must be, and no more often than
 * they may.
 */
class HttpIssuerKeysTest {
    private static final String KEY = KeySets.generate(Algorithm.ES256);
    private static final String NEXT = KeySets.generate(Algorithm.ES256);

    private final WireMockServer server = new WireMockServer(wireMockConfig().dynamicPort());
    private final AtomicLong clock = new AtomicLong(Duration.ofDays(1).toNanos());
    private HttpIssuerKeys keys;
    private KeySource source;

    @BeforeEach
    void start() {
        server.start();
        keys = new HttpIssuerKeys(HttpClient.newHttpClient(), true, clock::get);
        source = source("/keys");
    }

    @AfterEach
    void stop() {
        server.stop();
    }

    private KeySource source(String path) {
        return new KeySource.Remote(URI.create("http://127.0.0.1:" + server.port() + path));
    }

    private static String set(String... privateJwks) {
        return "{\"keys\":["
                + String.join(",", List.of(privateJwks).stream().map(KeySets::publicPart).toList())
                + "]}";
    }

    private void answer(String path, ResponseDefinitionBuilder response) {
        server.stubFor(get(urlEqualTo(path)).willReturn(response));
    }

    private void serve(String... privateJwks) {
        answer("/keys", aResponse().withBody(set(privateJwks)));
    }

    private List<String> kids(String wanted) {
        return keys
                .of(
                        source,
                        Optional.of(KeySets.thumbprint(wanted)),
                        Deadline.in(Duration.ofSeconds(2)))
                .stream()
                .map(key -> key.kid().orElseThrow())
                .toList();
    }

    private void later(Duration time) {
        clock.addAndGet(time.toNanos());
    }

    private int fetches() {
        return server.countRequestsMatching(getRequestedFor(urlEqualTo("/keys")).build())
                .getCount();
    }

    @Test
    void a_set_is_fetched_once_and_again_when_it_is_five_minutes_old() {
        serve(KEY);
        assertThat(kids(KEY)).containsExactly(KeySets.thumbprint(KEY));
        later(Duration.ofMinutes(3));
        assertThat(kids(KEY)).hasSize(1);
        assertThat(fetches()).isEqualTo(1);

        serve(NEXT);
        later(Duration.ofMinutes(2));
        // The key is gone from the set, so it is no longer trusted.
        assertThat(kids(KEY)).containsExactly(KeySets.thumbprint(NEXT));
        assertThat(fetches()).isEqualTo(2);
    }

    @Test
    void a_new_key_is_found_when_a_token_names_it() {
        serve(KEY);
        assertThat(kids(KEY)).hasSize(1);
        serve(NEXT, KEY);
        later(Duration.ofSeconds(6));

        assertThat(kids(NEXT)).hasSize(2);
        assertThat(fetches()).isEqualTo(2);
    }

    @Test
    void an_unknown_key_is_asked_for_with_back_off_and_never_twice_in_five_seconds() {
        serve(KEY);
        kids(KEY);
        for (int i = 0; i < 50; i++) {
            kids(NEXT);
        }
        assertThat(fetches()).isEqualTo(1);

        later(Duration.ofSeconds(6));
        kids(NEXT);
        assertThat(fetches()).isEqualTo(2);
        later(Duration.ofSeconds(6));
        kids(NEXT);
        assertThat(fetches()).isEqualTo(2);
        later(Duration.ofSeconds(6));
        kids(NEXT);
        assertThat(fetches()).isEqualTo(3);
    }

    @Test
    void the_last_set_serves_for_an_hour_when_no_new_one_comes() {
        serve(KEY);
        kids(KEY);
        answer("/keys", aResponse().withStatus(500));

        later(Duration.ofMinutes(30));
        assertThat(kids(KEY)).hasSize(1);
        later(Duration.ofMinutes(29));
        assertThat(kids(KEY)).hasSize(1);
        later(Duration.ofMinutes(2));
        assertThatThrownBy(() -> kids(KEY)).isInstanceOf(OutageException.class);

        serve(KEY);
        later(Duration.ofSeconds(6));
        assertThat(kids(KEY)).hasSize(1);
    }

    @Test
    void a_server_that_hangs_holds_up_nobody_else() {
        answer("/keys", aResponse().withFixedDelay(10_000).withBody(set(KEY)));
        answer("/others", aResponse().withBody(set(NEXT)));
        long started = System.nanoTime();

        assertThatThrownBy(
                        () ->
                                keys.of(
                                        source,
                                        Optional.empty(),
                                        Deadline.in(Duration.ofMillis(300))))
                .isInstanceOf(OutageException.class);
        assertThat(keys.of(source("/others"), Optional.empty(), Deadline.in(Duration.ofSeconds(2))))
                .hasSize(1);
        assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(3));
    }

    @Test
    void a_body_that_trickles_is_cut_off_after_five_seconds() throws InterruptedException {
        answer("/keys", aResponse().withBody(set(KEY)).withChunkedDribbleDelay(20, 20_000));
        assertThatThrownBy(
                        () ->
                                keys.of(
                                        source,
                                        Optional.empty(),
                                        Deadline.in(Duration.ofMillis(100))))
                .isInstanceOf(OutageException.class);
        serve(KEY);
        Thread.sleep(5_500);
        later(Duration.ofSeconds(6));

        assertThat(kids(KEY)).hasSize(1);
    }

    @Test
    void a_reset_a_redirect_an_endless_set_and_no_set_at_all_are_outages() {
        for (ResponseDefinitionBuilder bad :
                List.of(
                        aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER),
                        aResponse().withStatus(302).withHeader("Location", "/others"),
                        aResponse()
                                .withBody(
                                        "{\"keys\":[],\"pad\":\"" + "x".repeat(1_100_000) + "\"}"),
                        aResponse().withBody("<html>"))) {
            answer("/keys", bad);
            answer("/others", aResponse().withBody(set(KEY)));
            later(Duration.ofSeconds(6));
            assertThatThrownBy(() -> kids(KEY)).isInstanceOf(OutageException.class);
        }
        assertThat(
                        server.countRequestsMatching(getRequestedFor(urlEqualTo("/others")).build())
                                .getCount())
                .isZero();
    }

    @Test
    void plain_http_is_for_this_machine_and_only_where_it_is_allowed() {
        serve(KEY);
        HttpIssuerKeys strict = new HttpIssuerKeys(HttpClient.newHttpClient(), false, clock::get);

        assertThatThrownBy(
                        () ->
                                strict.of(
                                        source,
                                        Optional.empty(),
                                        Deadline.in(Duration.ofSeconds(1))))
                .isInstanceOf(OutageException.class);
        assertThatThrownBy(
                        () ->
                                keys.of(
                                        new KeySource.Remote(URI.create("http://192.0.2.1/keys")),
                                        Optional.empty(),
                                        Deadline.in(Duration.ofSeconds(1))))
                .isInstanceOf(OutageException.class);
        assertThat(fetches()).isZero();
    }
}

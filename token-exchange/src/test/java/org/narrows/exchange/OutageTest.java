// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.narrows.exchange.SampleWorld.LOGIN;
import static org.narrows.exchange.SampleWorld.SECRET;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.narrows.embedded.EmbeddedKafka;
import org.narrows.embedded.SharedBackends;

/**
 * What happens when the stores go away while exchanges are under way, and that nobody has to do
 * anything when they come back.
 */
class OutageTest {
    private static final int UNAVAILABLE = 503;

    @TempDir private Path directory;

    private static HttpResponse<String> exchange(ExchangeServer server) {
        return server.request()
                .exchange(LOGIN.token("alice", "orders-api", "orders.read"))
                .basic("orders-service", SECRET)
                .with("audience", "billing-api")
                .send();
    }

    private static void assertUnavailable(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(UNAVAILABLE);
        assertThat(response.headers().firstValue("Retry-After")).isPresent();
        assertThat(response.headers().firstValue("Content-Type"))
                .contains("application/problem+json");
        assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(response.body()).doesNotContain("access_token").doesNotContain("\"error\"");
    }

    private static int port(EmbeddedKafka kafka) {
        return Integer.parseInt(kafka.bootstrapServers().split(":", -1)[1]);
    }

    @Test
    void a_broker_that_stops_during_requests_costs_answers_and_never_gives_a_token_unrecorded()
            throws InterruptedException {
        EmbeddedKafka kafka = EmbeddedKafka.start(directory);
        Queue<HttpResponse<String>> answers = new ConcurrentLinkedQueue<>();
        try (ExchangeServer server =
                new ExchangeServer(SampleWorld.log(), kafka.bootstrapServers(), Map.of())) {
            assertThat(exchange(server).statusCode()).isEqualTo(200);
            Thread caller =
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        while (!Thread.interrupted()) {
                                            answers.add(exchange(server));
                                        }
                                    });

            kafka.close();
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> exchange(server).statusCode() == UNAVAILABLE);
            Instant asked = Instant.now();
            assertUnavailable(exchange(server));
            assertThat(Duration.between(asked, Instant.now())).isLessThan(Duration.ofSeconds(4));
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> server.get("/health/readiness").statusCode() == UNAVAILABLE);
            assertThat(server.get("/health/liveness").statusCode()).isEqualTo(200);

            kafka = EmbeddedKafka.start(directory, port(kafka));
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> exchange(server).statusCode() == 200);
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> server.get("/health/readiness").statusCode() == 200);
            caller.interrupt();
            caller.join();

            assertThat(answers).extracting(HttpResponse::statusCode).containsOnly(200, UNAVAILABLE);
            List<String> unrecorded = new ArrayList<>();
            for (HttpResponse<String> answer : answers) {
                String id = answer.headers().firstValue("Narrows-Decision").orElseThrow();
                if (answer.statusCode() == 200 && server.decision(id).isEmpty()) {
                    unrecorded.add(id);
                }
            }
            assertThat(unrecorded).isEmpty();
        } finally {
            kafka.close();
        }
    }

    @Test
    void without_its_store_a_node_answers_until_its_view_is_too_old_and_goes_on_by_itself() {
        TestLog log = SampleWorld.log();
        try (Cable cable = Cable.to(SharedBackends.postgres().port());
                ScheduledExecutorService projector = Executors.newScheduledThreadPool(1)) {
            Future<?> beats =
                    projector.scheduleAtFixedRate(log::catchUp, 0, 200, TimeUnit.MILLISECONDS);
            try (ExchangeServer server =
                    new ExchangeServer(
                            log,
                            Map.of(
                                    "narrows.jdbc.url",
                                    "jdbc:postgresql://127.0.0.1:"
                                            + cable.port()
                                            + "/"
                                            + log.database,
                                    "narrows.max-staleness",
                                    "PT3S"))) {
                await().atMost(Duration.ofSeconds(5))
                        .until(() -> exchange(server).statusCode() == 200);

                Instant pulled = Instant.now();
                cable.pull();
                // Alice is in memory, and the view is young enough.
                assertThat(exchange(server).statusCode()).isEqualTo(200);
                await().atMost(Duration.ofSeconds(8))
                        .pollInterval(Duration.ofMillis(50))
                        .until(() -> exchange(server).statusCode() == UNAVAILABLE);
                assertThat(Duration.between(pulled, Instant.now()))
                        .isLessThan(Duration.ofSeconds(5));
                assertUnavailable(exchange(server));
                assertThat(server.get("/health/readiness").statusCode()).isEqualTo(UNAVAILABLE);
                assertThat(server.get("/health/liveness").statusCode()).isEqualTo(200);
                // What happens meanwhile holds from the first answer after.
                SampleWorld.withdraw(log, "alice");

                cable.plugIn();
                await().atMost(Duration.ofSeconds(10))
                        .until(() -> exchange(server).statusCode() != UNAVAILABLE);
                assertThat(exchange(server).body()).contains("consent_required");
                assertThat(server.get("/health/readiness").statusCode()).isEqualTo(200);
            } finally {
                beats.cancel(false);
            }
        }
    }

    @Test
    void more_exchanges_than_there_are_places_are_turned_away_at_once()
            throws IOException, InterruptedException {
        TestLog log = SampleWorld.log();
        TestIssuer slow = new TestIssuer("https://slow.example.com");
        try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            log.policy(
                    "{\"issuerTrusted\":{\"issuer\":\""
                            + slow.url
                            + "\",\"alias\":\"slow\",\"jwksUri\":\"http://127.0.0.1:"
                            + mute.getLocalPort()
                            + "/keys\"}}");
            try (ExchangeServer server =
                    new ExchangeServer(
                            log,
                            Map.of(
                                    "narrows.max-in-flight",
                                    2,
                                    "narrows.allow-loopback-jwks",
                                    true))) {
                assertThat(exchange(server).statusCode()).isEqualTo(200);
                Queue<HttpResponse<String>> waiting = new ConcurrentLinkedQueue<>();
                List<Thread> callers = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    callers.add(
                            Thread.ofVirtual()
                                    .start(
                                            () ->
                                                    waiting.add(
                                                            server.request()
                                                                    .exchange(
                                                                            slow.token(
                                                                                    "alice",
                                                                                    "orders-api",
                                                                                    "orders.read"))
                                                                    .basic("orders-service", SECRET)
                                                                    .with("audience", "billing-api")
                                                                    .send())));
                }

                await().atMost(Duration.ofSeconds(2))
                        .pollInterval(Duration.ofMillis(20))
                        .until(() -> exchange(server).body().contains("too many requests"));
                Instant asked = Instant.now();
                HttpResponse<String> refused = exchange(server);
                assertUnavailable(refused);
                assertThat(refused.headers().firstValue("Narrows-Decision")).isPresent();
                assertThat(Duration.between(asked, Instant.now()))
                        .isLessThan(Duration.ofSeconds(1));

                for (Thread caller : callers) {
                    caller.join();
                }
                assertThat(waiting).hasSize(2).allSatisfy(OutageTest::assertUnavailable);
                await().atMost(Duration.ofSeconds(2))
                        .until(() -> exchange(server).statusCode() == 200);
            }
        }
    }
}

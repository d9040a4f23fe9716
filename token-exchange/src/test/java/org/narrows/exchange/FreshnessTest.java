// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.narrows.exchange.SampleWorld.LOGIN;
import static org.narrows.exchange.SampleWorld.SECRET;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.narrows.embedded.SharedBackends;

/** Rather no answer than one from a policy that may be out of date, or one that nobody recorded. */
class FreshnessTest {
    private static HttpResponse<String> exchange(ExchangeServer server) {
        return server.request()
                .exchange(LOGIN.token("alice", "orders-api", "orders.read"))
                .basic("orders-service", SECRET)
                .with("audience", "billing-api")
                .send();
    }

    private static void assertUnavailable(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(503);
        assertThat(response.headers().firstValue("Retry-After")).isPresent();
        assertThat(response.headers().firstValue("Content-Type"))
                .contains("application/problem+json");
        assertThat(response.headers().firstValue("Narrows-Decision")).isPresent();
        assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(response.body()).doesNotContain("access_token").doesNotContain("\"error\"");
    }

    @Test
    void a_view_that_nobody_confirms_any_more_grows_too_old() {
        TestLog log = SampleWorld.log();
        try (ExchangeServer server =
                new ExchangeServer(log, Map.of("narrows.max-staleness", "PT2S"))) {
            log.catchUp();
            await().atMost(Duration.ofSeconds(5))
                    .until(
                            () -> {
                                log.catchUp();
                                return exchange(server).statusCode() == 200;
                            });

            await().atMost(Duration.ofSeconds(6))
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> exchange(server).statusCode() == 503);
            assertUnavailable(exchange(server));
            assertThat(server.get("/health/readiness").statusCode()).isEqualTo(503);
            assertThat(server.get("/health/liveness").statusCode()).isEqualTo(200);

            await().atMost(Duration.ofSeconds(5))
                    .until(
                            () -> {
                                log.catchUp();
                                return exchange(server).statusCode() == 200;
                            });
        }
    }

    @Test
    void an_audience_may_be_stricter_than_the_service() {
        TestLog log = SampleWorld.log();
        try (ExchangeServer server = new ExchangeServer(log, Map.of())) {
            assertThat(exchange(server).statusCode()).isEqualTo(200);
            log.policy(
                    "{\"audienceDefined\":{\"id\":\"billing-api\",\"tokenAudience\":\"https://billing.example.com\","
                            + "\"name\":\"Billing\",\"maxStaleness\":\"PT1S\"}}");

            await().atMost(Duration.ofSeconds(5))
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> exchange(server).statusCode() == 503);
            assertUnavailable(exchange(server));
        }
    }

    @Test
    void an_event_that_is_not_understood_holds_everything_up() {
        TestLog log = SampleWorld.log();
        try (ExchangeServer server = new ExchangeServer(log, Map.of())) {
            log.sql("update narrows_read.checkpoint set held_up = 'policy.changed.v2'");

            await().atMost(Duration.ofSeconds(2)).until(() -> exchange(server).statusCode() == 503);
            assertUnavailable(exchange(server));

            log.sql("update narrows_read.checkpoint set held_up = null");
            await().atMost(Duration.ofSeconds(2)).until(() -> exchange(server).statusCode() == 200);
        }
    }

    @Test
    void a_node_starts_before_its_log_and_answers_once_there_is_one() {
        TestLog log = new TestLog(ExchangeServer.ISSUER);
        try (ExchangeServer server = new ExchangeServer(log, Map.of())) {
            assertUnavailable(exchange(server));

            log.open();
            await().atMost(Duration.ofSeconds(2)).until(() -> exchange(server).statusCode() == 401);
        }
    }

    @Test
    void a_node_configured_for_another_issuer_does_not_start() {
        TestLog log = SampleWorld.log();

        org.assertj.core.api.Assertions.assertThatThrownBy(
                        () ->
                                new ExchangeServer(
                                        log, Map.of("narrows.issuer", "https://other.example.com")))
                .hasStackTraceContaining("the log was opened for the issuer");
    }

    @Test
    void the_position_never_goes_back() {
        TestLog log = SampleWorld.log();
        try (ExchangeServer server =
                new ExchangeServer(log, Map.of("narrows.max-staleness", "PT2S"))) {
            long seq = log.position().seq();
            await().atMost(Duration.ofSeconds(5))
                    .until(
                            () -> {
                                log.catchUp();
                                return exchange(server).statusCode() == 200;
                            });

            log.sql(
                    "update narrows_read.checkpoint set seq = "
                            + (seq - 1)
                            + ", caught_up_at = clock_timestamp()");

            await().atMost(Duration.ofSeconds(2)).until(() -> exchange(server).statusCode() == 503);
            assertThat(exchange(server).headers().firstValue("Narrows-Consistency"))
                    .contains(log.position().toToken());
        }
    }

    @Test
    void another_generation_is_taken_over_without_a_stop() {
        TestLog log = SampleWorld.log();
        try (ExchangeServer server = new ExchangeServer(log, Map.of())) {
            for (int i = 0; i < 20; i++) {
                assertThat(exchange(server).statusCode()).isEqualTo(200);
                log.nextGeneration();
            }
            assertThat(exchange(server).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void without_a_record_there_is_no_token() {
        TestLog log = SampleWorld.log();
        try (ExchangeServer server =
                new ExchangeServer(
                        log,
                        Map.of(
                                "narrows.decisions-topic",
                                SharedBackends.newTopicName() + "/none"))) {
            assertUnavailable(exchange(server));
            assertThat(server.get("/health/readiness").statusCode()).isEqualTo(503);
        }
    }
}

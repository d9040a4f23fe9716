// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.narrows.exchange.SampleWorld.LOGIN;

import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Where users are sent for a consent that is missing. */
class ConsentUriTest {
    private static final String SETTING = "narrows.consent-url";

    @Test
    void a_missing_consent_says_where_it_can_be_given_and_nothing_else_does() {
        try (ExchangeServer server =
                new ExchangeServer(
                        SampleWorld.log(),
                        Map.of(SETTING, "https://narrows.example.com/control/"))) {
            HttpResponse<String> missing =
                    exchange(server, LOGIN.token("bob", "orders-api", "orders.read"));
            String decision = missing.headers().firstValue("Narrows-Decision").orElseThrow();
            assertThat(ExchangeServer.json(missing).path("consent_uri").asText())
                    .isEqualTo("https://narrows.example.com/control/consent/" + decision);

            HttpResponse<String> excess =
                    exchange(server, LOGIN.token("bob", "orders-api", "nothing"));
            assertThat(excess.statusCode()).isEqualTo(400);
            assertThat(excess.body()).doesNotContain("consent");
        }
    }

    @Test
    void without_a_page_there_is_no_place_to_name() {
        try (ExchangeServer server = SampleWorld.server()) {
            assertThat(exchange(server, LOGIN.token("bob", "orders-api", "orders.read")).body())
                    .contains("consent_required")
                    .doesNotContain("consent_uri");
        }
    }

    @Test
    void a_place_that_users_should_not_be_sent_to_stops_the_start() {
        assertThatThrownBy(
                        () ->
                                new ExchangeServer(
                                        SampleWorld.log(),
                                        Map.of(SETTING, "http://narrows.example.com")))
                .hasStackTraceContaining(
                        "NARROWS_CONSENT_URL `http://narrows.example.com` must be");
    }

    private static HttpResponse<String> exchange(ExchangeServer server, String subjectToken) {
        return server.request()
                .exchange(subjectToken)
                .basic("orders-service", SampleWorld.SECRET)
                .with("audience", "billing-api")
                .with("scope", "invoice.read")
                .send();
    }
}

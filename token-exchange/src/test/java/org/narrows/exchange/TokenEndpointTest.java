// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.exchange.SampleWorld.LOGIN;
import static org.narrows.exchange.SampleWorld.SECRET;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Each row of the error table as a request and its exact response, and the answers that are no
 * errors.
 */
class TokenEndpointTest {
    private static ExchangeServer server;

    @BeforeAll
    static void start() {
        server = SampleWorld.server();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static ExchangeServer.Request request() {
        return server.request()
                .exchange(LOGIN.token("alice", "orders-api", "orders.read"))
                .basic("orders-service", SECRET)
                .with("audience", "billing-api")
                .with("scope", "invoice.read");
    }

    @Test
    void a_permit_gives_a_narrow_token() {
        HttpResponse<String> response = request().send();

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        JsonNode body = ExchangeServer.json(response);
        assertThat(body.path("scope").asText()).isEqualTo("invoice.read");
        assertThat(body.path("token_type").asText()).isEqualTo("Bearer");
        assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(response.headers().firstValue("Narrows-Decision")).isPresent();
        assertThat(response.headers().firstValue("Narrows-Consistency"))
                .contains(server.log.position().toToken());
    }
}

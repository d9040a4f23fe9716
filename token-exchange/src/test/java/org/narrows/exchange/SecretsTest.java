// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.narrows.exchange.SampleWorld.LOGIN;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.narrows.events.wire.BadTokenException;
import org.narrows.events.wire.StrictJwt;
import org.narrows.exchange.client.ClientCredentials;
import org.narrows.exchange.oauth.Result.Ok;
import org.narrows.exchange.oauth.TokenForm;
import org.narrows.exchange.outage.Deadline;
import org.narrows.exchange.request.ExchangeRequest;

/** Whatever of a request ends up in a log line or a message, it is no secret and no token. */
class SecretsTest {
    private static final String TOKEN = LOGIN.token("alice", "orders-api", "orders.read");
    private static final TokenForm FORM =
            TokenForm.of(
                    Map.of(
                            "grant_type", List.of(ExchangeRequest.GRANT_TYPE),
                            "client_id", List.of("orders-service"),
                            "client_secret", List.of("hush"),
                            "subject_token", List.of(TOKEN),
                            "subject_token_type", List.of(ExchangeServer.ACCESS_TOKEN)));

    @Test
    void a_request_in_a_message_shows_neither_secret_nor_token_nor_proof() {
        ClientCredentials secret =
                ((Ok<ClientCredentials>) ClientCredentials.of(FORM, List.of(), List.of())).value();
        Asked asked =
                new Asked(
                        "id",
                        0,
                        FORM,
                        secret,
                        List.of(),
                        new Transport(List.of("a-proof"), List.of()),
                        Deadline.in(Duration.ofSeconds(2)));

        assertThat(
                        asked
                                + "|"
                                + asked.transport()
                                + "|"
                                + ExchangeRequest.parse(FORM)
                                + "|"
                                + FORM
                                + "|"
                                + secret)
                .doesNotContain("hush", "a-proof", TOKEN);
    }

    @Test
    void a_token_in_a_message_does_not_show_itself() throws BadTokenException {
        assertThat(StrictJwt.read(TOKEN) + "").doesNotContain(TOKEN.split("\\.", -1));
    }
}

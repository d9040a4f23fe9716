// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** An issuer whose URL has a path, as one behind a shared host has. */
class IssuerWithPathTest {
    private static final String ISSUER = "https://shared.example.com/narrows";
    private static final String WELL_KNOWN = "/.well-known/oauth-authorization-server";

    @Test
    void clients_find_its_metadata_before_the_path() {
        try (ExchangeServer server = new ExchangeServer(new TestLog(ISSUER).open(), Map.of())) {
            assertThat(
                            ExchangeServer.json(server.get(WELL_KNOWN + "/narrows"))
                                    .path("issuer")
                                    .asText())
                    .isEqualTo(ISSUER);
            assertThat(server.get(WELL_KNOWN + "/other").statusCode()).isEqualTo(404);
            assertThat(server.get(WELL_KNOWN + "/narrows/more").statusCode()).isEqualTo(404);
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.narrows.exchange.SampleWorld.LOGIN;
import static org.narrows.exchange.SampleWorld.SECRET;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.narrows.events.policy.Algorithm;
import org.narrows.events.wire.KeySets;

/** The signing keys change while the service runs. */
class KeyRotationTest {
    private static ExchangeServer server;

    @BeforeAll
    static void start() {
        server = SampleWorld.server();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String token() {
        return ExchangeServer.json(
                        server.request()
                                .exchange(LOGIN.token("alice", "orders-api", "orders.read"))
                                .basic("orders-service", SECRET)
                                .with("audience", "billing-api")
                                .send())
                .path("access_token")
                .asText();
    }

    private static int exchangeFurther(String token) {
        return server.request()
                .exchange(token)
                .basic("billing-service", SECRET)
                .with("audience", "ledger-api")
                .send()
                .statusCode();
    }

    @Test
    void a_new_key_signs_and_the_old_one_still_verifies() throws IOException {
        String oldKey =
                Files.readString(server.signingKeys).replace("{\"keys\":[", "").replace("]}", "");
        String before = token();
        for (Algorithm algorithm :
                new Algorithm[] {Algorithm.RS256, Algorithm.EdDSA, Algorithm.ES256}) {
            String next = KeySets.generate(algorithm);
            Files.writeString(server.signingKeys, "{\"keys\":[" + next + "," + oldKey + "]}");
            String kid = KeySets.thumbprint(next);
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> ExchangeServer.header(token()).path("kid").asText().equals(kid));

            String after = token();
            assertThat(ExchangeServer.header(after).path("alg").asText())
                    .isEqualTo(algorithm.name());
            String jwks = server.get("/jwks").body();
            assertThat(TestKeys.verifies(after, jwks)).isTrue();
            assertThat(TestKeys.verifies(before, jwks)).isTrue();
            assertThat(exchangeFurther(after)).isEqualTo(200);
            assertThat(exchangeFurther(before)).isEqualTo(200);
        }
        String good = Files.readString(server.signingKeys);
        String kid = ExchangeServer.header(token()).path("kid").asText();
        Files.writeString(server.signingKeys, "{\"keys\":[");
        await().during(Duration.ofMillis(2500))
                .atMost(Duration.ofSeconds(10))
                .until(() -> ExchangeServer.header(token()).path("kid").asText().equals(kid));
        Files.writeString(server.signingKeys, good);
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * From POST /events to a verdict and to what the reads show, over a real Kafka and a real
 * PostgreSQL.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PublishIT {
    private TestLog log;
    private TestLog.Server server;

    @BeforeAll
    void start() {
        log = new TestLog().open();
        server = log.start();
        Awaitility.await()
                .untilAsserted(
                        () ->
                                assertThat(server.get("/health/readiness").statusCode())
                                        .isEqualTo(200));
        Awaitility.await()
                .untilAsserted(() -> assertThat(server.get("/status").statusCode()).isEqualTo(200));
    }

    @AfterAll
    void end() {
        server.close();
        log.close();
    }

    @Test
    void it_works() throws Exception {
        show("POST policy", server.publish(Sample.policy("policy-1")));
        show("again", server.publish(Sample.policy("policy-1")));
        show("consent", server.publish(Sample.consent("c-1", "alice")));
        for (String path :
                java.util.List.of(
                        "/status",
                        "/log",
                        "/log/3",
                        "/log/99",
                        "/events/policy-1",
                        "/events/x",
                        "/issuers",
                        "/issuers/login",
                        "/audiences",
                        "/audiences?limit=1",
                        "/scopes",
                        "/claims",
                        "/claims/email?audience=billing-api",
                        "/clients",
                        "/clients/orders-service",
                        "/clients/orders-service/history",
                        "/rules/orders-to-billing/history",
                        "/rules?at=2",
                        "/rules?at=99",
                        "/rules?at=x",
                        "/rules?at=2020-01-01T00:00:00Z",
                        "/users/login/alice/consents",
                        "/users/login/alice/memberships",
                        "/consents?issuer=https://login.test.invalid&subject=alice",
                        "/health/readiness",
                        "/nothing",
                        "/decisions",
                        "/audiences/https%3A%2F%2Fx",
                        "/audiences/narrows-admin/history")) {
            show(path, server.get(path));
        }
    }

    static void show(String what, HttpResponse<String> response) {
        System.out.println("== " + what + " " + response.statusCode() + " " + response.body());
    }
}

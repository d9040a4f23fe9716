// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector;

import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** Events as a publisher writes them. */
final class Sample {
    static final String ISSUER = "https://login.test.invalid";

    private Sample() {}

    static String id() {
        return UUID.randomUUID().toString();
    }

    static byte[] event(String id, String type, String data) {
        return event(id, type, data, "");
    }

    static byte[] event(String id, String type, String data, String more) {
        return """
                {"specversion":"1.0","id":"%s","source":"urn:test","type":"org.narrows.%s",%s
                 "time":"2026-01-01T00:00:00Z","data":%s}"""
                .formatted(id, type, more, data)
                .getBytes(StandardCharsets.UTF_8);
    }

    /** Two audiences, a consentable scope, a client, and an issuer whose key nobody here has. */
    static byte[] policy(String id) {
        return event(
                id,
                "policy.changed.v1",
                """
                {"changes":[
                  {"issuerTrusted":{"issuer":"%s","alias":"login","primary":true,
                    "jwksUri":"https://login.test.invalid/keys"}},
                  {"audienceDefined":{"id":"orders-api"}},
                  {"audienceDefined":{"id":"billing-api","tokenAudience":"https://billing.test.invalid/api"}},
                  {"scopeDefined":{"scope":"invoice.read","audience":"billing-api","kind":"consentable",
                    "name":"Read invoices","description":"See the invoices on your account"}},
                  {"claimDefined":{"claim":"email","audience":"billing-api"}},
                  {"clientRegistered":{"id":"orders-service","audience":"orders-api",
                    "authentication":{"method":"client_secret",
                      "secretHash":"sha256:n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"}}},
                  {"clientScopeAllowed":{"client":"orders-service","scope":"invoice.read"}},
                  {"clientAudienceAllowed":{"client":"orders-service","audience":"billing-api"}},
                  {"ruleDefined":{"id":"orders-to-billing","effect":"allow","from":"orders-api","to":"billing-api",
                    "scopes":{"orders.read":["invoice.read"]}}}
                ]}"""
                        .formatted(ISSUER),
                "\"reason\":\"first policy\",");
    }

    static byte[] consent(String id, String subject) {
        return event(
                id,
                "consent.granted.v1",
                """
                {"user":{"issuer":"%s","subject":"%s"},"audience":"billing-api","scopes":["invoice.read"],
                 "client":"orders-service"}"""
                        .formatted(ISSUER, subject));
    }

    static byte[] withdrawn(String id, String subject) {
        return event(
                id,
                "consent.withdrawn.v1",
                "{\"user\":{\"issuer\":\"%s\",\"subject\":\"%s\"},\"audience\":\"billing-api\"}"
                        .formatted(ISSUER, subject));
    }

    static byte[] admitted(String id, String subject) {
        return event(
                id,
                "user.admitted.v1",
                "{\"user\":{\"issuer\":\"%s\",\"subject\":\"%s\"},\"audience\":\"billing-api\",\"via\":\"admin\"}"
                        .formatted(ISSUER, subject));
    }
}

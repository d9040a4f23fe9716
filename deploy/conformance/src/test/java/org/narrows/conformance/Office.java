// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An issuer, a client of its own and a rule into the admin audience, with the user `ann`, who is an
 * admin there.
 *
 * @param name of [a-z0-9-], of one test only
 */
public record Office(String name, TestIssuer issuer, TestClient client) {
    public static final String ADMIN = "narrows-admin";
    private static final Narrows NARROWS = Narrows.running();
    private static final List<String> SCOPES =
            List.of("policy:read", "policy:write", "consent:write", "log:operate");

    public static Office open(String name) {
        Office office =
                new Office(name, TestIssuer.named(name), TestClient.withSecret(name + "-desk"));
        NARROWS.publish(
                new Policy()
                        .issuer(office.issuer)
                        .audience(office.home())
                        .client(office.client, office.home(), List.of(ADMIN), SCOPES)
                        .rule(
                                office.rule(),
                                office.home(),
                                ADMIN,
                                Map.of("staff", SCOPES),
                                Map.of(
                                        "clients",
                                        List.of(office.client.id()),
                                        "issuers",
                                        List.of(office.issuer.url()))));
        NARROWS.publish("user.admitted", office.ann(Map.of("via", "admin")));
        return office;
    }

    public String home() {
        return name + "-home";
    }

    public String rule() {
        return name + "-rule";
    }

    public Map<String, ?> ann(Map<String, ?> more) {
        Map<String, Object> data = new LinkedHashMap<>(more);
        data.put("user", Map.of("issuer", issuer.url(), "subject", "ann"));
        data.put("audience", ADMIN);
        return data;
    }

    /** What the exchange says to `ann`'s wish for these scopes, once it has the time to. */
    public Reply exchange(String subjectToken, String scope) {
        Form form =
                Form.of(
                        "grant_type",
                        Scene.GRANT,
                        "subject_token",
                        subjectToken,
                        "subject_token_type",
                        Scene.ACCESS_TOKEN,
                        "audience",
                        ADMIN,
                        "scope",
                        scope);
        Instant end = Instant.now().plusSeconds(20);
        Reply reply = NARROWS.post("/token-exchange", form, "Authorization", client.basic());
        while (reply.status() == 503 && Instant.now().isBefore(end)) {
            reply = NARROWS.post("/token-exchange", form, "Authorization", client.basic());
        }
        return reply;
    }

    public Map<String, Object> claims() {
        return issuer.claims("ann", home(), "staff");
    }

    public Reply issued(String scope) {
        Reply reply = exchange(issuer.sign(claims()), scope);
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        return reply;
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.client;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.narrows.exchange.oauth.Refusal;
import org.narrows.exchange.oauth.Result;
import org.narrows.exchange.oauth.TokenForm;

/**
 * What a client sent to prove who it is: exactly one method (RFC 6749 §2.3). Nothing is proven yet.
 */
public sealed interface ClientCredentials {
    /** `client_secret_basic` or `client_secret_post` (RFC 6749 §2.3.1). */
    record Secret(String clientId, String secret, String method) implements ClientCredentials {
        /** Never the secret. */
        @Override
        public String toString() {
            return "Secret[" + method + "]";
        }
    }

    /** A client assertion (RFC 7521 §4.2, RFC 7523 §2.2). */
    record Assertion(String jwt, Optional<String> clientId) implements ClientCredentials {
        /** Never the assertion. */
        @Override
        public String toString() {
            return "Assertion[]";
        }
    }

    /**
     * A certificate whose key the client holds, and which client it says it is (RFC 8705 §2).
     *
     * @param chain its own certificate first
     */
    record Certificate(String clientId, List<X509Certificate> chain) implements ClientCredentials {
        public Certificate {
            chain = List.copyOf(chain);
        }

        /** Not the names in it. */
        @Override
        public String toString() {
            return "Certificate[]";
        }
    }

    /** No credentials, or none that could be right. */
    record None() implements ClientCredentials {}

    String ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    List<String> SINGLE =
            List.of("client_id", "client_secret", "client_assertion", "client_assertion_type");

    /**
     * Reads the credentials of a request.
     *
     * @param authorization every `Authorization` header
     * @param certificates the sender's certificate first; the way to authenticate only where there
     *     is no other
     * @return the credentials, or `invalid_request` for two methods or a repeated credential
     */
    static Result<ClientCredentials> of(
            TokenForm form, List<String> authorization, List<X509Certificate> certificates) {
        for (String repeated : form.repeated(SINGLE)) {
            return Result.err(
                    Refusal.parameter("the parameter `" + repeated + "` must not be repeated"));
        }
        if (authorization.size() > 1) {
            return Result.err(Refusal.parameter("the header `Authorization` must not be repeated"));
        }
        boolean secret = form.has("client_secret");
        boolean assertion = form.has("client_assertion");
        if (authorization.size() + (secret ? 1 : 0) + (assertion ? 1 : 0) > 1) {
            return Result.err(Refusal.parameter("a client authenticates in exactly one way"));
        }
        Optional<String> clientId = form.one("client_id");
        Optional<String> assertionType = form.one("client_assertion_type");
        if (assertionType.isPresent() && !assertionType.get().equals(ASSERTION_TYPE)) {
            return Result.ok(new None());
        }
        if (!authorization.isEmpty()) {
            return Result.ok(basic(authorization.getFirst(), clientId));
        }
        if (assertion) {
            return Result.ok(
                    assertionType.isEmpty()
                            ? new None()
                            : new Assertion(form.one("client_assertion").orElseThrow(), clientId));
        }
        if (secret && clientId.isPresent()) {
            return Result.ok(
                    new Secret(
                            clientId.get(),
                            form.one("client_secret").orElseThrow(),
                            "client_secret_post"));
        }
        if (!secret && clientId.isPresent() && !certificates.isEmpty()) {
            return Result.ok(new Certificate(clientId.get(), certificates));
        }
        return Result.ok(new None());
    }

    /** The id and the secret are form-encoded each before they are joined (RFC 6749 §2.3.1). */
    private static ClientCredentials basic(String header, Optional<String> clientId) {
        if (!header.regionMatches(true, 0, "Basic ", 0, 6)) {
            return new None();
        }
        try {
            String joined =
                    new String(
                            Base64.getDecoder().decode(header.substring(6).strip()),
                            StandardCharsets.UTF_8);
            int colon = joined.indexOf(':');
            if (colon < 0) {
                return new None();
            }
            String id = URLDecoder.decode(joined.substring(0, colon), StandardCharsets.UTF_8);
            String secret = URLDecoder.decode(joined.substring(colon + 1), StandardCharsets.UTF_8);
            return clientId.isPresent() && !clientId.get().equals(id)
                    ? new None()
                    : new Secret(id, secret, "client_secret_basic");
        } catch (IllegalArgumentException e) {
            return new None();
        }
    }
}

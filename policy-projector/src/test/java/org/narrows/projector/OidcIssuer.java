// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.pkce.CodeChallenge;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.oauth2.sdk.util.URLUtils;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;

/**
 * An OpenID provider that can be told to misbehave. It is strict itself: a code serves once, and
 * only whoever shows the verifier (RFC 7636) and the client that it was made for.
 */
final class OidcIssuer implements AutoCloseable {
    static final String CLIENT = "consent-page";

    private final HttpServer server;
    private final ECKey key = newKey();
    private final Map<String, Grant> codes = new ConcurrentHashMap<>();
    private volatile CountDownLatch open = new CountDownLatch(0);

    /** Changes of what it says: metadata, and the claims of ID tokens. */
    volatile UnaryOperator<String> metadata = UnaryOperator.identity();

    volatile UnaryOperator<JWTClaimsSet.Builder> claims = UnaryOperator.identity();
    volatile ECKey signsWith = key;

    private record Grant(Map<String, List<String>> request, String subject) {}

    OidcIssuer() {
        try {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/.well-known/openid-configuration", this::metadata);
        server.createContext(
                "/keys",
                exchange -> answer(exchange, 200, "{\"keys\":[" + key.toPublicJWK() + "]}"));
        server.createContext("/token", this::token);
        server.start();
    }

    static ECKey newKey() {
        try {
            return new ECKeyGenerator(Curve.P_256).keyID(UUID.randomUUID().toString()).generate();
        } catch (com.nimbusds.jose.JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** From now on it takes requests and does not answer, until told to. */
    void hang() {
        open = new CountDownLatch(1);
    }

    void goOn() {
        open.countDown();
    }

    /** It behaves again. */
    void behave() {
        metadata = UnaryOperator.identity();
        claims = UnaryOperator.identity();
        signsWith = key;
    }

    /** The user signs in: the query that the browser is sent back with. */
    String signIn(URI asked, String subject) {
        Map<String, List<String>> request = URLUtils.parseParameters(asked.getRawQuery());
        String code = UUID.randomUUID().toString();
        codes.put(code, new Grant(request, subject));
        return "code="
                + code
                + "&state="
                + encode(request.get("state").getFirst())
                + "&iss="
                + encode(url());
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private void metadata(HttpExchange exchange) throws IOException {
        answer(
                exchange,
                200,
                metadata.apply(
                        """
                        {"issuer":"%1$s","authorization_endpoint":"%1$s/authorize","token_endpoint":"%1$s/token",
                         "jwks_uri":"%1$s/elsewhere","response_types_supported":["code"],
                         "subject_types_supported":["public"],"id_token_signing_alg_values_supported":["ES256"],
                         "authorization_response_iss_parameter_supported":true}"""
                                .formatted(url())));
    }

    private void token(HttpExchange exchange) throws IOException {
        Map<String, List<String>> form =
                URLUtils.parseParameters(
                        new String(
                                exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        Grant grant = codes.remove(form.get("code").getFirst());
        if (grant == null || !fits(form, grant.request())) {
            answer(exchange, 400, "{\"error\":\"invalid_grant\"}");
            return;
        }
        answer(
                exchange,
                200,
                "{\"access_token\":\"x\",\"token_type\":\"Bearer\",\"id_token\":\""
                        + idToken(grant)
                        + "\"}");
    }

    private static boolean fits(Map<String, List<String>> form, Map<String, List<String>> request) {
        CodeChallenge shown =
                CodeChallenge.compute(
                        CodeChallengeMethod.S256,
                        new CodeVerifier(form.get("code_verifier").getFirst()));
        return request.get("code_challenge_method").equals(List.of("S256"))
                && request.get("code_challenge").equals(List.of(shown.getValue()))
                && request.get("redirect_uri").equals(form.get("redirect_uri"))
                && request.get("client_id").equals(List.of(CLIENT))
                && form.get("client_id").equals(List.of(CLIENT));
    }

    private String idToken(Grant grant) {
        Instant now = Instant.now();
        JWTClaimsSet.Builder good =
                new JWTClaimsSet.Builder()
                        .issuer(url())
                        .audience(CLIENT)
                        .subject(grant.subject())
                        .issueTime(Date.from(now))
                        .expirationTime(Date.from(now.plusSeconds(60)))
                        .claim("nonce", grant.request().get("nonce").getFirst())
                        .claim("preferred_username", grant.subject() + " of the shop");
        try {
            SignedJWT token =
                    new SignedJWT(
                            new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build(),
                            claims.apply(good).build());
            token.sign(new ECDSASigner(signsWith));
            return token.serialize();
        } catch (com.nimbusds.jose.JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private void answer(HttpExchange exchange, int status, String body) throws IOException {
        try (exchange) {
            open.await();
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        goOn();
        server.stop(0);
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Jwks;
import io.jsonwebtoken.security.RsaPublicJwk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.security.interfaces.RSAPublicKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.narrows.events.event.EventType;
import org.narrows.events.value.Hash;
import org.narrows.projector.cli.CommandFailure;
import org.narrows.projector.cli.ControlPlane;
import org.narrows.projector.cli.Proposal;

/**
 * Everything an exchange needs, made for one run and retired after it: an issuer with an RSA key,
 * two audiences, a consentable scope, a client with a secret, a rule, and users with their consents
 * and tokens.
 */
final class Scene implements AutoCloseable {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int RSA_BITS = 2048;
    private static final int BATCH = 500;
    private static final Duration TOKEN_LIFETIME = Duration.ofHours(2);

    private final ControlPlane controlPlane;
    private final String run = HexFormat.of().formatHex(random(4));
    private final String issuer = "https://issuer-" + run + ".benchmark.invalid";
    private final String from = "from-" + run;
    private final String to = "to-" + run;
    private final String scope = "read-" + run;
    private final String client = "client-" + run;
    private final String secret = HexFormat.of().formatHex(random(16));
    private final KeyPair key;

    private Scene(ControlPlane controlPlane) {
        this.controlPlane = controlPlane;
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(RSA_BITS);
            this.key = generator.generateKeyPair();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Publishes the policy. */
    static Scene open(ControlPlane controlPlane) {
        Scene scene = new Scene(controlPlane);
        scene.publish(Proposal.of(EventType.POLICY_CHANGED, scene.policy()).bytes());
        return scene;
    }

    /** Publishes the consents of so many users; they are in force when this returns. */
    void consent(int users) {
        for (int begin = 0; begin < users; begin += BATCH) {
            ArrayNode batch = JSON.arrayNode();
            IntStream.range(begin, Math.min(users, begin + BATCH))
                    .forEach(user -> batch.add(read(consent(user, true))));
            publish(batch.toString().getBytes(StandardCharsets.UTF_8));
        }
    }

    /** One user's consent, or its end, as an event. */
    byte[] consent(int user, boolean granted) {
        ObjectNode data = JSON.objectNode();
        data.putObject("user").put("issuer", issuer).put("subject", subject(user));
        data.put("audience", to);
        data.putArray("scopes").add(scope);
        if (granted) {
            data.put("client", client);
        }
        return Proposal.of(granted ? EventType.CONSENT_GRANTED : EventType.CONSENT_WITHDRAWN, data)
                .bytes();
    }

    void publish(byte[] body) {
        for (JsonNode verdict : controlPlane.publish(body)) {
            JsonNode first = verdict.path("first").isObject() ? verdict.path("first") : verdict;
            if (!first.path("verdict").asText().equals("applied")) {
                throw CommandFailure.finding("not applied: " + verdict);
            }
        }
    }

    /** The requests of so many users, each with a token of its own, ready to be sent. */
    List<byte[]> requests(int users, URI server) {
        return IntStream.range(0, users)
                .parallel()
                .mapToObj(user -> request(user, server))
                .toList();
    }

    byte[] request(int user, URI server) {
        String form =
                "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
                        + "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"
                        + "&audience="
                        + to
                        + "&scope="
                        + scope
                        + "&subject_token="
                        + URLEncoder.encode(token(user), StandardCharsets.UTF_8);
        String credentials =
                Base64.getEncoder()
                        .encodeToString((client + ":" + secret).getBytes(StandardCharsets.UTF_8));
        String head =
                "POST /token-exchange HTTP/1.1\r\nHost: "
                        + server.getAuthority()
                        + "\r\nAuthorization: Basic "
                        + credentials
                        + "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
                        + form.length()
                        + "\r\n\r\n";
        return (head + form).getBytes(StandardCharsets.US_ASCII);
    }

    private String token(int user) {
        Instant now = Clock.systemUTC().instant();
        return Jwts.builder()
                .header()
                .type("at+jwt")
                .keyId(run)
                .and()
                .issuer(issuer)
                .subject(subject(user))
                .claim("aud", from)
                .claim("client_id", "web")
                .claim("scope", scope)
                .issuedAt(Date.from(now))
                .expiration(Date.from(now.plus(TOKEN_LIFETIME)))
                .id(UUID.randomUUID().toString())
                .signWith(key.getPrivate(), Jwts.SIG.RS256)
                .compact();
    }

    private static String subject(int user) {
        return "user-" + user;
    }

    private ObjectNode policy() {
        RsaPublicJwk jwk = Jwks.builder().key((RSAPublicKey) key.getPublic()).id(run).build();
        ObjectNode data = JSON.objectNode();
        ArrayNode changes = data.putArray("changes");
        ObjectNode trusted = changes.addObject().putObject("issuerTrusted").put("issuer", issuer);
        trusted.put("alias", "bench-" + run);
        trusted.putArray("algorithms").add("RS256");
        trusted.putObject("jwks").putArray("keys").add(MAPPER.valueToTree(jwk));
        changes.addObject().putObject("audienceDefined").put("id", from);
        changes.addObject().putObject("audienceDefined").put("id", to);
        changes.addObject()
                .putObject("scopeDefined")
                .put("scope", scope)
                .put("audience", to)
                .put("kind", "consentable")
                .put("name", "Benchmark")
                .put("description", "Made by a benchmark");
        ObjectNode registered = changes.addObject().putObject("clientRegistered").put("id", client);
        registered.put("audience", from);
        registered
                .putObject("authentication")
                .put("method", "client_secret")
                .put(
                        "secretHash",
                        "sha256:" + Hash.sha256(secret.getBytes(StandardCharsets.UTF_8)));
        changes.addObject()
                .putObject("clientScopeAllowed")
                .put("client", client)
                .put("scope", scope);
        changes.addObject()
                .putObject("clientAudienceAllowed")
                .put("client", client)
                .put("audience", to);
        ObjectNode rule = changes.addObject().putObject("ruleDefined").put("id", "rule-" + run);
        rule.put("effect", "allow").put("from", from).put("to", to);
        rule.putArray("clients").add(client);
        rule.putObject("scopes").putArray(scope).add(scope);
        return data;
    }

    /** Takes it all away again. */
    @Override
    public void close() {
        ObjectNode data = JSON.objectNode();
        ArrayNode changes = data.putArray("changes");
        changes.addObject().putObject("audienceRetired").put("id", to);
        changes.addObject().putObject("audienceRetired").put("id", from);
        changes.addObject().putObject("issuerDistrusted").put("issuer", issuer);
        publish(Proposal.of(EventType.POLICY_CHANGED, data).bytes());
    }

    private static JsonNode read(byte[] json) {
        try {
            return MAPPER.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] random(int bytes) {
        byte[] random = new byte[bytes];
        new SecureRandom().nextBytes(random);
        return random;
    }
}

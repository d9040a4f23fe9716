// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.JWKSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.narrows.standalone.RunningStandalone;

/**
 * A standalone with the policy lines that the README gives for well-known providers.
 *
 * <p>They are read from the README and applied by the command line, as a reader of it would. Two
 * things in them cannot be as they stand there: the place of an issuer's keys, which tests serve
 * themselves, and that of the client's. What the README takes for granted, the audiences, scopes
 * and the client of {@code orders-api}, is added.
 */
final class Providers implements AutoCloseable {
    private static Providers running;

    private static final String AUDIENCES =
            """
            audiences:
              - id: orders-api
                tokenAudience: https://orders.example.com
            """;
    private static final String CLIENTS =
            """
            clients:
              - id: orders-service
                audience: orders-api
                authentication: {method: private_key_jwt, jwksUri: https://orders.example.com/keys}
                audiences: [billing-api]
                scopes: [invoice.read, invoice.sync]
            """;
    private static final String TARGET =
            """
            audiences:
              - id: orders-api
              - id: billing-api
            scopes:
              - {scope: invoice.read, audience: billing-api, kind: grantable}
              - {scope: invoice.sync, audience: billing-api, kind: client}
            """;
    private static final String CLIENT_KEYS = "jwksUri: https://orders.example.com/keys";

    private final Path directory;
    private final KeyHost keys;
    private final Narrows narrows;
    private final TestClient client = TestClient.withKey("orders-service");
    private boolean closed;

    private Providers(Path directory, KeyHost keys, Narrows narrows) {
        this.directory = directory;
        this.keys = keys;
        this.narrows = narrows;
    }

    /** The one of this run, which trusts the CA of {@link #keys()}; it ends with the run. */
    static synchronized Providers running() {
        if (running == null) {
            Providers started = start();
            Runtime.getRuntime().addShutdownHook(new Thread(started::close));
            running = started;
        }
        return running;
    }

    private static Providers start() {
        try {
            Path directory = Files.createTempDirectory("narrows-providers");
            KeyHost keys = KeyHost.start(directory);
            Path target = Files.writeString(directory.resolve("target.yaml"), TARGET);
            Narrows narrows =
                    Narrows.start(
                            Map.of("NARROWS_JWKS_CA", keys.ca().toString()),
                            "--policy",
                            target.toString());
            return new Providers(directory, keys, narrows);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    KeyHost keys() {
        return keys;
    }

    Narrows narrows() {
        return narrows;
    }

    /** Serves these keys as the provider's and puts its lines into force. */
    Applied apply(String provider, Map<String, ?> jwks) {
        return apply(provider, keys.serve(provider.replaceAll("\\W+", "-"), jwks));
    }

    /** Puts the lines of that heading into force, with the provider's keys at this place. */
    Applied apply(String provider, URI jwksUri) {
        String lines = lines(provider);
        String whole =
                (lines
                                + section(lines, "audiences", AUDIENCES)
                                + section(lines, "clients", CLIENTS))
                        .replace(
                                CLIENT_KEYS,
                                "jwks: "
                                        + Narrows.json(
                                                new JWKSet(client.key().toPublicJWK())
                                                        .toJSONObject()))
                        .replaceFirst("jwksUri: \\S+", "jwksUri: " + jwksUri);
        try {
            return apply(Files.writeString(directory.resolve("provider.yaml"), whole));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is in force then. */
    Applied at(String consistency) {
        return new Applied(consistency);
    }

    private Applied apply(Path policy) {
        CommandLine applied =
                CommandLine.run(narrows, "apply", "-f", policy.toString(), "--yes", "-o", "json");
        assertThat(applied.status()).as(applied.toString()).isZero();
        return new Applied(applied.json().path(0).path("consistency").asText());
    }

    private static String section(String lines, String name, String usual) {
        return Pattern.compile("^" + name + ":", Pattern.MULTILINE).matcher(lines).find()
                ? ""
                : usual;
    }

    /** The block marked `yaml` under a heading of the third level. */
    private static String lines(String provider) {
        try {
            String readme = Files.readString(RunningStandalone.repository().resolve("README.md"));
            Matcher block =
                    Pattern.compile(
                                    "^### "
                                            + Pattern.quote(provider)
                                            + "$(?:(?!^#).)*?^```yaml$(.*?)^```$",
                                    Pattern.MULTILINE | Pattern.DOTALL)
                            .matcher(readme);
            assertThat(block.find()).as("the README's lines for %s", provider).isTrue();
            return block.group(1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The policy at one position. */
    final class Applied {
        /** Of the last publication; empty when nothing was left to publish. */
        private final String consistency;

        private Applied(String consistency) {
            this.consistency = consistency;
        }

        /** Exchanges an access token for one for {@code billing-api}. */
        Reply exchange(String token) {
            return exchange(token, Scene.ACCESS_TOKEN);
        }

        Reply exchange(String token, String type) {
            return Reply.onceAnswered(() -> exchangeOnce(token, type));
        }

        private Reply exchangeOnce(String token, String type) {
            Form form =
                    Form.of(
                                    "grant_type",
                                    Scene.GRANT,
                                    "subject_token",
                                    token,
                                    "subject_token_type",
                                    type,
                                    "audience",
                                    "billing-api")
                            .and(client.asserted(client.assertionClaims(narrows.issuer())));
            return consistency.isEmpty()
                    ? narrows.post("/token-exchange", form)
                    : narrows.post("/token-exchange", form, "Narrows-Consistency", consistency);
        }
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        narrows.close();
        keys.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the one of this run with JUnit's run, before the JVM's end would. */
    static final class Lifetime implements BeforeAllCallback {
        @Override
        public void beforeAll(ExtensionContext context) {
            context.getRoot()
                    .getStore(ExtensionContext.Namespace.create(Providers.class))
                    .getOrComputeIfAbsent(Providers.class, type -> running());
        }
    }
}

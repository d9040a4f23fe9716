// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.standalone;

import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Jwks;
import io.jsonwebtoken.security.PrivateJwk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.narrows.events.value.Hash;
import org.narrows.events.wire.KeySets;
import org.narrows.projector.cli.CommandFailure;
import org.narrows.projector.cli.KeyFiles;

/**
 * The sample policy, and what was made for it at the first start: its issuer's key and its client's
 * secret.
 */
final class Sample {
    static final String ISSUER = "https://issuer.demo.invalid";
    static final String SUBJECT = "alice";
    static final String CLIENT = "orders-service";
    static final String HOME = "orders-api";
    static final String TARGET = "billing-api";
    static final String SCOPE = "invoice.read";
    static final Duration TOKEN_LIFETIME = Duration.ofHours(1);

    private static final String KEY_FILE = "demo-issuer-key.jwk";
    private static final String SECRET_FILE = "demo-client-secret";
    private static final String RENDERED = "sample";

    private final DataDirectory data;
    private final String issuerKey;
    private final String clientSecret;

    private Sample(DataDirectory data) {
        this.data = data;
        this.issuerKey = data.readOrMake(KEY_FILE, KeyFiles::newKey);
        this.clientSecret = data.readOrMake(SECRET_FILE, Sample::newSecret);
    }

    /** Whether this data directory began with the sample. */
    static boolean isIn(DataDirectory data) {
        return data.has(KEY_FILE);
    }

    static Sample of(DataDirectory data) {
        return new Sample(data);
    }

    String clientSecret() {
        return clientSecret;
    }

    /** The sample's files with what was made put in: a directory that `apply -f` takes. */
    Path render() {
        Path from = StandaloneOptions.repository().resolve("deploy/sample");
        Path to = data.path(RENDERED);
        String jwks = "{\"keys\":[" + KeySets.publicPart(issuerKey) + "]}";
        String hash = "sha256:" + Hash.sha256(clientSecret.getBytes(StandardCharsets.UTF_8));
        try {
            Files.createDirectories(to);
            for (Path file : yaml(from)) {
                String text =
                        own(
                                own(Files.readString(file), "jwks", jwks),
                                "secretHash",
                                '"' + hash + '"');
                data.write(RENDERED + "/" + file.getFileName(), text);
            }
        } catch (IOException e) {
            throw CommandFailure.invalid(
                    "cannot read the sample in `" + from + "`: " + e.getMessage());
        }
        return to;
    }

    /** The text with what was made in the place of what the line marked so holds. */
    private static String own(String text, String member, String made) {
        return Pattern.compile("(?m)^( *" + member + ": ).* # own$")
                .matcher(text)
                .replaceAll(line -> Matcher.quoteReplacement(line.group(1) + made));
    }

    private static List<Path> yaml(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
        }
    }

    /** A token of alice for orders-api, as the sample's issuer would give her. */
    String subjectToken(Instant now) {
        PrivateJwk<?, ?, ?> key = (PrivateJwk<?, ?, ?>) Jwks.parser().build().parse(issuerKey);
        return Jwts.builder()
                .header()
                .type("at+jwt")
                .keyId(key.getId())
                .and()
                .issuer(ISSUER)
                .subject(SUBJECT)
                .claim("aud", HOME)
                .claim("client_id", "orders-web")
                .claim("scope", "orders.read")
                .issuedAt(Date.from(now))
                .expiration(Date.from(now.plus(TOKEN_LIFETIME)))
                .id(UUID.randomUUID().toString())
                .signWith(key.toKey(), Jwts.SIG.ES256)
                .compact();
    }

    private static String newSecret() {
        byte[] random = new byte[24];
        new SecureRandom().nextBytes(random);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import io.jsonwebtoken.JwtBuilder;
import io.jsonwebtoken.JwtException;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Jwks;
import io.jsonwebtoken.security.PrivateJwk;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.narrows.events.value.Hash;
import org.narrows.events.wire.KeySets;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes what a policy is written with: secrets, keys, and tokens to try it with. */
@Command(
        name = "new",
        description =
                "Makes a secret or a key, keeps it in a file and prints what the policy holds of it; makes a token to try"
                        + " a policy with.",
        footer = {"", "Example:", "  narrows new secret orders-service.secret"})
final class NewCommands {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int SECRET_BYTES = 32;
    private static final Duration LONGEST = Duration.ofHours(1);

    @Spec private CommandSpec command = CommandSpec.create();

    @Command(
            name = "secret",
            description = "Makes a client secret of 256 random bits; prints its `secretHash`.",
            footer = {"", "Example:", "  narrows new secret orders-service.secret"})
    int secret(@Parameters(paramLabel = "FILE", description = "a new file (mode 600)") Path file) {
        byte[] random = new byte[SECRET_BYTES];
        RANDOM.nextBytes(random);
        String secret = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        KeyFiles.create(file, secret);
        return print("sha256:" + Hash.sha256(secret.getBytes(StandardCharsets.UTF_8)));
    }

    @Command(
            name = "key",
            description =
                    "Makes a private key (P-256, as JWK); prints its public part, for the `jwks` of an issuer or a client.",
            footer = {"", "Example:", "  narrows new key issuer.jwk"})
    int key(@Parameters(paramLabel = "FILE", description = "a new file (mode 600)") Path file) {
        return print(KeySets.publicPart(KeyFiles.create(file)));
    }

    @Command(
            name = "token",
            description =
                    "Signs an access token as an issuer would whose key is in the file: a subject token to try a policy"
                            + " with.",
            footer = {
                "",
                "Example:",
                "  narrows new token --key issuer.jwk --issuer https://login.example.com --subject alice \\",
                "    --audience orders-api --scope orders.read"
            })
    int token(
            @Mixin UserOptions user,
            @Option(
                            names = "--key",
                            paramLabel = "FILE",
                            required = true,
                            description = "private JWK, as `narrows new key` makes it")
                    Path key,
            @Option(
                            names = "--audience",
                            paramLabel = "AUD",
                            required = true,
                            description =
                                    "the `aud`: the token audience of the service that exchanges it")
                    String audience,
            @Option(
                            names = "--scope",
                            paramLabel = "SCOPES",
                            description = "the `scope`, several with spaces between")
                    @Nullable String scope,
            @Option(
                            names = "--claim",
                            paramLabel = "NAME=VALUE",
                            description = "one more claim, as text (repeatable)")
                    @Nullable Map<String, String> claims,
            @Option(
                            names = "--for",
                            paramLabel = "DURATION",
                            defaultValue = "PT5M",
                            description = "ISO 8601, at most PT1H (default: ${DEFAULT-VALUE})")
                    Duration lifetime) {
        if (!lifetime.isPositive() || lifetime.compareTo(LONGEST) > 0) {
            throw CommandFailure.invalid("`--for` must be more than nothing and at most PT1H");
        }
        PrivateJwk<?, ?, ?> jwk = signingKey(key);
        Instant now = Clock.systemUTC().instant();
        JwtBuilder token =
                Jwts.builder()
                        .header()
                        .type("at+jwt")
                        .keyId(jwk.getId())
                        .and()
                        .claims(claims == null ? Map.of() : claims)
                        .issuer(user.issuer())
                        .subject(user.subject())
                        .claim("aud", audience)
                        .issuedAt(Date.from(now))
                        .expiration(Date.from(now.plus(lifetime)))
                        .id(UUID.randomUUID().toString());
        if (scope != null) {
            token.claim("scope", scope);
        }
        return print(token.signWith(jwk.toKey()).compact());
    }

    private static PrivateJwk<?, ?, ?> signingKey(Path file) {
        try {
            return (PrivateJwk<?, ?, ?>) Jwks.parser().build().parse(KeyFiles.read(file));
        } catch (JwtException | IllegalArgumentException e) {
            throw CommandFailure.invalid(
                    "`" + file + "` holds no key to sign with: " + e.getMessage());
        }
    }

    private int print(String line) {
        PrintWriter out = command.commandLine().getOut();
        out.println(line);
        out.flush();
        return ExitStatus.DONE.code();
    }
}

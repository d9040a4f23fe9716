// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.jsonwebtoken.Claims;
import io.jsonwebtoken.Jws;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Jwks;
import io.jsonwebtoken.security.PublicJwk;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.narrows.events.value.Hash;

/** What `narrows new` makes, keeps and prints. */
class NewCommandsTest {
    @TempDir private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void a_secret_stays_in_the_file_and_its_hash_is_printed() throws Exception {
        Path file = directory.resolve("secret");
        assertThat(run("new", "secret", file.toString())).isZero();
        String secret = Files.readString(file);
        assertThat(secret).hasSize(43);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(out.toString())
                .isEqualTo(
                        "sha256:"
                                + Hash.sha256(secret.getBytes(StandardCharsets.UTF_8))
                                + System.lineSeparator());
    }

    @Test
    void what_is_in_a_file_already_is_not_lost() throws Exception {
        Path file = Files.writeString(directory.resolve("kept"), "kept");
        assertThat(run("new", "secret", file.toString())).isEqualTo(2);
        assertThat(run("new", "key", file.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("is there already");
        assertThat(Files.readString(file)).isEqualTo("kept");
    }

    @Test
    void where_nothing_can_be_written_it_says_so() {
        for (String what : new String[] {"secret", "key"}) {
            Path nowhere = directory.resolve("no/such").resolve(what);
            assertThat(run("new", what, nowhere.toString())).isEqualTo(2);
            assertThat(err.toString())
                    .contains("cannot write `" + nowhere + "`: there is no such directory");
        }
    }

    @Test
    void a_token_is_signed_by_the_key_whose_public_part_was_printed() throws Exception {
        Path file = directory.resolve("issuer.jwk");
        assertThat(run("new", "key", file.toString())).isZero();
        JsonNode printed = Json.read(out.toString());
        assertThat(printed.has("d")).isFalse();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");

        assertThat(
                        run(
                                "new",
                                "token",
                                "--key=" + file,
                                "--issuer=https://login.example.com",
                                "--subject=alice",
                                "--audience=orders-api",
                                "--scope=orders.read orders.list",
                                "--claim=plan=gold",
                                "--for=PT2M"))
                .isZero();
        PublicJwk<?> key = (PublicJwk<?>) Jwks.parser().build().parse(printed.toString());
        Jws<Claims> token =
                Jwts.parser()
                        .verifyWith(key.toKey())
                        .build()
                        .parseSignedClaims(out.toString().strip());
        assertThat(token.getHeader().getType()).isEqualTo("at+jwt");
        assertThat(token.getHeader().getKeyId()).isEqualTo(printed.path("kid").asText());
        Claims claims = token.getPayload();
        assertThat(claims.getIssuer()).isEqualTo("https://login.example.com");
        assertThat(claims.getSubject()).isEqualTo("alice");
        assertThat(claims.getAudience()).containsExactly("orders-api");
        assertThat(claims.get("scope")).isEqualTo("orders.read orders.list");
        assertThat(claims.get("plan")).isEqualTo("gold");
        assertThat(claims.getId()).isNotEmpty();
        assertThat(
                        Duration.between(
                                claims.getIssuedAt().toInstant(),
                                claims.getExpiration().toInstant()))
                .isEqualTo(Duration.ofMinutes(2));
    }

    @Test
    void a_token_ends_within_the_hour() {
        Path file = directory.resolve("issuer.jwk");
        assertThat(run("new", "key", file.toString())).isZero();
        for (String lifetime : new String[] {"PT1H1S", "PT0S", "-PT1M"}) {
            assertThat(
                            run(
                                    "new",
                                    "token",
                                    "--key=" + file,
                                    "--issuer=https://login.example.com",
                                    "--subject=alice",
                                    "--audience=orders-api",
                                    "--for=" + lifetime))
                    .as(lifetime)
                    .isEqualTo(2);
        }
    }

    private int run(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Narrows.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    }
}

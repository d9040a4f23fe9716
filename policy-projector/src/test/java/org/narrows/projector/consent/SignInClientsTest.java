// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.consent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.narrows.events.value.IssuerUrl;
import org.narrows.projector.consent.SignInClients.SignInClient;

class SignInClientsTest {
    private static final IssuerUrl LOGIN = new IssuerUrl("https://login.example.com");

    @TempDir Path directory;

    private SignInClients read(String text) throws IOException {
        return SignInClients.read(Files.writeString(directory.resolve("sign-in.yaml"), text));
    }

    @Test
    void a_public_client_needs_two_lines() throws IOException {
        SignInClient client =
                read("- issuer: https://login.example.com\n  clientId: narrows\n")
                        .at(LOGIN)
                        .orElseThrow();

        assertThat(client.clientId().getValue()).isEqualTo("narrows");
        assertThat(client.secret()).isEmpty();
        assertThat(client.scopes()).containsExactly("openid");
    }

    @Test
    void a_secret_lies_in_a_file_beside_it_and_is_never_printed() throws IOException {
        Files.writeString(directory.resolve("secret"), "s3cret\n");
        SignInClient client =
                read("""
                        [{"issuer": "https://login.example.com", "clientId": "narrows",
                          "clientSecretFile": "secret", "scopes": ["openid", "profile"]}]""")
                        .at(LOGIN)
                        .orElseThrow();

        assertThat(client.secret().orElseThrow().getValue()).isEqualTo("s3cret");
        assertThat(client.toString()).doesNotContain("s3cret");
        assertThat(client.scopes()).containsExactly("openid", "profile");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{a: b};NARROWS_CONSENT_SIGN_IN",
                "[{issuer: 'https://a.example'}];[0].clientId is missing",
                "[{clientId: a}];[0].issuer is missing",
                "[{issuer: a, clientId: a}];[0].issuer an issuer must be",
                "[{issuer: 'https://a.example', clientId: a, clientSecret: b}];[0].clientSecret",
                "[{issuer: 'https://a.example', clientId: a, scopes: [x]}];[0].scopes must name openid",
                "[{issuer: 'https://a.example', clientId: a, clientSecretFile: no}];which cannot be read",
                "[{issuer: 'https://a.example', clientId: a}, {issuer: 'https://a.example', clientId: b}];[1].issuer is registered twice",
                "[;is neither JSON nor YAML"
            })
    void what_is_wrong_is_named(String text, String message) {
        assertThatThrownBy(() -> read(text))
                .hasMessageContaining("NARROWS_CONSENT_SIGN_IN")
                .hasMessageContaining(message);
    }
}

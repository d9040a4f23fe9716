// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.narrows.exchange.client.ClientCredentials;
import org.narrows.exchange.oauth.OAuthError;
import org.narrows.exchange.oauth.Result;
import org.narrows.exchange.oauth.Result.Err;
import org.narrows.exchange.oauth.Result.Ok;
import org.narrows.exchange.oauth.TokenForm;
import org.narrows.exchange.request.ExchangeRequest;
import org.narrows.fuzz.Fuzz;

/**
 * Whatever the bytes of a body and of an {@code Authorization} header, they are read or refused.
 * {@code -Dfuzz.seconds=N} makes each of these go on for N seconds (see {@link Fuzz}).
 */
class FormFuzzTest {
    private static final String FORM =
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
                    + "&subject_token=a.b.c&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt"
                    + "&actor_token=a.b.c&actor_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"
                    + "&audience=billing-api&resource=https%3A%2F%2Fb.example%2Fa%3Fb&scope=a.read+b.read"
                    + "&requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"
                    + "&client_id=orders-service&client_secret=%C3%A9";

    @Test
    void a_body_is_a_form_or_none_and_a_form_a_request_or_an_error() {
        Map<String, Integer> answers =
                Fuzz.run(
                        "form",
                        12_000,
                        List.of(FORM, "a=b&&c=&d&=e", "client_assertion_type=x&client_assertion=y"),
                        input -> {
                            Optional<TokenForm> form = FormReader.read(input);
                            return form.isEmpty()
                                    ? "no form"
                                    : kind(ClientCredentials.of(form.get(), List.of(), List.of()))
                                            + ", "
                                            + kind(ExchangeRequest.parse(form.get()));
                        });
        assertThat(answers).containsKeys("no form", "Secret, ExchangeRequest");
        assertThat(answers).hasSizeGreaterThan(10);
    }

    @Test
    void a_form_of_more_parameters_than_any_request_has_is_none() {
        assertThat(FormReader.read("a=b&".repeat(FormReader.MAX_PARAMETERS).getBytes(UTF_8)))
                .isPresent();
        assertThat(FormReader.read("a=b&".repeat(FormReader.MAX_PARAMETERS + 1).getBytes(UTF_8)))
                .isEmpty();
        StringBuilder different = new StringBuilder();
        for (int i = 0; i <= FormReader.MAX_PARAMETERS; i++) {
            different.append('p').append(i).append("=x&");
        }
        assertThat(FormReader.read(different.toString().getBytes(UTF_8))).isEmpty();
    }

    @Test
    void an_authorization_header_is_credentials_or_none() {
        TokenForm form = TokenForm.of(Map.of("client_id", List.of("orders-service")));
        Map<String, Integer> answers =
                Fuzz.run(
                        "authorization",
                        8_000,
                        List.of("orders-service:secret", "a%20b:%C3%A9+%25", ":", "a", "a:b:c"),
                        input -> {
                            String whole = new String(input, ISO_8859_1);
                            String encoded = Base64.getEncoder().encodeToString(input);
                            List<String> answered =
                                    Arrays.asList(
                                            kind(of(form, "Basic " + encoded)),
                                            kind(of(form, whole)),
                                            kind(of(TokenForm.of(Map.of()), "basic " + encoded)));
                            return String.join(", ", answered);
                        });
        assertThat(answers).containsKeys("Secret, None, Secret", "None, None, None");
    }

    private static Result<ClientCredentials> of(TokenForm form, String authorization) {
        return ClientCredentials.of(form, List.of(authorization), List.of());
    }

    /** An error must be one that can be written: its constructor refuses other characters. */
    private static String kind(Result<?> result) {
        return switch (result) {
            case Ok<?>(var value) -> value.getClass().getSimpleName();
            case Err<?>(var refusal) -> {
                OAuthError error = refusal.error();
                assertThat(error.description().getBytes(UTF_8).length).isLessThan(1_000);
                yield error.code() + " " + error.description().replaceAll("`[^`]*`", "``");
            }
        };
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.consent;

import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.cookie.Cookie;
import io.micronaut.http.cookie.SameSite;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.narrows.events.value.Alias;
import org.narrows.events.wire.ConsentUrl;
import org.narrows.projector.consent.Seals.SignIn;

class CookiesTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private static Cookie kept(String url) {
        Seals seals = new Seals("the event key".getBytes(StandardCharsets.UTF_8));
        MutableHttpResponse<?> response = HttpResponse.ok();
        new Cookies(seals, new ConsentUrl(url))
                .keep(
                        response,
                        SignIn.begin("019b7a6c-0000-7000-8000-000000000001", new Alias("shop")),
                        NOW);
        List<Cookie> cookies = new ArrayList<>(response.getCookies().getAll());
        assertThat(cookies).hasSize(1);
        return cookies.getFirst();
    }

    @Test
    void over_https_a_cookie_is_this_hosts_alone_and_sent_over_tls_only() {
        Cookie cookie = kept("https://narrows.example.com/control");

        assertThat(cookie.getName()).isEqualTo("__Host-narrows-consent-sign-in");
        assertThat(cookie.isSecure()).isTrue();
        assertThat(cookie.isHttpOnly()).isTrue();
        assertThat(cookie.getSameSite()).contains(SameSite.Lax);
        assertThat(cookie.getPath()).as("as the prefix demands").isEqualTo("/");
        assertThat(cookie.getDomain()).isNull();
        assertThat(cookie.getMaxAge()).isEqualTo(600);
    }

    @Test
    void on_loopback_it_is_sent_to_the_page_only() {
        Cookie cookie = kept("http://127.0.0.1:8081");

        assertThat(cookie.getName()).isEqualTo("narrows-consent-sign-in");
        assertThat(cookie.isSecure()).isFalse();
        assertThat(cookie.isHttpOnly()).isTrue();
        assertThat(cookie.getSameSite()).contains(SameSite.Lax);
        assertThat(cookie.getPath()).isEqualTo("/consent");
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.narrows.events.value.Alias;

class ConsentUrlTest {
    @Test
    void pages_lie_below_the_base() {
        ConsentUrl url = new ConsentUrl("https://Narrows.example.com:8443/control/");

        assertThat(url.page("0199"))
                .isEqualTo("https://Narrows.example.com:8443/control/consent/0199");
        assertThat(url.callback(new Alias("shop")))
                .isEqualTo("https://Narrows.example.com:8443/control/consent/callback/shop");
        assertThat(url.path()).isEqualTo("/control/consent");
        assertThat(url.origin()).isEqualTo("https://narrows.example.com:8443");
        assertThat(new ConsentUrl("https://a.example:443").origin()).isEqualTo("https://a.example");
        assertThat(new ConsentUrl("http://127.0.0.1:8081").origin())
                .isEqualTo("http://127.0.0.1:8081");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/consent",
                "ftp://a.example",
                "javascript:alert(1)",
                "http://a.example",
                "https://",
                "https://me@a.example",
                "https://a.example?x",
                "https://a.example#x",
                "https://a.example/ x"
            })
    void anything_else_is_refused(String url) {
        assertThatThrownBy(() -> new ConsentUrl(url)).isInstanceOf(IllegalArgumentException.class);
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ExchangeApplicationTest {
    @Test
    void what_the_environment_lacks_is_named_at_once() {
        assertThat(ExchangeApplication.missing(Map.of("NARROWS_JDBC_URL", "jdbc:x")))
                .contains("NARROWS_ISSUER")
                .doesNotContain("NARROWS_JDBC_URL");
    }

    @Test
    void a_failed_start_is_one_line_that_tells_the_first_cause() {
        assertThat(
                        ExchangeApplication.sentence(
                                new IllegalStateException(
                                        "bean\npath taken",
                                        new IllegalArgumentException("no such file\nmore"))))
                .isEqualTo("no such file (IllegalArgumentException)");
    }
}

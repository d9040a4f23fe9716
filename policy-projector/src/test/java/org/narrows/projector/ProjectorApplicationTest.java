// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ProjectorApplicationTest {
    @Test
    void what_the_environment_lacks_is_named_at_once() {
        assertThat(ProjectorApplication.missing(Map.of("NARROWS_JDBC_URL", "jdbc:x")))
                .contains("NARROWS_ROOT_THUMBPRINT", "NARROWS_KAFKA_BOOTSTRAP_SERVERS")
                .doesNotContain("NARROWS_JDBC_URL");
    }

    @Test
    void a_failed_start_is_one_line_that_tells_the_first_cause() {
        assertThat(
                        ProjectorApplication.sentence(
                                new IllegalStateException(
                                        "bean\npath taken",
                                        new IllegalArgumentException("no such file\nmore"))))
                .isEqualTo("no such file (IllegalArgumentException)");
    }
}

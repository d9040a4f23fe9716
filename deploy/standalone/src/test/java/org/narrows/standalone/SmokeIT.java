// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SmokeIT {
    @Test
    void every_word_of_the_readme_is_true() throws Exception {
        Process smoke =
                new ProcessBuilder(
                                RunningStandalone.repository().resolve("deploy/smoke").toString())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(smoke.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(smoke.waitFor()).as(said).isZero();
    }
}

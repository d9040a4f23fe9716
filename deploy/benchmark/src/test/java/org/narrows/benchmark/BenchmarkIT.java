// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every benchmark runs to their end and print figures; what those are is not judged here. */
class BenchmarkIT {
    @Test
    void exchanges_are_counted() throws Exception {
        assertThat(run("exchange", "--users=20", "--seconds=2", "--warm-up=1", "--connections=4"))
                .contains("machine: ")
                .contains("exchanges/s")
                .contains("failed 0")
                .contains("half of the peak");
    }

    @Test
    void propagation_is_timed() throws Exception {
        assertThat(run("propagate", "--changes=4"))
                .contains("acknowledged to enforced")
                .contains("(4 changes)");
    }

    @Test
    void a_plan_without_a_difference_says_so_and_one_edit_is_one_line() throws Exception {
        assertThat(run("plan", "--clients=40", "--rules=100", "--runs=1"))
                .contains("unchanged: no changes\n")
                .containsPattern("edited: ~ clients service-\\S+  scopes: \\+ api-\\S+\\.admin\n$");
    }

    private static String run(String benchmark, String... options) throws Exception {
        List<String> command =
                new ArrayList<>(
                        List.of(Path.of(benchmark).toAbsolutePath().normalize().toString()));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }
}

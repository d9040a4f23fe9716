// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.narrows.events.decision.DecisionRecord;

class DecisionGoldenTest {
    static Stream<Arguments> decisions() {
        return Stream.of(
                Arguments.of("decisions/permit.v1.json", Samples.permit()),
                Arguments.of("decisions/deny.v1.json", Samples.denial()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("decisions")
    void recorded_decisions_still_read_and_are_written_the_same_today(
            String file, DecisionRecord decision) {
        assertThat(DecisionCodec.decode(Golden.text(file).getBytes(UTF_8))).isEqualTo(decision);
        assertThat(new String(DecisionCodec.encode(decision), UTF_8)).isEqualTo(Golden.text(file));
    }
}

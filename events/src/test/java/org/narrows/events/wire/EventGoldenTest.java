// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.narrows.events.event.ChangeSet;
import org.narrows.events.event.EventType;
import org.narrows.events.event.PolicyChange;
import org.narrows.events.event.PolicyChanged;

class EventGoldenTest {
    static List<Path> events() {
        return Golden.files("events");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("events")
    void old_bytes_still_read_and_todays_have_not_drifted(Path file) {
        byte[] published = Golden.text(file).getBytes(UTF_8);
        ChangeSet read = EventCodec.decode(published);
        assertThat(new String(EventCodec.encode(read), UTF_8)).isEqualTo(Golden.text(file));
        assertThat(EventCodec.decode(EventCodec.encode(read))).isEqualTo(read);
        assertThat(file.getFileName().toString()).startsWith(read.type().shortName());
    }

    @Test
    void every_type_and_every_change_has_a_golden_file() {
        List<ChangeSet> read =
                events().stream()
                        .map(file -> EventCodec.decode(Golden.text(file).getBytes(UTF_8)))
                        .toList();
        assertThat(read.stream().map(ChangeSet::type).collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(EventType.values());
        Set<Class<?>> changes =
                read.stream()
                        .flatMap(
                                set ->
                                        set.event() instanceof PolicyChanged(var all)
                                                ? all.stream()
                                                : Stream.of())
                        .map(Object::getClass)
                        .collect(Collectors.toSet());
        assertThat(changes).containsExactlyInAnyOrder(PolicyChange.class.getPermittedSubclasses());
    }
}

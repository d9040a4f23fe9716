// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.narrows.events.state.Row;
import org.narrows.events.state.RowKind;

class RowGoldenTest {
    static List<Path> rows() {
        return Golden.files("rows");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void stored_rows_still_read_and_are_written_the_same_today(Path file) {
        JsonNode json = Json.parse(Golden.text(file));
        String stored = Json.canonical(json.get("row"));
        Row row = RowCodec.decode(key(json), json.get("since").longValue(), stored);
        assertThat(RowCodec.encode(row)).isEqualTo(stored);
        assertThat(row.key()).isEqualTo(key(json));
        assertThat(row.since()).isEqualTo(json.get("since").longValue());
        assertThat(RowCodec.decode(row.key(), row.since(), RowCodec.encode(row))).isEqualTo(row);
    }

    @Test
    void every_kind_of_row_has_a_golden_file() {
        assertThat(
                        rows().stream()
                                .map(file -> key(Json.parse(Golden.text(file))).kind())
                                .collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(RowKind.values());
    }

    private static Row.Key key(JsonNode json) {
        JsonNode key = json.get("key");
        return new Row.Key(
                RowKind.valueOf(key.get("kind").textValue()),
                key.get("owner").textValue(),
                key.get("name").textValue());
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.store;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import org.jspecify.annotations.Nullable;
import org.narrows.events.state.Row;
import org.narrows.events.state.RowKind;
import org.narrows.events.wire.RowCodec;

/** One version of one row as it is stored. */
@MappedEntity(value = "row_version", schema = "narrows")
public record StoredRow(
        String kind,
        String owner,
        String name,
        long since,
        String body,
        @Id long fromSeq,
        @Nullable Long toSeq) {
    /** The row itself. */
    public Row row() {
        return RowCodec.decode(new Row.Key(RowKind.valueOf(kind), owner, name), since, body);
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

/** What one record does to the rows. */
public sealed interface RowChange {
    /** A row that was not there before. */
    record Opened(Row row) implements RowChange {}

    /** The row's content or since is another from this seq on; the former version is history. */
    record Replaced(Row before, Row after) implements RowChange {}

    /** The row is no more; it is history. */
    record Closed(Row row) implements RowChange {}

    /**
     * Every row of this owner, history too, is erased: a user was forgotten. Comes before what is
     * opened anew.
     */
    record Erased(String owner) implements RowChange {}
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.state;

/**
 * Writes a row's content in one canonical form, so that equal rows have equal bytes in every
 * release.
 */
@FunctionalInterface
public interface RowEncoder {
    /** RFC 8785 JSON of everything in the row that is neither in its key nor its since. */
    String encode(Row row);
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.rfc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.narrows.conformance.ReadmeTable;

/** The README's table is what the annotations say. */
class ConformanceTableTest {
    private final ConformanceTable table = ConformanceTable.read();

    @Test
    void the_readme_shows_what_the_tests_show() throws IOException {
        new ReadmeTable("conformance").shows(table.markdown());
    }

    @Test
    void a_test_is_named_after_the_section_that_it_checks_first() {
        assertThat(table.rows())
                .filteredOn(row -> row.standing() == ConformanceTable.Standing.MET)
                .allSatisfy(
                        row ->
                                assertThat(row.shownBy())
                                        .matches("rfc[0-9]{4}(_[0-9]+|_[ab])+_[a-z_0-9]+"));
    }

    @Test
    void nothing_in_the_table_breaks_it() {
        assertThat(table.rows())
                .hasSizeGreaterThan(100)
                .allSatisfy(
                        row -> {
                            assertThat(row.says()).isNotBlank().doesNotContain("|", "\n");
                            assertThat(row.shownBy()).isNotBlank().doesNotContain("|", "\n");
                            assertThat(row.spec().toUpperCase(Locale.ROOT)).isEqualTo(row.spec());
                        });
        assertThat(Set.copyOf(table.rows())).hasSameSizeAs(table.rows());
    }
}

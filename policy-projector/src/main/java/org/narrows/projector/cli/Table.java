// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.Column;
import picocli.CommandLine.Help.Column.Overflow;
import picocli.CommandLine.Help.TextTable;

/** Columns as wide as what is in them; the last one may be any length. */
final class Table {
    private static final int GAP = 2;

    private final List<String[]> rows = new ArrayList<>();

    Table(String... head) {
        rows.add(head);
    }

    Table row(String... cells) {
        rows.add(cells);
        return this;
    }

    void print(PrintWriter out) {
        int columns = rows.getFirst().length;
        Column[] widths = new Column[columns];
        for (int i = 0; i < columns; i++) {
            int column = i;
            int widest = rows.stream().mapToInt(row -> row[column].length()).max().orElse(0);
            widths[i] = new Column(widest + GAP, 0, Overflow.SPAN);
        }
        TextTable table = TextTable.forColumns(Help.defaultColorScheme(Ansi.OFF), widths);
        rows.forEach(table::addRowValues);
        Arrays.stream(table.toString().split("\n", -1))
                .map(String::stripTrailing)
                .filter(line -> !line.isEmpty())
                .forEach(out::println);
        out.flush();
    }
}

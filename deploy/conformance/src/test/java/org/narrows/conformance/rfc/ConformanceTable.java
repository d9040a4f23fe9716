// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.rfc;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.narrows.conformance.ReadmeTable;

/**
 * What the annotations of this package's test classes say, as the README shows it. Only what a test
 * checks that is run counts as met.
 */
final class ConformanceTable {
    /** One line: a requirement and what became of it. */
    record Row(String spec, String section, String says, Standing standing, String shownBy) {}

    enum Standing {
        MET("met"),
        NOT_MET("**not met**"),
        NOT_APPLICABLE("not applicable");

        private final String shown;

        Standing(String shown) {
            this.shown = shown;
        }
    }

    private final Map<String, String> titles;
    private final List<Row> rows;

    private ConformanceTable(Map<String, String> titles, List<Row> rows) {
        this.titles = titles;
        this.rows = rows;
    }

    static ConformanceTable read() {
        List<Class<?>> classes =
                ReadmeTable.classes(ConformanceTable.class.getPackageName(), Specification.class);
        Map<String, String> titles = new TreeMap<>();
        List<Row> rows = new ArrayList<>();
        for (Class<?> type : classes) {
            Specification specification = type.getAnnotation(Specification.class);
            titles.put(specification.value(), specification.title());
            rows.addAll(rows(type, specification.value()));
        }
        rows.sort(
                Comparator.comparing(Row::spec)
                        .thenComparing(row -> sortable(row.section()))
                        .thenComparing(Row::standing)
                        .thenComparing(Row::says));
        return new ConformanceTable(titles, List.copyOf(rows));
    }

    private static List<Row> rows(Class<?> type, String spec) {
        List<Row> rows = new ArrayList<>();
        for (Method test : ReadmeTable.tests(type, Requirement.class).toList()) {
            for (Requirement requirement : test.getAnnotationsByType(Requirement.class)) {
                rows.add(
                        new Row(
                                requirement.spec().isEmpty() ? spec : requirement.spec(),
                                requirement.section(),
                                requirement.says(),
                                Standing.MET,
                                test.getName()));
            }
        }
        for (NotMet not : type.getAnnotationsByType(NotMet.class)) {
            rows.add(new Row(spec, not.section(), not.says(), Standing.NOT_MET, not.because()));
        }
        for (NotApplicable not : type.getAnnotationsByType(NotApplicable.class)) {
            rows.add(
                    new Row(
                            spec,
                            not.section(),
                            not.says(),
                            Standing.NOT_APPLICABLE,
                            not.because()));
        }
        return rows;
    }

    /** Numbers in a section are compared as numbers: 2.10 comes after 2.9. */
    private static String sortable(String section) {
        return Stream.of(section.split("\\."))
                .map(part -> "0".repeat(Math.max(0, 4 - part.length())) + part)
                .collect(Collectors.joining("."));
    }

    List<Row> rows() {
        return rows;
    }

    /** Markdown: how many of each specification, and every requirement folded away below. */
    String markdown() {
        StringBuilder text = new StringBuilder();
        text.append(
                "| Specification | | Met | Not met | Not applicable |\n|---|---|---|---|---|\n");
        titles.forEach(
                (spec, title) -> {
                    List<Row> of = rows.stream().filter(row -> row.spec().equals(spec)).toList();
                    Function<Standing, Long> count =
                            standing ->
                                    of.stream().filter(row -> row.standing() == standing).count();
                    text.append(
                            "| %s | %s | %d | %d | %d |\n"
                                    .formatted(
                                            spec,
                                            title,
                                            count.apply(Standing.MET),
                                            count.apply(Standing.NOT_MET),
                                            count.apply(Standing.NOT_APPLICABLE)));
                });
        text.append(
                        "\n<details><summary>Every requirement, and the test that shows it</summary>\n\n")
                .append(
                        "| Specification | Section | Requirement | | Test, or why not |\n|---|---|---|---|---|\n");
        rows.forEach(
                row ->
                        text.append(
                                "| %s | %s | %s | %s | %s |\n"
                                        .formatted(
                                                row.spec(),
                                                row.section(),
                                                row.says(),
                                                row.standing().shown,
                                                row.standing() == Standing.MET
                                                        ? "`" + row.shownBy() + "`"
                                                        : row.shownBy())));
        return text.append("\n</details>\n").toString();
    }
}

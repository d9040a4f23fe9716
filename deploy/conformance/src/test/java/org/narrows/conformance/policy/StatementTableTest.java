// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.narrows.conformance.ReadmeTable;

/** The README's statements about policy are those that the tests of this module show. */
class StatementTableTest {
    private static final List<Class<?>> SUBJECTS =
            ReadmeTable.classes("org.narrows.conformance", Subject.class).stream()
                    .sorted(
                            Comparator.comparingInt(
                                    type -> type.getAnnotation(Subject.class).order()))
                    .toList();

    @Test
    void the_readme_states_what_the_tests_show() throws IOException {
        new ReadmeTable("statements").shows(markdown());
    }

    private static String markdown() {
        return SUBJECTS.stream()
                .map(StatementTableTest::markdown)
                .collect(Collectors.joining("\n"));
    }

    /** A heading, and its statements folded away below. */
    private static String markdown(Class<?> subject) {
        List<Method> tests = tests(subject);
        return "<details><summary>%s: %d statements, and the test that shows each</summary>\n\n"
                        .formatted(subject.getAnnotation(Subject.class).value(), tests.size())
                + "| Statement | Test |\n|---|---|\n"
                + tests.stream()
                        .map(test -> "| %s | `%s` |\n".formatted(statement(test), test.getName()))
                        .collect(Collectors.joining())
                + "\n</details>\n";
    }

    private static List<Method> tests(Class<?> subject) {
        return ReadmeTable.tests(subject, Statement.class)
                .sorted(Comparator.comparing(test -> statement(test).replace("`", "")))
                .toList();
    }

    private static String statement(Method test) {
        return test.getAnnotation(Statement.class).value();
    }

    @Test
    void every_test_states_something_once() {
        List<Method> all = SUBJECTS.stream().flatMap(subject -> tests(subject).stream()).toList();
        assertThat(all).extracting(StatementTableTest::statement).doesNotHaveDuplicates();
        assertThat(all).extracting(Method::getName).doesNotHaveDuplicates();
        assertThat(all)
                .allSatisfy(
                        test ->
                                assertThat(statement(test))
                                        .matches("[A-Z`].*[^.]")
                                        .doesNotContain("|", "\n"));
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;
import org.narrows.standalone.RunningStandalone;

/**
 * A part of the README that is made from annotations of tests. {@code -Dconformance.write=true}
 * writes it there instead of comparing.
 *
 * @param name of [a-z], in the comments around the part
 */
public record ReadmeTable(String name) {

    /** All classes of a package and those below it that have this annotation. */
    public static List<Class<?>> classes(String inPackage, Class<? extends Annotation> with) {
        return ReflectionSupport.findAllClassesInPackage(
                inPackage, type -> type.isAnnotationPresent(with), name -> true);
    }

    /**
     * The tests of a class that have this annotation. What failsafe would not run shows nothing.
     */
    public static Stream<Method> tests(Class<?> type, Class<? extends Annotation> with) {
        return ReflectionSupport.findMethods(
                        type,
                        method -> method.getAnnotationsByType(with).length > 0,
                        HierarchyTraversalMode.TOP_DOWN)
                .stream()
                .peek(method -> checkRun(type, method));
    }

    private static void checkRun(Class<?> type, Method method) {
        boolean test =
                AnnotationSupport.isAnnotated(method, Test.class)
                        || AnnotationSupport.isAnnotated(method, ParameterizedTest.class);
        boolean disabled =
                AnnotationSupport.isAnnotated(method, Disabled.class)
                        || AnnotationSupport.isAnnotated(type, Disabled.class);
        if (!test || disabled || !type.getSimpleName().endsWith("IT")) {
            throw new IllegalStateException("`" + method + "` is not run, so it shows nothing");
        }
    }

    /** Expects the README to show exactly this. */
    public void shows(String markdown) throws IOException {
        String begin = "<!-- " + name + ": generated, see deploy/conformance/README.md -->\n";
        String end = "<!-- " + name + ": end -->\n";
        Path readme = RunningStandalone.repository().resolve("README.md");
        String text = Files.readString(readme);
        assertThat(text.indexOf(begin)).as("begin of the table").isNotNegative();
        assertThat(text.indexOf(end)).as("end of the table").isGreaterThan(text.indexOf(begin));
        if (Boolean.getBoolean("conformance.write")) {
            text =
                    text.substring(0, text.indexOf(begin) + begin.length())
                            + markdown
                            + text.substring(text.indexOf(end));
            Files.writeString(readme, text);
        }
        assertThat(text.substring(text.indexOf(begin) + begin.length(), text.indexOf(end)))
                .as("run this test with -Dconformance.write=true")
                .isEqualTo(markdown);
    }
}

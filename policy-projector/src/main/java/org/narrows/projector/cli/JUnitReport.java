// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import java.io.BufferedWriter;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.narrows.projector.cli.TestCommand.Result;

/**
 * Results of policy tests as JUnit XML, which CI servers read: `testsuites`, a `testsuite` for each
 * file, a `testcase` for each test, a `failure` in those that failed.
 */
final class JUnitReport {
    private final XMLStreamWriter xml;

    private JUnitReport(XMLStreamWriter xml) {
        this.xml = xml;
    }

    /**
     * Writes a file, in place of one that is there.
     *
     * @throws CommandFailure when it cannot be written
     */
    static void write(List<Result> results, Path file) {
        try {
            Path directory = file.toAbsolutePath().getParent();
            if (directory != null) {
                Files.createDirectories(directory);
            }
            try (BufferedWriter out = Files.newBufferedWriter(file)) {
                XMLStreamWriter xml = XMLOutputFactory.newFactory().createXMLStreamWriter(out);
                new JUnitReport(xml).suites(results);
                xml.close();
            }
        } catch (IOException | XMLStreamException e) {
            throw CommandFailure.invalid("cannot write `" + file + "`: " + e.getMessage());
        }
    }

    private void suites(List<Result> results) throws XMLStreamException {
        Map<String, List<Result>> byFile = new LinkedHashMap<>();
        results.forEach(
                result ->
                        byFile.computeIfAbsent(result.test().file(), _ -> new ArrayList<>())
                                .add(result));
        xml.writeStartDocument("UTF-8", "1.0");
        xml.writeStartElement("testsuites");
        xml.writeAttribute("name", "narrows test");
        counts(results);
        for (Map.Entry<String, List<Result>> suite : byFile.entrySet()) {
            suite(suite.getKey(), suite.getValue());
        }
        xml.writeEndElement();
        xml.writeEndDocument();
    }

    private void suite(String file, List<Result> results) throws XMLStreamException {
        xml.writeStartElement("testsuite");
        xml.writeAttribute("name", file);
        counts(results);
        for (Result result : results) {
            testCase(result);
        }
        xml.writeEndElement();
    }

    private void counts(List<Result> results) throws XMLStreamException {
        long failures = results.stream().filter(result -> !result.passed()).count();
        Duration took = results.stream().map(Result::took).reduce(Duration.ZERO, Duration::plus);
        xml.writeAttribute("tests", Integer.toString(results.size()));
        xml.writeAttribute("failures", Long.toString(failures));
        xml.writeAttribute("errors", "0");
        xml.writeAttribute("skipped", "0");
        xml.writeAttribute("time", seconds(took));
    }

    private void testCase(Result result) throws XMLStreamException {
        xml.writeStartElement("testcase");
        xml.writeAttribute("name", legal(result.test().name()));
        xml.writeAttribute("classname", result.test().file());
        xml.writeAttribute("file", result.test().file());
        xml.writeAttribute("line", Integer.toString(result.test().line()));
        xml.writeAttribute("time", seconds(result.took()));
        if (!result.passed()) {
            xml.writeStartElement("failure");
            xml.writeAttribute(
                    "message",
                    "expected " + result.test().expected() + ", found " + result.found().shown());
            xml.writeAttribute("type", "policy");
            xml.writeCharacters(legal(String.join("\n", TestCommand.difference(result))));
            xml.writeEndElement();
        }
        xml.writeEndElement();
    }

    /** XML 1.0 has no way to write some characters; a test may name them all the same. */
    private static String legal(String text) {
        return text.codePoints()
                .map(c -> isLegal(c) ? c : 0xfffd)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static boolean isLegal(int c) {
        return c == '\t'
                || c == '\n'
                || (c >= 0x20 && c < Character.MIN_SURROGATE)
                || (c > Character.MAX_SURROGATE && c < 0xfffe)
                || c > 0xffff;
    }

    private static String seconds(Duration took) {
        return BigDecimal.valueOf(took.toNanos() / 1_000, 6).toPlainString();
    }
}

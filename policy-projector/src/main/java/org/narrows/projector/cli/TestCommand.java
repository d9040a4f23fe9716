// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import org.narrows.projector.cli.PolicyTest.Expected;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs policy tests: policy and consents as files hold them, decided as the service decides. */
@Command(
        name = "test",
        description = {
            "Runs the policy tests (*.test.yaml) beside policy files; no server is asked.",
            "Exits 0 when all pass, 1 when one fails, 2 when a file is invalid or there are no tests."
        },
        footer = {
            "",
            "Claims that a test leaves out:",
            "  iss  the primary issuer, or the only one",
            "  aud  the tokenAudience of the client's home; of an ID token the client's id",
            "  iat  now",
            "  exp  five minutes from now",
            "A claim that is written as null is not in the token.",
            "",
            "Example:",
            "  narrows test -f policy/ --junit target/policy-tests.xml"
        })
final class TestCommand implements Callable<Integer> {
    @Mixin private OutputOptions output = new OutputOptions();

    @Option(
            names = "-f",
            paramLabel = "DIR_OR_FILE",
            required = true,
            description =
                    "a directory with policy and tests, or one file of tests in such a directory")
    private Path path = Path.of("");

    @Option(
            names = "--name",
            paramLabel = "REGEX",
            description = "only tests in whose name this is found")
    private @Nullable String name;

    @Option(
            names = "--junit",
            paramLabel = "FILE",
            description = "write the results as JUnit XML, too")
    private @Nullable Path junit;

    /**
     * What came of one test.
     *
     * @param took how long deciding took
     */
    record Result(PolicyTest test, Found found, Duration took) {
        boolean passed() {
            return test.expected().isMetBy(found);
        }

        String place() {
            return test.file() + ":" + test.line();
        }
    }

    @Override
    public Integer call() {
        List<Result> results = run();
        if (output.forPeople()) {
            print(results);
        } else {
            output.print(json(results));
        }
        if (junit != null) {
            JUnitReport.write(results, junit);
        }
        return (results.stream().allMatch(Result::passed) ? ExitStatus.DONE : ExitStatus.FINDINGS)
                .code();
    }

    private List<Result> run() {
        Predicate<String> wanted = wanted();
        boolean directory = Files.isDirectory(path);
        if (!directory && !PolicyFiles.isTest(path)) {
            throw CommandFailure.invalid(
                    "`" + path + "` is neither a directory nor a file of tests, `*.test.yaml`");
        }
        Path home = directory ? path : Optional.ofNullable(path.getParent()).orElse(Path.of("."));
        List<Path> files =
                directory
                        ? PolicyFiles.yamlIn(path).stream().filter(PolicyFiles::isTest).toList()
                        : List.of(path);
        if (files.isEmpty()) {
            throw CommandFailure.invalid("there is no *.test.yaml in `" + path + "`");
        }
        TestedPolicy policy = TestedPolicy.of(PolicyFiles.read(List.of(home)));
        List<String> problems = new ArrayList<>();
        List<PolicyTest> tests = new ArrayList<>();
        for (Path file : files) {
            tests.addAll(PolicyTestFile.read(file, policy, problems));
        }
        if (!problems.isEmpty()) {
            throw CommandFailure.invalid(String.join("\n", problems));
        }
        List<PolicyTest> chosen = tests.stream().filter(test -> wanted.test(test.name())).toList();
        if (chosen.isEmpty()) {
            throw CommandFailure.invalid(
                    tests.isEmpty()
                            ? "there are no tests in `" + path + "`"
                            : "`" + name + "` is found in no test's name");
        }
        Instant now = Clock.systemUTC().instant();
        return chosen.stream().map(test -> run(test, policy, now)).toList();
    }

    private Predicate<String> wanted() {
        try {
            return name == null ? _ -> true : Pattern.compile(name).asPredicate();
        } catch (PatternSyntaxException e) {
            throw CommandFailure.invalid(
                    "`--name` is no regular expression: " + e.getDescription());
        }
    }

    private static Result run(PolicyTest test, TestedPolicy policy, Instant now) {
        long began = System.nanoTime();
        Found found = policy.decide(test.asked(), test.given(), test.now().orElse(now));
        return new Result(test, found, Duration.ofNanos(System.nanoTime() - began));
    }

    private void print(List<Result> results) {
        for (Result result : results) {
            output.out()
                    .println(
                            (result.passed() ? "ok      " : "FAILED  ")
                                    + result.place()
                                    + ": "
                                    + result.test().name());
            if (!result.passed()) {
                difference(result).forEach(line -> output.out().println("    " + line));
            }
        }
        long passed = results.stream().filter(Result::passed).count();
        output.out().println(passed + " passed, " + (results.size() - passed) + " failed");
        output.out().flush();
    }

    /** What should have come of a test and what did, as a patch shows it, and why. */
    static List<String> difference(Result result) {
        List<String> lines = new ArrayList<>();
        lines.add("- " + result.test().expected());
        lines.add("+ " + result.found().shown());
        result.found().why().forEach(reason -> lines.add("  " + reason));
        return lines;
    }

    private static ObjectNode json(List<Result> results) {
        long passed = results.stream().filter(Result::passed).count();
        ObjectNode json = Json.object();
        json.put("passed", passed).put("failed", results.size() - passed);
        ArrayNode tests = json.putArray("tests");
        for (Result result : results) {
            ObjectNode test = tests.addObject();
            test.put("name", result.test().name())
                    .put("file", result.test().file())
                    .put("line", result.test().line())
                    .put("outcome", result.passed() ? "passed" : "failed");
            test.set("expected", json(result.test().expected()));
            test.set("found", json(result.found()));
        }
        return json;
    }

    private static ObjectNode json(Expected expected) {
        ObjectNode json = Json.object();
        switch (expected) {
            case Expected.Permit(var scopes) -> json.put("permit", scopes.toString());
            case Expected.Deny(var codes) -> json.set("deny", Json.array(codes));
        }
        return json;
    }

    private static ObjectNode json(Found found) {
        ObjectNode json = Json.object();
        switch (found) {
            case Found.Permitted(var permit) -> {
                json.put("permit", permit.terms().scopes().toString());
                ArrayNode rules = json.putArray("rules");
                permit.basis().forEach(basis -> rules.add(basis.rule().value()));
                json.put("expiresAt", permit.terms().expiresAt().toString());
            }
            case Found.Refused refused -> {
                json.set("deny", Json.array(refused.codes()));
                ArrayNode reasons = json.putArray("reasons");
                for (Found.Objection objection : refused.objections()) {
                    ObjectNode reason = reasons.addObject().put("code", objection.code());
                    objection.evidence().forEach(reason::put);
                    reason.put("sentence", objection.sentence());
                }
            }
            case Found.NotReached(var before) -> json.set("before", json(before));
        }
        return json;
    }
}

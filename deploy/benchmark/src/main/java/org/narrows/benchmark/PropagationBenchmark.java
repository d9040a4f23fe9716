// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.benchmark;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import org.narrows.projector.cli.CommandFailure;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How long it takes from a publication's answer until every exchange heeds it. */
@Command(
        name = "propagate",
        description =
                "Publication acknowledged to enforced: consents are withdrawn and granted in turn, and exchanges without a "
                        + "consistency token are sent one after the other until one is decided by the change.",
        footer = {"", "Example:", "  deploy/benchmark/propagate --changes 100"})
final class PropagationBenchmark implements Callable<Integer> {
    private static final Duration GIVE_UP = Duration.ofSeconds(10);
    private static final int PERMIT = 200;
    private static final int DENY = 400;
    private static final int WARM_UP = 50;

    @Spec private CommandSpec command = CommandSpec.create();

    @Mixin private Target target = new Target();

    @Option(
            names = "--changes",
            defaultValue = "500",
            paramLabel = "N",
            description = "default: ${DEFAULT-VALUE}")
    private int changes;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = command.commandLine().getOut();
        out.println("machine: " + Machine.describe());
        out.flush();
        Histogram acknowledged = new Histogram(Duration.ofSeconds(60).toNanos(), 3);
        Histogram enforced = new Histogram(Duration.ofSeconds(60).toNanos(), 3);
        try (Scene scene = Scene.open(target.controlPlane());
                Connection connection = new Connection(target.url())) {
            scene.consent(1);
            byte[] request = scene.request(0, target.url());
            await(connection, request, PERMIT);
            for (int change = 0; change < changes + WARM_UP; change++) {
                boolean granted = change % 2 == 1;
                byte[] event = scene.consent(0, granted);
                long sent = System.nanoTime();
                scene.publish(event);
                long answered = System.nanoTime();
                await(connection, request, granted ? PERMIT : DENY);
                long heeded = System.nanoTime();
                if (change >= WARM_UP) {
                    acknowledged.recordValue(answered - sent);
                    enforced.recordValue(heeded - answered);
                }
            }
        }
        print(out, "sent to acknowledged", acknowledged);
        print(out, "acknowledged to enforced", enforced);
        return 0;
    }

    private static void await(Connection connection, byte[] request, int status)
            throws IOException {
        long deadline = System.nanoTime() + GIVE_UP.toNanos();
        for (int last = 0; last != status; last = connection.send(request).status()) {
            if (System.nanoTime() > deadline) {
                throw CommandFailure.finding(
                        "a change was not enforced within "
                                + GIVE_UP.toSeconds()
                                + " s; the last status was "
                                + last);
            }
        }
    }

    private static void print(PrintWriter out, String what, Histogram latencies) {
        out.printf(
                "%-26s p50 %7.2f ms   p90 %7.2f ms   p99 %7.2f ms   longest %7.1f ms   (%d changes)%n",
                what,
                latencies.getValueAtPercentile(50) / 1e6,
                latencies.getValueAtPercentile(90) / 1e6,
                latencies.getValueAtPercentile(99) / 1e6,
                latencies.getMaxValue() / 1e6,
                latencies.getTotalCount());
        out.flush();
    }
}

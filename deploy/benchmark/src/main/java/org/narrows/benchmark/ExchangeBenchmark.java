// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.benchmark;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Exchanges per second, and how long one takes. */
@Command(
        name = "exchange",
        description =
                "Exchanges per second and p99: different users and tokens (RS256), client_secret_basic, every decision "
                        + "recorded in Kafka before its answer.",
        footer = {"", "Example:", "  deploy/benchmark/exchange --users 2000 --seconds 10"})
final class ExchangeBenchmark implements Callable<Integer> {
    @Spec private CommandSpec command = CommandSpec.create();

    @Mixin private Target target = new Target();

    @Option(
            names = "--users",
            defaultValue = "10000",
            paramLabel = "N",
            description = "each with an own token (default: ${DEFAULT-VALUE})")
    private int users;

    @Option(
            names = "--connections",
            defaultValue = "32",
            paramLabel = "N",
            description = "default: ${DEFAULT-VALUE}")
    private int connections;

    @Option(
            names = "--seconds",
            defaultValue = "20",
            paramLabel = "N",
            description = "of each measurement (default: ${DEFAULT-VALUE})")
    private int seconds;

    @Option(
            names = "--warm-up",
            defaultValue = "20",
            paramLabel = "SECONDS",
            description = "default: ${DEFAULT-VALUE}")
    private int warmUp;

    @Override
    public Integer call() {
        PrintWriter out = command.commandLine().getOut();
        out.println("machine: " + Machine.describe());
        try (Scene scene = Scene.open(target.controlPlane())) {
            out.println("making " + users + " users, consents and tokens ...");
            out.flush();
            scene.consent(users);
            List<byte[]> requests = scene.requests(users, target.url());
            Load load = new Load(target.url(), requests, connections);
            out.println("warming up for " + warmUp + " s ...");
            out.flush();
            load.peak(Duration.ofSeconds(warmUp));
            Load.Result peak = load.peak(Duration.ofSeconds(seconds));
            print(out, "peak, " + connections + " connections", peak);
            double half = peak.perSecond() / 2;
            Load.Result constant = load.constant(half, Duration.ofSeconds(seconds));
            print(out, "constant rate, half of the peak", constant);
            return peak.failed() + constant.failed() == 0 ? 0 : 1;
        }
    }

    private static void print(PrintWriter out, String what, Load.Result result) {
        out.printf(
                "%-34s %8.0f exchanges/s   p50 %6.2f ms   p99 %6.2f ms   p99.9 %6.2f ms   longest %6.1f ms   failed %d%n",
                what,
                result.perSecond(),
                result.millis(50),
                result.millis(99),
                result.millis(99.9),
                result.latencies().getMaxValue() / 1e6,
                result.failed());
        out.flush();
    }
}

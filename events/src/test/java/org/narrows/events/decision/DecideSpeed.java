// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.decision;

import static org.narrows.events.decision.Given.ALICE;
import static org.narrows.events.decision.Given.NOW;
import static org.narrows.events.decision.Given.exchange;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.narrows.events.policy.ScopeDefinition.ScopeKind;

/**
 * How many decisions one core makes, and what each allocates: 2,000 clients and 5,000 rules, a
 * permit by a consent, and the same as the second hop of a chain. Run by hand; asserts nothing.
 */
final class DecideSpeed {
    private DecideSpeed() {}

    public static void main(String[] args) {
        Given given = Given.sample();
        for (int i = 0; i < 100; i++) {
            given.audience("api-" + i).scope("read-" + i, "api-" + i, ScopeKind.GRANTABLE);
        }
        for (int i = 0; i < 2000; i++) {
            given.client(
                    "client-" + i, "api-" + i % 100, "api-" + (i + 1) % 100, "read-" + i % 100);
        }
        for (int i = 0; i < 5000; i++) {
            given.rule(
                    Given.allow("rule-" + i, "api-" + i % 100, "api-" + i % 97, "read: read-1")
                            .clients("client-" + i % 2000));
        }
        given.audience("ledger-api")
                .scope("ledger.read", "ledger-api", ScopeKind.GRANTABLE)
                .client("billing-service", "billing-api", "ledger-api", "ledger.read")
                .rule(
                        Given.allow(
                                        "second",
                                        "billing-api",
                                        "ledger-api",
                                        "invoice.read: ledger.read")
                                .depth(2))
                .member(ALICE, "billing-api");
        long before = System.nanoTime();
        given.policy();
        System.out.printf("compile %.1f ms%n", (System.nanoTime() - before) / 1e6);
        Given.ExchangeBuilder first = exchange().scope("invoice.read");
        measure("first hop", given, first.build());
        measure(
                "second hop",
                given,
                exchange()
                        .by("billing-service")
                        .of(given.issue(first, "first"))
                        .to("ledger-api")
                        .build());
        measure("denial", given.copy().withdraw(ALICE, "billing-api"), first.build());
    }

    private static void measure(String what, Given given, Exchange exchange) {
        PolicySnapshot snapshot = given.snapshot(exchange);
        ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int round = 0; round < 4; round++) {
            long bytes = thread.getCurrentThreadAllocatedBytes();
            long began = System.nanoTime();
            int count = 0;
            long kept = 0;
            while (System.nanoTime() - began < Duration.ofSeconds(1).toNanos()) {
                for (int i = 0; i < 1000; i++) {
                    kept +=
                            Decider.decide(exchange, snapshot, NOW) instanceof Decision.Permit
                                    ? 1
                                    : 2;
                    count++;
                }
            }
            double seconds = (System.nanoTime() - began) / 1e9;
            System.out.printf(
                    "%-10s %,10.0f/s  %,d bytes each  (%d)%n",
                    what,
                    count / seconds,
                    (thread.getCurrentThreadAllocatedBytes() - bytes) / count,
                    kept % 2);
        }
    }
}

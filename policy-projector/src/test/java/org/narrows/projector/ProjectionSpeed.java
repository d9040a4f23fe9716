// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * How many events a second become rows: not run by itself; {@code -Dtest=ProjectionSpeed
 * -Dspeed.events=200000}.
 */
class ProjectionSpeed {
    private static final int EVENTS = Integer.getInteger("speed.events", 50_000);

    @Test
    void consents_from_kafka_into_postgresql() throws Exception {
        try (TestLog log = new TestLog().open()) {
            byte[] policy = Sample.policy("policy");
            log.send(policy, log.controlPlane.sign(policy, log.logId, "narrows|root"));
            Random random = new Random(1);
            List<byte[]> values = new ArrayList<>();
            for (int i = 0; i < EVENTS; i++) {
                String subject = "user-" + random.nextInt(EVENTS);
                values.add(
                        random.nextInt(4) == 0
                                ? Sample.withdrawn("event-" + i, subject)
                                : Sample.consent("event-" + i, subject));
            }
            log.sendAll(values);
            long start = System.nanoTime();
            long began = 0;
            long first = 0;
            try (TestLog.Server _ = log.start(Map.of("narrows.landing.enabled", "false"))) {
                long seq = 0;
                while (seq < EVENTS + 3) {
                    Thread.sleep(20);
                    try (var connection = log.connect();
                            var statement = connection.createStatement();
                            var row =
                                    statement.executeQuery("select seq from narrows.checkpoint")) {
                        seq = row.next() ? row.getLong(1) : 0;
                    }
                    if (seq > EVENTS / 2 && began == 0) {
                        began = System.nanoTime();
                        first = seq;
                    }
                }
                long end = System.nanoTime();
                System.out.printf(
                        "%d events in %d ms; the second half at %d events/s%n",
                        EVENTS,
                        (end - start) / 1_000_000,
                        (seq - first) * 1_000_000_000L / (end - began));
            }
        }
    }
}

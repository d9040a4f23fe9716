// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;

/**
 * One Kafka broker that is its own controller (KRaft), in this process, on a directory that it
 * continues.
 *
 * <p>It listens on free ports of the loopback interface only. Whether a write is flushed to disk
 * before it is acknowledged is each topic's `flush.messages`. Topics are never made by themselves.
 */
public final class EmbeddedKafka implements AutoCloseable {
    private static final int NODE = 1;
    private static final String FORMATTED = "meta.properties";

    private final KafkaRaftServer server;
    private final String bootstrapServers;

    private EmbeddedKafka(KafkaRaftServer server, String bootstrapServers) {
        this.server = server;
        this.bootstrapServers = bootstrapServers;
    }

    /**
     * Starts a broker; returns when it takes requests.
     *
     * @param directory made when it is not there; only one broker at a time may use it
     */
    public static EmbeddedKafka start(Path directory) {
        return start(directory, FreePorts.take(1).getFirst());
    }

    /**
     * Starts a broker where clients look for one, as after a stop.
     *
     * @param directory as for {@link #start(Path)}
     * @param port on 127.0.0.1, and free
     */
    public static EmbeddedKafka start(Path directory, int port) {
        try {
            Files.createDirectories(directory);
            if (!Files.exists(directory.resolve(FORMATTED))) {
                format(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot prepare the Kafka directory `" + directory + "`", e);
        }
        int controllerPort = FreePorts.take(1).getFirst();
        String bootstrapServers = "127.0.0.1:" + port;
        KafkaRaftServer server =
                new KafkaRaftServer(
                        new KafkaConfig(
                                settings(
                                        directory,
                                        bootstrapServers,
                                        "127.0.0.1:" + controllerPort)),
                        Time.SYSTEM);
        server.startup();
        return new EmbeddedKafka(server, bootstrapServers);
    }

    /** What clients name in `bootstrap.servers`. */
    public String bootstrapServers() {
        return bootstrapServers;
    }

    /** Stops the broker; what it acknowledged is on disk. */
    @Override
    public void close() {
        server.shutdown();
        server.awaitShutdown();
    }

    private static void format(Path directory) {
        try {
            new Formatter()
                    .setPrintStream(
                            new PrintStream(
                                    OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                    .setNodeId(NODE)
                    .setClusterId(Uuid.randomUuid().toString())
                    .setControllerListenerName("CONTROLLER")
                    .setMetadataLogDirectory(directory.toString())
                    .addDirectory(directory.toString())
                    // With one replica, a kill would take the only eligible leader from the list of
                    // eligible leaders.
                    .setFeatureLevel("eligible.leader.replicas.version", (short) 0)
                    .run();
        } catch (Exception e) {
            throw new IllegalStateException(
                    "cannot format the Kafka directory `" + directory + "`", e);
        }
    }

    private static Map<String, String> settings(Path directory, String broker, String controller) {
        return Map.ofEntries(
                Map.entry("process.roles", "broker,controller"),
                Map.entry("node.id", Integer.toString(NODE)),
                Map.entry("controller.quorum.voters", NODE + "@" + controller),
                Map.entry("controller.listener.names", "CONTROLLER"),
                Map.entry("listeners", "PLAINTEXT://" + broker + ",CONTROLLER://" + controller),
                Map.entry("advertised.listeners", "PLAINTEXT://" + broker),
                Map.entry(
                        "listener.security.protocol.map",
                        "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"),
                Map.entry("inter.broker.listener.name", "PLAINTEXT"),
                Map.entry("log.dirs", directory.toString()),
                Map.entry("auto.create.topics.enable", "false"),
                Map.entry("unclean.leader.election.enable", "false"),
                Map.entry("default.replication.factor", "1"),
                Map.entry("min.insync.replicas", "1"),
                Map.entry("offsets.topic.num.partitions", "1"),
                Map.entry("offsets.topic.replication.factor", "1"),
                Map.entry("transaction.state.log.num.partitions", "1"),
                Map.entry("transaction.state.log.replication.factor", "1"),
                Map.entry("transaction.state.log.min.isr", "1"),
                Map.entry("share.coordinator.state.topic.num.partitions", "1"),
                Map.entry("share.coordinator.state.topic.replication.factor", "1"),
                Map.entry("share.coordinator.state.topic.min.isr", "1"),
                Map.entry("group.initial.rebalance.delay.ms", "0"),
                Map.entry("num.network.threads", "2"),
                Map.entry("num.io.threads", "4"),
                Map.entry("log.cleaner.dedupe.buffer.size", Integer.toString(4 * 1024 * 1024)),
                // A killed broker is remembered for this long before it may come back.
                Map.entry("broker.session.timeout.ms", "4000"),
                Map.entry("broker.heartbeat.interval.ms", "500"));
    }
}

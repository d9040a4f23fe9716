// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.standalone;

import io.micronaut.context.ApplicationContext;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.narrows.embedded.EmbeddedKafka;
import org.narrows.embedded.EmbeddedPostgres;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.LogId;
import org.narrows.events.wire.AdminTokens;
import org.narrows.events.wire.KeySets;
import org.narrows.events.wire.Topics;
import org.narrows.exchange.ExchangeApplication;
import org.narrows.projector.ProjectorApplication;
import org.narrows.projector.cli.CommandFailure;
import org.narrows.projector.cli.ControlPlane;
import org.narrows.projector.cli.CurrentPolicy;
import org.narrows.projector.cli.KeyFiles;
import org.narrows.projector.cli.LogOpening;
import org.narrows.projector.cli.LogOpening.Opened;
import org.narrows.projector.cli.PolicyDifference;
import org.narrows.projector.cli.PolicyFiles;
import org.narrows.projector.topic.TopicSettings;
import picocli.CommandLine;

/**
 * All of Narrows in one process: Kafka, PostgreSQL, policy-projector and token-exchange, on one
 * data directory.
 *
 * <p>Read {@link #start}: it is the order in which things come up. {@link #close} ends them in the
 * opposite one.
 */
public final class Standalone implements AutoCloseable {
    private static final String ROOT_KEY = "root-key.jwk";
    private static final String CONTROL_PLANE_KEY = "control-plane-key.jwk";
    private static final String EXCHANGE_KEY = "exchange-key.jwk";
    private static final String SIGNING_KEYS = "signing-keys.jwks";
    private static final String ADMIN_TOKEN = "admin-token";
    private static final String DEMO_TOKEN = "demo-subject-token";
    private static final String ISSUER = "issuer";
    private static final String FIRST_START_DONE = "first-start-done";
    private static final Duration RENEWED_EVERY = Duration.ofMinutes(20);
    private static final Duration CONTROL_PLANE_WITHIN = Duration.ofSeconds(60);

    /** Ctrl-C is promised to end within 10 s. */
    private static final Duration END_WITHIN = Duration.ofSeconds(9);

    /** The exit status of what SIGINT ended. */
    private static final int INTERRUPTED = 130;

    private final StandaloneOptions options;
    private final Progress progress;
    private final PrintStream out;
    private final Clock clock = Clock.systemUTC();
    private final Deque<AutoCloseable> running = new ArrayDeque<>();
    private volatile boolean ending;

    private Standalone(StandaloneOptions options, PrintStream out) {
        this.options = options;
        this.out = out;
        this.progress = new Progress(out);
    }

    public static void main(String... args) {
        StandaloneOptions options = new StandaloneOptions();
        CommandLine command = new CommandLine(options);
        try {
            command.parseArgs(args);
        } catch (CommandLine.ParameterException e) {
            System.err.println("run: " + e.getMessage());
            System.err.println("run: ./deploy/run --help tells what there is");
            System.exit(CommandLine.ExitCode.USAGE);
        }
        if (CommandLine.printHelpIfRequested(command.getParseResult())) {
            return;
        }
        Standalone standalone = new Standalone(options, System.out);
        Runtime.getRuntime().addShutdownHook(new Thread(standalone::end, "end"));
        try {
            standalone.start();
        } catch (CommandFailure e) {
            if (standalone.ending) {
                await(); // told to end while it started
            }
            e.sentence().lines().forEach(line -> System.err.println("run: " + line));
            System.exit(e.status().code());
        } catch (UncheckedIOException e) {
            if (!standalone.ending) {
                System.err.println("run: " + e.getMessage());
                System.exit(1);
            }
        } catch (RuntimeException e) {
            if (!standalone.ending) {
                e.printStackTrace();
                System.exit(1);
            }
        }
        await();
    }

    private void start() {
        Optional<Path> wanted = options.policy();
        wanted.ifPresent(files -> PolicyFiles.read(List.of(files)));
        DataDirectory.check(options.data());
        Ports.check("--port", options.port());
        Ports.check("--admin-port", options.adminPort());
        if (options.port() == options.adminPort()) {
            throw CommandFailure.invalid("`--port` and `--admin-port` must not be the same");
        }
        options.tlsPort().ifPresent(this::checkTlsPort);
        IssuerUrl issuer = issuer();
        DataDirectory data = keep(DataDirectory.open(options.data()));
        boolean first = !data.has(FIRST_START_DONE);
        progress.say((first ? "new data in " : "continuing the data in ") + options.data());
        Optional<Sample> sample =
                Sample.isIn(data) || (first && wanted.isEmpty())
                        ? Optional.of(Sample.of(data))
                        : Optional.empty();

        CompletableFuture<EmbeddedPostgres> starting =
                CompletableFuture.supplyAsync(() -> EmbeddedPostgres.start(data.path("postgres")));
        EmbeddedKafka kafka = progress.step("Kafka", () -> EmbeddedKafka.start(data.path("kafka")));
        EmbeddedPostgres postgres = progress.step("PostgreSQL", () -> join(starting));
        keep(postgres);
        keep(kafka);
        Database database = Database.prepare(postgres, data);
        Opened log = progress.step("the log", () -> log(data, kafka, issuer));

        renewTokens(data, log.id(), sample);
        writeEnv(data, kafka, database, log.id(), sample);
        data.readOrMake(SIGNING_KEYS, () -> "{\"keys\":[" + KeyFiles.newKey() + "]}");

        if (options.tlsPort().isPresent()) {
            ServerCertificate.keep(data, Instant.now(clock));
        }

        Map<String, Object> common = common(data, kafka, log);
        Map<String, Object> projector = new HashMap<>(common);
        projector.put("micronaut.server.port", options.adminPort());
        projector.put("narrows.admin-url", adminUrl());
        projector.put("narrows.event-key", data.path(CONTROL_PLANE_KEY).toString());
        projector.put("narrows.jdbc.url", database.url());
        projector.put("narrows.jdbc.username", Database.OWNER);
        projector.put("narrows.jdbc.password", database.ownerPassword());
        progress.step("policy-projector", () -> keep(ProjectorApplication.start(projector)));
        database.admitExchange();
        CompletableFuture<ApplicationContext> exchange =
                CompletableFuture.supplyAsync(
                        () -> ExchangeApplication.start(exchange(data, common, database)));

        ControlPlane controlPlane =
                new ControlPlane(URI.create(adminUrl()), data.path(ADMIN_TOKEN));
        String consistency =
                policy(controlPlane, wanted.or(() -> sample.map(Sample::render)), first, sample);
        progress.step("token-exchange", () -> keep(join(exchange)));
        if (first && sample.isPresent() && options.demo()) {
            new Demo(controlPlane, new Exchanges(url(), sample.get()), data.read(DEMO_TOKEN), out)
                    .show(consistency);
        }
        if (first) {
            data.write(FIRST_START_DONE, Instant.now(clock) + "\n");
        }
        Started.now();
        progress.say("ready");
        goOn(sample.isPresent());
    }

    /** The log of this data directory, opened when there is none yet. */
    private Opened log(DataDirectory data, EmbeddedKafka kafka, IssuerUrl issuer) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            TopicSettings.LOG.create(admin, Topics.LOG);
            TopicSettings.DECISIONS.create(admin, Topics.DECISIONS);
        }
        LogOpening opening = new LogOpening(kafka.bootstrapServers(), Topics.LOG);
        String rootKey = data.readOrMake(ROOT_KEY, KeyFiles::newKey);
        String controlPlaneKey = data.readOrMake(CONTROL_PLANE_KEY, KeyFiles::newKey);
        String exchangeKey = data.readOrMake(EXCHANGE_KEY, KeyFiles::newKey);
        Opened log =
                opening.find()
                        .orElseGet(
                                () -> opening.open(rootKey, issuer, controlPlaneKey, exchangeKey));
        if (!log.root().value().equals(KeySets.thumbprint(rootKey))) {
            throw CommandFailure.invalid(
                    "`" + data.path(ROOT_KEY) + "` is not the key that opened this log");
        }
        checkIssuer(log.issuer(), issuer);
        data.readOrMake(ISSUER, () -> log.issuer().value());
        return log;
    }

    private void checkTlsPort(int port) {
        Ports.check("--tls-port", port);
        if (port == options.port() || port == options.adminPort()) {
            throw CommandFailure.invalid(
                    "`--tls-port` must be another one than `--port` and `--admin-port`");
        }
    }

    private IssuerUrl issuer() {
        String wanted = Optional.ofNullable(System.getenv("NARROWS_ISSUER")).orElse(url());
        IssuerUrl issuer;
        try {
            issuer = new IssuerUrl(wanted);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.invalid("NARROWS_ISSUER `" + wanted + "`: " + e.getMessage());
        }
        Path file = options.data().resolve(ISSUER);
        if (java.nio.file.Files.exists(file)) {
            try {
                checkIssuer(new IssuerUrl(java.nio.file.Files.readString(file).strip()), issuer);
            } catch (java.io.IOException e) {
                throw CommandFailure.invalid("cannot read `" + file + "`");
            }
        }
        return issuer;
    }

    private void checkIssuer(IssuerUrl opened, IssuerUrl wanted) {
        if (!opened.equals(wanted)) {
            throw CommandFailure.invalid(
                    "the log in `"
                            + options.data()
                            + "` issues as `"
                            + opened
                            + "`, which is fixed since its first start, and cannot go on as `"
                            + wanted
                            + "`: set NARROWS_ISSUER='"
                            + opened
                            + "', or start again with the port of then");
        }
    }

    private void renewTokens(DataDirectory data, LogId log, Optional<Sample> sample) {
        String rootKey = data.read(ROOT_KEY);
        Runnable renewal =
                () -> {
                    Instant now = clock.instant();
                    data.write(
                            ADMIN_TOKEN,
                            AdminTokens.mint(
                                            rootKey,
                                            log,
                                            AdminTokens.ALL,
                                            now,
                                            now.plus(AdminTokens.MAX_LIFETIME))
                                    + "\n");
                    sample.ifPresent(demo -> data.write(DEMO_TOKEN, demo.subjectToken(now) + "\n"));
                };
        renewal.run();
        ScheduledExecutorService renewing =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().daemon().name("token-renewal").factory());
        long every = RENEWED_EVERY.toSeconds();
        var _ =
                renewing.scheduleAtFixedRate(
                        () -> {
                            try {
                                renewal.run();
                            } catch (RuntimeException e) {
                                out.println(
                                        "cannot renew the tokens in "
                                                + options.data()
                                                + ": "
                                                + e.getMessage());
                            }
                        },
                        every,
                        every,
                        TimeUnit.SECONDS);
        keep(renewing::shutdownNow);
    }

    private void writeEnv(
            DataDirectory data,
            EmbeddedKafka kafka,
            Database database,
            LogId log,
            Optional<Sample> sample) {
        Map<String, String> variables = new LinkedHashMap<>();
        variables.put("NARROWS_URL", url());
        variables.put("NARROWS_ADMIN_URL", adminUrl());
        variables.put("NARROWS_ADMIN_TOKEN_FILE", data.path(ADMIN_TOKEN).toString());
        variables.put("NARROWS_KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers());
        variables.put("NARROWS_JDBC_URL", database.url());
        variables.put("NARROWS_JDBC_USERNAME", Database.OWNER);
        variables.put("NARROWS_JDBC_PASSWORD", database.ownerPassword());
        variables.put("NARROWS_LOG_TOPIC", Topics.LOG);
        variables.put("NARROWS_LOG_ID", log.value());
        sample.ifPresent(demo -> variables.put("NARROWS_DEMO_CLIENT_SECRET", demo.clientSecret()));
        data.writeEnv(variables);
    }

    private Map<String, Object> common(DataDirectory data, EmbeddedKafka kafka, Opened log) {
        Map<String, Object> common = new HashMap<>();
        common.put("narrows.standalone", "true");
        common.put("narrows.issuer", log.issuer().value());
        common.put("narrows.root-thumbprint", log.root().value());
        common.put("narrows.log-id", log.id().value());
        common.put("narrows.log-topic", Topics.LOG);
        common.put("narrows.decisions-topic", Topics.DECISIONS);
        common.put("narrows.kafka.bootstrap-servers", kafka.bootstrapServers());
        common.put("narrows.signing-keys", data.path(SIGNING_KEYS).toString());
        common.put("narrows.allow-loopback-jwks", "true");
        common.put("narrows.consent-url", consentUrl());
        common.put("micronaut.server.host", "127.0.0.1");
        return common;
    }

    private Map<String, Object> exchange(
            DataDirectory data, Map<String, Object> common, Database database) {
        Map<String, Object> exchange = new HashMap<>(common);
        exchange.put("micronaut.server.port", options.port());
        exchange.put("narrows.event-key", data.path(EXCHANGE_KEY).toString());
        exchange.put("narrows.jdbc.url", database.url());
        exchange.put("narrows.jdbc.username", Database.EXCHANGE);
        exchange.put("narrows.jdbc.password", database.exchangePassword());
        if (options.tlsPort().isPresent()) {
            exchange.put("narrows.tls-port", options.tlsPort().get().toString());
            if (System.getenv("NARROWS_TLS_CERTIFICATE") == null) {
                exchange.put(
                        "narrows.tls-certificate",
                        data.path(ServerCertificate.CERTIFICATE).toString());
                exchange.put("narrows.tls-key", data.path(ServerCertificate.KEY).toString());
            }
        }
        return exchange;
    }

    /**
     * The policy of a first start; of a later one what differs. Gives the last consistency token.
     */
    private String policy(
            ControlPlane controlPlane,
            Optional<Path> files,
            boolean first,
            Optional<Sample> sample) {
        awaitFold(controlPlane);
        String consistency = "";
        if (files.isPresent()) {
            PolicyDifference difference =
                    PolicyDifference.between(
                            CurrentPolicy.read(controlPlane),
                            PolicyFiles.read(List.of(files.get())),
                            false);
            if (!difference.isEmpty() && (first || options.applyPolicy())) {
                String reason = first ? "first start" : "--apply-policy";
                consistency =
                        Publication.publish(
                                controlPlane, difference.proposal().because(Optional.of(reason)));
                progress.say("policy of " + files.get() + " applied");
            } else if (!difference.isEmpty()) {
                progress.say(
                        "the log's policy differs from "
                                + files.get()
                                + " (nothing is changed without --apply-policy):");
                difference.print(new PrintWriter(out, true, StandardCharsets.UTF_8));
            }
        }
        if (first && sample.isPresent()) {
            consistency = Publication.publish(controlPlane, Demo.consent(true));
            progress.say("consent of " + Sample.SUBJECT + " granted");
        }
        return consistency;
    }

    /** The projector listens before it has folded what is there. */
    private void awaitFold(ControlPlane controlPlane) {
        long deadline = System.nanoTime() + CONTROL_PLANE_WITHIN.toNanos();
        while (true) {
            try {
                var status = controlPlane.get("/status");
                if (status.path("position").path("seq").asLong()
                        >= status.path("end").asLong(Long.MAX_VALUE)) {
                    return;
                }
            } catch (CommandFailure e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
            }
            try {
                Thread.sleep(Duration.ofMillis(50));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw CommandFailure.unreachable("interrupted");
            }
        }
    }

    private void goOn(boolean sample) {
        boolean usual = options.data().equals(StandaloneOptions.usualData());
        String data = usual ? "" : " --data " + options.data();
        out.println();
        out.println("  token-exchange    " + url());
        options.tlsPort()
                .ifPresent(
                        port ->
                                out.println(
                                        "  with TLS          https://127.0.0.1:"
                                                + port
                                                + "  ("
                                                + options.data()
                                                        .resolve(ServerCertificate.CERTIFICATE)
                                                + ")"));
        out.println("  policy-projector  " + adminUrl());
        out.println("  data              " + options.data());
        out.println();
        out.println("Go on, in another terminal, with:");
        out.println("  ./deploy/narrows status" + data);
        out.println("  ./deploy/narrows get rules" + data);
        out.println("  ./deploy/narrows log tail --after 0" + data);
        if (sample) {
            out.println("  . " + options.data() + "/env");
            out.println(
                    "  curl -s -u \""
                            + Sample.CLIENT
                            + ":$NARROWS_DEMO_CLIENT_SECRET\" \"$NARROWS_URL/token-exchange\" \\");
            out.println("    -d grant_type=urn:ietf:params:oauth:grant-type:token-exchange \\");
            out.println(
                    "    -d subject_token_type=urn:ietf:params:oauth:token-type:access_token \\");
            out.println(
                    "    -d subject_token=\"$(cat "
                            + options.data()
                            + "/"
                            + DEMO_TOKEN
                            + ")\" -d audience="
                            + Sample.TARGET);
        }
        out.println();
        out.println("Ctrl-C ends it; the next start continues.");
        out.flush();
    }

    private String url() {
        return "http://127.0.0.1:" + options.port();
    }

    private String adminUrl() {
        return "http://127.0.0.1:" + options.adminPort();
    }

    /** Users reach the control plane as admins do, unless a proxy stands in front of it. */
    private String consentUrl() {
        return Optional.ofNullable(System.getenv("NARROWS_CONSENT_URL")).orElse(adminUrl());
    }

    private <T extends AutoCloseable> T keep(T started) {
        synchronized (running) {
            running.push(started);
        }
        return started;
    }

    /** Ends everything, last first: nobody loses what it still needs. */
    @Override
    public void close() {
        while (true) {
            AutoCloseable next;
            synchronized (running) {
                if (running.isEmpty()) {
                    return;
                }
                next = running.pop();
            }
            try {
                next.close();
            } catch (Exception e) {
                out.println("while ending: " + e);
            }
        }
    }

    private void end() {
        boolean started;
        synchronized (running) {
            started = !running.isEmpty();
        }
        if (started) {
            ending = true;
            out.println();
            progress.say("ending");
            Thread.ofPlatform().daemon().name("cut-off").start(this::cutOff);
            close();
            progress.say("ended; nothing that was acknowledged is lost");
        }
    }

    /** What hangs does not hold up the end: all that was acknowledged is on the disk already. */
    private void cutOff() {
        try {
            Thread.sleep(END_WITHIN);
        } catch (InterruptedException e) {
            return;
        }
        progress.say("cut off; nothing that was acknowledged is lost");
        Runtime.getRuntime().halt(INTERRUPTED);
    }

    private static void await() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static <T> T join(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }
}

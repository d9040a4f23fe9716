// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import io.micronaut.context.ApplicationContext;
import io.micronaut.context.env.PropertySource;
import io.micronaut.context.env.yaml.YamlPropertySourceLoader;
import io.micronaut.runtime.server.EmbeddedServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts the service. */
public final class ExchangeApplication {
    private static final Logger LOG = LoggerFactory.getLogger(ExchangeApplication.class);
    private static final String CONFIGURATION = "exchange.yml";
    private static final List<String> REQUIRED =
            List.of(
                    "NARROWS_ISSUER",
                    "NARROWS_SIGNING_KEYS",
                    "NARROWS_EVENT_KEY",
                    "NARROWS_KAFKA_BOOTSTRAP_SERVERS",
                    "NARROWS_JDBC_URL",
                    "NARROWS_JDBC_USERNAME",
                    "NARROWS_JDBC_PASSWORD");

    private ExchangeApplication() {}

    /** Starts with the environment's properties, and serves until the process is told to end. */
    public static void main(String[] args) {
        List<String> missing = missing(System.getenv());
        if (!missing.isEmpty()) {
            LOG.error("token-exchange needs {} in its environment", String.join(", ", missing));
            System.exit(2);
        }
        ApplicationContext context;
        try {
            context = start(Map.of());
        } catch (RuntimeException e) {
            LOG.error("token-exchange did not start: {}", sentence(e));
            LOG.debug("token-exchange did not start", e);
            System.exit(1);
            return;
        }
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("stop").unstarted(context::close));
    }

    /** The names of the environment that must be given and are not. */
    static List<String> missing(Map<String, String> environment) {
        return REQUIRED.stream()
                .filter(name -> environment.getOrDefault(name, "").isBlank())
                .toList();
    }

    /** What the first cause says, in one line: the operator's mistake stands there. */
    static String sentence(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage()).strip().lines().findFirst().orElse("")
                + " ("
                + cause.getClass().getSimpleName()
                + ")";
    }

    /**
     * Starts a service of its own: others may run in the same JVM.
     *
     * @param properties win over the environment's and those of `exchange.yml`;
     *     `micronaut.server.port` 0 is any free one
     * @return the context, once it listens; closing it stops the service
     */
    public static ApplicationContext start(Map<String, Object> properties) {
        ApplicationContext context =
                ApplicationContext.builder()
                        .deduceEnvironment(false)
                        .banner(false)
                        .propertySources(configuration())
                        .properties(properties)
                        .build();
        try {
            context.start();
            context.getBean(EmbeddedServer.class).start();
            return context;
        } catch (RuntimeException e) {
            context.close();
            throw e;
        }
    }

    private static PropertySource configuration() {
        try (InputStream yaml =
                Objects.requireNonNull(
                        ExchangeApplication.class
                                .getClassLoader()
                                .getResourceAsStream(CONFIGURATION),
                        CONFIGURATION)) {
            YamlPropertySourceLoader loader = new YamlPropertySourceLoader();
            return PropertySource.of(
                    CONFIGURATION, loader.read(CONFIGURATION, yaml), loader.getOrder());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

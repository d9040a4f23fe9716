// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector;

import io.micronaut.context.ApplicationContext;
import io.micronaut.context.env.PropertySource;
import io.micronaut.context.env.yaml.YamlPropertySourceLoader;
import io.micronaut.runtime.server.EmbeddedServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The control plane as a process, and as one of two services in a process. */
public final class ProjectorApplication {
    /** Its file is not application.yml: the standalone runs both services on one class path. */
    private static final Logger LOG = LoggerFactory.getLogger(ProjectorApplication.class);

    private static final String CONFIGURATION = "projector.yml";
    private static final List<String> REQUIRED =
            List.of(
                    "NARROWS_ROOT_THUMBPRINT",
                    "NARROWS_KAFKA_BOOTSTRAP_SERVERS",
                    "NARROWS_JDBC_URL");

    private ProjectorApplication() {}

    /** Serves until it is asked to end. Configured by the environment. */
    public static void main(String[] args) {
        List<String> missing = missing(System.getenv());
        if (!missing.isEmpty()) {
            LOG.error("the projector needs {} in its environment", String.join(", ", missing));
            System.exit(2);
        }
        ApplicationContext context;
        try {
            context = start(Map.of());
        } catch (RuntimeException e) {
            LOG.error("the projector did not start: {}", sentence(e));
            LOG.debug("the projector did not start", e);
            System.exit(1);
            return;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(context::close, "shutdown"));
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
     * Starts the service; returns when it listens.
     *
     * @param properties win over the environment and over {@code projector.yml}
     */
    public static ApplicationContext start(Map<String, Object> properties) {
        Map<String, Object> all = new HashMap<>(properties);
        all.put("narrows.service", "projector");
        ApplicationContext context =
                ApplicationContext.builder(ProjectorApplication.class)
                        .banner(false)
                        .deduceEnvironment(false)
                        .propertySources(
                                PropertySource.of(
                                        CONFIGURATION, configuration(), Integer.MIN_VALUE))
                        .properties(all)
                        .start();
        try {
            context.getBean(EmbeddedServer.class).start();
        } catch (RuntimeException e) {
            context.close();
            throw e;
        }
        return context;
    }

    private static Map<String, Object> configuration() {
        try (InputStream file =
                Objects.requireNonNull(
                        ProjectorApplication.class
                                .getClassLoader()
                                .getResourceAsStream(CONFIGURATION))) {
            return new YamlPropertySourceLoader().read(CONFIGURATION, file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

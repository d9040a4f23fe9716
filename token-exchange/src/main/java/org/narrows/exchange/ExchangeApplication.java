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
import java.util.Map;
import java.util.Objects;

/** Starts the service. */
public final class ExchangeApplication {
    private static final String CONFIGURATION = "exchange.yml";

    private ExchangeApplication() {}

    /** Starts with the environment's properties, and serves until the process is told to end. */
    public static void main(String[] args) {
        ApplicationContext context = start(Map.of());
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("stop").unstarted(context::close));
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

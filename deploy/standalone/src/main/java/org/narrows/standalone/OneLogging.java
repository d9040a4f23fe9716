// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.standalone;

import io.micronaut.context.annotation.Replaces;
import io.micronaut.context.annotation.Requires;
import io.micronaut.logging.LogLevel;
import io.micronaut.logging.LoggingSystem;
import io.micronaut.logging.impl.LogbackLoggingSystem;
import jakarta.inject.Singleton;

/**
 * Logging is set up once for the process: a service that starts must not reset it under one that
 * runs.
 */
@Singleton
@Replaces(LogbackLoggingSystem.class)
@Requires(property = "narrows.standalone", value = "true")
final class OneLogging implements LoggingSystem {
    @Override
    public void setLogLevel(String name, LogLevel level) {
        // levels are those of narrows-standalone-logback.xml
    }

    @Override
    public void refresh() {
        // read once, when the process started
    }
}

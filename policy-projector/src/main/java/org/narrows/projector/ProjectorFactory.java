// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector;

import io.micronaut.context.annotation.Factory;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Clock;
import org.narrows.events.state.LogFold;
import org.narrows.events.value.KeyId;
import org.narrows.events.wire.EventSigner;
import org.narrows.events.wire.RowCodec;
import org.narrows.projector.publish.Signing;

/** Puts the pure parts together with what is configured. */
@Factory
class ProjectorFactory {
    @Singleton
    LogFold fold(ProjectorConfiguration configuration) {
        return new LogFold(new KeyId(configuration.rootThumbprint()), RowCodec::encode);
    }

    @Singleton
    Signing signing(ProjectorConfiguration configuration) {
        return new Signing(
                configuration
                        .eventKey()
                        .map(
                                file -> {
                                    try {
                                        return EventSigner.of(Files.readString(file));
                                    } catch (IOException e) {
                                        throw new UncheckedIOException(
                                                "cannot read the event key `" + file + "`", e);
                                    }
                                }));
    }

    @Singleton
    Clock clock() {
        return Clock.systemUTC();
    }
}

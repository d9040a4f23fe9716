// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.consent;

import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetKeyPair;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Factory;
import io.micronaut.context.annotation.Requires;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import org.jspecify.annotations.Nullable;
import org.narrows.events.wire.ConsentUrl;
import org.narrows.events.wire.TrustedRoots;
import org.narrows.projector.ProjectorConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts the page together with what is configured; what cannot work stops the start. */
@Factory
@Requires(property = "narrows.consent-url")
class ConsentFactory {
    private static final Logger LOG = LoggerFactory.getLogger(ConsentFactory.class);

    @Context
    ConsentUrl url(ProjectorConfiguration configuration) {
        String url = configuration.consentUrl().orElseThrow();
        try {
            return new ConsentUrl(url);
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(
                    "NARROWS_CONSENT_URL `" + url + "` " + e.getMessage(), e);
        }
    }

    @Context
    SignInClients clients(ProjectorConfiguration configuration) {
        if (configuration.consentSignIn().isEmpty()) {
            LOG.info(
                    "NARROWS_CONSENT_SIGN_IN is not set: there is a consent page, but nobody can"
                            + " sign in to it");
        }
        return configuration
                .consentSignIn()
                .map(SignInClients::read)
                .orElseGet(SignInClients::none);
    }

    @Context
    @Bean(preDestroy = "close")
    IssuerHttp http(ProjectorConfiguration configuration) {
        return new IssuerHttp(
                configuration.jwksCa().map(TrustedRoots::with).orElse(null),
                configuration.allowLoopbackJwks());
    }

    @Singleton
    SignIns signIns(ConsentUrl url, IssuerHttp http) {
        return new SignIns(url, http);
    }

    /** All control planes of a log publish with one key, so that is what they share. */
    @Context
    Cookies cookies(ProjectorConfiguration configuration, ConsentUrl url) {
        Path file =
                configuration
                        .eventKey()
                        .orElseThrow(
                                () ->
                                        new IllegalStateException(
                                                "NARROWS_CONSENT_URL needs NARROWS_EVENT_KEY: consents"
                                                        + " are published"));
        return new Cookies(new Seals(secret(file)), url);
    }

    private static byte[] secret(Path eventKey) {
        try {
            return switch (JWK.parse(Files.readString(eventKey))) {
                case ECKey key when key.getD() != null -> key.getD().decode();
                case OctetKeyPair key when key.getD() != null -> key.getD().decode();
                default -> throw new IllegalStateException("the event key is not private");
            };
        } catch (IOException | ParseException e) {
            throw new IllegalStateException("cannot read the event key `" + eventKey + "`", e);
        }
    }

    @Singleton
    Pages pages(ConsentUrl url, @Nullable MeterRegistry metrics) {
        return new Pages(url, metrics);
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What the control plane is configured with.
 *
 * @param rootThumbprint RFC 7638 thumbprint of the root key; a log that another key opened is not
 *     followed
 * @param issuer when given, what the log must have been opened with
 * @param eventKey file with the private JWK that signs what is published here; without it nothing
 *     is published
 * @param signingKeys file with the JWK Set that token-exchange signs with, or its public parts;
 *     without it no token that Narrows issued is accepted
 * @param adminUrl where admins reach this service, as DPoP proofs name it; without it none is good
 * @param consentUrl where users find the consent page; without it there is none
 * @param consentSignIn file that says as whom that page is registered at which issuers
 * @param allowLoopbackJwks whether issuers may be asked over plain http on this machine
 * @param jwksCa PEM file with further roots for asking issuers
 * @param logId when given, the only log that is followed
 * @param maxStaleness a projection older than this is not ready
 * @param topicCheckInterval how often the topics' settings are asserted again
 * @param decisionRetention how long landed decisions are kept
 */
@ConfigurationProperties("narrows")
public record ProjectorConfiguration(
        String rootThumbprint,
        Optional<String> issuer,
        Optional<Path> eventKey,
        Optional<Path> signingKeys,
        Optional<String> adminUrl,
        Optional<String> consentUrl,
        Optional<Path> consentSignIn,
        @Bindable(defaultValue = "false") boolean allowLoopbackJwks,
        Optional<Path> jwksCa,
        Optional<String> logId,
        @Bindable(defaultValue = "narrows.log") String logTopic,
        @Bindable(defaultValue = "narrows.decisions") String decisionsTopic,
        @Bindable(defaultValue = "PT5S") Duration maxStaleness,
        @Bindable(defaultValue = "PT30S") Duration topicCheckInterval,
        @Bindable(defaultValue = "P90D") Duration decisionRetention) {}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.narrows.events.wire.Topics;

/**
 * How this node is configured.
 *
 * @param issuer what Narrows issues as; must be the one the log was opened for
 * @param signingKeys file with a private JWK Set
 * @param eventKey file with the private JWK that this node signs revocations with
 * @param logTopic the log
 * @param maxStaleness how old the policy behind an answer may be
 * @param decisionsTopic where decisions are recorded
 * @param rootThumbprint the root key that the log must have been opened by, when pinned here too
 * @param logId the log that this node must be on, when named
 * @param allowLoopbackJwks whether key sets may come over plain http from this machine
 * @param jwksCa PEM file with further roots for fetching key sets
 * @param dpopNonce `required` where a DPoP proof must hold a nonce that a node gave (RFC 9449 §8),
 *     else `off`
 * @param maxInFlight requests under way at once at each endpoint; more are answered 503
 * @param cachedUsers users whose consents and memberships are kept in memory
 */
@ConfigurationProperties("narrows")
public record ExchangeSettings(
        String issuer,
        String signingKeys,
        String eventKey,
        @Bindable(defaultValue = Topics.LOG) String logTopic,
        @Bindable(defaultValue = "PT5S") Duration maxStaleness,
        @Bindable(defaultValue = Topics.DECISIONS) String decisionsTopic,
        @Nullable String rootThumbprint,
        @Nullable String logId,
        @Bindable(defaultValue = "false") boolean allowLoopbackJwks,
        @Nullable String jwksCa,
        @Bindable(defaultValue = "off") String dpopNonce,
        @Bindable(defaultValue = "512") int maxInFlight,
        @Bindable(defaultValue = "100000") int cachedUsers) {
    public ExchangeSettings {
        // As text: what cannot be converted would silently become the default, and nothing
        // required.
        if (!Set.of("off", "required").contains(dpopNonce)) {
            throw new IllegalArgumentException(
                    "NARROWS_DPOP_NONCE `" + dpopNonce + "` is neither `required` nor `off`");
        }
    }

    public boolean isDpopNonceRequired() {
        return dpopNonce.equals("required");
    }

    /** The URL of an endpoint, from the outside. */
    public String endpoint(String path) {
        return (issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer) + path;
    }

    /** The `token_endpoint` of the metadata. */
    public String tokenEndpoint() {
        return endpoint("/token-exchange");
    }
}

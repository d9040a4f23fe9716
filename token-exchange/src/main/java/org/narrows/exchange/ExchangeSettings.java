// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.narrows.events.wire.ConsentUrl;
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
 * @param tlsPort where the service ends TLS itself; nowhere when absent
 * @param tlsCertificate PEM file with the certificate of that port, and what leads to its root
 * @param tlsKey PEM file with its private key
 * @param tlsClientCa PEM file with the roots that certificates of `tls_client_auth` lead to
 * @param trustedProxies addresses and networks whose `Client-Cert` header is believed (RFC 9440)
 * @param consentUrl where users find the consent page; nowhere when absent
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
        @Nullable String tlsPort,
        @Nullable String tlsCertificate,
        @Nullable String tlsKey,
        @Nullable String tlsClientCa,
        @Bindable(defaultValue = "") String trustedProxies,
        @Nullable String consentUrl,
        @Bindable(defaultValue = "512") int maxInFlight,
        @Bindable(defaultValue = "100000") int cachedUsers) {
    /** The path of the token endpoint. */
    public static final String TOKEN_PATH = "/token-exchange";

    private static final int HTTPS = 443;
    private static final int MAX_PORT = 65_535;

    public ExchangeSettings {
        // As text: what cannot be converted would silently become the default, and nothing
        // required.
        if (!Set.of("off", "required").contains(dpopNonce)) {
            throw new IllegalArgumentException(
                    "NARROWS_DPOP_NONCE `" + dpopNonce + "` is neither `required` nor `off`");
        }
        try {
            Optional.ofNullable(consentUrl).ifPresent(ConsentUrl::new);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "NARROWS_CONSENT_URL `" + consentUrl + "` " + e.getMessage(), e);
        }
    }

    /** The second port, and what it shows to clients. */
    public record Tls(int port, Path certificate, Path key) {}

    /**
     * Where the service ends TLS itself.
     *
     * @throws IllegalArgumentException when the settings for that are not whole
     */
    public Optional<Tls> tls() {
        if (tlsPort == null) {
            return Optional.empty();
        }
        if (tlsCertificate == null || tlsKey == null) {
            throw new IllegalArgumentException(
                    "NARROWS_TLS_PORT needs NARROWS_TLS_CERTIFICATE and NARROWS_TLS_KEY");
        }
        if (!tlsPort.matches("[1-9][0-9]{0,4}") || Integer.parseInt(tlsPort) > MAX_PORT) {
            throw new IllegalArgumentException("NARROWS_TLS_PORT `" + tlsPort + "` is no port");
        }
        return Optional.of(
                new Tls(Integer.parseInt(tlsPort), Path.of(tlsCertificate), Path.of(tlsKey)));
    }

    /** Whether clients may come with a certificate, by themselves or through a proxy. */
    public boolean seesCertificates() {
        return tlsPort != null || !trustedProxies.isBlank();
    }

    /**
     * The URL of an endpoint on the port where the service ends TLS itself: there is nothing in
     * front of it that could take a path away.
     */
    public Optional<String> tlsEndpoint(String path) {
        return tls().map(
                        tls ->
                                "https://"
                                        + URI.create(issuer).getHost()
                                        + (tls.port() == HTTPS ? "" : ":" + tls.port())
                                        + path);
    }

    public boolean isDpopNonceRequired() {
        return dpopNonce.equals("required");
    }

    /** The page where the user can give the consent that this decision lacked, if there is one. */
    public Optional<String> consentUri(String decisionId) {
        return Optional.ofNullable(consentUrl).map(url -> new ConsentUrl(url).page(decisionId));
    }

    /** The URL of an endpoint, from the outside. */
    public String endpoint(String path) {
        return (issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer) + path;
    }

    /** The `token_endpoint` of the metadata. */
    public String tokenEndpoint() {
        return endpoint(TOKEN_PATH);
    }

    /** Every URL that clients know the token endpoint by. */
    public List<String> tokenEndpoints() {
        return Stream.concat(Stream.of(tokenEndpoint()), tlsEndpoint(TOKEN_PATH).stream()).toList();
    }
}

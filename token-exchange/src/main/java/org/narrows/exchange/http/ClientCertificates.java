// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.http;

import io.micronaut.context.annotation.Context;
import io.micronaut.http.HttpRequest;
import java.io.ByteArrayInputStream;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.narrows.exchange.ExchangeSettings;
import org.narrows.exchange.oauth.Refusal;
import org.narrows.exchange.oauth.Result;

/**
 * The certificate of whoever sent a request: the one of the TLS connection, or from a trusted proxy
 * the one that it says it saw (RFC 9440), and never both.
 */
@Context // A setting that cannot be read is no start.
final class ClientCertificates {
    static final String HEADER = "Client-Cert";
    static final String CHAIN_HEADER = "Client-Cert-Chain";

    /** No chain of anybody is longer. */
    private static final int MAX_CHAIN = 10;

    private final TrustedProxies proxies;

    ClientCertificates(ExchangeSettings settings) {
        this.proxies = TrustedProxies.of(settings.trustedProxies());
    }

    /**
     * The certificates that came with a request, the client's own first; empty when there are none.
     * What is not a trusted proxy may write into its headers what it likes: they are not read.
     *
     * @return the chain, or `invalid_request` when a trusted proxy's header cannot be read
     */
    Result<List<X509Certificate>> of(HttpRequest<?> request) {
        return proxies.include(request.getRemoteAddress())
                ? forwarded(
                        request.getHeaders().getAll(HEADER),
                        request.getHeaders().getAll(CHAIN_HEADER))
                : Result.ok(
                        request.getSslSession().map(ClientCertificates::peer).orElse(List.of()));
    }

    private static List<X509Certificate> peer(SSLSession session) {
        try {
            List<X509Certificate> chain = new ArrayList<>();
            for (Certificate certificate : session.getPeerCertificates()) {
                if (certificate instanceof X509Certificate x509) {
                    chain.add(x509);
                }
            }
            return chain;
        } catch (SSLPeerUnverifiedException e) {
            return List.of(); // it was asked for one and has none
        }
    }

    private static Result<List<X509Certificate>> forwarded(
            List<String> certificate, List<String> chain) {
        if (certificate.isEmpty()) {
            return chain.isEmpty() ? Result.ok(List.of()) : unreadable(CHAIN_HEADER);
        }
        Optional<X509Certificate> own =
                certificate.size() == 1
                        ? certificate(certificate.getFirst().strip())
                        : Optional.empty();
        if (own.isEmpty()) {
            return unreadable(HEADER);
        }
        List<X509Certificate> certificates = new ArrayList<>(List.of(own.get()));
        if (!chain.isEmpty()) {
            // A list may be spread over several headers (RFC 9651 §3.1).
            for (String item : String.join(",", chain).split(",", MAX_CHAIN)) {
                Optional<X509Certificate> link = certificate(item.strip());
                if (link.isEmpty()) {
                    return unreadable(CHAIN_HEADER);
                }
                certificates.add(link.get());
            }
        }
        return Result.ok(certificates);
    }

    private static Result<List<X509Certificate>> unreadable(String header) {
        return Result.err(
                Refusal.parameter("the header `" + header + "` of the proxy cannot be read"));
    }

    /** A byte sequence (RFC 9651 §3.3.5) that is one certificate in DER, and nothing behind it. */
    private static Optional<X509Certificate> certificate(String item) {
        if (item.length() < 2 || !item.startsWith(":") || !item.endsWith(":")) {
            return Optional.empty();
        }
        try {
            byte[] der = Base64.getDecoder().decode(item.substring(1, item.length() - 1));
            Certificate read =
                    CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(der));
            return read instanceof X509Certificate x509 && Arrays.equals(x509.getEncoded(), der)
                    ? Optional.of(x509)
                    : Optional.empty();
        } catch (IllegalArgumentException | CertificateException e) {
            return Optional.empty();
        }
    }
}

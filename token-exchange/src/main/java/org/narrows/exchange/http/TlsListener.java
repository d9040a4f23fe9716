// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.http;

import io.micronaut.context.annotation.Requires;
import io.micronaut.context.event.BeanCreatedEvent;
import io.micronaut.context.event.BeanCreatedEventListener;
import io.micronaut.http.server.HttpServerConfiguration;
import io.micronaut.http.server.netty.configuration.NettyHttpServerConfiguration;
import io.micronaut.http.server.netty.configuration.NettyHttpServerConfiguration.NettyListenerConfiguration;
import io.micronaut.http.server.netty.ssl.ServerSslBuilder;
import io.micronaut.http.ssl.ServerSslConfiguration;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import jakarta.inject.Singleton;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedTrustManager;
import org.narrows.exchange.ExchangeSettings;
import org.narrows.exchange.ExchangeSettings.Tls;

/**
 * The second port, where the service ends TLS itself (RFC 8705): it asks every client for a
 * certificate, needs none, and lets in any, since whom one stands for is the policy's affair. That
 * the client holds its key, the handshake has proven.
 */
@Singleton
@Requires(property = "narrows.tls-port")
final class TlsListener
        implements ServerSslBuilder, BeanCreatedEventListener<NettyHttpServerConfiguration> {
    private final int port;
    private final SslContext context;
    private final ServerSslConfiguration configuration;

    TlsListener(ExchangeSettings settings, ServerSslConfiguration configuration) {
        Tls tls = settings.tls().orElseThrow();
        this.port = tls.port();
        // Here, since the server would keep to itself why it does not start.
        this.context = context(tls);
        this.configuration = configuration;
        // A connection stays whose it was at the first handshake. Read once by the JDK.
        System.setProperty("jdk.tls.rejectClientInitiatedRenegotiation", "true");
    }

    /** The plain port first: it is the one that the server calls its own. */
    @Override
    public NettyHttpServerConfiguration onCreated(
            BeanCreatedEvent<NettyHttpServerConfiguration> event) {
        NettyHttpServerConfiguration server = event.getBean();
        String host = server.getHost().orElse(null);
        server.setListeners(
                List.of(
                        NettyListenerConfiguration.createTcp(
                                host,
                                server.getPort().orElse(HttpServerConfiguration.DEFAULT_PORT),
                                false,
                                null,
                                null),
                        NettyListenerConfiguration.createTcp(host, port, true, null, null)));
        return server;
    }

    @Override
    public ServerSslConfiguration getSslConfiguration() {
        return configuration;
    }

    @Override
    public Optional<SslContext> build() {
        return Optional.of(context);
    }

    private static SslContext context(Tls tls) {
        try {
            return SslContextBuilder.forServer(tls.certificate().toFile(), tls.key().toFile())
                    .sslProvider(SslProvider.JDK)
                    .protocols("TLSv1.3", "TLSv1.2")
                    .clientAuth(ClientAuth.OPTIONAL)
                    .trustManager(new AnyCertificate())
                    .build();
        } catch (SSLException | IllegalArgumentException e) {
            throw new IllegalStateException(
                    "NARROWS_TLS_CERTIFICATE `"
                            + tls.certificate()
                            + "` and NARROWS_TLS_KEY `"
                            + tls.key()
                            + "` are no certificate and its private key (PKCS #8) in PEM",
                    e);
        }
    }

    /**
     * Lets any certificate through, and names no authority, so that clients show what they have.
     */
    private static final class AnyCertificate extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkClientTrusted(
                X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {
            throw new UnsupportedOperationException("no server is called from here");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {
            throw new UnsupportedOperationException("no server is called from here");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {
            throw new UnsupportedOperationException("no server is called from here");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}

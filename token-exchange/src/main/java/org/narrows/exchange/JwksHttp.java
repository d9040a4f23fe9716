// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP client that key sets are fetched with: no redirects, the JDK's roots and those that are
 * configured.
 */
final class JwksHttp {
    private JwksHttp() {}

    /**
     * A client.
     *
     * @param ca PEM file with further roots; null for none
     * @throws IllegalStateException when the file cannot be used
     */
    static HttpClient client(@Nullable Path ca) {
        HttpClient.Builder builder =
                HttpClient.newBuilder()
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .connectTimeout(Duration.ofSeconds(5))
                        .executor(Executors.newVirtualThreadPerTaskExecutor());
        if (ca != null) {
            try {
                builder.sslContext(trusting(ca));
            } catch (IOException | GeneralSecurityException e) {
                throw new IllegalStateException(
                        "the roots for key sets `" + ca + "` cannot be used", e);
            }
        }
        return builder.build();
    }

    private static SSLContext trusting(Path ca) throws IOException, GeneralSecurityException {
        KeyStore roots = KeyStore.getInstance(KeyStore.getDefaultType());
        roots.load(null, null);
        int count = 0;
        for (X509Certificate root : defaultRoots()) {
            roots.setCertificateEntry("root-" + count++, root);
        }
        try (InputStream pem = Files.newInputStream(ca)) {
            for (Certificate root :
                    CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                roots.setCertificateEntry("root-" + count++, root);
            }
        }
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers(roots), null);
        return context;
    }

    private static X509Certificate[] defaultRoots() throws GeneralSecurityException {
        for (TrustManager manager : managers(null)) {
            if (manager instanceof X509TrustManager x509) {
                return x509.getAcceptedIssuers();
            }
        }
        return new X509Certificate[0];
    }

    private static TrustManager[] managers(@Nullable KeyStore roots)
            throws GeneralSecurityException {
        TrustManagerFactory factory =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(roots);
        return factory.getTrustManagers();
    }
}

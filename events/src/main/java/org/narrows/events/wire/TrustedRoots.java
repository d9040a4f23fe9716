// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Whom TLS trusts when issuers are asked: the JDK's roots and those that are configured. */
public final class TrustedRoots {
    private TrustedRoots() {}

    /**
     * The JDK's roots and some more.
     *
     * @param ca PEM file
     * @throws IllegalStateException when the file cannot be used
     */
    public static SSLContext with(Path ca) {
        try {
            return trusting(ca);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(
                    "the roots for key sets `" + ca + "` cannot be used", e);
        }
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

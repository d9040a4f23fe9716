// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.client;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * Who may say what a client's certificate says (RFC 8705 §2.1): the roots that were configured, and
 * nobody by default.
 */
public final class ClientCertificateAuthorities {
    /** Where none is configured. */
    public static final ClientCertificateAuthorities NONE =
            new ClientCertificateAuthorities(Set.of());

    private final Set<TrustAnchor> roots;

    private ClientCertificateAuthorities(Set<TrustAnchor> roots) {
        this.roots = roots;
    }

    /**
     * The certificates of a PEM file.
     *
     * @throws IllegalStateException when it cannot be read, or holds none
     */
    public static ClientCertificateAuthorities in(Path pem) {
        Set<TrustAnchor> roots = new HashSet<>();
        try (InputStream in = Files.newInputStream(pem)) {
            for (Certificate root :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                roots.add(new TrustAnchor((X509Certificate) root, null));
            }
        } catch (IOException | CertificateException e) {
            throw new IllegalStateException(
                    "NARROWS_TLS_CLIENT_CA: `" + pem + "` cannot be read", e);
        }
        if (roots.isEmpty()) {
            throw new IllegalStateException(
                    "NARROWS_TLS_CLIENT_CA: `" + pem + "` holds no certificate");
        }
        return new ClientCertificateAuthorities(roots);
    }

    /** Whether there is any. */
    public boolean isEmpty() {
        return roots.isEmpty();
    }

    /**
     * Whether a path leads from the first certificate to one of the roots, each in its time and
     * allowed to do what it does there, and the first one to authenticate a client.
     *
     * @param chain the client's own certificate first
     */
    boolean vouchFor(List<X509Certificate> chain, Instant now) {
        if (roots.isEmpty() || chain.isEmpty()) {
            return false;
        }
        try {
            PKIXBuilderParameters parameters =
                    new PKIXBuilderParameters(roots, new X509CertSelector());
            parameters.setRevocationEnabled(false);
            parameters.setDate(Date.from(now));
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(new CertPathTrustManagerParameters(parameters));
            String keyType = chain.getFirst().getPublicKey().getAlgorithm();
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509TrustManager judge) {
                    judge.checkClientTrusted(chain.toArray(X509Certificate[]::new), keyType);
                    return true;
                }
            }
            return false;
        } catch (CertificateException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}

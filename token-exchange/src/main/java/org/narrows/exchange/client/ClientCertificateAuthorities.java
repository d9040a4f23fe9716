// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.client;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Who may say what a client's certificate says (RFC 8705 §2.1): the roots that were configured, and
 * nobody by default.
 */
public final class ClientCertificateAuthorities {
    /** Where none is configured. */
    public static final ClientCertificateAuthorities NONE =
            new ClientCertificateAuthorities(Set.of());

    private static final int DIGITAL_SIGNATURE = 0;
    private static final String CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2";
    private static final String ANY_PURPOSE = "2.5.29.37.0";

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
        List<X509Certificate> path = path(chain);
        try {
            PKIXParameters parameters = new PKIXParameters(roots);
            parameters.setRevocationEnabled(false);
            parameters.setDate(Date.from(now));
            if (!path.isEmpty()) {
                CertPathValidator.getInstance("PKIX")
                        .validate(
                                CertificateFactory.getInstance("X.509").generateCertPath(path),
                                parameters);
            }
            return mayAuthenticateClients(chain.getFirst());
        } catch (CertPathValidatorException | CertificateException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * The one path that is looked at: the chain as it was sent, up to the first certificate that
     * names a root as its issuer, or is one. No other order is tried, since a stranger chooses the
     * certificates, and the ways to put them together grow with the factorial of their number.
     */
    private List<X509Certificate> path(List<X509Certificate> chain) {
        List<X509Certificate> path = new ArrayList<>();
        for (X509Certificate certificate : chain) {
            if (roots.stream().anyMatch(root -> certificate.equals(root.getTrustedCert()))) {
                break;
            }
            path.add(certificate);
            if (roots.stream()
                    .anyMatch(
                            root ->
                                    root.getTrustedCert()
                                            .getSubjectX500Principal()
                                            .equals(certificate.getIssuerX500Principal()))) {
                break;
            }
        }
        return path;
    }

    /** What it says of its own use (RFC 5280 §4.2.1.3, §4.2.1.12), where it says anything. */
    private static boolean mayAuthenticateClients(X509Certificate certificate)
            throws CertificateParsingException {
        boolean[] usage = certificate.getKeyUsage();
        List<String> purposes = certificate.getExtendedKeyUsage();
        return (usage == null || usage[DIGITAL_SIGNATURE])
                && (purposes == null
                        || purposes.contains(CLIENT_AUTHENTICATION)
                        || purposes.contains(ANY_PURPOSE));
    }
}

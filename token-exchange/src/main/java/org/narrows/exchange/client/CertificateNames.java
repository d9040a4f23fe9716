// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.client;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.narrows.events.policy.ClientAuthentication.NameType;

/** The names in a certificate that a client may be registered by (RFC 8705 §2.1.2). */
final class CertificateNames {
    private static final int DNS_NAME = 2;
    private static final int URI = 6;

    private CertificateNames() {}

    /**
     * Whether the certificate has this name. Distinguished names are compared as names (RFC 4514,
     * X.520: neither case nor the way they are written matters), DNS names without case, URIs to
     * the letter; a wildcard is no more than what it says.
     */
    static boolean has(X509Certificate certificate, NameType type, String name) {
        return switch (type) {
            case SUBJECT_DN -> isSubject(certificate, name);
            case SAN_DNS ->
                    alternatives(certificate, DNS_NAME).stream().anyMatch(name::equalsIgnoreCase);
            case SAN_URI -> alternatives(certificate, URI).contains(name);
        };
    }

    private static boolean isSubject(X509Certificate certificate, String name) {
        try {
            X500Principal wanted = new X500Principal(name);
            return !wanted.getName().isEmpty()
                    && wanted.equals(certificate.getSubjectX500Principal());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Each alternative name is a list of its type, a number, and what it says. */
    private static List<String> alternatives(X509Certificate certificate, int type) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            return names == null
                    ? List.of()
                    : names.stream()
                            .filter(name -> Integer.valueOf(type).equals(name.getFirst()))
                            .map(name -> name.get(1))
                            .filter(String.class::isInstance)
                            .map(String.class::cast)
                            .toList();
        } catch (CertificateParsingException e) {
            return List.of();
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Certificates of tests: of an authority, or of nobody but themselves. */
final class TestCertificates {
    static final KeyPurposeId CLIENT = KeyPurposeId.id_kp_clientAuth;
    static final KeyPurposeId SERVER = KeyPurposeId.id_kp_serverAuth;

    private TestCertificates() {}

    /** What one is: a key, and certificates that say whose it is. */
    record Identity(PrivateKey key, List<X509Certificate> chain) {
        X509Certificate certificate() {
            return chain.getFirst();
        }

        String base64() {
            try {
                return Base64.getEncoder().encodeToString(certificate().getEncoded());
            } catch (CertificateEncodingException e) {
                throw new IllegalStateException(e);
            }
        }

        /** As RFC 9440 writes it. */
        String header() {
            return ":" + base64() + ":";
        }

        /** With other certificates behind its own. */
        Identity with(List<X509Certificate> more) {
            List<X509Certificate> longer = new ArrayList<>(List.of(certificate()));
            longer.addAll(more);
            return new Identity(key, longer);
        }

        Path certificateFile() {
            return file(chain.stream().map(TestCertificates::pem).reduce("", String::concat));
        }

        Path keyFile() {
            return file(pem("PRIVATE KEY", key.getEncoded()));
        }
    }

    /** What a certificate is to say. */
    record Wanted(
            String subject,
            List<GeneralName> names,
            Instant from,
            Instant until,
            Optional<KeyPurposeId> purpose,
            boolean authority) {
        static Wanted client(String subject, GeneralName... names) {
            Instant now = Instant.now();
            return new Wanted(
                    subject,
                    List.of(names),
                    now.minus(Duration.ofHours(1)),
                    now.plus(Duration.ofDays(1)),
                    Optional.of(CLIENT),
                    false);
        }

        Wanted between(Instant from, Instant until) {
            return new Wanted(subject, names, from, until, purpose, authority);
        }

        Wanted purpose(KeyPurposeId other) {
            return new Wanted(subject, names, from, until, Optional.of(other), authority);
        }

        Wanted asAuthority() {
            return new Wanted(subject, names, from, until, Optional.empty(), true);
        }
    }

    static GeneralName dns(String name) {
        return new GeneralName(GeneralName.dNSName, name);
    }

    static GeneralName uri(String name) {
        return new GeneralName(GeneralName.uniformResourceIdentifier, name);
    }

    static GeneralName ip(String address) {
        return new GeneralName(GeneralName.iPAddress, address);
    }

    static Identity authority(String name) {
        return selfSigned(Wanted.client("CN=" + name).asAuthority());
    }

    static Identity selfSigned(Wanted wanted) {
        return selfSigned(newKey(), wanted);
    }

    static Identity selfSigned(KeyPair pair, Wanted wanted) {
        X509Certificate certificate = sign(wanted, pair, name(wanted.subject()), pair.getPrivate());
        return new Identity(pair.getPrivate(), List.of(certificate));
    }

    /** Signed by an authority; its own certificate stays out of the chain. */
    static Identity signedBy(Identity authority, Wanted wanted) {
        KeyPair pair = newKey();
        X500Name issuer =
                X500Name.getInstance(
                        authority.certificate().getSubjectX500Principal().getEncoded());
        return new Identity(
                pair.getPrivate(), List.of(sign(wanted, pair, issuer, authority.key())));
    }

    static KeyPair newKey() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As RFC 4514 writes it, the last part first. */
    private static X500Name name(String text) {
        return X500Name.getInstance(new X500Principal(text).getEncoded());
    }

    private static X509Certificate sign(
            Wanted wanted, KeyPair pair, X500Name issuer, PrivateKey signer) {
        try {
            X509v3CertificateBuilder builder =
                    new JcaX509v3CertificateBuilder(
                            issuer,
                            BigInteger.valueOf(System.nanoTime()),
                            Date.from(wanted.from()),
                            Date.from(wanted.until()),
                            name(wanted.subject()),
                            pair.getPublic());
            builder.addExtension(
                    Extension.basicConstraints, true, new BasicConstraints(wanted.authority()));
            if (!wanted.names().isEmpty()) {
                builder.addExtension(
                        Extension.subjectAlternativeName,
                        false,
                        new GeneralNames(wanted.names().toArray(GeneralName[]::new)));
            }
            if (wanted.purpose().isPresent()) {
                builder.addExtension(
                        Extension.extendedKeyUsage,
                        false,
                        new ExtendedKeyUsage(wanted.purpose().get()));
            }
            return new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(
                                    new JcaContentSignerBuilder("SHA256withECDSA").build(signer)));
        } catch (CertIOException | OperatorCreationException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A client that trusts the server's certificate, and shows its own, if it is anybody. */
    static HttpClient http(X509Certificate server, Optional<Identity> client) {
        return HttpClient.newBuilder().sslContext(context(server, client)).build();
    }

    static SSLContext context(X509Certificate server, Optional<Identity> client) {
        try {
            KeyStore trusted = emptyStore();
            trusted.setCertificateEntry("server", server);
            TrustManagerFactory trust =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            KeyManager[] keys = null;
            if (client.isPresent()) {
                KeyStore own = emptyStore();
                own.setKeyEntry(
                        "client",
                        client.get().key(),
                        new char[0],
                        client.get().chain().toArray(X509Certificate[]::new));
                KeyManagerFactory factory = KeyManagerFactory.getInstance("SunX509");
                factory.init(own, new char[0]);
                keys = factory.getKeyManagers();
            }
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyStore emptyStore() throws GeneralSecurityException {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            return store;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String pem(X509Certificate certificate) {
        try {
            return pem("CERTIFICATE", certificate.getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String pem(String what, byte[] der) {
        return "-----BEGIN "
                + what
                + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
                + "\n-----END "
                + what
                + "-----\n";
    }

    private static Path file(String text) {
        try {
            Path file = Files.createTempFile("test", ".pem");
            Files.writeString(file, text);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

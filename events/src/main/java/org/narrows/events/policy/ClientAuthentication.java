// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.policy;

import java.time.Duration;
import java.util.SortedSet;
import org.narrows.events.value.IssuerUrl;

/** How a client proves who it is (RFC 6749 §2.3, RFC 7523, RFC 8705); one way for each client. */
public sealed interface ClientAuthentication {
    /**
     * `client_secret_basic` or `client_secret_post`; each hash is `sha256:` and base64url of the
     * secret's SHA-256.
     */
    record ClientSecret(SortedSet<String> secretHashes) implements ClientAuthentication {
        public ClientSecret {
            secretHashes = Sets.copy(secretHashes);
            if (secretHashes.isEmpty()) {
                throw new IllegalArgumentException("a client secret needs at least one hash");
            }
        }
    }

    /** A client assertion (RFC 7523 §2.2) signed with a key of the client's own. */
    record PrivateKeyJwt(KeySource keys, AssertionAudience assertionAudience)
            implements ClientAuthentication {}

    /** A certificate from a trusted CA, known by one name in it (RFC 8705 §2.1). */
    record TlsClientAuth(NameType nameType, String name) implements ClientAuthentication {}

    /** A certificate that stands itself in the client's key set (RFC 8705 §2.2). */
    record SelfSignedTlsClientAuth(KeySource keys) implements ClientAuthentication {}

    /** The workload's own token from a trusted issuer, used as client assertion. */
    record FederatedJwt(IssuerUrl issuer, String subject, Duration maxAge)
            implements ClientAuthentication {
        public static final Duration DEFAULT_MAX_AGE = Duration.ofHours(1);
    }

    /** What the `aud` of a client assertion must be. */
    enum AssertionAudience {
        ISSUER,
        ENDPOINT;

        public String text() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** Which name of the certificate counts (RFC 8705 §2.1.2). */
    enum NameType {
        SUBJECT_DN("subjectDn"),
        SAN_DNS("sanDns"),
        SAN_URI("sanUri");

        private final String member;

        NameType(String member) {
            this.member = member;
        }

        /** The member that holds it in policy files. */
        public String member() {
            return member;
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.client;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.narrows.events.decision.CompiledPolicy;
import org.narrows.events.policy.Algorithm;
import org.narrows.events.policy.ClientAuthentication.AssertionAudience;
import org.narrows.events.policy.ClientAuthentication.ClientSecret;
import org.narrows.events.policy.ClientAuthentication.FederatedJwt;
import org.narrows.events.policy.ClientAuthentication.NameType;
import org.narrows.events.policy.ClientAuthentication.PrivateKeyJwt;
import org.narrows.events.policy.ClientAuthentication.SelfSignedTlsClientAuth;
import org.narrows.events.policy.ClientAuthentication.TlsClientAuth;
import org.narrows.events.policy.KeySource;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.state.Row.ClientRow;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.Hash;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.User;
import org.narrows.events.wire.BadTokenException;
import org.narrows.events.wire.StrictJwt;
import org.narrows.events.wire.TokenClaims;
import org.narrows.exchange.client.AuthenticatedClient.ProofId;
import org.narrows.exchange.client.ClientCredentials.Assertion;
import org.narrows.exchange.client.ClientCredentials.Certificate;
import org.narrows.exchange.client.ClientCredentials.None;
import org.narrows.exchange.client.ClientCredentials.Secret;
import org.narrows.exchange.oauth.OAuthError.Code;
import org.narrows.exchange.oauth.Refusal;
import org.narrows.exchange.oauth.Result;
import org.narrows.exchange.outage.Deadline;
import org.narrows.exchange.token.IssuerKeys;

/**
 * Finds out who is calling (RFC 6749 §2.3, RFC 7523 §3, RFC 8705 §2, and a workload's own token).
 * Whatever is wrong, the answer is the same: a stranger cannot learn whether a client exists.
 */
public final class ClientAuthenticator {
    /** How far ahead an assertion may expire. */
    static final Duration MAX_ASSERTION_LIFETIME = Duration.ofMinutes(5);

    private static final Duration SKEW = Duration.ofSeconds(60);
    private static final Set<String> ASSERTION_TYPES =
            Set.of("none", "jwt", "client-authentication+jwt");

    /** What a secret is compared with where there is no client, so that this takes as long. */
    private static final SortedSet<String> NOBODYS_HASHES =
            new TreeSet<>(Set.of("sha256:" + Hash.sha256(new byte[] {0})));

    private static final Refusal FAILED =
            Refusal.of(Code.INVALID_CLIENT, "invalid_client", "client authentication failed");

    private final String ownIssuer;
    private final String tokenEndpoint;
    private final IssuerKeys keys;
    private final ClientCertificateAuthorities authorities;
    private final ProofGuard guard;

    public ClientAuthenticator(
            String ownIssuer,
            String tokenEndpoint,
            IssuerKeys keys,
            ClientCertificateAuthorities authorities,
            ProofGuard guard) {
        this.ownIssuer = ownIssuer;
        this.tokenEndpoint = tokenEndpoint;
        this.keys = keys;
        this.authorities = authorities;
        this.guard = guard;
    }

    /**
     * Checks the credentials by this policy. What may be used once is not used up yet: see {@link
     * #useUp}.
     *
     * @return the client, or `invalid_client`
     * @throws org.narrows.exchange.outage.OutageException when the client's keys cannot be had
     */
    public Result<AuthenticatedClient> prove(
            ClientCredentials credentials, CompiledPolicy policy, Instant now, Deadline deadline) {
        return switch (credentials) {
            case Secret secret -> bySecret(secret, policy);
            case Assertion assertion -> byAssertion(assertion, policy, now, deadline);
            case Certificate certificate -> byCertificate(certificate, policy, now, deadline);
            case None() -> Result.err(FAILED);
        };
    }

    /** Uses up what may be used once; `invalid_client` when it was used before. */
    public Result<AuthenticatedClient> useUp(AuthenticatedClient client) {
        boolean first =
                client.once()
                        .map(
                                proof ->
                                        guard.use(
                                                client.id().value(),
                                                proof.jti(),
                                                proof.expiresAt()))
                        .orElse(true);
        return first ? Result.ok(client) : Result.err(FAILED);
    }

    private static Result<AuthenticatedClient> bySecret(Secret presented, CompiledPolicy policy) {
        ClientRow row = find(policy, presented.clientId());
        boolean registered = row != null && row.entry().authentication() instanceof ClientSecret;
        SortedSet<String> hashes =
                row != null && row.entry().authentication() instanceof ClientSecret(var own)
                        ? own
                        : NOBODYS_HASHES;
        byte[] hash =
                ("sha256:" + Hash.sha256(presented.secret().getBytes(StandardCharsets.UTF_8)))
                        .getBytes(StandardCharsets.US_ASCII);
        boolean same = false;
        for (String candidate : hashes) {
            same |= MessageDigest.isEqual(hash, candidate.getBytes(StandardCharsets.US_ASCII));
        }
        return row != null && registered && same
                ? Result.ok(new AuthenticatedClient(row, presented.method(), Optional.empty()))
                : Result.err(FAILED);
    }

    /** RFC 8705 §2: the key is proven already; here, whose certificate it is. */
    private Result<AuthenticatedClient> byCertificate(
            Certificate presented, CompiledPolicy policy, Instant now, Deadline deadline) {
        ClientRow row = find(policy, presented.clientId());
        if (row == null) {
            return Result.err(FAILED);
        }
        X509Certificate own = presented.chain().getFirst();
        return switch (row.entry().authentication()) {
            case TlsClientAuth(NameType type, String name) ->
                    isInItsTime(own, now)
                                    && CertificateNames.has(own, type, name)
                                    && authorities.vouchFor(presented.chain(), now)
                            ? Result.ok(known(row, "tls_client_auth"))
                            : Result.err(FAILED);
            case SelfSignedTlsClientAuth(KeySource registered) ->
                    isInItsTime(own, now)
                                    && keys.of(registered, Optional.empty(), deadline).stream()
                                            .anyMatch(key -> key.isCertifiedBy(own))
                            ? Result.ok(known(row, "self_signed_tls_client_auth"))
                            : Result.err(FAILED);
            case ClientSecret _, PrivateKeyJwt _, FederatedJwt _ -> Result.err(FAILED);
        };
    }

    private static AuthenticatedClient known(ClientRow row, String method) {
        return new AuthenticatedClient(row, method, Optional.empty());
    }

    private static boolean isInItsTime(X509Certificate certificate, Instant now) {
        try {
            certificate.checkValidity(Date.from(now));
            return true;
        } catch (CertificateExpiredException | CertificateNotYetValidException e) {
            return false;
        }
    }

    private Result<AuthenticatedClient> byAssertion(
            Assertion presented, CompiledPolicy policy, Instant now, Deadline deadline) {
        try {
            StrictJwt jwt = StrictJwt.read(presented.jwt());
            String subject = jwt.requiredString("sub");
            ClientRow workload = workload(policy, jwt.requiredString("iss"), subject);
            if (workload != null) {
                return byWorkloadToken(presented, jwt, workload, policy, now, deadline);
            }
            boolean aboutItself =
                    subject.equals(jwt.requiredString("iss"))
                            && presented.clientId().map(subject::equals).orElse(true);
            ClientRow row = find(policy, subject);
            if (!aboutItself || row == null) {
                return Result.err(FAILED);
            }
            return switch (row.entry().authentication()) {
                case PrivateKeyJwt registered -> {
                    Instant expiresAt = check(jwt, registered.assertionAudience(), now);
                    if (!Algorithm.DEFAULT.contains(jwt.algorithm())) {
                        throw new BadTokenException(
                                "is signed with an algorithm that is not supported");
                    }
                    String jti = jwt.requiredString("jti");
                    keys.verify(jwt, registered.keys(), deadline);
                    yield Result.ok(
                            new AuthenticatedClient(
                                    row,
                                    "private_key_jwt",
                                    Optional.of(new ProofId(jti, expiresAt))));
                }
                case ClientSecret _, TlsClientAuth _, SelfSignedTlsClientAuth _, FederatedJwt _ ->
                        Result.err(FAILED);
            };
        } catch (BadTokenException e) {
            return Result.err(FAILED);
        }
    }

    /**
     * `federated_jwt`: what its issuer says of the workload, not what the client says of itself.
     */
    private Result<AuthenticatedClient> byWorkloadToken(
            Assertion presented,
            StrictJwt jwt,
            ClientRow row,
            CompiledPolicy policy,
            Instant now,
            Deadline deadline)
            throws BadTokenException {
        boolean meant = presented.clientId().map(row.entry().id().value()::equals).orElse(true);
        if (!meant || !(row.entry().authentication() instanceof FederatedJwt registered)) {
            return Result.err(FAILED);
        }
        TrustedIssuer issuer = policy.issuer(registered.issuer()).orElseThrow().entry();
        TokenClaims claims = new TokenClaims(jwt);
        claims.checkType(issuer.requireType());
        claims.checkAccessToken();
        claims.checkTimes(now);
        Instant issuedAt =
                jwt.instant("iat").orElseThrow(() -> new BadTokenException("has no `iat`"));
        if (Duration.between(issuedAt, now).compareTo(registered.maxAge()) > 0) {
            throw new BadTokenException("is too old");
        }
        if (!claims.audiences().contains(ownIssuer)) {
            throw new BadTokenException("is not meant for Narrows");
        }
        // Whoever presents a bound token must prove a key, and an assertion has no room for that.
        if (jwt.has("cnf")) {
            throw new BadTokenException("is bound to a key");
        }
        if (jwt.has("act")) {
            throw new BadTokenException("is held by another than the workload");
        }
        if (!issuer.algorithms().contains(jwt.algorithm())) {
            throw new BadTokenException(
                    "is signed with an algorithm that its issuer is not trusted for");
        }
        keys.verify(jwt, issuer.keys(), deadline);
        return Result.ok(known(row, "federated_jwt"));
    }

    private Instant check(StrictJwt jwt, AssertionAudience wanted, Instant now)
            throws BadTokenException {
        if (!ASSERTION_TYPES.contains(jwt.type().orElse("none"))) {
            throw new BadTokenException("has a `typ` that is not accepted here");
        }
        String audience =
                switch (wanted) {
                    case ISSUER -> ownIssuer;
                    case ENDPOINT -> tokenEndpoint;
                };
        if (!jwt.strings("aud").orElse(List.of()).equals(List.of(audience))) {
            throw new BadTokenException("is not meant for Narrows alone");
        }
        Instant expiresAt =
                jwt.instant("exp").orElseThrow(() -> new BadTokenException("has no `exp`"));
        boolean inTime =
                expiresAt.isAfter(now)
                        && !expiresAt.isAfter(now.plus(MAX_ASSERTION_LIFETIME))
                        && !jwt.instant("nbf").orElse(now).isAfter(now.plus(SKEW))
                        && !jwt.instant("iat").orElse(now).isAfter(now.plus(SKEW));
        if (!inTime) {
            throw new BadTokenException("is not in its time");
        }
        return expiresAt;
    }

    private static @Nullable ClientRow workload(
            CompiledPolicy policy, String issuer, String subject) {
        try {
            return policy.workload(new User(new IssuerUrl(issuer), subject)).orElse(null);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable ClientRow find(CompiledPolicy policy, String id) {
        try {
            return policy.client(new ClientId(id)).orElse(null);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.consent;

import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.crypto.DirectDecrypter;
import com.nimbusds.jose.crypto.DirectEncrypter;
import com.nimbusds.jwt.EncryptedJWT;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.openid.connect.sdk.Nonce;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.Optional;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;
import org.narrows.events.value.Alias;
import org.narrows.events.value.Hash;
import org.narrows.events.value.User;

/**
 * What a browser keeps of a visit: encrypted and authenticated (RFC 7516, {@code dir} with
 * A256GCM), so that it is of use to nobody but the control planes that share the secret, and none
 * of them has to remember it. The two kinds have keys of their own: neither opens as the other.
 */
final class Seals {
    /** How long a sign-in may take, and how long what was signed in to stays open. */
    static final Duration GOOD_FOR = Duration.ofMinutes(10);

    private static final JWEHeader HEADER =
            new JWEHeader(JWEAlgorithm.DIR, EncryptionMethod.A256GCM);

    /** Browsers keep no cookie that is larger. */
    private static final int MAX_LENGTH = 4_000;

    private static final int KEY_BYTES = 32;
    private static final int RANDOM_BYTES = 16;
    private static final int MAX_SHOWN = 100;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final SecretKey forSignIns;
    private final SecretKey forSessions;

    /**
     * Seals with keys that are derived (RFC 5869) from a secret.
     *
     * @param secret the same on all control planes of a log, and nobody else's
     */
    Seals(byte[] secret) {
        this.forSignIns = derived(secret, "narrows consent page: sign-in");
        this.forSessions = derived(secret, "narrows consent page: session");
    }

    private static SecretKey derived(byte[] secret, String purpose) {
        try {
            return KDF.getInstance("HKDF-SHA256")
                    .deriveKey(
                            "AES",
                            HKDFParameterSpec.ofExtract()
                                    .addIKM(secret)
                                    .thenExpand(
                                            purpose.getBytes(StandardCharsets.US_ASCII),
                                            KEY_BYTES));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * A sign-in under way: what the issuer's answer must fit.
     *
     * @param alias of the issuer that the user was sent to, as the policy names it
     */
    record SignIn(
            String decisionId, String alias, State state, Nonce nonce, CodeVerifier verifier) {
        static SignIn begin(String decisionId, Alias alias) {
            return new SignIn(
                    decisionId, alias.value(), new State(), new Nonce(), new CodeVerifier());
        }

        /** None of it is for logs. */
        @Override
        public String toString() {
            return "SignIn[" + decisionId + "]";
        }
    }

    /**
     * A user who has signed in for one decision.
     *
     * @param userHash who it is, for comparison only
     * @param shownAs what the issuer calls the user, for the user's own eyes
     * @param formToken what forms of this session must bring along
     */
    record Session(String decisionId, String userHash, String shownAs, String formToken) {
        static Session of(String decisionId, User user, String shownAs) {
            byte[] token = new byte[RANDOM_BYTES];
            RANDOM.nextBytes(token);
            return new Session(
                    decisionId,
                    hash(user),
                    shownAs.length() > MAX_SHOWN ? shownAs.substring(0, MAX_SHOWN) : shownAs,
                    Base64.getUrlEncoder().withoutPadding().encodeToString(token));
        }

        boolean isOf(Asked asked) {
            return decisionId.equals(asked.decisionId()) && userHash.equals(hash(asked.user()));
        }

        private static String hash(User user) {
            return Hash.sha256(user.key().getBytes(StandardCharsets.UTF_8)).toString();
        }

        /** None of it is for logs. */
        @Override
        public String toString() {
            return "Session[" + decisionId + "]";
        }
    }

    String seal(SignIn signIn, Instant now) {
        return seal(
                forSignIns,
                new JWTClaimsSet.Builder()
                        .claim("decision", signIn.decisionId())
                        .claim("alias", signIn.alias())
                        .claim("state", signIn.state().getValue())
                        .claim("nonce", signIn.nonce().getValue())
                        .claim("verifier", signIn.verifier().getValue()),
                now);
    }

    String seal(Session session, Instant now) {
        return seal(
                forSessions,
                new JWTClaimsSet.Builder()
                        .claim("decision", session.decisionId())
                        .claim("user", session.userHash())
                        .claim("shown_as", session.shownAs())
                        .claim("form", session.formToken()),
                now);
    }

    /** Empty when it was not sealed here, as a sign-in, less than ten minutes ago. */
    Optional<SignIn> signIn(String value, Instant now) {
        return open(forSignIns, value, now)
                .map(
                        claims ->
                                new SignIn(
                                        text(claims, "decision"),
                                        text(claims, "alias"),
                                        new State(text(claims, "state")),
                                        new Nonce(text(claims, "nonce")),
                                        new CodeVerifier(text(claims, "verifier"))));
    }

    /** Empty when it was not sealed here, as a session, less than ten minutes ago. */
    Optional<Session> session(String value, Instant now) {
        return open(forSessions, value, now)
                .map(
                        claims ->
                                new Session(
                                        text(claims, "decision"),
                                        text(claims, "user"),
                                        text(claims, "shown_as"),
                                        text(claims, "form")));
    }

    private static String seal(SecretKey key, JWTClaimsSet.Builder claims, Instant now) {
        EncryptedJWT jwt =
                new EncryptedJWT(
                        HEADER, claims.expirationTime(Date.from(now.plus(GOOD_FOR))).build());
        try {
            jwt.encrypt(new DirectEncrypter(key));
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
        return jwt.serialize();
    }

    private static Optional<JWTClaimsSet> open(SecretKey key, String value, Instant now) {
        // The library gets to read no header but our own.
        if (value.length() > MAX_LENGTH || !value.startsWith(HEADER.toBase64URL() + ".")) {
            return Optional.empty();
        }
        try {
            EncryptedJWT jwt = EncryptedJWT.parse(value);
            jwt.decrypt(new DirectDecrypter(key));
            JWTClaimsSet claims = jwt.getJWTClaimsSet();
            return now.isBefore(claims.getExpirationTime().toInstant())
                    ? Optional.of(claims)
                    : Optional.empty();
        } catch (ParseException | JOSEException e) {
            return Optional.empty(); // made up, or sealed with a key of before
        }
    }

    /** What is sealed was written here, so it has all its members. */
    private static String text(JWTClaimsSet claims, String name) {
        return String.valueOf(claims.getClaim(name));
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.consent;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.BadJWTException;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.GeneralException;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.ClientAuthenticationMethod;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.ClientSecretPost;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.util.URLUtils;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.AuthenticationResponse;
import com.nimbusds.openid.connect.sdk.AuthenticationResponseParser;
import com.nimbusds.openid.connect.sdk.AuthenticationSuccessResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.Prompt;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.validators.IDTokenClaimsVerifier;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.narrows.events.policy.KeySource;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.User;
import org.narrows.events.wire.BadTokenException;
import org.narrows.events.wire.ConsentUrl;
import org.narrows.events.wire.KeySets;
import org.narrows.events.wire.MalformedException;
import org.narrows.events.wire.StrictJwt;
import org.narrows.events.wire.TrustedKey;
import org.narrows.projector.consent.Seals.SignIn;
import org.narrows.projector.consent.SignInClients.SignInClient;
import org.narrows.projector.consent.SignInFailedException.Kind;

/**
 * Users sign in at their own issuer: OpenID Connect's authorization code flow with PKCE (RFC 7636),
 * state and nonce. What the policy says of the issuer holds here as it does for subject tokens: its
 * keys and its algorithms.
 */
final class SignIns {
    /**
     * Who is signing in at one issuer at once; one that is slow keeps no more threads than these.
     */
    static final int PLACES = 16;

    private static final Duration METADATA_GOOD_FOR = Duration.ofMinutes(5);
    private static final int SKEW_SECONDS = 60;
    private static final int MAX_ISSUERS = 1_000;

    private final ConsentUrl url;
    private final IssuerHttp http;
    private final Cache<IssuerUrl, OIDCProviderMetadata> metadata =
            Caffeine.newBuilder()
                    .maximumSize(MAX_ISSUERS)
                    .expireAfterWrite(METADATA_GOOD_FOR)
                    .build();
    private final Cache<IssuerUrl, Semaphore> places =
            Caffeine.newBuilder().maximumSize(MAX_ISSUERS).build();

    SignIns(ConsentUrl url, IssuerHttp http) {
        this.url = url;
        this.http = http;
    }

    /** Who came back, and what the issuer calls them. */
    record SignedIn(User user, String shownAs) {
        /** Subjects are not for logs. */
        @Override
        public String toString() {
            return "SignedIn";
        }
    }

    private interface Step<T> {
        T take() throws SignInFailedException, IOException, GeneralException;
    }

    /** Where to send the user. */
    URI begin(SignInClient client, TrustedIssuer trusted, SignIn signIn, boolean asAnother)
            throws SignInFailedException {
        return inItsPlace(
                client.issuer(),
                () -> {
                    AuthenticationRequest.Builder request =
                            new AuthenticationRequest.Builder(
                                            ResponseType.CODE,
                                            new Scope(client.scopes().toArray(String[]::new)),
                                            client.clientId(),
                                            callback(trusted))
                                    .endpointURI(metadata(client).getAuthorizationEndpointURI())
                                    .state(signIn.state())
                                    .nonce(signIn.nonce())
                                    .codeChallenge(signIn.verifier(), CodeChallengeMethod.S256);
                    if (asAnother) {
                        request.prompt(Prompt.Type.LOGIN);
                    }
                    return request.build().toURI();
                });
    }

    /**
     * Who has signed in.
     *
     * @param query of the address that the issuer sent the user back to
     * @throws SignInFailedException when that is not certain
     */
    SignedIn complete(SignInClient client, TrustedIssuer trusted, SignIn signIn, String query)
            throws SignInFailedException {
        return inItsPlace(
                client.issuer(),
                () -> {
                    OIDCProviderMetadata issuer = metadata(client);
                    AuthenticationSuccessResponse answer = answer(issuer, trusted, signIn, query);
                    return verified(
                            idToken(client, issuer, trusted, signIn, answer),
                            client,
                            trusted,
                            signIn);
                });
    }

    private URI callback(TrustedIssuer trusted) {
        return URI.create(url.callback(trusted.alias()));
    }

    private <T> T inItsPlace(IssuerUrl issuer, Step<T> step) throws SignInFailedException {
        Semaphore free = places.get(issuer, _ -> new Semaphore(PLACES));
        if (!free.tryAcquire()) {
            throw new SignInFailedException(Kind.BUSY, "too many are signing in");
        }
        try {
            return step.take();
        } catch (IOException | GeneralException | MalformedException e) {
            throw new SignInFailedException(Kind.UNREACHABLE, String.valueOf(e.getMessage()), e);
        } finally {
            free.release();
        }
    }

    /** OpenID Connect Discovery 1.0 §4: of the issuer itself, and under no other name. */
    private OIDCProviderMetadata metadata(SignInClient client)
            throws SignInFailedException, IOException, GeneralException {
        OIDCProviderMetadata known = metadata.getIfPresent(client.issuer());
        if (known != null) {
            return known;
        }
        Issuer issuer = new Issuer(client.issuer().value());
        URI place = URI.create(OIDCProviderMetadata.resolveURL(issuer).toString());
        OIDCProviderMetadata found = OIDCProviderMetadata.parse(http.get(place));
        if (!found.getIssuer().equals(issuer)
                || found.getAuthorizationEndpointURI() == null
                || found.getTokenEndpointURI() == null) {
            throw new SignInFailedException(
                    Kind.UNREACHABLE, place + " is not the metadata of " + issuer);
        }
        metadata.put(client.issuer(), found);
        return found;
    }

    private AuthenticationSuccessResponse answer(
            OIDCProviderMetadata issuer, TrustedIssuer trusted, SignIn signIn, String query)
            throws SignInFailedException {
        Map<String, List<String>> parameters = URLUtils.parseParameters(query);
        AuthenticationResponse answer;
        try {
            if (parameters.values().stream().anyMatch(values -> values.size() > 1)) {
                throw new ParseException("a parameter is repeated");
            }
            answer = AuthenticationResponseParser.parse(callback(trusted), parameters);
        } catch (ParseException e) {
            throw new SignInFailedException(Kind.MISFIT, String.valueOf(e.getMessage()), e);
        }
        if (answer.getState() == null
                || !same(answer.getState().getValue(), signIn.state().getValue())) {
            throw new SignInFailedException(Kind.MISFIT, "the state is another one");
        }
        // RFC 9207 §2.4: whoever announces that it names itself does so always, an error included.
        if (answer.getIssuer() == null
                ? issuer.supportsAuthorizationResponseIssuerParam()
                : !answer.getIssuer().equals(issuer.getIssuer())) {
            throw new SignInFailedException(Kind.MISFIT, "the answer is of another issuer");
        }
        if (!answer.indicatesSuccess()) {
            throw new SignInFailedException(
                    Kind.REFUSED,
                    String.valueOf(answer.toErrorResponse().getErrorObject().getCode()));
        }
        AuthenticationSuccessResponse success = answer.toSuccessResponse();
        if (success.getAuthorizationCode() == null) {
            throw new SignInFailedException(Kind.MISFIT, "the answer has no code");
        }
        return success;
    }

    private static boolean same(String one, String other) {
        return MessageDigest.isEqual(
                one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }

    private String idToken(
            SignInClient client,
            OIDCProviderMetadata issuer,
            TrustedIssuer trusted,
            SignIn signIn,
            AuthenticationSuccessResponse answer)
            throws SignInFailedException, IOException, ParseException {
        AuthorizationCodeGrant grant =
                new AuthorizationCodeGrant(
                        answer.getAuthorizationCode(), callback(trusted), signIn.verifier());
        URI endpoint = issuer.getTokenEndpointURI();
        TokenRequest request =
                client.secret()
                        .map(
                                secret ->
                                        new TokenRequest.Builder(
                                                endpoint,
                                                authentication(issuer, client.clientId(), secret),
                                                grant))
                        .orElseGet(
                                () -> new TokenRequest.Builder(endpoint, client.clientId(), grant))
                        .build();
        TokenResponse response = OIDCTokenResponseParser.parse(request.toHTTPRequest().send(http));
        if (!response.indicatesSuccess()) {
            throw new SignInFailedException(
                    Kind.REFUSED,
                    "the code was refused: "
                            + response.toErrorResponse().getErrorObject().getCode());
        }
        if (response.toSuccessResponse() instanceof OIDCTokenResponse tokens
                && tokens.getOIDCTokens().getIDTokenString() != null) {
            return tokens.getOIDCTokens().getIDTokenString();
        }
        throw new SignInFailedException(Kind.UNREACHABLE, "there came no ID token for the code");
    }

    /** As the issuer prefers it; every issuer knows one of the two (RFC 6749 §2.3.1). */
    private static ClientAuthentication authentication(
            OIDCProviderMetadata issuer, ClientID client, Secret secret) {
        List<ClientAuthenticationMethod> methods = issuer.getTokenEndpointAuthMethods();
        return methods == null
                        || methods.contains(ClientAuthenticationMethod.CLIENT_SECRET_BASIC)
                        || !methods.contains(ClientAuthenticationMethod.CLIENT_SECRET_POST)
                ? new ClientSecretBasic(client, secret)
                : new ClientSecretPost(client, secret);
    }

    /** OpenID Connect Core 1.0 §3.1.3.7. */
    private SignedIn verified(
            String idToken, SignInClient client, TrustedIssuer trusted, SignIn signIn)
            throws SignInFailedException, IOException {
        try {
            StrictJwt jwt = StrictJwt.read(idToken);
            if (!trusted.algorithms().contains(jwt.algorithm())) {
                throw new BadTokenException(
                        "is signed with " + jwt.algorithm() + ", which the policy does not allow");
            }
            TrustedKey.verify(jwt, keys(trusted.keys()));
            new IDTokenClaimsVerifier(
                            new Issuer(client.issuer().value()),
                            client.clientId(),
                            signIn.nonce(),
                            SKEW_SECONDS)
                    .verify(JWTClaimsSet.parse(jwt.claims().toString()), null);
            mustBeMeantFor(client.clientId(), jwt);
            User user = new User(client.issuer(), jwt.requiredString("sub"));
            return new SignedIn(user, shownAs(jwt).orElse(user.subject()));
        } catch (BadTokenException
                | BadJWTException
                | java.text.ParseException
                | IllegalArgumentException e) {
            throw new SignInFailedException(Kind.REFUSED, "the ID token: " + e.getMessage(), e);
        }
    }

    /**
     * Whom a token of several audiences was made for it says by `azp`; the library lets it pass.
     */
    private static void mustBeMeantFor(ClientID client, StrictJwt jwt) throws BadTokenException {
        Optional<String> authorized = jwt.string("azp");
        boolean forUs =
                authorized.isPresent()
                        ? authorized.get().equals(client.getValue())
                        : jwt.strings("aud").map(List::size).orElse(0) == 1;
        if (!forUs) {
            throw new BadTokenException("was made for another client");
        }
    }

    private List<TrustedKey> keys(KeySource source) throws IOException {
        String jwks =
                switch (source) {
                    case KeySource.Inline(String inline) -> inline;
                    case KeySource.Remote(URI uri) -> http.get(uri);
                };
        return KeySets.usable(jwks).stream().map(TrustedKey::new).toList();
    }

    /** The name that users know themselves by, as far as the issuer tells one. */
    private static Optional<String> shownAs(StrictJwt jwt) {
        return Stream.of("preferred_username", "email", "name")
                .map(claim -> jwt.claims().path(claim).asText())
                .filter(name -> !name.isBlank())
                .findFirst();
    }
}

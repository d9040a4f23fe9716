// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.narrows.events.decision.PresentedToken;
import org.narrows.events.value.Confirmation;
import org.narrows.events.wire.StrictJwt;
import org.narrows.exchange.Outcome;
import org.narrows.exchange.Outcome.Active;
import org.narrows.exchange.Outcome.Inactive;
import org.narrows.exchange.Outcome.Issued;
import org.narrows.exchange.Outcome.NothingToRevoke;
import org.narrows.exchange.Outcome.Refused;
import org.narrows.exchange.Outcome.Revoked;
import org.narrows.exchange.oauth.OAuthError;
import org.narrows.exchange.oauth.OAuthError.Code;
import org.narrows.exchange.outage.OutageException;

/** The bodies of answers: RFC 8693 §2.2.1, RFC 7662 §2.2, RFC 6749 §5.2, RFC 9457. */
final class Bodies {
    static final String JSON = "application/json";
    static final String PROBLEM = "application/problem+json";

    /** Claims of issued tokens that introspection repeats. */
    private static final List<String> INTROSPECTED =
            List.of(
                    "iss",
                    "sub",
                    "sub_type",
                    "aud",
                    "client_id",
                    "scope",
                    "exp",
                    "iat",
                    "nbf",
                    "jti",
                    "act",
                    "cnf",
                    "lineage",
                    "auth_time",
                    "acr",
                    "amr");

    private Bodies() {}

    /**
     * The body of an outcome.
     *
     * @param consentUri where the user can give a consent that is missing
     */
    static MutableHttpResponse<?> of(
            Outcome outcome, boolean headerUsed, Optional<String> consentUri) {
        return switch (outcome) {
            case Issued issued -> json(HttpStatus.OK.getCode(), token(issued));
            case Active(PresentedToken token, StrictJwt jwt) ->
                    json(HttpStatus.OK.getCode(), active(token, jwt.claims()));
            case Inactive() -> json(HttpStatus.OK.getCode(), object().put("active", false));
            case Revoked(), NothingToRevoke() -> HttpResponse.ok();
            case Refused(OAuthError error, _) -> error(error, headerUsed, consentUri);
        };
    }

    private static ObjectNode token(Issued issued) {
        Duration left = Duration.between(issued.token().issuedAt(), issued.token().expiresAt());
        return object().put("access_token", issued.token().text())
                .put("issued_token_type", issued.issuedAs().urn())
                .put("token_type", tokenType(issued.token().terms().boundTo()))
                .put("expires_in", Math.max(0, left.toSeconds()))
                .put("scope", issued.token().terms().scopes().toString());
    }

    /**
     * What a resource server may know of a token that is meant for it (RFC 7662 §2.2): what the
     * token says itself, without what it stands on.
     */
    private static ObjectNode active(PresentedToken token, ObjectNode claims) {
        ObjectNode body = object().put("active", true);
        Stream.concat(token.claims().keySet().stream(), INTROSPECTED.stream())
                .filter(claims::has)
                .forEach(claim -> body.set(claim, claims.get(claim)));
        return body.put("token_type", tokenType(token.boundTo()));
    }

    /**
     * RFC 9449 §5; a token that is bound to a certificate is a bearer token still (RFC 8705 §3).
     */
    private static String tokenType(Optional<Confirmation> boundTo) {
        return boundTo.filter(Confirmation.DpopKey.class::isInstance).isPresent()
                ? "DPoP"
                : "Bearer";
    }

    /** An OAuth error with the status of its code. */
    static MutableHttpResponse<?> error(OAuthError error, boolean headerUsed) {
        return error(error, headerUsed, Optional.empty());
    }

    private static MutableHttpResponse<?> error(
            OAuthError error, boolean headerUsed, Optional<String> consentUri) {
        MutableHttpResponse<?> response = json(error.code().status(), body(error, consentUri));
        if (error.code() == Code.INVALID_CLIENT && headerUsed) {
            response.header("WWW-Authenticate", "Basic realm=\"narrows\", charset=\"UTF-8\"");
        }
        return response;
    }

    /** An OAuth error with a status of its own. */
    static MutableHttpResponse<?> error(OAuthError error, int status) {
        return json(status, body(error, Optional.empty()));
    }

    private static ObjectNode body(OAuthError error, Optional<String> consentUri) {
        ObjectNode body =
                object().put("error", error.code().text())
                        .put("error_description", error.description());
        error.consentRequired()
                .ifPresent(
                        consent -> {
                            ObjectNode required =
                                    body.putObject("consent_required")
                                            .put("audience", consent.audience().value());
                            consent.scopes()
                                    .forEach(
                                            scope ->
                                                    required.withArray("scopes")
                                                            .add(scope.value()));
                            consentUri.ifPresent(uri -> body.put("consent_uri", uri));
                        });
        return body;
    }

    static MutableHttpResponse<?> unavailable(OutageException outage) {
        return problem(503, "no request can be answered now", String.valueOf(outage.getMessage()))
                .header("Retry-After", Long.toString(outage.retryAfter().toSeconds()));
    }

    /**
     * Problem details (RFC 9457) that say no more than the status does, and what is written here.
     */
    static MutableHttpResponse<?> problem(int status, String title, String detail) {
        ObjectNode body = object().put("title", title).put("status", status);
        if (!detail.isEmpty()) {
            body.put("detail", detail);
        }
        return text(status, body).contentType(PROBLEM);
    }

    static MutableHttpResponse<?> problem(HttpStatus status) {
        return problem(status.getCode(), status.getReason().toLowerCase(Locale.ROOT), "");
    }

    static MutableHttpResponse<?> json(int status, ObjectNode body) {
        return text(status, body).contentType(JSON);
    }

    private static MutableHttpResponse<String> text(int status, ObjectNode body) {
        return HttpResponse.<String>status(HttpStatus.valueOf(status)).body(body.toString());
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}

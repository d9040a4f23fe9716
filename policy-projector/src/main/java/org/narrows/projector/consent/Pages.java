// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.consent;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.value.AudienceId;
import org.narrows.events.wire.ConsentUrl;
import org.narrows.projector.consent.Consents.InForce;
import org.narrows.projector.consent.Seals.Session;

/**
 * Everything that a user may get to see. Templates are compiled with the service, and escape what
 * they are given.
 */
final class Pages {
    private static final String GENERATED = "org.narrows.projector.consent.page";
    private static final DateTimeFormatter FOR_PEOPLE =
            DateTimeFormatter.ofPattern("d MMMM uuuu, HH:mm:ss 'UTC'", Locale.ENGLISH)
                    .withZone(ZoneOffset.UTC);

    private final ConsentUrl url;
    private final @Nullable MeterRegistry metrics;
    private final TemplateEngine templates =
            TemplateEngine.createPrecompiled(
                    null, ContentType.Html, Pages.class.getClassLoader(), GENERATED);

    Pages(ConsentUrl url, @Nullable MeterRegistry metrics) {
        this.url = url;
        this.metrics = metrics;
    }

    /** What a page tells, for its metric. */
    private enum Told {
        REVIEW,
        ALLOWED,
        DENIED,
        REJECTED,
        SPENT,
        GONE,
        UNKNOWN,
        LANDING,
        OVER,
        NO_SIGN_IN,
        OTHER_ACCOUNT,
        SIGN_IN_FAILED,
        SIGNED_OUT,
        FORGED,
        UNAVAILABLE,
        FAILED
    }

    /** What is asked, with Allow and Deny. */
    MutableHttpResponse<String> review(
            HttpStatus status, Asked asked, Review review, Session session, boolean changed) {
        return answer(
                status,
                Told.REVIEW,
                render(
                        "review.jte",
                        Map.of(
                                "base",
                                url.base(),
                                "action",
                                url.page(asked.decisionId()),
                                "another",
                                another(asked.decisionId()),
                                "review",
                                review,
                                "signedInAs",
                                session.shownAs(),
                                "token",
                                session.formToken(),
                                "issuer",
                                asked.user().issuer().value(),
                                "changed",
                                changed)));
    }

    MutableHttpResponse<String> allowed(Asked asked, InForce inForce) {
        return message(
                HttpStatus.OK,
                Told.ALLOWED,
                Message.of(
                                "Allowed",
                                "In force since "
                                        + FOR_PEOPLE.format(inForce.since())
                                        + ", at seq "
                                        + inForce.seq()
                                        + " of the log.",
                                "You can close this page and go back to " + asked.client() + ".")
                        .mood("good"));
    }

    MutableHttpResponse<String> denied(Asked asked) {
        return message(
                HttpStatus.OK,
                Told.DENIED,
                Message.of(
                        "Denied",
                        "Nothing was changed: "
                                + asked.client()
                                + " was not given what it asked for.",
                        "You can close this page."));
    }

    /** The log took these parts of the answer, and then one no more. */
    MutableHttpResponse<String> rejected(Asked asked, String reason, List<AudienceId> taken) {
        return message(
                HttpStatus.CONFLICT,
                Told.REJECTED,
                Message.of(
                                "Not allowed",
                                taken.isEmpty()
                                        ? "Nothing was changed: the log did not take it ("
                                                + reason
                                                + ")."
                                        : "Only a part was allowed: what was asked at "
                                                + taken.stream()
                                                        .map(AudienceId::value)
                                                        .collect(Collectors.joining(", "))
                                                + ". The rest the log did not take ("
                                                + reason
                                                + ").",
                                "Go back to " + asked.client() + " and start again there.")
                        .mood("bad"));
    }

    MutableHttpResponse<String> spent(Asked asked) {
        return message(
                HttpStatus.CONFLICT,
                Told.SPENT,
                Message.of(
                                "This link was used before",
                                "You allowed this once, and it was withdrawn since. A link is good"
                                        + " for one answer: go back to "
                                        + asked.client()
                                        + " and start again there.")
                        .mood("bad"));
    }

    MutableHttpResponse<String> gone(Asked asked) {
        return message(
                HttpStatus.CONFLICT,
                Told.GONE,
                Message.of(
                                "This is no longer asked",
                                "What the application may ask for has changed since. Nothing was"
                                        + " changed for you: go back to "
                                        + asked.client()
                                        + " and start again there.")
                        .mood("bad"));
    }

    MutableHttpResponse<String> unknown() {
        return message(
                HttpStatus.NOT_FOUND,
                Told.UNKNOWN,
                Message.of(
                        "Nothing is asked here",
                        "This link is not known, or not known yet. Go back to the application that"
                                + " gave it to you and start again there."));
    }

    /** The browser asks again by itself. */
    MutableHttpResponse<String> landing() {
        return message(
                        HttpStatus.ACCEPTED,
                        Told.LANDING,
                        Message.of("One moment", "The request is on its way here."))
                .header("Refresh", "1");
    }

    MutableHttpResponse<String> over() {
        return message(
                HttpStatus.GONE,
                Told.OVER,
                Message.of(
                        "This link is over",
                        "It was good for an hour. Go back to the application that gave it to you and"
                                + " start again there."));
    }

    MutableHttpResponse<String> noSignIn(TrustedIssuer trusted) {
        return message(
                HttpStatus.SERVICE_UNAVAILABLE,
                Told.NO_SIGN_IN,
                Message.of(
                        "Nobody can sign in here yet",
                        "The operator of Narrows must register this page, "
                                + url.callback(trusted.alias())
                                + ", as a client of "
                                + trusted.issuer()
                                + " and name that client in NARROWS_CONSENT_SIGN_IN."));
    }

    MutableHttpResponse<String> otherAccount(String decisionId) {
        return message(
                HttpStatus.FORBIDDEN,
                Told.OTHER_ACCOUNT,
                Message.of(
                                "You are signed in with another account",
                                "What is asked here is for somebody else to answer, so it is not"
                                        + " shown.")
                        .link(another(decisionId), "Sign in with another account"));
    }

    MutableHttpResponse<String> signInFailed(
            SignInFailedException.Kind kind, Optional<String> decisionId) {
        Message message =
                switch (kind) {
                    case BUSY ->
                            Message.of(
                                    "Many are signing in",
                                    "Please try again in a moment. Nothing was changed.");
                    case UNREACHABLE ->
                            Message.of(
                                    "Signing in does not work now",
                                    "The place where you sign in does not answer as it should."
                                            + " Please try again later. Nothing was changed.");
                    case REFUSED ->
                            Message.of(
                                    "You were not signed in",
                                    "The sign-in was refused or given up. Nothing was changed.");
                    case MISFIT ->
                            Message.of(
                                    "This sign-in is not the one that was begun here",
                                    "It may be over, or a newer one was begun in this browser."
                                            + " Nothing was changed. Open the link of the"
                                            + " application again.");
                };
        HttpStatus status =
                switch (kind) {
                    case BUSY, UNREACHABLE -> HttpStatus.SERVICE_UNAVAILABLE;
                    case REFUSED, MISFIT -> HttpStatus.BAD_REQUEST;
                };
        return message(
                status,
                Told.SIGN_IN_FAILED,
                decisionId
                        .map(id -> message.link(url.page(id), "Try again"))
                        .orElse(message)
                        .mood("bad"));
    }

    MutableHttpResponse<String> signedOut(String decisionId) {
        return message(
                HttpStatus.FORBIDDEN,
                Told.SIGNED_OUT,
                Message.of(
                                "You are signed out here",
                                "A sign-in is good for ten minutes. Nothing was changed.")
                        .mood("bad")
                        .link(url.page(decisionId), "Sign in again"));
    }

    MutableHttpResponse<String> forged(String decisionId) {
        return message(
                HttpStatus.FORBIDDEN,
                Told.FORGED,
                Message.of(
                                "This answer did not come from this page",
                                "So nothing was changed. Look at what is asked, and answer there.")
                        .mood("bad")
                        .link(url.page(decisionId), "See what is asked"));
    }

    MutableHttpResponse<String> unavailable(Optional<String> decisionId) {
        Message message =
                Message.of(
                                "Not now",
                                "This cannot be answered at the moment. It is safe to try again: an"
                                        + " answer that did arrive counts once.")
                        .mood("bad");
        return message(
                        HttpStatus.SERVICE_UNAVAILABLE,
                        Told.UNAVAILABLE,
                        decisionId
                                .map(id -> message.link(url.page(id), "Try again"))
                                .orElse(message))
                .header("Retry-After", "1");
    }

    MutableHttpResponse<String> failed() {
        return message(
                HttpStatus.INTERNAL_SERVER_ERROR,
                Told.FAILED,
                Message.of("This is our mistake", "It was noted. Please try again later.")
                        .mood("bad"));
    }

    private String another(String decisionId) {
        return url.page(decisionId) + "?account=another";
    }

    private MutableHttpResponse<String> message(HttpStatus status, Told told, Message message) {
        return answer(
                status,
                told,
                render("message.jte", Map.of("base", url.base(), "message", message)));
    }

    private String render(String template, Map<String, Object> parameters) {
        StringOutput output = new StringOutput();
        templates.render(template, parameters, output);
        return output.toString();
    }

    private MutableHttpResponse<String> answer(HttpStatus status, Told told, String html) {
        if (metrics != null) {
            Counter.builder("narrows.consent.pages")
                    .tag("told", told.name().toLowerCase(Locale.ROOT))
                    .register(metrics)
                    .increment();
        }
        return guarded(
                HttpResponse.<String>status(status)
                        .body(html)
                        .contentType("text/html; charset=utf-8")
                        .characterEncoding(StandardCharsets.UTF_8));
    }

    /** No scripts, no frames, no other origin, no copy in a cache. */
    static <T> MutableHttpResponse<T> guarded(MutableHttpResponse<T> response) {
        return response.header(
                        "Content-Security-Policy",
                        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
                                + " frame-ancestors 'none'")
                .header("X-Frame-Options", "DENY")
                .header("X-Content-Type-Options", "nosniff")
                // Not no-referrer: forms would then say `Origin: null`, even to their own page.
                .header("Referrer-Policy", "same-origin")
                .header("Cross-Origin-Opener-Policy", "same-origin")
                .header("Cross-Origin-Resource-Policy", "same-origin")
                .header("Cache-Control", "no-store");
    }
}

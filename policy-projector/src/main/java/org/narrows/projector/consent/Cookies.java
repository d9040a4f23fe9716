// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.consent;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.cookie.Cookie;
import io.micronaut.http.cookie.SameSite;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.narrows.events.wire.ConsentUrl;
import org.narrows.projector.consent.Seals.Session;
import org.narrows.projector.consent.Seals.SignIn;

/**
 * The two cookies of a visit. Over https their names begin with {@code __Host-}, so that browsers
 * take them from this host alone and send them over TLS only.
 */
final class Cookies {
    private static final String SIGN_IN = "narrows-consent-sign-in";
    private static final String SESSION = "narrows-consent";

    private final Seals seals;
    private final boolean secure;
    private final String path;

    Cookies(Seals seals, ConsentUrl url) {
        this.seals = seals;
        this.secure = url.isSecure();
        this.path = secure ? "/" : url.path();
    }

    Optional<SignIn> signIn(HttpRequest<?> request, Instant now) {
        return value(request, SIGN_IN).flatMap(found -> seals.signIn(found, now));
    }

    Optional<Session> session(HttpRequest<?> request, Instant now) {
        return value(request, SESSION).flatMap(found -> seals.session(found, now));
    }

    private Optional<String> value(HttpRequest<?> request, String name) {
        return request.getCookies().findCookie(name(name)).map(Cookie::getValue);
    }

    void keep(MutableHttpResponse<?> response, SignIn signIn, Instant now) {
        set(response, SIGN_IN, seals.seal(signIn, now), Seals.GOOD_FOR);
    }

    void keep(MutableHttpResponse<?> response, Session session, Instant now) {
        set(response, SESSION, seals.seal(session, now), Seals.GOOD_FOR);
    }

    /** A sign-in that has come back has served. */
    void endSignIn(MutableHttpResponse<?> response) {
        set(response, SIGN_IN, "", Duration.ZERO);
    }

    private void set(MutableHttpResponse<?> response, String name, String value, Duration maxAge) {
        response.cookie(
                Cookie.of(name(name), value)
                        .httpOnly(true)
                        .secure(secure)
                        .sameSite(SameSite.Lax)
                        .path(path)
                        .maxAge(maxAge.toSeconds()));
    }

    private String name(String name) {
        return secure ? "__Host-" + name : name;
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.consent;

import com.nimbusds.oauth2.sdk.util.URLUtils;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.narrows.events.policy.TrustedIssuer;
import org.narrows.events.wire.ConsentUrl;
import org.narrows.projector.consent.Consents.Allowed;
import org.narrows.projector.consent.Consents.Standing;
import org.narrows.projector.consent.Seals.Session;
import org.narrows.projector.consent.Seals.SignIn;
import org.narrows.projector.consent.SignInClients.SignInClient;
import org.narrows.projector.consent.SignInFailedException.Kind;
import org.narrows.projector.consent.SignIns.SignedIn;
import org.narrows.projector.publish.UnavailableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The consent page. A link names a decision; its user signs in, sees what was asked, and answers.
 * Nothing is remembered between requests but what the browser keeps, sealed.
 */
@Controller(ConsentPaths.ROOT)
@Requires(property = "narrows.consent-url")
@ExecuteOn(TaskExecutors.BLOCKING)
class ConsentController {
    private static final Logger LOG = LoggerFactory.getLogger(ConsentController.class);

    /** Visits at once. Nobody has to be known for one, so they must not take all there is. */
    private static final int PLACES = 64;

    private static final int MAX_LOGGED = 200;

    private final Consents consents;
    private final SignInClients clients;
    private final SignIns signIns;
    private final Cookies cookies;
    private final Pages pages;
    private final ConsentUrl url;
    private final Clock clock;
    private final Semaphore places = new Semaphore(PLACES);
    private final String style = style();

    ConsentController(
            Consents consents,
            SignInClients clients,
            SignIns signIns,
            Cookies cookies,
            Pages pages,
            ConsentUrl url,
            Clock clock) {
        this.consents = consents;
        this.clients = clients;
        this.signIns = signIns;
        this.cookies = cookies;
        this.pages = pages;
        this.url = url;
        this.clock = clock;
    }

    private static String style() {
        try (InputStream css =
                Objects.requireNonNull(
                        ConsentController.class.getResourceAsStream("/consent/style.css"))) {
            return new String(css.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Get(ConsentPaths.STYLE)
    @Produces("text/css")
    HttpResponse<String> stylesheet() {
        return Pages.guarded(HttpResponse.ok(style))
                .header(HttpHeaders.CACHE_CONTROL, "max-age=600");
    }

    /** What is asked; first, where the user signs in. */
    @Get("/{id}")
    @Produces(MediaType.TEXT_HTML)
    HttpResponse<?> show(HttpRequest<?> request, @PathVariable String id) {
        return visit(Optional.of(id), () -> asked(id, asked -> show(request, asked)));
    }

    private MutableHttpResponse<?> show(HttpRequest<?> request, Asked asked) {
        Instant now = clock.instant();
        boolean asAnother = "another".equals(request.getParameters().get("account"));
        Optional<Session> session =
                cookies.session(request, now).filter(found -> found.isOf(asked) && !asAnother);
        // Only for whom is signed in the policy is loaded: that costs much, and strangers are many.
        return session.isEmpty()
                ? signIn(asked, asAnother, now)
                : standing(asked, consents.standing(asked), session.get(), HttpStatus.OK, false);
    }

    private MutableHttpResponse<?> signIn(Asked asked, boolean asAnother, Instant now) {
        Optional<TrustedIssuer> trusted = consents.trusted(asked);
        if (trusted.isEmpty()) {
            return pages.gone(asked);
        }
        Optional<SignInClient> registered = clients.at(asked.user().issuer());
        if (registered.isEmpty()) {
            return pages.noSignIn(trusted.get());
        }
        SignInClient client = registered.get();
        SignIn signIn = SignIn.begin(asked.decisionId(), trusted.get().alias());
        try {
            MutableHttpResponse<?> response =
                    Pages.guarded(
                            HttpResponse.seeOther(
                                    signIns.begin(client, trusted.get(), signIn, asAnother)));
            cookies.keep(response, signIn, now);
            return response;
        } catch (SignInFailedException e) {
            return failed(client, e, asked.decisionId());
        }
    }

    private MutableHttpResponse<?> failed(
            SignInClient client, SignInFailedException e, String decisionId) {
        // Of what went wrong strangers write a part.
        String why = String.valueOf(e.getMessage()).replaceAll("\\p{Cntrl}", " ");
        LOG.atLevel(e.kind() == Kind.UNREACHABLE ? Level.WARN : Level.INFO)
                .log(
                        "nobody was signed in by {}: {}",
                        client.issuer(),
                        why.substring(0, Math.min(why.length(), MAX_LOGGED)));
        return pages.signInFailed(e.kind(), Optional.of(decisionId));
    }

    /** For whom is signed in: what is asked, or how that stands. */
    private MutableHttpResponse<?> standing(
            Asked asked, Standing standing, Session session, HttpStatus status, boolean changed) {
        if (standing.given().isPresent()) {
            return pages.allowed(asked, standing.given().get());
        }
        return standing.review().isEmpty()
                ? pages.gone(asked)
                : pages.review(status, asked, standing.review().get(), session, changed);
    }

    /** Where issuers send users back to. */
    @Get(ConsentPaths.CALLBACK + "{alias}")
    @Produces(MediaType.TEXT_HTML)
    HttpResponse<?> callback(HttpRequest<?> request, @PathVariable String alias) {
        return visit(
                Optional.empty(),
                () -> {
                    Optional<SignIn> begun = cookies.signIn(request, clock.instant());
                    if (begun.isEmpty()) {
                        return pages.signInFailed(Kind.MISFIT, Optional.empty());
                    }
                    // What another issuer answers must not reach the one where it began.
                    MutableHttpResponse<?> response =
                            begun.get().alias().equals(alias)
                                    ? asked(
                                            begun.get().decisionId(),
                                            asked -> signedIn(request, asked, begun.get()))
                                    : pages.signInFailed(
                                            Kind.MISFIT, Optional.of(begun.get().decisionId()));
                    cookies.endSignIn(response);
                    return response;
                });
    }

    private MutableHttpResponse<?> signedIn(HttpRequest<?> request, Asked asked, SignIn begun) {
        Optional<TrustedIssuer> trusted = consents.trusted(asked);
        Optional<SignInClient> client = clients.at(asked.user().issuer());
        if (trusted.isEmpty()) {
            return pages.gone(asked);
        }
        if (client.isEmpty()) {
            return pages.noSignIn(trusted.get());
        }
        SignedIn signedIn;
        try {
            signedIn =
                    signIns.complete(
                            client.get(),
                            trusted.get(),
                            begun,
                            Objects.requireNonNullElse(request.getUri().getRawQuery(), ""));
        } catch (SignInFailedException e) {
            return failed(client.get(), e, asked.decisionId());
        }
        if (!signedIn.user().equals(asked.user())) {
            return pages.otherAccount(asked.decisionId());
        }
        MutableHttpResponse<?> response =
                Pages.guarded(HttpResponse.seeOther(URI.create(url.page(asked.decisionId()))));
        cookies.keep(
                response,
                Session.of(asked.decisionId(), signedIn.user(), signedIn.shownAs()),
                clock.instant());
        return response;
    }

    /** The user's answer. */
    @Post("/{id}")
    @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
    @Produces(MediaType.TEXT_HTML)
    HttpResponse<?> answer(
            HttpRequest<?> request, @PathVariable String id, @Body byte @Nullable [] body) {
        Map<String, List<String>> form =
                URLUtils.parseParameters(
                        body == null ? "" : new String(body, StandardCharsets.UTF_8));
        return visit(Optional.of(id), () -> asked(id, asked -> answer(request, asked, form)));
    }

    private MutableHttpResponse<?> answer(
            HttpRequest<?> request, Asked asked, Map<String, List<String>> form) {
        Optional<Session> session =
                cookies.session(request, clock.instant()).filter(found -> found.isOf(asked));
        if (session.isEmpty()) {
            return pages.signedOut(asked.decisionId());
        }
        if (!isFromHere(request) || !same(field(form, "token"), session.get().formToken())) {
            return pages.forged(asked.decisionId());
        }
        return switch (field(form, "answer")) {
            case "allow" -> allow(asked, session.get(), field(form, "shown"));
            case "deny" -> pages.denied(asked);
            default -> pages.forged(asked.decisionId());
        };
    }

    /** Everything that was looked at when it was asked is looked at again. */
    private MutableHttpResponse<?> allow(Asked asked, Session session, String shown) {
        Standing standing = consents.standing(asked);
        boolean asShown = standing.review().map(Review::digest).map(shown::equals).orElse(false);
        if (standing.given().isPresent() || !asShown) {
            return standing(asked, standing, session, HttpStatus.CONFLICT, true);
        }
        return switch (consents.allow(asked, standing.actor())) {
            case Allowed.Now(var inForce) -> pages.allowed(asked, inForce);
            case Allowed.Spent() -> pages.spent(asked);
            case Allowed.Rejected(var reason, var taken) -> pages.rejected(asked, reason, taken);
        };
    }

    /** What browsers say of where a form stood, as far as they say it. */
    private boolean isFromHere(HttpRequest<?> request) {
        String site = request.getHeaders().get("Sec-Fetch-Site");
        String origin = request.getHeaders().get(HttpHeaders.ORIGIN);
        return (site == null || site.equals("same-origin"))
                && (origin == null || origin.equals(url.origin()));
    }

    private static String field(Map<String, List<String>> form, String name) {
        List<String> values = form.getOrDefault(name, List.of());
        return values.size() == 1 ? values.getFirst() : "";
    }

    private static boolean same(String one, String other) {
        return MessageDigest.isEqual(
                one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }

    /** The request for consent behind a link that is still good. */
    private MutableHttpResponse<?> asked(String id, Function<Asked, MutableHttpResponse<?>> go) {
        Instant now = clock.instant();
        Optional<DecisionLink> link = DecisionLink.of(id, now);
        if (link.isEmpty()) {
            return pages.unknown();
        }
        if (link.get().isOver(now)) {
            return pages.over();
        }
        Optional<Asked> asked = consents.asked(id);
        if (asked.isEmpty()) {
            return link.get().mayLand(now) ? pages.landing() : pages.unknown();
        }
        return asked.get().isOver(now) ? pages.over() : go.apply(asked.get());
    }

    private HttpResponse<?> visit(
            Optional<String> decisionId, Supplier<MutableHttpResponse<?>> visit) {
        Optional<String> back = decisionId.filter(DecisionLink::hasForm);
        if (!places.tryAcquire()) {
            return pages.unavailable(back);
        }
        try {
            return visit.get();
        } catch (UnavailableException e) {
            LOG.info("the consent page cannot answer: {}", e.getMessage());
            return pages.unavailable(back);
        } catch (RuntimeException e) {
            LOG.error("the consent page failed", e);
            return pages.failed();
        } finally {
            places.release();
        }
    }
}

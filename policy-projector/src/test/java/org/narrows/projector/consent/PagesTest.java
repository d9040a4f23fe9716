// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.consent;

import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.narrows.events.decision.Exchange;
import org.narrows.events.decision.PresentedToken;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.TokenRef;
import org.narrows.events.value.User;
import org.narrows.events.wire.ConsentUrl;
import org.narrows.projector.consent.Review.Line;
import org.narrows.projector.consent.Review.Part;
import org.narrows.projector.consent.Seals.Session;

/** What users get to see, whatever the names in it are. */
class PagesTest {
    private static final String DECISION = "019b7a6c-0000-7000-8000-000000000001";
    private static final String HOSTILE =
            "</li><script>alert(1)</script>\"'><img src=x onerror=y>&";

    private static final IssuerUrl LOGIN = new IssuerUrl("https://login.example.com");
    private static final User ALICE = new User(LOGIN, "alice");

    private final Pages pages = new Pages(new ConsentUrl("https://narrows.example.com"), null);

    private static PresentedToken token() {
        return new PresentedToken(
                new TokenRef(LOGIN, "jti"),
                new PresentedToken.Origin.Foreign(LOGIN),
                ALICE,
                ActorKind.USER,
                false,
                new TreeSet<>(),
                Optional.empty(),
                Scopes.NONE,
                Optional.empty(),
                Instant.parse("2026-01-01T00:05:00Z"),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                new TreeSet<>(),
                new TreeMap<>());
    }

    private static Asked asked(String client) {
        return new Asked(
                DECISION,
                Instant.parse("2026-01-01T00:00:00Z"),
                new ClientId(client),
                ALICE,
                new Exchange(
                        new ClientId("orders-service"),
                        token(),
                        Optional.empty(),
                        List.of(),
                        Optional.empty(),
                        List.of()),
                new TreeMap<>(Map.of(new AudienceId("billing-api"), Scopes.of("invoice.read"))));
    }

    private String review(String name, boolean changed) {
        Review review =
                new Review(
                        name,
                        name,
                        List.of(new Part("id", name, List.of(new Line(name, name, name)))));
        Session session = new Session(DECISION, "hash", name, "form-token");
        return body(pages.review(HttpStatus.OK, asked("orders-service"), review, session, changed));
    }

    private static String body(MutableHttpResponse<String> response) {
        return response.getBody(String.class).orElseThrow();
    }

    @Test
    void hostile_names_stay_text() {
        assertThat(review(HOSTILE, true))
                .doesNotContain("<script")
                .doesNotContain("<img")
                .doesNotContain("</li><")
                .contains("&lt;script&gt;alert(1)&lt;/script&gt;");
        assertThat(body(pages.rejected(asked("<b>service</b>"), "no client `<script>`", List.of())))
                .doesNotContain("<script")
                .doesNotContain("<b>");
        assertThat(body(pages.denied(asked("<b>service</b>")))).doesNotContain("<b>");
        assertThat(body(pages.gone(asked("<b>service</b>")))).doesNotContain("<b>");
        assertThat(body(pages.spent(asked("<b>service</b>")))).doesNotContain("<b>");
    }

    @Test
    void after_a_rejection_users_start_again_at_the_application() {
        String nothing = body(pages.rejected(asked("orders-service"), "reason", List.of()));
        assertThat(nothing)
                .contains("Nothing was changed")
                .contains("Go back to orders-service and start again there")
                .doesNotContain("safe to try again")
                .doesNotContain("/consent/" + DECISION);
        assertThat(
                        body(
                                pages.rejected(
                                        asked("orders-service"),
                                        "reason",
                                        List.of(new AudienceId("billing-api")))))
                .contains("Only a part was allowed: what was asked at billing-api")
                .doesNotContain("Nothing was changed");
    }

    @Test
    void a_form_brings_along_what_its_session_expects() {
        assertThat(review("orders-service", false))
                .contains("<html lang=\"en\">")
                .contains("action=\"https://narrows.example.com/consent/" + DECISION + "\"")
                .contains("name=\"token\" value=\"form-token\"")
                .contains("name=\"answer\" value=\"allow\"")
                .contains("name=\"answer\" value=\"deny\"")
                .doesNotContain("has changed since");
        assertThat(review("orders-service", true)).contains("has changed since");
    }

    @Test
    void pages_run_no_scripts_and_lie_in_no_frame_and_no_cache() {
        MutableHttpResponse<String> response = pages.unknown();

        assertThat(response.getHeaders().get("Content-Security-Policy"))
                .contains("default-src 'none'")
                .contains("form-action 'self'")
                .contains("frame-ancestors 'none'")
                .doesNotContain("unsafe");
        assertThat(response.getHeaders().get("X-Frame-Options")).isEqualTo("DENY");
        assertThat(response.getHeaders().get("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(response.getHeaders().get("Referrer-Policy")).isEqualTo("same-origin");
        assertThat(response.getHeaders().get("Cache-Control")).isEqualTo("no-store");
        assertThat(response.getContentType().orElseThrow().toString())
                .isEqualTo("text/html;charset=utf-8");
    }

    @Test
    void two_reviews_that_read_differently_differ() {
        Review one =
                new Review("a", "b", List.of(new Part("c", "d", List.of(new Line("e", "f", "g")))));
        Review other =
                new Review("a", "b", List.of(new Part("c", "d", List.of(new Line("e", "f", "h")))));

        assertThat(one.digest()).isNotEqualTo(other.digest()).hasSize(43);
    }
}

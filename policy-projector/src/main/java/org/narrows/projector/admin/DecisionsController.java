// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.admin;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.events.value.IssuerUrl;
import org.narrows.projector.insight.Explaining;
import org.narrows.projector.store.LandedDecision;
import org.narrows.projector.store.LandedDecisions;

/** What was decided, the newest first. */
@Controller("/decisions")
@ExecuteOn(TaskExecutors.BLOCKING)
class DecisionsController {
    private final LandedDecisions decisions;
    private final DecisionJson json;
    private final Explaining explaining;
    private final ExplanationJson explanations;
    private final Aliases aliases;
    private final Asking asking;

    DecisionsController(
            LandedDecisions decisions,
            DecisionJson json,
            Explaining explaining,
            ExplanationJson explanations,
            Aliases aliases,
            Asking asking) {
        this.decisions = decisions;
        this.json = json;
        this.explaining = explaining;
        this.explanations = explanations;
        this.aliases = aliases;
        this.asking = asking;
    }

    @Get
    HttpResponse<byte[]> list(HttpRequest<?> request) {
        Caller.of(request).needs(AdminScope.DECISION_READ);
        long head = asking.head(request).seq();
        int limit = asking.limit(request);
        Optional<String[]> user = Asking.parameter(request, "user").map(DecisionsController::user);
        Optional<IssuerUrl> issuer = user.flatMap(named -> aliases.issuer(named[0], head));
        if (user.isPresent() && issuer.isEmpty()) {
            throw Problem.malformed(
                    "user", "there is no issuer with the alias `" + user.get()[0] + "`");
        }
        Optional<String> outcome = Asking.parameter(request, "outcome");
        if (outcome.isPresent()
                && !outcome.get().equals("permit")
                && !outcome.get().equals("deny")) {
            throw Problem.malformed("outcome", "`outcome` is permit or deny");
        }
        return Json.ok(
                Json.page(
                        decisions.list(
                                text(request, "after"),
                                text(request, "client"),
                                issuer.map(IssuerUrl::value).orElse(null),
                                user.map(named -> named[1]).orElse(null),
                                text(request, "to"),
                                outcome.orElse(null),
                                text(request, "reason"),
                                instant(request, "since"),
                                instant(request, "until"),
                                limit + 1),
                        limit,
                        json::of,
                        LandedDecision::id));
    }

    @Get("/{id}")
    HttpResponse<byte[]> one(HttpRequest<?> request, @PathVariable String id) {
        Caller.of(request).needs(AdminScope.DECISION_READ);
        asking.head(request);
        return decisions
                .find(id)
                .map(decision -> Json.ok(json.of(decision)))
                .orElseThrow(() -> Problem.notFound("no decision with this id has landed"));
    }

    @Get("/{id}/explain")
    HttpResponse<byte[]> explain(HttpRequest<?> request, @PathVariable String id) {
        Caller.of(request).needs(AdminScope.DECISION_READ);
        long head = asking.head(request).seq();
        DecisionRecord decision =
                decisions
                        .find(id)
                        .map(LandedDecision::decision)
                        .orElseThrow(() -> Problem.notFound("no decision with this id has landed"));
        if (decision.position().seq() > head) {
            throw Problem.unavailable("the projection has not come as far as the decision");
        }
        return Json.ok(explanations.of(explaining.explain(decision)));
    }

    private static String[] user(String named) {
        int bar = named.indexOf('|');
        if (bar < 1) {
            throw Problem.malformed("user", "`user` is <alias>|<subject>");
        }
        return new String[] {named.substring(0, bar), named.substring(bar + 1)};
    }

    private static @Nullable String text(HttpRequest<?> request, String name) {
        return Asking.parameter(request, name).orElse(null);
    }

    private static @Nullable Instant instant(HttpRequest<?> request, String name) {
        return Asking.parameter(request, name)
                .map(
                        text ->
                                Asking.instant(text)
                                        .orElseThrow(
                                                () ->
                                                        Problem.malformed(
                                                                name,
                                                                "`"
                                                                        + name
                                                                        + "` is an instant, as 2026-01-31T12:00:00Z")))
                .orElse(null);
    }
}

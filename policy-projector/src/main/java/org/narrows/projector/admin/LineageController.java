// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.projector.insight.Lineages;
import org.narrows.projector.insight.Lineages.Lineage;

/** What a token was made out of, and what was made out of it. */
@Controller("/lineage")
@ExecuteOn(TaskExecutors.BLOCKING)
class LineageController {
    private final Lineages lineages;
    private final DecisionJson json;
    private final Asking asking;

    LineageController(Lineages lineages, DecisionJson json, Asking asking) {
        this.lineages = lineages;
        this.json = json;
        this.asking = asking;
    }

    @Get("/{tokenId}")
    HttpResponse<byte[]> lineage(HttpRequest<?> request, @PathVariable String tokenId) {
        Caller.of(request).needs(AdminScope.DECISION_READ);
        asking.head(request);
        String after = Asking.parameter(request, "after").orElse("");
        int limit = asking.limit(request);
        Lineage lineage = lineages.of(tokenId, after, limit + 1);
        if (lineage.issued().isEmpty() && lineage.descendants().isEmpty() && after.isEmpty()) {
            throw Problem.notFound("no decision that has landed names this token");
        }
        ObjectNode answer = Json.object();
        lineage.issued().ifPresent(decision -> answer.set("issued", json.of(decision)));
        ArrayNode ancestors = answer.putArray("ancestors");
        lineage.ancestors().forEach(decision -> ancestors.add(json.of(decision)));
        ArrayNode descendants = answer.putArray("descendants");
        lineage.descendants().stream()
                .limit(limit)
                .forEach(decision -> descendants.add(json.of(decision)));
        if (lineage.descendants().size() > limit) {
            DecisionRecord last = lineage.descendants().get(limit - 1);
            answer.put("next", last.id());
        }
        return Json.ok(answer);
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.List;
import org.narrows.events.decision.CompiledPolicy;
import org.narrows.events.decision.WhoCan;
import org.narrows.events.value.AudienceId;
import org.narrows.projector.store.LiveSnapshots;

/** Which clients can get a token for an audience. */
@Controller("/who-can")
@ExecuteOn(TaskExecutors.BLOCKING)
class WhoCanController {
    private final LiveSnapshots snapshots;
    private final Asking asking;

    WhoCanController(LiveSnapshots snapshots, Asking asking) {
        this.snapshots = snapshots;
        this.asking = asking;
    }

    @Get
    HttpResponse<byte[]> whoCan(HttpRequest<?> request) {
        Caller.of(request).needs(AdminScope.CONSENT_READ);
        AudienceId audience = audience(Asking.required(request, "audience"));
        String after = Asking.parameter(request, "after").orElse("");
        int limit = asking.limit(request);
        Asking.Moment moment = asking.moment(request);
        CompiledPolicy policy = snapshots.read(head -> head.asOf(moment.seq()).policy());
        if (policy.audience(audience).isEmpty()) {
            throw Problem.malformed("audience", "there is no audience `" + audience + "`");
        }
        List<WhoCan.Line> found =
                WhoCan.into(audience, policy, moment.time()).stream()
                        .filter(line -> line.client().value().compareTo(after) > 0)
                        .limit(limit + 1L)
                        .toList();
        return Json.ok(
                Json.page(found, limit, WhoCanController::json, line -> line.client().value()));
    }

    private static AudienceId audience(String id) {
        try {
            return new AudienceId(id);
        } catch (IllegalArgumentException e) {
            throw Problem.malformed("audience", String.valueOf(e.getMessage()));
        }
    }

    private static ObjectNode json(WhoCan.Line line) {
        ObjectNode json =
                Json.object().put("client", line.client().value()).put("from", line.from().value());
        ArrayNode rules = json.putArray("rules");
        line.rules().forEach(rule -> rules.add(rule.value()));
        ArrayNode scopes = json.putArray("scopes");
        line.scopes().forEach(scope -> scopes.add(scope.value()));
        return json;
    }
}

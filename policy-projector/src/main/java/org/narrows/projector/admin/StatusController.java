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
import java.time.Duration;
import org.narrows.events.state.RowKind;
import org.narrows.events.value.Hash;
import org.narrows.projector.projection.Projector;
import org.narrows.projector.projection.ProjectorState;
import org.narrows.projector.projection.TopicEnd;
import org.narrows.projector.store.LiveRows;
import org.narrows.projector.store.StoredCheckpoint;

/** Where the projection stands. */
@Controller("/status")
@ExecuteOn(TaskExecutors.BLOCKING)
class StatusController {
    private static final int MANY = 1000;

    private final LiveRows rows;
    private final TopicEnd end;
    private final Projector projector;
    private final Asking asking;

    StatusController(LiveRows rows, TopicEnd end, Projector projector, Asking asking) {
        this.rows = rows;
        this.end = end;
        this.projector = projector;
        this.asking = asking;
    }

    @Get
    HttpResponse<byte[]> status(HttpRequest<?> request) {
        StoredCheckpoint head = asking.head(request);
        long behind = Math.max(0, end.offset() - head.nextOffset());
        ObjectNode json = Json.object();
        json.putObject("position").put("logId", head.logId()).put("seq", head.seq());
        json.put("end", head.seq() + behind);
        json.put("head", head.headHash().toString());
        ObjectNode lag = json.putObject("lag").put("events", behind);
        if (head.caughtUpAt() != null) {
            lag.put("seconds", Duration.between(head.caughtUpAt(), head.now()).toMillis() / 1000.0);
            json.put("caughtUpAt", head.caughtUpAt().toString());
        }
        json.put("generation", head.generation());
        json.put("foldVersion", head.foldVersion());
        json.putObject("digests")
                .put("live", Hash.of(head.digestLive()).toString())
                .put("closed", Hash.of(head.digestClosed()).toString())
                .put("verdicts", Hash.of(head.digestVerdicts()).toString());
        ArrayNode quarantine = json.putArray("quarantine");
        for (var stored : rows.list(RowKind.QUARANTINE.name(), head.seq(), "", "", MANY)) {
            ObjectNode item = quarantine.addObject().put("seq", stored.since());
            item.set("names", Json.stored(stored.body()).path("names"));
        }
        if (head.heldUp() != null) {
            json.put("heldUp", head.heldUp());
        }
        if (projector.state() instanceof ProjectorState.Stopped(String reason)) {
            json.put("stopped", reason);
        }
        return Json.ok(json);
    }
}

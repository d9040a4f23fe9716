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
import org.narrows.events.value.Position;
import org.narrows.projector.store.JudgedRecord;
import org.narrows.projector.store.LiveLog;

/** The log as it was folded. */
@Controller("/log")
@ExecuteOn(TaskExecutors.BLOCKING)
class LogController {
    private final LiveLog log;
    private final Asking asking;

    LogController(LiveLog log, Asking asking) {
        this.log = log;
        this.asking = asking;
    }

    @Get
    HttpResponse<byte[]> list(HttpRequest<?> request) {
        Caller.of(request).needs(AdminScope.LOG_OPERATE);
        asking.head(request);
        long after = Asking.parameter(request, "after").map(seq -> seq("after", seq)).orElse(0L);
        int limit = asking.limit(request);
        return Json.ok(
                Json.page(
                        log.list(after, limit + 1),
                        limit,
                        RecordJson::record,
                        record -> Long.toString(record.seq())));
    }

    @Get("/{seq}")
    HttpResponse<byte[]> one(HttpRequest<?> request, @PathVariable String seq) {
        Caller.of(request).needs(AdminScope.LOG_OPERATE);
        asking.head(request);
        JudgedRecord record =
                log.at(seq("seq", seq))
                        .orElseThrow(() -> Problem.notFound("there is no record with this seq"));
        return Json.ok(RecordJson.whole(record));
    }

    private static long seq(String name, String text) {
        if (!Position.isSeq(text)) {
            throw Problem.malformed(name, "`" + name + "` is a seq");
        }
        return Long.parseLong(text);
    }
}

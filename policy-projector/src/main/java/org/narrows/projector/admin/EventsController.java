// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.narrows.projector.publish.Publisher;
import org.narrows.projector.publish.Publisher.Published;
import org.narrows.projector.store.LiveLog;
import org.narrows.projector.store.StoredCheckpoint;

/** Events in, verdicts out. */
@Controller("/events")
@ExecuteOn(TaskExecutors.BLOCKING)
class EventsController {
    private static final String SINGLE = "application/cloudevents+json";
    private static final String BATCH = "application/cloudevents-batch+json";

    private final Proposals proposals;
    private final Publisher publisher;
    private final LiveLog log;
    private final Asking asking;

    EventsController(Proposals proposals, Publisher publisher, LiveLog log, Asking asking) {
        this.proposals = proposals;
        this.publisher = publisher;
        this.log = log;
        this.asking = asking;
    }

    @Post
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> publish(HttpRequest<?> request, @Body byte @Nullable [] body) {
        Caller caller = Caller.of(request);
        caller.needs(AdminScope.POLICY_WRITE, AdminScope.CONSENT_WRITE, AdminScope.LOG_OPERATE);
        byte[] value = body == null ? new byte[0] : body;
        String type = request.getContentType().map(MediaType::getName).orElse("");
        return switch (type) {
            case SINGLE ->
                    Json.ok(publish(List.of(proposals.single(value, caller)), caller).get(0));
            case BATCH -> Json.ok(publish(proposals.batch(value, caller), caller));
            default ->
                    throw Problem.of(
                            HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                            "events are sent as " + SINGLE + " or " + BATCH);
        };
    }

    private JsonNode publish(List<byte[]> values, Caller caller) {
        List<JsonNode> verdicts = new ArrayList<>();
        for (Published published : publisher.publish(values, caller.subject())) {
            verdicts.add(RecordJson.verdict(published.log(), published.record()));
        }
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        array.addAll(verdicts);
        return array;
    }

    @Get("/{id}")
    HttpResponse<byte[]> one(HttpRequest<?> request, @PathVariable String id) {
        Caller.of(request)
                .needs(AdminScope.POLICY_WRITE, AdminScope.CONSENT_WRITE, AdminScope.LOG_OPERATE);
        StoredCheckpoint head = asking.head(request);
        return log.first(id)
                .map(record -> Json.ok(RecordJson.verdict(head.log(), record)))
                .orElseThrow(() -> Problem.notFound("no event with this id has a verdict"));
    }
}

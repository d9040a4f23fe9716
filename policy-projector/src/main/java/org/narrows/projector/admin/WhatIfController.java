// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.narrows.events.event.ChangeSet;
import org.narrows.events.event.ConsentEvent;
import org.narrows.events.event.Event;
import org.narrows.events.event.InvitationEvent;
import org.narrows.events.event.LogEvent;
import org.narrows.events.event.PolicyChanged;
import org.narrows.events.event.QuarantineResolved;
import org.narrows.events.event.RevocationEvent;
import org.narrows.events.event.UserEvent;
import org.narrows.events.wire.EventCodec;
import org.narrows.events.wire.MalformedException;
import org.narrows.projector.ProjectorConfiguration;
import org.narrows.projector.cli.CommandFailure;
import org.narrows.projector.cli.CurrentPolicy;
import org.narrows.projector.cli.PolicyDifference;
import org.narrows.projector.cli.PolicyFiles;
import org.narrows.projector.insight.Difference;
import org.narrows.projector.insight.Imagined;
import org.narrows.projector.insight.RejectedException;
import org.narrows.projector.insight.WhatIf;

/** What a change would have made of the exchanges of late. */
@Controller("/what-if")
@ExecuteOn(TaskExecutors.BLOCKING)
class WhatIfController {
    private static final Set<String> MEMBERS = Set.of("policy", "prune", "events", "window");

    /** So long a connection of the pool is held at most. */
    private static final Duration WITHIN = Duration.ofMinutes(5);

    private final WhatIf whatIf;
    private final Duration retention;
    private final Asking asking;

    WhatIfController(WhatIf whatIf, ProjectorConfiguration configuration, Asking asking) {
        this.whatIf = whatIf;
        this.retention = configuration.decisionRetention();
        this.asking = asking;
    }

    @Post
    @Consumes("application/json")
    HttpResponse<byte[]> compare(HttpRequest<?> request, @Body byte[] body) {
        Caller caller = Caller.of(request);
        caller.needs(AdminScope.DECISION_READ);
        asking.head(request);
        JsonNode asked = org.narrows.events.wire.Json.parse(body);
        asked.fieldNames()
                .forEachRemaining(
                        name -> {
                            if (!MEMBERS.contains(name)) {
                                throw Problem.malformed(name, "`" + name + "` is not known here");
                            }
                        });
        Duration window = window(asked.path("window"));
        boolean prune = asked.path("prune").asBoolean();
        if (asked.has("prune") && !asked.path("prune").isBoolean()) {
            throw Problem.malformed("prune", "`prune` is true or false");
        }
        List<String> documents = list(asked, "policy");
        List<ChangeSet> events = events(asked);
        if (documents.isEmpty() && events.isEmpty()) {
            throw Problem.malformed("policy", "there is neither a `policy` nor an event");
        }
        // A refused candidate tells what is there, so it takes what reading that takes.
        if (!documents.isEmpty()) {
            caller.needs(AdminScope.POLICY_READ);
        }
        events.forEach(event -> caller.needs(toRead(event.event())));
        int[] changes = {0};
        try {
            Difference difference =
                    whatIf.of(
                            head -> {
                                List<ChangeSet> all = new ArrayList<>();
                                if (!documents.isEmpty()) {
                                    policy(documents, prune, head, all);
                                }
                                changes[0] = all.size();
                                all.addAll(events);
                                return all;
                            },
                            window,
                            WITHIN);
            return Json.ok(json(difference));
        } catch (RejectedException e) {
            String path =
                    e.index() < changes[0] ? "policy" : "events[" + (e.index() - changes[0]) + "]";
            throw Problem.malformed(path, "the log would reject it: " + e.getMessage());
        } catch (CommandFailure e) {
            throw Problem.malformed("policy", e.sentence());
        }
    }

    private static AdminScope toRead(Event event) {
        return switch (event) {
            case PolicyChanged _ -> AdminScope.POLICY_READ;
            case ConsentEvent _, UserEvent _, InvitationEvent _, RevocationEvent _ ->
                    AdminScope.CONSENT_READ;
            case QuarantineResolved _, LogEvent _ -> AdminScope.LOG_OPERATE;
        };
    }

    private static void policy(
            List<String> documents, boolean prune, Imagined head, List<ChangeSet> events) {
        PolicyDifference difference =
                PolicyDifference.between(
                        CurrentPolicy.of(head.state()), PolicyFiles.of(documents, "policy"), prune);
        if (!difference.isEmpty()) {
            try {
                events.add(EventCodec.decode(difference.proposal().bytes()));
            } catch (MalformedException e) {
                throw Problem.malformed("policy", String.valueOf(e.getMessage()));
            }
        }
    }

    private Duration window(JsonNode window) {
        try {
            Duration asked = Duration.parse(window.asText());
            if (asked.compareTo(retention) > 0) {
                throw Problem.malformed(
                        "window", "`window` is " + retention + " at most, as decisions are kept");
            }
            if (asked.isPositive()) {
                return asked;
            }
        } catch (DateTimeParseException e) {
            // said below
        }
        throw Problem.malformed("window", "`window` is an ISO 8601 duration, as PT24H");
    }

    private static List<String> list(JsonNode asked, String member) {
        if (asked.has(member) && !asked.path(member).isArray()) {
            throw Problem.malformed(member, "`" + member + "` is an array");
        }
        List<String> texts = new ArrayList<>();
        asked.path(member).forEach(one -> texts.add(one.toString()));
        return texts;
    }

    private static List<ChangeSet> events(JsonNode asked) {
        List<String> texts = list(asked, "events");
        List<ChangeSet> events = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            try {
                events.add(
                        EventCodec.decode(
                                texts.get(i).getBytes(java.nio.charset.StandardCharsets.UTF_8)));
            } catch (MalformedException e) {
                throw Problem.malformed(
                        "events[" + i + "]" + (e.path().isEmpty() ? "" : "." + e.path()),
                        String.valueOf(e.getMessage()));
            }
        }
        return events;
    }

    private static ObjectNode json(Difference difference) {
        ObjectNode json = Json.object();
        json.set("decisions", json(difference.decisions()));
        json.set("newlyAllowed", json(difference.newlyAllowed()));
        json.set("newlyDenied", json(difference.newlyDenied()));
        json.set("changedScope", json(difference.changedScope()));
        return json;
    }

    private static ObjectNode json(Difference.Tally tally) {
        ObjectNode json = Json.object().put("count", tally.count());
        ArrayNode clients = json.putArray("clients");
        tally.clients()
                .forEach(
                        (client, of) -> {
                            ObjectNode item = clients.addObject();
                            item.put("client", client.value()).put("users", of.users());
                            if (of.atLeast()) {
                                item.put("atLeast", true);
                            }
                            of.examples().forEach(item.putArray("examples")::add);
                        });
        return json;
    }
}

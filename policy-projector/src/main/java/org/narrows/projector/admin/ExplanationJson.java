// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Singleton;
import org.narrows.events.decision.Decider;
import org.narrows.events.event.EventType;
import org.narrows.events.value.Scopes;
import org.narrows.projector.insight.DecidingEvent;
import org.narrows.projector.insight.Explanation;
import org.narrows.projector.insight.Outcome;
import org.narrows.projector.store.JudgedRecord;

/** An explanation as an answer: the decision, and beside it what is made of the same again. */
@Singleton
class ExplanationJson {
    private final DecisionJson decisions;

    ExplanationJson(DecisionJson decisions) {
        this.decisions = decisions;
    }

    ObjectNode of(Explanation explanation) {
        ObjectNode json = decisions.of(explanation.decision());
        json.put("same", explanation.same());
        if (!explanation.same()) {
            differences(json.putObject("differences"), explanation);
            explanation.because().forEach(json.putArray("because")::add);
        }
        json.set("now", now(explanation.now()));
        ArrayNode history = json.putArray("history");
        explanation.history().forEach(event -> history.add(event(event)));
        return json;
    }

    /** What was recorded, and what is decided of the same, of every member in which they differ. */
    private static void differences(ObjectNode differences, Explanation explanation) {
        ObjectNode recorded = whole(explanation.recorded());
        ObjectNode decided = whole(explanation.again());
        recorded.put("decideVersion", explanation.decision().decideVersion());
        decided.put("decideVersion", Decider.VERSION);
        recorded.put("foldVersion", explanation.decision().foldVersion());
        decided.put("foldVersion", explanation.foldVersion());
        recorded.properties()
                .forEach(
                        member -> {
                            JsonNode other = decided.path(member.getKey());
                            if (!member.getValue().equals(other)) {
                                ObjectNode difference = differences.putObject(member.getKey());
                                difference.set("recorded", member.getValue());
                                difference.set("decided", other);
                            }
                        });
    }

    private static ObjectNode whole(Outcome outcome) {
        ObjectNode json = now(outcome);
        ArrayNode rules = json.putArray("rules");
        outcome.rules().forEach(rule -> rules.add(rule.value()));
        ArrayNode to = json.putArray("to");
        outcome.targets().forEach(target -> to.add(target.value()));
        json.put("granted", outcome.granted().map(Scopes::toString).orElse(""));
        json.put("expiresAt", outcome.expiresAt().map(Object::toString).orElse(""));
        outcome.lineage().forEach(json.putArray("lineage")::add);
        ArrayNode admits = json.putArray("admits");
        outcome.admits().forEach(audience -> admits.add(audience.value()));
        return json;
    }

    private static ObjectNode now(Outcome outcome) {
        ObjectNode json = Json.object().put("outcome", outcome.permitted() ? "permit" : "deny");
        json.set("reasons", DecisionJson.reasons(outcome.reasons()));
        return json;
    }

    private static ObjectNode event(DecidingEvent event) {
        JudgedRecord record = event.record();
        ObjectNode json = Json.object();
        json.put("seq", record.seq());
        json.put("time", record.time().toString());
        if (record.type() != null) {
            json.put("type", EventType.PREFIX + record.type());
        }
        if (record.actor() != null) {
            json.put("actor", record.actor());
        }
        if (record.why() != null) {
            json.put("reason", record.why());
        }
        ArrayNode about = json.putArray("about");
        event.about()
                .forEach(
                        subject ->
                                about.addObject()
                                        .put("kind", subject.kind())
                                        .put("id", subject.id()));
        return json;
    }
}

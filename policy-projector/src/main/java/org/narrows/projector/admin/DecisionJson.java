// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.events.decision.DecisionRecord.RecordedReason;
import org.narrows.events.decision.Exchange;
import org.narrows.events.state.Row.ClientRow;
import org.narrows.events.state.RowKind;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.Scopes;
import org.narrows.projector.store.LandedDecision;
import org.narrows.projector.store.LiveRows;

/** A decision as an answer: who asked for what, from where to where, and what came of it. */
@Singleton
class DecisionJson {
    private final LiveRows rows;

    DecisionJson(LiveRows rows) {
        this.rows = rows;
    }

    ObjectNode of(LandedDecision landed) {
        return of(landed.decision());
    }

    ObjectNode of(DecisionRecord decision) {
        ObjectNode json = Json.object().put("id", decision.id());
        json.putObject("position")
                .put("logId", decision.position().logId().value())
                .put("seq", decision.position().seq());
        json.put("at", decision.now().toString());
        json.put("outcome", decision.permitted() ? "permit" : "deny");
        decision.rules().forEach(rule -> array(json, "rules").add(rule.value()));
        array(json, "rules");
        json.set("reasons", reasons(decision.reasons()));
        json.put("client", decision.client().value());
        decision.exchange()
                .map(exchange -> exchange.subject().party())
                .ifPresent(
                        user ->
                                json.putObject("user")
                                        .put("issuer", user.issuer().value())
                                        .put("subject", user.subject()));
        home(decision).ifPresent(from -> json.put("from", from.value()));
        List<String> to = decision.named();
        if (to.size() == 1) {
            json.put("to", to.getFirst());
        } else {
            to.forEach(array(json, "to")::add);
        }
        decision.exchange()
                .flatMap(Exchange::requested)
                .map(Scopes::toString)
                .ifPresent(requested -> json.put("requested", requested));
        decision.granted().ifPresent(granted -> json.put("granted", granted.toString()));
        decision.tokenId().ifPresent(token -> json.put("tokenId", token));
        decision.lineage().forEach(array(json, "lineage")::add);
        return json.put("latency", decision.latency().toString());
    }

    static ArrayNode reasons(List<RecordedReason> reasons) {
        ArrayNode items = Json.object().arrayNode();
        for (RecordedReason reason : reasons) {
            ObjectNode item = items.addObject().put("code", reason.code());
            new TreeMap<>(reason.evidence()).forEach(item::put);
        }
        return items;
    }

    /** Where the client was at home when it was decided. */
    private Optional<AudienceId> home(DecisionRecord decision) {
        return rows.find(
                        RowKind.CLIENT.name(),
                        "",
                        decision.client().value(),
                        decision.position().seq())
                .map(stored -> ((ClientRow) stored.row()).entry().audience());
    }

    private static ArrayNode array(ObjectNode json, String name) {
        return json.withArray("/" + name);
    }
}

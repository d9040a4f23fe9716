// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.narrows.events.decision.Provenance;
import org.narrows.events.decision.Provenance.ActorProvenance;
import org.narrows.events.decision.Provenance.Hop;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.policy.Rule.Mode;
import org.narrows.events.value.AudienceId;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.Position;
import org.narrows.events.value.RuleId;
import org.narrows.events.value.Scopes;

/** The `provenance` claim of issued tokens (DESIGN §6). */
public final class ProvenanceCodec {
    private static final int MAX_HOPS = 1_000;
    private static final int MAX_LINEAGE = 1_000;
    private static final int MAX_TOKEN_ID = 512;

    private ProvenanceCodec() {}

    public static ObjectNode encode(Provenance provenance) {
        ObjectNode json = Json.object().put("iat", provenance.rootIssuedAt());
        json.set("hops", hops(provenance.hops()));
        ArrayNode actors = json.putArray("actors");
        for (ActorProvenance actor : provenance.actors()) {
            ObjectNode one = actors.addObject();
            one.set("lineage", Values.texts(actor.lineage()));
            one.put("iat", actor.issuedAt());
            one.set("hops", hops(actor.hops()));
        }
        return json;
    }

    private static ArrayNode hops(List<Hop> hops) {
        ArrayNode array = Json.array();
        for (Hop hop : hops) {
            ObjectNode json = array.addObject().put("client", hop.client().value());
            if (hop.to().size() == 1) {
                json.put("to", hop.to().getFirst().value());
            } else {
                json.set("to", Values.texts(hop.to()));
            }
            json.set("rules", Values.texts(hop.rules()));
            json.put("scope", hop.scope().toString());
            json.put("seq", hop.seq());
            json.put("mode", hop.mode().text());
            hop.actor().ifPresent(actor -> json.put("actor", actor.text()));
            if (hop.open()) {
                json.put("open", true);
            }
        }
        return array;
    }

    /**
     * Reads the claim back.
     *
     * @throws MalformedException naming the path of the member that is wrong
     */
    public static Provenance decode(JsonNode claim) {
        return read(new Located(claim, "provenance"));
    }

    static Provenance read(Located at) {
        Members members = at.members();
        long issuedAt = members.need("iat").integer(-Position.MAX_SEQ, Position.MAX_SEQ);
        List<Hop> hops = members.need("hops").list(MAX_HOPS, ProvenanceCodec::hop);
        List<ActorProvenance> actors =
                members.need("actors").list(MAX_HOPS, ProvenanceCodec::actor);
        members.end();
        return new Provenance(issuedAt, hops, actors);
    }

    private static ActorProvenance actor(Located at) {
        Members members = at.members();
        ActorProvenance actor =
                new ActorProvenance(
                        members.need("lineage").list(MAX_LINEAGE, id -> id.printable(MAX_TOKEN_ID)),
                        members.need("iat").integer(-Position.MAX_SEQ, Position.MAX_SEQ),
                        members.need("hops").list(MAX_HOPS, ProvenanceCodec::hop));
        members.end();
        return actor;
    }

    private static Hop hop(Located at) {
        Members members = at.members();
        List<AudienceId> to = oneOrMore(members.need("to")).stream().map(Values::audience).toList();
        List<RuleId> rules = members.need("rules").someOf(Values::rule);
        ClientId client = Values.client(members.need("client"));
        Scopes scope = members.need("scope").as(Scopes::parse);
        long seq = members.need("seq").integer(0, Position.MAX_SEQ);
        Mode mode = members.need("mode").oneOf(List.of(Mode.values()), Mode::text);
        var actor =
                members.find("actor")
                        .map(kind -> kind.oneOf(List.of(ActorKind.values()), ActorKind::text));
        boolean open = members.find("open").map(Located::flag).orElse(false);
        members.end();
        return at.checked(() -> new Hop(client, to, rules, scope, seq, mode, actor, open));
    }

    private static List<Located> oneOrMore(Located at) {
        return at.json().isArray() ? at.someOf(item -> item) : List.of(at);
    }
}

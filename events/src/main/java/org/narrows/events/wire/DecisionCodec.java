// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.events.wire;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.narrows.events.decision.DecisionRecord;
import org.narrows.events.decision.DecisionRecord.RecordedReason;
import org.narrows.events.decision.Exchange;
import org.narrows.events.decision.Exchange.Parameter;
import org.narrows.events.decision.Exchange.Target;
import org.narrows.events.decision.PresentedToken;
import org.narrows.events.decision.PresentedToken.MayAct;
import org.narrows.events.decision.PresentedToken.Origin;
import org.narrows.events.policy.Rule.ActorKind;
import org.narrows.events.value.Confirmation;
import org.narrows.events.value.Confirmation.Certificate;
import org.narrows.events.value.Confirmation.DpopKey;
import org.narrows.events.value.IssuerUrl;
import org.narrows.events.value.LogId;
import org.narrows.events.value.Position;
import org.narrows.events.value.Scopes;
import org.narrows.events.value.TokenRef;

/** Decision records as JSON (DESIGN §9): what `explain` and `what-if` decide again from. */
public final class DecisionCodec {
    /** Raised with every change of the form; a reader refuses what it does not know. */
    public static final int VERSION = 1;

    /** What it holds was bounded when it came in; what is read back is our own. */
    private static final int MANY = Integer.MAX_VALUE;

    private DecisionCodec() {}

    public static byte[] encode(DecisionRecord decision) {
        return Json.canonicalBytes(toJson(decision));
    }

    /** The record as a JSON object. */
    public static ObjectNode toJson(DecisionRecord decision) {
        ObjectNode json = Json.object().put("v", VERSION).put("id", decision.id());
        json.putObject("position")
                .put("logId", decision.position().logId().value())
                .put("seq", decision.position().seq());
        json.put("generation", decision.generation())
                .put("foldVersion", decision.foldVersion())
                .put("decideVersion", decision.decideVersion())
                .put("now", decision.now().toString())
                .put("client", decision.client().value());
        decision.exchange().ifPresent(exchange -> json.set("exchange", exchange(exchange)));
        if (!decision.found().isEmpty()) {
            json.set("found", texts(decision.found()));
        }
        json.put("outcome", decision.permitted() ? "permit" : "deny");
        json.set("targets", Values.texts(decision.targets()));
        json.set("rules", Values.texts(decision.rules()));
        decision.granted().ifPresent(granted -> json.put("granted", granted.toString()));
        ArrayNode reasons = json.putArray("reasons");
        for (RecordedReason reason : decision.reasons()) {
            reasons.addObject()
                    .put("code", reason.code())
                    .set("evidence", texts(new TreeMap<>(reason.evidence())));
        }
        decision.tokenId().ifPresent(id -> json.put("tokenId", id));
        decision.tokenExpiresAt().ifPresent(at -> json.put("tokenExpiresAt", at.toString()));
        json.set("lineage", Values.texts(decision.lineage()));
        if (!decision.admits().isEmpty()) {
            json.set("admits", Values.texts(decision.admits()));
        }
        json.put("latency", decision.latency().toString());
        return json;
    }

    private static ObjectNode texts(SortedMap<String, String> texts) {
        ObjectNode json = Json.object();
        texts.forEach(json::put);
        return json;
    }

    private static ObjectNode exchange(Exchange exchange) {
        ObjectNode json = Json.object().put("client", exchange.client().value());
        json.set("subject", token(exchange.subject()));
        exchange.actor().ifPresent(actor -> json.set("actor", token(actor)));
        ArrayNode targets = json.putArray("targets");
        exchange.targets()
                .forEach(
                        target ->
                                targets.addObject().put(word(target.parameter()), target.value()));
        exchange.requested().ifPresent(requested -> json.put("requested", requested.toString()));
        ArrayNode proven = json.putArray("proven");
        exchange.proven().forEach(confirmation -> proven.add(confirmation(confirmation)));
        return json;
    }

    private static String word(Parameter parameter) {
        return switch (parameter) {
            case AUDIENCE -> "audience";
            case RESOURCE -> "resource";
        };
    }

    /** As the `cnf` claim has it (RFC 9449 §6.1, RFC 8705 §3.1). */
    private static ObjectNode confirmation(Confirmation confirmation) {
        return switch (confirmation) {
            case DpopKey(var jkt) -> Json.object().put("jkt", jkt);
            case Certificate(var x5t) -> Json.object().put("x5t#S256", x5t);
        };
    }

    private static ObjectNode token(PresentedToken token) {
        ObjectNode json = Json.object();
        json.put("issuer", token.ref().issuer().value()).put("tokenId", token.ref().tokenId());
        json.set("origin", origin(token.origin()));
        json.set("party", Values.encode(token.party()));
        json.put("kind", token.kind().text()).put("idToken", token.idToken());
        json.set("audiences", Values.texts(token.audiences()));
        token.authorizedParty().ifPresent(azp -> json.put("authorizedParty", azp));
        json.put("scopes", token.scopes().toString());
        token.issuedAt().ifPresent(at -> json.put("issuedAt", at.toString()));
        json.put("expiresAt", token.expiresAt().toString());
        if (!token.actors().isEmpty()) {
            json.set("actors", Values.texts(token.actors()));
        }
        token.mayAct().ifPresent(mayAct -> json.set("mayAct", mayAct(mayAct)));
        token.boundTo().ifPresent(bound -> json.set("boundTo", confirmation(bound)));
        token.authTime().ifPresent(at -> json.put("authTime", at.toString()));
        token.acr().ifPresent(acr -> json.put("acr", acr));
        if (!token.amr().isEmpty()) {
            json.set("amr", Values.texts(token.amr()));
        }
        if (!token.claims().isEmpty()) {
            json.set("claims", Values.encodeClaims(token.claims()));
        }
        return json;
    }

    private static ObjectNode origin(Origin origin) {
        ObjectNode json = Json.object();
        switch (origin) {
            case Origin.Foreign(var issuer) -> json.put("issuer", issuer.value());
            case Origin.Own(var clientId, long policySeq, var lineage, var provenance) -> {
                json.put("clientId", clientId).put("policySeq", policySeq);
                json.set("lineage", Values.texts(lineage));
                json.set("provenance", ProvenanceCodec.encode(provenance));
            }
        }
        return json;
    }

    private static ObjectNode mayAct(MayAct mayAct) {
        ObjectNode json = Json.object();
        mayAct.issuer().ifPresent(issuer -> json.put("iss", issuer));
        mayAct.subject().ifPresent(subject -> json.put("sub", subject));
        if (!mayAct.otherMembers().isEmpty()) {
            json.set("otherMembers", Values.texts(mayAct.otherMembers()));
        }
        return json;
    }

    /**
     * Reads a decision record back, whole.
     *
     * @throws MalformedException naming the path of the member that is wrong, also where a newer
     *     release wrote the record
     */
    public static DecisionRecord decode(byte[] value) {
        Members json = Located.whole(Json.parse(value, Json.WRAPPED_DEPTH)).members();
        Located version = json.need("v");
        if (version.integer(0, Integer.MAX_VALUE) != VERSION) {
            throw version.wrong("must be " + VERSION + ", the version that is known here");
        }
        DecisionRecord decision =
                new DecisionRecord(
                        json.need("id").text(),
                        position(json.need("position")),
                        number(json, "generation"),
                        number(json, "foldVersion"),
                        number(json, "decideVersion"),
                        instant(json.need("now")),
                        Values.client(json.need("client")),
                        json.find("exchange").map(DecisionCodec::exchange),
                        json.find("found").map(DecisionCodec::texts).orElseGet(TreeMap::new),
                        json.need("outcome")
                                .oneOf(List.of(true, false), p -> p ? "permit" : "deny"),
                        json.need("targets").list(MANY, Values::audience),
                        json.need("rules").list(MANY, Values::rule),
                        json.find("granted").map(granted -> granted.as(Scopes::parse)),
                        json.need("reasons").list(MANY, DecisionCodec::reason),
                        json.find("tokenId").map(Located::text),
                        json.find("tokenExpiresAt").map(DecisionCodec::instant),
                        json.need("lineage").list(MANY, Located::text),
                        json.find("admits")
                                .map(list -> list.list(MANY, Values::audience))
                                .orElse(List.of()),
                        json.need("latency").duration(Duration.ZERO, Duration.ofDays(1)));
        json.end();
        return decision;
    }

    /** Tokens of others may expire in years that have more digits than RFC 3339 knows. */
    private static Instant instant(Located at) {
        try {
            return Instant.parse(at.text());
        } catch (DateTimeParseException e) {
            throw at.wrong("must be an instant");
        }
    }

    private static int number(Members json, String member) {
        return (int) json.need(member).integer(0, Integer.MAX_VALUE);
    }

    private static Position position(Located at) {
        Members json = at.members();
        Position position =
                new Position(
                        json.need("logId").as(LogId::new),
                        json.need("seq").integer(0, Position.MAX_SEQ));
        json.end();
        return position;
    }

    private static SortedMap<String, String> texts(Located at) {
        return at.members().map(MANY, name -> name, Located::text);
    }

    private static RecordedReason reason(Located at) {
        Members json = at.members();
        RecordedReason reason =
                new RecordedReason(json.need("code").text(), texts(json.need("evidence")));
        json.end();
        return reason;
    }

    private static Exchange exchange(Located at) {
        Members json = at.members();
        Exchange exchange =
                new Exchange(
                        Values.client(json.need("client")),
                        token(json.need("subject")),
                        json.find("actor").map(DecisionCodec::token),
                        json.need("targets").list(MANY, DecisionCodec::target),
                        json.find("requested").map(requested -> requested.as(Scopes::parse)),
                        json.need("proven").list(MANY, DecisionCodec::confirmation));
        json.end();
        return exchange;
    }

    private static Target target(Located at) {
        Members json = at.members();
        Located value = json.either("audience", "resource");
        json.end();
        return new Target(
                json.find("audience").isPresent() ? Parameter.AUDIENCE : Parameter.RESOURCE,
                value.text());
    }

    private static Confirmation confirmation(Located at) {
        Members json = at.members();
        Located value = json.either("jkt", "x5t#S256");
        json.end();
        return json.find("jkt").isPresent()
                ? new DpopKey(value.text())
                : new Certificate(value.text());
    }

    private static PresentedToken token(Located at) {
        Members json = at.members();
        IssuerUrl issuer = Values.issuer(json.need("issuer"));
        PresentedToken token =
                new PresentedToken(
                        json.need("tokenId").as(id -> new TokenRef(issuer, id)),
                        origin(json.need("origin")),
                        Values.user(json.need("party")),
                        json.need("kind").oneOf(List.of(ActorKind.values()), ActorKind::text),
                        json.need("idToken").flag(),
                        Values.setOf(json.need("audiences").list(MANY, Located::text)),
                        json.find("authorizedParty").map(Located::text),
                        json.need("scopes").as(Scopes::parse),
                        json.find("issuedAt").map(DecisionCodec::instant),
                        instant(json.need("expiresAt")),
                        json.find("actors").map(DecisionCodec::list).orElse(List.of()),
                        json.find("mayAct").map(DecisionCodec::mayAct),
                        json.find("boundTo").map(DecisionCodec::confirmation),
                        json.find("authTime").map(DecisionCodec::instant),
                        json.find("acr").map(Located::text),
                        Values.setOf(json.find("amr").map(DecisionCodec::list).orElse(List.of())),
                        json.find("claims").map(DecisionCodec::claims).orElseGet(TreeMap::new));
        json.end();
        return token;
    }

    private static List<String> list(Located at) {
        return at.list(MANY, Located::text);
    }

    private static SortedMap<String, String> claims(Located at) {
        return at.members().map(MANY, name -> name, claim -> Json.canonical(claim.json()));
    }

    private static Origin origin(Located at) {
        Members json = at.members();
        Origin origin =
                json.find("issuer")
                        .<Origin>map(issuer -> new Origin.Foreign(Values.issuer(issuer)))
                        .orElseGet(
                                () ->
                                        new Origin.Own(
                                                json.need("clientId").text(),
                                                json.need("policySeq").integer(0, Position.MAX_SEQ),
                                                json.need("lineage").list(MANY, Located::text),
                                                ProvenanceCodec.read(json.need("provenance"))));
        json.end();
        return origin;
    }

    private static MayAct mayAct(Located at) {
        Members json = at.members();
        MayAct mayAct =
                new MayAct(
                        json.find("iss").map(Located::text),
                        json.find("sub").map(Located::text),
                        Values.setOf(
                                json.find("otherMembers")
                                        .map(DecisionCodec::list)
                                        .orElse(List.of())));
        json.end();
        return mayAct;
    }
}

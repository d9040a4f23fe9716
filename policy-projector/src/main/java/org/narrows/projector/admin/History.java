// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.narrows.events.policy.Kind;
import org.narrows.projector.store.JudgedRecord;
import org.narrows.projector.store.LiveLog;
import org.narrows.projector.store.StoredRow;

/**
 * Who changed an entry, when, why and how: read from the events at the seqs where its versions
 * meet.
 */
@Singleton
class History {
    /** The changes that take other entries along, and how each names what it takes away. */
    private static final Map<String, String> TAKING =
            Map.of("audienceRetired", "id", "clientRemoved", "id", "scopeRetired", "scope");

    private final LiveLog log;

    History(LiveLog log) {
        this.log = log;
    }

    /** One item for each change, the oldest first. */
    List<ObjectNode> of(List<StoredRow> versions, long upTo) {
        TreeMap<Long, StoredRow> met = new TreeMap<>();
        for (StoredRow version : versions) {
            met.putIfAbsent(version.fromSeq(), version);
            if (version.toSeq() != null && version.toSeq() <= upTo) {
                met.put(version.toSeq(), version); // what a change took is told by what was before
            }
        }
        List<ObjectNode> items = new ArrayList<>();
        met.forEach(
                (seq, version) ->
                        log.at(seq)
                                .ifPresent(
                                        record ->
                                                changes(record, version)
                                                        .forEach(
                                                                change ->
                                                                        items.add(
                                                                                item(
                                                                                        record,
                                                                                        change)))));
        return items;
    }

    private static ObjectNode item(JudgedRecord record, JsonNode change) {
        ObjectNode item = Json.object();
        item.put("seq", record.seq());
        item.put("time", record.time().toString());
        item.put("actor", record.actor());
        if (record.why() != null) {
            item.put("reason", record.why());
        }
        item.set("change", change);
        return item;
    }

    /**
     * What of the record is about the entry, or took something of it along.
     *
     * @param version of the entry, before the record where there was one
     */
    private static List<JsonNode> changes(JudgedRecord record, StoredRow version) {
        String value = record.value();
        JsonNode data =
                value == null
                        ? Json.object()
                        : Json.stored(Base64.getDecoder().decode(value)).path("data");
        if (!data.path("changes").isArray()) {
            return List.of(Json.object().set(String.valueOf(record.type()), data));
        }
        Set<String> taken = takenFrom(record, version);
        List<JsonNode> changes = new ArrayList<>();
        for (JsonNode change : data.path("changes")) {
            String name = change.fieldNames().next();
            JsonNode body = change.get(name);
            String member = TAKING.get(name);
            if (isAbout(version, name, body)
                    || (member != null && taken.contains(body.path(member).asText()))) {
                changes.add(change);
            }
        }
        return changes;
    }

    /**
     * All that the entry named, where the record took it along: what the record also takes away is
     * why. A scope of the entry may itself have gone with its audience.
     */
    private static Set<String> takenFrom(JudgedRecord record, StoredRow version) {
        JsonNode took = record.took() == null ? Json.object() : Json.stored(record.took());
        boolean isTaken = false;
        for (JsonNode one : took) {
            isTaken |= isEntry(version, one);
        }
        if (!isTaken) {
            return Set.of();
        }
        Set<String> texts = new HashSet<>();
        collect(Json.stored(version.body()), texts);
        texts.add(version.owner());
        for (JsonNode one : took) {
            if (one.path("kind").asText().equals(Kind.SCOPES.section())
                    && texts.contains(one.path("id").asText())) {
                texts.add(one.path("audience").asText());
            }
        }
        return texts;
    }

    private static boolean isEntry(StoredRow version, JsonNode took) {
        String section = took.path("kind").asText();
        return section.equals(version.kind().toLowerCase(Locale.ROOT) + "s")
                && took.path("id").asText().equals(version.name())
                && (!section.equals(Kind.CLAIMS.section())
                        || took.path("audience").asText("").equals(version.owner()));
    }

    private static boolean isAbout(StoredRow version, String change, JsonNode body) {
        String audience = body.path("audience").asText("");
        return switch (change) {
            case "issuerTrusted", "issuerDistrusted" ->
                    is(version, "ISSUER", body.path("issuer").asText());
            case "audienceDefined", "audienceRetired" ->
                    is(version, "AUDIENCE", body.path("id").asText());
            case "scopeDefined", "scopeRetired" ->
                    is(version, "SCOPE", body.path("scope").asText());
            case "claimDefined", "claimRetired" ->
                    is(version, "CLAIM", body.path("claim").asText())
                            && version.owner().equals(audience);
            case "clientRegistered", "clientDisabled", "clientEnabled", "clientRemoved" ->
                    is(version, "CLIENT", body.path("id").asText());
            case "clientScopeAllowed",
                    "clientScopeWithdrawn",
                    "clientAudienceAllowed",
                    "clientAudienceWithdrawn" ->
                    is(version, "CLIENT", body.path("client").asText());
            case "ruleDefined", "ruleRetired" -> is(version, "RULE", body.path("id").asText());
            default -> false;
        };
    }

    private static boolean is(StoredRow version, String kind, String name) {
        return version.kind().equals(kind) && version.name().equals(name);
    }

    private static void collect(JsonNode json, Set<String> texts) {
        if (json.isTextual()) {
            texts.add(json.asText());
        }
        json.fieldNames().forEachRemaining(texts::add);
        json.forEach(child -> collect(child, texts));
    }
}

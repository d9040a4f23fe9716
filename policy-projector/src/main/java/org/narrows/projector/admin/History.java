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
import java.util.Set;
import java.util.TreeMap;
import org.narrows.projector.store.JudgedRecord;
import org.narrows.projector.store.LiveLog;
import org.narrows.projector.store.StoredRow;

/**
 * Who changed an entry, when, why and how: read from the events at the seqs where its versions
 * meet.
 */
@Singleton
class History {
    /** What the members of a change call the thing it is about, by the changes' names. */
    private static final Set<String> TAKING =
            Set.of(
                    "issuerDistrusted",
                    "audienceRetired",
                    "ruleRetired",
                    "clientRemoved",
                    "scopeRetired",
                    "claimRetired",
                    "clientScopeWithdrawn",
                    "clientAudienceWithdrawn");

    private final LiveLog log;

    History(LiveLog log) {
        this.log = log;
    }

    /** One item for each change, the oldest first. */
    List<ObjectNode> of(List<StoredRow> versions, long upTo) {
        TreeMap<Long, StoredRow> met = new TreeMap<>();
        for (StoredRow version : versions) {
            met.put(version.fromSeq(), version);
            if (version.toSeq() != null && version.toSeq() <= upTo) {
                met.put(version.toSeq(), version);
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
                                                                change -> {
                                                                    ObjectNode item = Json.object();
                                                                    item.put("seq", seq);
                                                                    item.put(
                                                                            "time",
                                                                            record.time()
                                                                                    .toString());
                                                                    item.put(
                                                                            "actor",
                                                                            record.actor());
                                                                    if (record.why() != null) {
                                                                        item.put(
                                                                                "reason",
                                                                                record.why());
                                                                    }
                                                                    item.set("change", change);
                                                                    items.add(item);
                                                                })));
        return items;
    }

    private static List<JsonNode> changes(JudgedRecord record, StoredRow version) {
        String value = record.value();
        JsonNode data =
                value == null
                        ? Json.object()
                        : Json.stored(Base64.getDecoder().decode(value)).path("data");
        if (!data.path("changes").isArray()) {
            return List.of(Json.object().set(String.valueOf(record.type()), data));
        }
        List<JsonNode> named = new ArrayList<>();
        List<JsonNode> taking = new ArrayList<>();
        for (JsonNode change : data.path("changes")) {
            String name = change.fieldNames().next();
            JsonNode body = change.get(name);
            if (isAbout(version, name, body)) {
                named.add(change);
            } else if (TAKING.contains(name) && takesAlong(version, name, body)) {
                taking.add(change);
            }
        }
        return named.isEmpty() ? taking : named;
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

    /** Whether a change that takes something away names what the entry named. */
    private static boolean takesAlong(StoredRow version, String change, JsonNode body) {
        Set<String> texts = new HashSet<>();
        collect(Json.stored(version.body()), texts);
        texts.add(version.owner());
        String taken =
                switch (change) {
                    case "issuerDistrusted" -> body.path("issuer").asText();
                    case "scopeRetired" -> body.path("scope").asText();
                    case "claimRetired" -> body.path("claim").asText();
                    case "clientScopeWithdrawn", "clientAudienceWithdrawn" ->
                            body.path("client").asText();
                    default -> body.path("id").asText();
                };
        return texts.contains(taken);
    }

    private static void collect(JsonNode json, Set<String> texts) {
        if (json.isTextual()) {
            texts.add(json.asText());
        }
        json.fieldNames().forEachRemaining(texts::add);
        json.forEach(child -> collect(child, texts));
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.narrows.events.decision.DecisionRecord.RecordedReason;

/** Decisions out of answers, for people. */
final class DecisionLines {
    private DecisionLines() {}

    /** {@code permit orders-service orders-api -> billing-api user alice}. */
    static String summary(JsonNode decision) {
        StringBuilder line = new StringBuilder(decision.path("outcome").asText());
        line.append("  ").append(decision.path("client").asText()).append("  ");
        if (decision.has("from")) {
            line.append(decision.path("from").asText());
        }
        line.append(" -> ").append(joined(decision.path("to")));
        if (decision.has("user")) {
            line.append("  user ").append(decision.path("user").path("subject").asText());
        }
        if (decision.has("granted")) {
            line.append("  granted ").append(decision.path("granted").asText());
        }
        return line.toString();
    }

    /** A sentence for each reason of a denial. */
    static List<String> reasons(JsonNode reasons) {
        List<String> sentences = new ArrayList<>();
        for (JsonNode reason : reasons) {
            Map<String, String> evidence = new HashMap<>();
            reason.properties()
                    .forEach(member -> evidence.put(member.getKey(), member.getValue().asText()));
            evidence.remove("code");
            RecordedReason recorded = new RecordedReason(reason.path("code").asText(), evidence);
            sentences.add(
                    recorded.code()
                            + ": "
                            + recorded.reason()
                                    .map(ReasonSentence::of)
                                    .orElseGet(() -> String.join(", ", evidence.values())));
        }
        return sentences;
    }

    /** One text, or those of an array. */
    static String joined(JsonNode texts) {
        if (texts.isTextual()) {
            return texts.asText();
        }
        List<String> all = new ArrayList<>();
        texts.forEach(text -> all.add(text.asText()));
        return String.join(" ", all);
    }
}

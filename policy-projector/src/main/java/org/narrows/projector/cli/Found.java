// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.narrows.events.decision.Decision.Basis;
import org.narrows.events.decision.Decision.Permit;
import org.narrows.events.decision.Reason;

/** What came of an exchange in a policy test. */
sealed interface Found {
    /** A token may be issued. */
    record Permitted(Permit permit) implements Found {}

    /** It is refused, for all of these reasons. */
    record Refused(List<Objection> objections) implements Found {
        public Refused {
            objections = List.copyOf(objections);
        }

        SortedSet<String> codes() {
            SortedSet<String> codes = new TreeSet<>();
            objections.forEach(objection -> codes.add(objection.code()));
            return codes;
        }
    }

    /** An exchange that should have given a token before this one was refused itself. */
    record NotReached(Found before) implements Found {}

    /**
     * One reason of a refusal.
     *
     * @param code as in records and answers: `consent_missing`
     * @param evidence what it rests on: member names to plain text
     */
    record Objection(String code, String sentence, Map<String, String> evidence) {
        /** Before the decision: a token that is none. */
        static final String INVALID_TOKEN = "invalid_token";

        static Objection of(Reason reason) {
            return new Objection(reason.code(), ReasonSentence.of(reason), reason.evidence());
        }

        static Objection invalidToken(String problem) {
            return new Objection(INVALID_TOKEN, problem, Map.of("detail", problem));
        }
    }

    /** One line, as an expectation is written. */
    default String shown() {
        return switch (this) {
            case Permitted(Permit permit) -> "permit " + permit.terms().scopes();
            case Refused refused -> "deny " + String.join(", ", refused.codes());
            case NotReached(Found before) -> before.shown() + ", at the exchange before";
        };
    }

    /** Why, a line for each reason; of a permit the rules that give it. */
    default List<String> why() {
        return switch (this) {
            case Permitted(Permit permit) ->
                    permit.basis().stream().map(Found::ruleThatPermits).toList();
            case Refused(List<Objection> objections) ->
                    objections.stream()
                            .map(objection -> objection.code() + ": " + objection.sentence())
                            .toList();
            case NotReached(Found before) -> before.why();
        };
    }

    private static String ruleThatPermits(Basis basis) {
        return "the rule `" + basis.rule() + "` permits it at `" + basis.target() + "`";
    }
}

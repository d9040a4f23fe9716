// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import org.narrows.events.decision.Exchange.Target;
import org.narrows.events.policy.Sets;
import org.narrows.events.policy.SubjectTokenType;
import org.narrows.events.value.ClientId;
import org.narrows.events.value.Confirmation;
import org.narrows.events.value.Scopes;

/**
 * One policy test: what is given beside the policy, what is asked, and what should come of it.
 *
 * @param file where it is written, with {@code line}, counted from 1
 * @param now when it is asked; empty is whenever the test is run
 */
record PolicyTest(
        String name,
        String file,
        int line,
        TestedPolicy.Given given,
        Optional<Instant> now,
        Asked asked,
        Expected expected) {

    /** An exchange that is asked for. The client counts as authenticated. */
    record Asked(
            ClientId client,
            Token subject,
            Optional<Token> actor,
            List<Target> targets,
            Optional<Scopes> scope,
            List<Confirmation> proven) {
        public Asked {
            targets = List.copyOf(targets);
            proven = List.copyOf(proven);
        }
    }

    /** A subject or actor token. */
    sealed interface Token {
        /**
         * A token of a trusted issuer, by what it says.
         *
         * @param claims as written; one that is null is left out
         * @param presentedAs empty is the first type that its issuer's tokens may be presented as
         */
        record Claims(ObjectNode claims, Optional<SubjectTokenType> presentedAs) implements Token {}

        /** The token that Narrows issues for an exchange made just before. */
        record After(Asked exchange) implements Token {}
    }

    /** What should come of it. */
    sealed interface Expected {
        /** A token with exactly these scopes. */
        record Permit(Scopes scopes) implements Expected {
            @Override
            public String toString() {
                return "permit " + scopes;
            }
        }

        /** A denial for exactly these reasons. */
        record Deny(SortedSet<String> codes) implements Expected {
            public Deny {
                codes = Sets.copy(codes);
            }

            @Override
            public String toString() {
                return "deny " + String.join(", ", codes);
            }
        }

        default boolean isMetBy(Found found) {
            return switch (this) {
                case Permit(Scopes scopes) ->
                        found instanceof Found.Permitted permitted
                                && permitted.permit().terms().scopes().equals(scopes);
                case Deny(SortedSet<String> codes) ->
                        found instanceof Found.Refused refused && refused.codes().equals(codes);
            };
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.http;

import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import org.narrows.exchange.journal.DecisionIds;
import org.narrows.exchange.policy.PolicyReader;

/** What every answer of the token endpoint carries, errors of the server itself included. */
@ServerFilter({TokenEndpoint.PATH, TokenEndpoint.PATH_AND_SLASH})
final class AnswerHeaders {
    private final DecisionIds ids;
    private final PolicyReader policies;

    AnswerHeaders(DecisionIds ids, PolicyReader policies) {
        this.ids = ids;
        this.policies = policies;
    }

    @ResponseFilter
    void complete(MutableHttpResponse<?> response) {
        response.getHeaders().set("Cache-Control", "no-store");
        if (!response.getHeaders().contains(TokenEndpoint.DECISION_HEADER)) {
            response.header(TokenEndpoint.DECISION_HEADER, ids.next());
        }
        if (!response.getHeaders().contains(TokenEndpoint.CONSISTENCY_HEADER)) {
            policies.position()
                    .ifPresent(
                            position ->
                                    response.header(
                                            TokenEndpoint.CONSISTENCY_HEADER, position.toToken()));
        }
    }
}

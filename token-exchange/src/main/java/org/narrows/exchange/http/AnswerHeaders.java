// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.http;

import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import org.narrows.exchange.journal.DecisionIds;
import org.narrows.exchange.policy.PolicyReader;

/**
 * What every answer of the endpoints behind the {@link Door} carries, errors of the server itself
 * included.
 */
// The router takes a slash at the end for the same path.
@ServerFilter({
    TokenEndpoint.PATH,
    TokenEndpoint.PATH + "/",
    IntrospectionEndpoint.PATH,
    IntrospectionEndpoint.PATH + "/",
    RevocationEndpoint.PATH,
    RevocationEndpoint.PATH + "/"
})
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
        // RFC 6749 §5.1 asks for it, for caches of HTTP/1.0.
        response.getHeaders().set("Pragma", "no-cache");
        if (!response.getHeaders().contains(Door.DECISION_HEADER)) {
            response.header(Door.DECISION_HEADER, ids.next());
        }
        if (!response.getHeaders().contains(Door.CONSISTENCY_HEADER)) {
            policies.position()
                    .ifPresent(
                            position ->
                                    response.header(Door.CONSISTENCY_HEADER, position.toToken()));
        }
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.admin;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpStatus;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.narrows.projector.access.Admin;

/** Who asks, by a good admin token. */
record Caller(Admin admin) {
    static final String ATTRIBUTE = "narrows.caller";

    static Caller of(HttpRequest<?> request) {
        return request.getAttribute(ATTRIBUTE, Caller.class)
                .orElseThrow(() -> new IllegalStateException("a request that was not let in"));
    }

    String subject() {
        return admin.subject();
    }

    boolean may(AdminScope scope) {
        return admin.scopes().contains(scope.scope());
    }

    /** Refuses with 403 unless the token holds one of these. */
    void needs(AdminScope... anyOf) {
        if (Arrays.stream(anyOf).noneMatch(this::may)) {
            String wanted =
                    Arrays.stream(anyOf)
                            .map(scope -> scope.scope().value())
                            .collect(Collectors.joining(" "));
            throw Problem.of(
                            HttpStatus.FORBIDDEN,
                            "this needs the scope " + wanted.replace(" ", " or "))
                    .with(
                            "WWW-Authenticate",
                            "Bearer realm=\"narrows-admin\", error=\"insufficient_scope\", scope=\""
                                    + wanted
                                    + "\"");
        }
    }
}

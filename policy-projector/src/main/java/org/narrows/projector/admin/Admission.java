// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.projector.admin;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.narrows.events.value.Scopes;
import org.narrows.events.wire.AdminTokens;
import org.narrows.projector.store.LiveCheckpoint;
import org.narrows.projector.store.StoredCheckpoint;

/**
 * Lets nobody in without an admin token (RFC 6750), but to health and metrics. Tokens are signed by
 * the root key of the log that is followed.
 */
@ServerFilter("/**")
class Admission {
    private static final String REALM = "Bearer realm=\"narrows-admin\"";

    private final LiveCheckpoint checkpoint;
    private final Clock clock;

    Admission(LiveCheckpoint checkpoint, Clock clock) {
        this.checkpoint = checkpoint;
        this.clock = clock;
    }

    @RequestFilter
    @ExecuteOn(TaskExecutors.BLOCKING)
    void admit(HttpRequest<?> request) {
        String path = request.getPath();
        if (path.equals("/prometheus") || path.equals("/health") || path.startsWith("/health/")) {
            return;
        }
        List<String> sent = request.getHeaders().getAll("Authorization");
        if (sent.isEmpty()) {
            throw Problem.of(HttpStatus.UNAUTHORIZED, "an admin token is needed")
                    .with("WWW-Authenticate", REALM);
        }
        String header = sent.getFirst();
        if (sent.size() > 1 || !header.toLowerCase(Locale.ROOT).startsWith("bearer ")) {
            throw bad();
        }
        StoredCheckpoint at =
                checkpoint.read().orElseThrow(() -> Problem.unavailable("there is no log yet"));
        Scopes scopes =
                verified(header.substring("bearer ".length()).strip(), at)
                        .orElseThrow(Admission::bad);
        request.setAttribute(Caller.ATTRIBUTE, new Caller(AdminTokens.ROOT, scopes));
    }

    private Optional<Scopes> verified(String token, StoredCheckpoint at) {
        return AdminTokens.verify(token, at.rootKey(), at.log(), clock.instant())
                .map(AdminTokens.AdminToken::scopes);
    }

    private static Problem bad() {
        return Problem.of(HttpStatus.UNAUTHORIZED, "this is no good admin token")
                .with("WWW-Authenticate", REALM + ", error=\"invalid_token\"");
    }
}

// SPDX-FileCopyrightText: The Narrows authors
// SPDX-License-Identifier: Apache-2.0
package org.narrows.exchange.http;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.narrows.exchange.Endpoint;
import org.narrows.exchange.Revocation;

/** Token revocation (RFC 7009 §2). */
@Controller
final class RevocationEndpoint {
    static final String PATH = "/revoke";

    private final Door door;
    private final Revocation revocations;

    RevocationEndpoint(Door door, Revocation revocations) {
        this.door = door;
        this.revocations = revocations;
    }

    @Post(PATH)
    @Consumes("*/*")
    @Produces("*/*")
    CompletableFuture<? extends HttpResponse<?>> revoke(
            HttpRequest<?> request, @Body byte @Nullable [] body) {
        return door.enter(Endpoint.REVOKE, request, body, revocations::revoke);
    }
}
